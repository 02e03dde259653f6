//! A refusal as people read it: what they can do about it, and where.

use super::Reply;
use crate::{
    http::{
        dispatch::Way,
        problem::{Kind, Problem},
    },
    identity::pages::{ErrorPage, Link},
    service::Service,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ACCEPT, HeaderMap},
};

/// The first segments of the paths that people see in their browsers; a test compares them with the rows.
const PAGES: [&str; 8] =
    ["account", "email", "invitation", "oauth2", "password", "setup", "signin", "signup"];

/// Where somebody goes on after a refusal.
pub(super) struct Next {
    name: &'static str,
    href: String,
}

/// The place for a refusal at this path. The authorization request that waits is not lost.
pub(super) fn next(kind: Kind, path: &str, transaction: Option<&str>) -> Option<Next> {
    let (name, place) = match kind {
        Kind::ResetTokenInvalid => ("Send me a new link", "/password/forgot"),
        Kind::LinkGone if path.starts_with("/email/") => ("Go to your account", "/account"),
        Kind::LoginTransactionInvalid | Kind::LoginDenied | Kind::LinkRequired => ("Sign in", "/signin"),
        // Only the application can start it again.
        Kind::InvalidAuthorization | Kind::UnknownClient | Kind::InvalidRedirectUri => return None,
        _ if path.starts_with("/account") => ("Back to your account", "/account"),
        _ if path.starts_with("/password/") => ("Try again", "/password/forgot"),
        _ if path == "/signup" => ("Try again", "/signup"),
        _ => ("Sign in", "/signin"),
    };
    // As handles are made: nothing else comes back into the page.
    let plain = |handle: &&str| {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        handle.len() <= 64 && handle.bytes().all(letters)
    };
    let href = match transaction.filter(plain).filter(|_| place == "/signin") {
        Some(handle) => format!("{place}?transaction={handle}"),
        None => place.to_owned(),
    };
    Some(Next { name, href })
}

/// Whether a path is one that a person typed or followed into a browser, where the answer is read.
pub(in crate::http) fn is_for_people(service: &Service, request: &HttpRequest) -> bool {
    let first = request.path().split('/').nth(1).unwrap_or_default();
    let of_pages = first.is_empty() || PAGES.contains(&first);
    of_pages && service.is_provider() && takes_html(request.headers())
}

fn takes_html(headers: &HeaderMap) -> bool {
    let mut fields = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    fields.any(|field| field.split(',').any(|range| range.trim_start().starts_with("text/html")))
}

impl Way {
    /// A problem as people read it. It is in the audit log as any other.
    pub(super) async fn finish_page(self, problem: Problem, next: Option<&Next>) -> HttpResponse {
        if let Err(unrecorded) = self.record_refusal(&problem).await {
            return self.finish(Err(unrecorded)).await;
        }
        let kind = problem.kind();
        let page = ErrorPage {
            title: kind.title(),
            sentence: sentence(kind),
            next: next.map(|next| Link { name: next.name, href: &next.href }),
            request: self.facts().id,
        };
        let outcome = Reply::page(kind.status(), &page).map(|reply| {
            let mut response = reply.response;
            problem.write_own_headers(response.headers_mut());
            // The edge logs what broke on our side.
            response.extensions_mut().insert(problem);
            response
        });
        self.finish(outcome).await
    }

    /// The same for a path that leads to no page.
    pub(in crate::http) async fn finish_lost(self, problem: Problem) -> HttpResponse {
        let next = next(problem.kind(), self.path(), None);
        self.finish_page(problem, next.as_ref()).await
    }
}

/// What a person can do about it.
const fn sentence(kind: Kind) -> &'static str {
    match kind {
        Kind::QuotaExceeded
        | Kind::TooManyLogins
        | Kind::LoginDelayed
        | Kind::Overloaded
        | Kind::DependencyUnavailable
        | Kind::RequestTimeout => "Wait a moment, then try again.",
        Kind::CrossSite => "Go back to the page before, load it again, and send the form from there.",
        Kind::LinkRequired => {
            "Sign in the way you did until now. Then you can link your organization's provider with your account."
        }
        Kind::ResetTokenInvalid => "Links work once, and not for long. Have a new one sent and use it soon.",
        Kind::LinkGone => "Links work once, and not for long. Ask whoever sent it for a new one.",
        Kind::InvalidAuthorization | Kind::InvalidRedirectUri => {
            "Start again from the application that sent you here. If it happens again, tell whoever made it."
        }
        Kind::UnknownClient => {
            "Tell whoever made the application that sent you here. The operator registers it with the command clients add."
        }
        Kind::NotFound | Kind::MethodNotAllowed => "Check the address, or start again from where you came.",
        _ => "Start again from where you came. If it happens again, tell the operator the number below.",
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGES, next, takes_html};
    use crate::{endpoints, http::problem::Kind};
    use actix_web::http::header::{ACCEPT, HeaderMap, HeaderValue};
    use std::collections::BTreeSet;

    #[test]
    fn the_paths_of_pages_are_those_of_the_rows() {
        let rows = endpoints::all();
        let pages = rows.iter().filter(|row| row.visit.is_some_and(|(style, _)| style.is_for_people()));
        let first: BTreeSet<&str> = pages.filter_map(|row| row.path.split('/').nth(1)).collect();
        assert_eq!(first, BTreeSet::from(PAGES));
    }

    #[test]
    fn every_refusal_but_an_application_s_leads_somewhere() {
        for kind in Kind::ALL {
            let of_application =
                matches!(kind, Kind::InvalidAuthorization | Kind::UnknownClient | Kind::InvalidRedirectUri);
            assert_eq!(next(*kind, "/signin", None).is_none(), of_application, "{kind:?}");
        }
        let href = |handle| next(Kind::LoginDelayed, "/signin", Some(handle)).unwrap().href;
        assert_eq!(href("aB-_1"), "/signin?transaction=aB-_1");
        assert_eq!(href("a&b"), "/signin");
    }

    #[test]
    fn a_link_that_is_over_has_one_status() {
        assert_eq!(Kind::LinkGone.status(), Kind::ResetTokenInvalid.status());
    }

    #[test]
    fn only_who_asks_for_html_gets_it() {
        for (accept, html) in
            [("text/html,*/*;q=0.8", true), ("*/*", false), ("application/json, text/html;q=0.1", true)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(takes_html(&headers), html, "{accept}");
        }
    }
}
