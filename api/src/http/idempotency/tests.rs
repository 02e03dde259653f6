use super::{FIELD, KEPT, digest, key};
use crate::{
    ids::RowId,
    store::{
        Mode, growth,
        prelude::*,
        schema::idempotency_keys,
        testing::{Fixture, on_each_engine},
        types::Moment,
    },
};
use actix_web::{
    http::header::{HeaderMap, HeaderValue},
    test::TestRequest,
};
use chrono::{DateTime, TimeDelta};

const KEY: &str = "6f1c2c1e-52a0-4c1b-9f55-0c7c5a1b2d3e";

fn read(values: &[&str]) -> Result<String, &'static str> {
    let mut headers = HeaderMap::new();
    values.iter().for_each(|value| headers.append(FIELD, HeaderValue::from_str(value).unwrap()));
    key(&headers).map(|key| key.to_string()).map_err(|problem| problem.kind().slug())
}

#[test]
fn a_key_is_one_uuid_in_one_form() {
    assert_eq!(read(&[KEY]).as_deref(), Ok(KEY));
    assert_eq!(read(&[&format!("\"{KEY}\"")]).as_deref(), Ok(KEY));
    assert_eq!(read(&[&KEY.to_uppercase()]).as_deref(), Ok(KEY));
    assert_eq!(read(&[]), Err("idempotency-key-required"));
    let long = "a".repeat(300);
    for wrong in ["", "1", &long, &KEY.replace('-', ""), &format!("{{{KEY}}}")] {
        assert_eq!(read(&[wrong]), Err("invalid-idempotency-key"), "{wrong}");
    }
    assert_eq!(read(&[KEY, KEY]), Err("invalid-idempotency-key"));
}

#[test]
fn another_path_role_or_body_is_another_request() {
    let at = |path: &str| TestRequest::post().uri(path).to_http_request();
    let one = digest(&at("/v1/patients"), "reception", br#"{"a":1,"b":[{"c":2,"d":3}]}"#);
    let again = digest(&at("/v1/patients"), "reception", br#"{ "b": [{ "d": 3, "c": 2 }], "a": 1 }"#);
    assert_eq!(one, again);
    let id = "/v1/patients/0b8f3f4e-2a54-4c55-9d7a-a3f1f0d9c0de/records";
    let of_id = |path: &str| digest(&at(path), "reception", b"");
    assert_eq!(
        of_id(id),
        of_id(&id.replace("0b8f3f4e-2a54-4c55-9d7a-a3f1f0d9c0de", "0B8F3F4E-2A54-4C55-9D7A-A3F1F0D9C0DE"))
    );
    for (path, role, body) in [
        ("/v2/patients", "reception", r#"{"a":1,"b":[{"c":2,"d":3}]}"#),
        ("/v1/patients", "clinician", r#"{"a":1,"b":[{"c":2,"d":3}]}"#),
        ("/v1/patients", "reception", r#"{"a":2,"b":[{"c":2,"d":3}]}"#),
        ("/v1/patients", "reception", r#"{"a":1,"b":[]}"#),
    ] {
        assert_ne!(one, digest(&at(path), role, body.as_bytes()), "{path} {role} {body}");
    }
}

#[tokio::test]
async fn old_answers_are_swept_in_every_organization_and_young_ones_stay() {
    on_each_engine(async |fixture: &Fixture| {
        let long_ago = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let now = long_ago + KEPT;
        let mut organizations = Vec::new();
        for expires_at in [now, now, now + TimeDelta::microseconds(1)] {
            let (organization, member) = fixture.organization().await;
            let mut transaction = fixture.store.begin(organization, Mode::Write).await.unwrap();
            let row = (
                idempotency_keys::id.eq(RowId::random()),
                idempotency_keys::organization_id.eq(organization),
                idempotency_keys::member_id.eq(member),
                idempotency_keys::operation.eq("registerPatient"),
                idempotency_keys::key.eq(RowId::random()),
                idempotency_keys::digest.eq(vec![0; 32]),
                idempotency_keys::created_at.eq(Moment::new(expires_at - KEPT)),
                idempotency_keys::expires_at.eq(Moment::new(expires_at)),
            );
            each!(transaction.connection(), |c| diesel::insert_into(idempotency_keys::table)
                .values(row)
                .execute(c))
            .unwrap();
            transaction.commit().await.unwrap();
            organizations.push(organization);
        }
        growth::sweep(&fixture.store, now).await;
        let mut left = Vec::new();
        for organization in organizations {
            let mut transaction = fixture.store.begin(organization, Mode::Read).await.unwrap();
            let own = idempotency_keys::table.filter(idempotency_keys::organization_id.eq(organization));
            let count: i64 = each!(transaction.connection(), |c| own.count().get_result(c)).unwrap();
            transaction.release();
            left.push(count);
        }
        assert_eq!(left, [0, 0, 1]);
    })
    .await;
}
