//! The way of a file through the same walls: token → rate of the principal → scope → what the head of the request says →
//! permission, in a transaction that ends → rate of uploads → body → permission again, with the row → audit row → answer.

use super::{Row, Way, idempotency, is_spelled_plainly, nothing};
use crate::{
    access::Permission,
    http::{
        answer::Answer,
        body,
        call::Call,
        deadline,
        input::{Input, Raw},
        problem::{Kind, Problem},
        query::Parameters,
        stream::{self, Incoming},
        upload::Upload,
    },
    protection::FLOW_IDEMPOTENCY,
    service::Service,
    store::Mode,
};
use actix_web::{
    HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        ConnectionType,
        header::{self, HeaderMap},
    },
};
use brigandine_enforce::enforces;
use std::sync::Arc;

pub(in crate::http) async fn upload<U: Upload>(
    row: Row,
    service: Arc<Service>,
    request: HttpRequest,
    mut payload: Payload,
) -> HttpResponse {
    if !is_spelled_plainly(&request) {
        return nothing(&service, &request, Kind::NotFound.into()).await;
    }
    let mut way = Way::new(row, service, &request);
    let outcome = way.take_in::<U>(&request, &mut payload).await;
    let refused = outcome.is_err();
    let mut response = way.finish(outcome).await;
    if refused {
        // What is left of the body is not read, and must not be taken for another request.
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    response
}

impl Way {
    async fn take_in<U: Upload>(
        &mut self,
        request: &HttpRequest,
        payload: &mut Payload,
    ) -> Result<HttpResponse, Problem> {
        let headers = request.headers();
        let caller = self.identify(request, headers, U::Permission::NAME).await?;
        if U::Answer::IS_JSON {
            body::check_accept(headers)?;
        }
        stream::check_type(headers, U::MEDIA)?;
        let limit = U::limit(&self.service);
        stream::check_announced(headers, limit)?;
        self.check_key(headers)?;
        let parameters = Parameters::parse(request.query_string(), U::Input::QUERY)?;
        let input =
            U::Input::read(&Raw { path: request.match_info(), parameters: &parameters, headers, body: &[] })?;

        let admitted = deadline::within(async {
            let mut call = self.open::<U::Permission>(request, caller.clone(), Mode::Read).await?;
            let admitted = U::admit(&mut call, input, headers).await?;
            call.tenant.release();
            Ok::<_, Problem>(admitted)
        });
        let admitted = admitted.await?;
        let _turn = self.service.files.admit(caller.organization())?;
        self.service.limits.upload(&caller)?;
        let mut body = Incoming::new(payload, limit);
        let received = U::receive(&self.service, admitted, &mut body).await?;
        let seen = fingerprint(headers, body);
        deadline::within(async {
            let call = self.open::<U::Permission>(request, caller, Mode::Write).await?;
            self.once(request, call, &seen, async move |call: &mut Call<U::Permission>| {
                U::keep(call, received).await
            })
            .await
        })
        .await
    }

    /// What is to be done once names its key before the body is read: without one, a client that tries again leaves two files.
    #[enforces(FLOW_IDEMPOTENCY)]
    fn check_key(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if self.row.once {
            idempotency::key(headers)?;
        }
        Ok(())
    }
}

/// What tells one file from another: its bytes, its name and its type.
fn fingerprint(headers: &HeaderMap, body: Incoming<'_>) -> Vec<u8> {
    let field = |name| headers.get(name).map(|value| value.as_bytes()).unwrap_or_default();
    let (name, media) = (field(header::CONTENT_DISPOSITION), field(header::CONTENT_TYPE));
    [body.digest().as_ref(), name, b"\n", media].concat()
}
