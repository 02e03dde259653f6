//! Every page with hostile strings in every field, and the policy that goes with it.

use super::*;
use crate::ids::RequestId;
use chrono::{DateTime, Utc};

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}&lt;";

/// The name of the type in an expression that makes one.
fn name(expression: &'static str) -> &'static str {
    expression.split(|letter: char| !letter.is_alphanumeric()).next().unwrap()
}

/// One of each page, with this text wherever a text goes in.
fn every(text: &str) -> Vec<(&'static str, Rendered)> {
    let form = Form {
        csrf: text,
        transaction: Some(text),
        error: Some("E-mail address and password do not match."),
        typed: Typed { email: text, display_name: text, name: text, organization: text },
    };
    let nonce = Nonce::random();
    macro_rules! rendered {
        ($($page:expr,)*) => {
            vec![$((name(stringify!($page)), render(&$page, &nonce).unwrap()),)*]
        };
    }
    rendered![
        SignIn { form, client: Some(text), organizations: true, passkeys: true, registration: true },
        SecondFactor { form, purpose: Purpose::SignIn, totp: true, passkeys: true, recovery: true },
        ChooseOrganization {
            form,
            client: Some(text),
            organizations: &[OrganizationChoice { id: text, name: text, role: text }],
        },
        Consent { form, destination: text, client: text, organization: text, account: text, scopes: &[text] },
        FindProvider { form, providers: &[] },
        GoToProvider { form, destination: text, name: text, provider: text, link: true },
        Onward::to(text),
        VouchedPage { form, email: text },
        SignOut { form, client: Some(text), action: "/oauth2/logout" },
        SignedOut { back: Some(Link { name: text, href: text }) },
        PasskeyPage {
            form,
            ceremony: Ceremony::Enrol,
            id: "0b1f4c1e-1d43-4a52-8b6e-111111111111",
            options: text,
            script: TrustedScript("\"use strict\";"),
            action: "/account/passkeys",
            back: "/account",
        },
        SignUp { form, organizations: &[OrganizationChoice { id: text, name: text, role: text }] },
        Invitation {
            form,
            token: text,
            organization: text,
            role: text,
            email: text,
            known: false,
            signed_in: false,
            asks_name: true,
            rule: text,
        },
        Setup { form, token: text, organization: text, rule: text },
        ForgotPassword { form },
        ResetPassword { form, token: text, rule: text },
        ChangePassword { form, email: text, rule: text },
        Reauthenticate { form, email: text },
        ChangeEmail { form },
        ConfirmEmail { form, token: text },
        Notice::CHECK_MAIL,
        Confirm {
            form,
            title: "End the session?",
            sentence: "It ends at once.",
            button: "End it",
            action: "/x",
            id: Some(text),
        },
        AccountPage {
            form,
            email: text,
            confirmed: false,
            memberships: &[MembershipRow { organization: text, name: text, role: text }],
            password: true,
            totp: true,
            recovery_codes: Some(7),
            providers: &[ProviderRow { name: text, link: Some(text) }],
            passkeys_offered: true,
            passkeys: &[PasskeyRow { id: text, name: text, created: noon(), last_used: Some(noon()) }],
            applications: &[ApplicationRow { client_id: text, name: text, since: noon() }],
            sessions: &[
                SessionRow { id: text, name: text, created: noon(), last_used: noon(), current: true },
                SessionRow { id: text, name: text, created: noon(), last_used: noon(), current: false },
            ],
        },
        EnrolTotp { form, qr: TrustedSvg("<svg></svg>"), secret: text, uri: text },
        RecoveryCodes { codes: &[text.to_owned()], next: "/account" },
        ErrorPage {
            title: "Not here",
            sentence: "There is nothing here.",
            next: Some(Link { name: text, href: text }),
            request: RequestId::random(),
        },
    ]
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_521_600, 0).unwrap()
}

#[test]
fn a_hostile_text_stays_a_text() {
    for (name, page) in every(HOSTILE) {
        let html = page.html;
        assert!(!html.contains("<img"), "{name}");
        assert!(!html.contains("alert(1)<"), "{name}");
        assert!(!html.contains("onerror=alert(1)>"), "{name}");
        assert_eq!(html.matches("{{").count(), html.matches("{{7*7}}").count(), "{name}");
    }
}

#[test]
fn every_page_names_itself_and_holds_one_heading() {
    for (name, Rendered { html, .. }) in every("plain") {
        assert_eq!(html.matches("<h1>").count(), 1, "{name}");
        assert_eq!(html.matches("<main>").count(), 1, "{name}");
        assert!(html.contains("<title>") && !html.contains("<title> "), "{name}");
        let labels: Vec<_> = html.split("<label for=\"").skip(1).map(|rest| rest.split('"').next()).collect();
        let fields = html.matches("<input id=\"").count() + html.matches("<select id=\"").count();
        assert_eq!(labels.len(), fields, "{name}: a label for each field");
    }
}

#[test]
fn every_form_is_a_post_with_its_token() {
    for (name, Rendered { html, .. }) in every("plain") {
        let forms = html.matches("<form ").count();
        assert_eq!(forms, html.matches("<form method=\"post\" action=\"/").count(), "{name}");
        assert_eq!(forms, html.matches("name=\"csrf\" value=\"plain\"").count(), "{name}");
    }
}

#[test]
fn where_nobody_takes_registrations_there_is_a_sentence_and_no_form() {
    let form = Form { csrf: "plain", ..Form::default() };
    let page = SignUp { form, organizations: &[] };
    let html = render(&page, &Nonce::random()).unwrap().html;
    assert!(!html.contains("<form"), "{html}");
    assert!(html.contains("takes registrations"), "{html}");
}

#[test]
fn an_error_is_announced_and_focused() {
    for (name, Rendered { html, .. }) in every("plain") {
        if html.contains("<form ") && name != "VouchedPage" {
            assert!(html.contains("role=\"alert\"") && html.contains("<title>Problem: "), "{name}");
            assert_eq!(
                html.matches(" autofocus").count(),
                1,
                "{name}: the sentence has the focus, and no field"
            );
        }
    }
}

fn policy(page: &Rendered) -> &str {
    let (_, value) = page.headers.iter().find(|(name, _)| name == "content-security-policy").unwrap();
    value.to_str().unwrap()
}

#[test]
fn the_policy_allows_what_the_page_needs_and_no_more() {
    let form = Form { csrf: "t", ..Form::default() };
    let page = SignOut { form, client: None, action: "/oauth2/logout" };
    let rendered = render(&page, &Nonce::random()).unwrap();
    let policy = policy(&rendered);
    assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"));
    assert!(policy.contains("form-action 'self'; base-uri 'none'; frame-ancestors 'none'"));
    for absent in ["script-src", "img-src", "unsafe", "*", "data:"] {
        assert!(!policy.contains(absent), "{absent}");
    }
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    assert_eq!(rendered.html.matches(&format!("nonce=\"{nonce}\"")).count(), 1);
}

#[test]
fn no_form_leads_to_another_origin() {
    for (name, page) in every("https://client.example") {
        assert!(policy(&page).contains("form-action 'self'; base-uri"), "{name}");
    }
}

/// WCAG 2.2, 3.3.7: nobody types twice what was refused once. Codes and passwords are the exception that it makes.
#[test]
fn what_was_typed_comes_back_and_no_secret_does() {
    for (name, Rendered { html, .. }) in every("typed") {
        for field in html.split("<input ").skip(1).filter_map(|rest| rest.split('>').next()) {
            let is = |attribute: &str| field.contains(attribute);
            if is("type=\"hidden\"") {
                continue;
            }
            let secret = is("type=\"password\"") || is("class=\"code\"") || is("class=\"words\"");
            assert_ne!(is("value=\"typed\""), secret, "{name}: {field}");
        }
        for select in html.split("<select ").skip(1) {
            assert!(select.contains(" selected>"), "{name}");
        }
    }
}

#[test]
fn no_nonce_comes_twice() {
    assert_ne!(Nonce::random().to_string(), Nonce::random().to_string());
}
