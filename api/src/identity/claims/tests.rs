//! What decides is read strictly; what does not decide never gets in its way.

use super::{Audience, Claims};
use crate::identity::{federation::id_token::IdToken, token::strict};
use proptest::{collection, prelude::*, string::string_regex};
use serde_json::json;

const CLAIMS: &str = r#""iss":"https://idp.test","sub":"s","aud":["api"],"exp":1800000300,"iat":1800000000,"jti":"j","client_id":"c","scope":"a b","org":"6f1c0a0e-0000-4000-8000-000000000000""#;

/// Any JSON value (RFC 8259), in the words of somebody else's library: numbers beyond every type, escapes, blanks, members
/// that come twice.
fn any_json() -> impl Strategy<Value = String> {
    let number = string_regex("-?(0|[1-9][0-9]{0,40})([.][0-9]{1,20})?([eE][-+]?[0-9]{1,4})?").unwrap();
    let text = prop_oneof![
        any::<String>().prop_map(|text| json!(text).to_string()),
        Just(r#""\ud800\u0000\u202e""#.to_owned()),
        Just(format!("\"{}\"", "x".repeat(10_000))),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just(" false ".to_owned()),
        number,
        text.clone(),
    ];
    leaf.prop_recursive(6, 200, 150, move |inner| {
        let member = (text.clone(), inner.clone()).prop_map(|(name, value)| format!("{name}:{value}"));
        prop_oneof![
            collection::vec(inner, 0..150).prop_map(|all| format!("[{}]", all.join(","))),
            collection::vec(member, 0..20).prop_map(|all| format!("{{{}}}", all.join(" , "))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn claims_that_nobody_asks_for_may_say_anything(values in collection::vec(any_json(), 1..8)) {
        let more: Vec<String> =
            values.iter().enumerate().map(|(index, value)| format!(r#""https://idp.test/{index}":{value}"#)).collect();
        let text = format!("{{{},{CLAIMS}}}", more.join(","));
        let claims: Claims = strict(text.as_bytes()).unwrap();
        prop_assert_eq!(claims.sub, "s");
        prop_assert!(claims.aud.is_only("api"));
        let token: IdToken = strict(text.as_bytes()).unwrap();
        prop_assert!(token.amr.is_empty());
    }

    #[test]
    fn fractions_of_a_second_are_cut_off(seconds in 0_u32..=u32::MAX, fraction in "[0-9]{1,12}") {
        let text = CLAIMS.replace("1800000000", &format!("{seconds}.{fraction}"));
        let claims: Claims = strict(format!("{{{text}}}").as_bytes()).unwrap();
        prop_assert_eq!(claims.iat, i64::from(seconds));
    }
}

#[test]
fn deep_claims_are_ignored_like_shallow_ones() {
    for levels in [200, 100_000] {
        let text = format!("{{\"x\":{}{},{CLAIMS}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(strict::<Claims>(text.as_bytes()).is_ok(), "{levels}");
    }
}

#[test]
fn what_decides_has_its_type() {
    for (name, wrong) in [
        ("exp", "-1"),
        ("exp", "253402300800"),
        ("exp", "1e400"),
        ("exp", "null"),
        ("exp", "\"1800000300\""),
        ("iat", "-0.5"),
        ("sub", "7"),
        ("scope", "[\"a\"]"),
        ("org", "null"),
    ] {
        let text = format!("{{{CLAIMS}}}");
        let mut claims: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        claims.remove(name);
        let rest = serde_json::to_string(&claims).unwrap();
        let text = format!("{{\"{name}\":{wrong},{}", &rest[1..]);
        assert!(strict::<Claims>(text.as_bytes()).is_err(), "{name}: {wrong}");
    }
    for twice in [r#""sub":"t""#, r#""unheard":1,"unheard":2"#, r#""a":1,"\u0061":2"#] {
        assert!(strict::<Claims>(format!("{{{CLAIMS},{twice}}}").as_bytes()).is_err(), "{twice}");
    }
    for shape in ["[]", "\"x\"", "1", "null", "{}{}", ""] {
        assert!(strict::<Claims>(shape.as_bytes()).is_err(), "{shape}");
    }
}

#[test]
fn an_audience_is_one() {
    let read = |text: &str| serde_json::from_str::<Audience>(text).unwrap();
    assert_eq!(read("\"a\"").only(), Some("a"));
    assert_eq!(read("[\"a\"]").only(), Some("a"));
    for other in ["[]", "[\"a\",\"b\"]", "[\"a\",7]", "{\"a\":1}", "null", "7", "true", "[[\"a\"]]"] {
        assert_eq!(read(other).only(), None, "{other}");
    }
}
