//! Every page as a file, to be looked at: `cargo test -p brigandine-api --lib gallery -- --ignored`.

use super::*;
use crate::ids::RequestId;
use chrono::{DateTime, Utc};
use std::{fs, path::Path};

const RULE: &str = "At least 15 characters. A sentence is easy to remember.";
/// Stands for a QR code.
const PICTURE: &str = r#"<svg viewBox="0 0 21 21"><path d="M0 0h7v7H0zM14 0h7v7h-7zM0 14h7v7H0zM9 9h3v3H9zM14 14h2v2h-2zM18 18h3v3h-3z"/></svg>"#;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn write(name: &str, page: Result<Rendered, RenderError>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pages");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.html")), page.unwrap().html).unwrap();
}

#[test]
#[ignore = "proves nothing: it writes files for people to look at"]
fn gallery() {
    let form = Form { csrf: "token", ..Form::default() };
    let failed = Form {
        error: Some("E-mail address and password do not match."),
        typed: Typed { email: "reception@northside.example", ..Typed::default() },
        ..form
    };
    let nonce = &Nonce::random();
    let organizations = [
        OrganizationChoice { id: "1", name: "Northside Clinic", role: "Administrator" },
        OrganizationChoice {
            id: "2",
            name: "Gemeinschaftspraxis am Stadtgarten, Dr. Öz und Partner",
            role: "Clinician",
        },
    ];
    let sign_in = SignIn {
        form,
        client: Some("Ward Planner"),
        organizations: true,
        passkeys: true,
        registration: true,
    };
    write("sign_in", render(&sign_in, nonce));
    write(
        "sign_in_failed",
        render(
            &SignIn {
                form: failed,
                client: None,
                organizations: false,
                passkeys: false,
                registration: false,
            },
            nonce,
        ),
    );
    write(
        "second_factor",
        render(
            &SecondFactor { form, purpose: Purpose::SignIn, totp: true, passkeys: true, recovery: true },
            nonce,
        ),
    );
    write(
        "choose_organization",
        render(
            &ChooseOrganization { form, client: Some("Ward Planner"), organizations: &organizations },
            nonce,
        ),
    );
    let scopes = ["see who you are", "see patients", "register patients and correct their data"];
    write(
        "consent",
        render(
            &Consent {
                form,
                destination: "https://planner.example",
                client: "Ward Planner",
                organization: "Northside Clinic",
                account: "reception@northside.example",
                scopes: &scopes,
            },
            nonce,
        ),
    );
    write(
        "sign_out",
        render(&SignOut { form, client: Some("Ward Planner"), action: "/oauth2/logout" }, nonce),
    );
    write("signed_out", render(&SignedOut { back: None }, nonce));
    write(
        "error",
        render(
            &ErrorPage {
                title: "This link has expired",
                sentence: "Links work once, and not for long. Ask for a new one and use it soon.",
                next: Some(Link { name: "Send me a new link", href: "/password/forgot" }),
                request: RequestId::random(),
            },
            nonce,
        ),
    );
    write(
        "passkey",
        render(
            &PasskeyPage {
                form,
                ceremony: Ceremony::Enrol,
                id: "0b1f4c1e-1d43-4a52-8b6e-111111111111",
                options: "{}",
                script: TrustedScript(""),
                action: "/account/passkeys",
                back: "/account",
            },
            nonce,
        ),
    );
    write("onward", render(&Onward::to("https://planner.example/callback?code=x"), nonce));
    write("sign_up", render(&SignUp { form, organizations: &organizations }, nonce));
    write(
        "invitation",
        render(
            &Invitation {
                form,
                token: "token",
                organization: "Northside Clinic",
                role: "clinician",
                email: "a@b.example",
                known: false,
                signed_in: false,
                asks_name: true,
                rule: RULE,
            },
            nonce,
        ),
    );
    write(
        "setup",
        render(&Setup { form, token: "token", organization: "Northside Clinic", rule: RULE }, nonce),
    );
    write("forgot_password", render(&ForgotPassword { form }, nonce));
    write("reset_password", render(&ResetPassword { form, token: "token", rule: RULE }, nonce));
    write(
        "change_password",
        render(
            &ChangePassword {
                form: Form {
                    error: Some(
                        "That did not work. Check the current password and the rule for the new one.",
                    ),
                    ..form
                },
                email: "a@b.example",
                rule: RULE,
            },
            nonce,
        ),
    );
    write("reauthenticate", render(&Reauthenticate { form, email: "a@b.example" }, nonce));
    write("change_email", render(&ChangeEmail { form }, nonce));
    write("confirm_email", render(&ConfirmEmail { form, token: "token" }, nonce));
    write("check_mail", render(&Notice::CHECK_MAIL, nonce));
    write(
        "confirm",
        render(
            &Confirm {
                form,
                title: "Remove the authenticator app?",
                sentence: "Signing in will need another second factor.",
                button: "Remove it",
                action: "/account/factors/totp/remove",
                id: None,
            },
            nonce,
        ),
    );
    let passkeys = [PasskeyRow {
        id: "1",
        name: "Work laptop",
        created: at(1_795_000_000),
        last_used: Some(at(1_795_521_600)),
    }];
    let sessions = [
        SessionRow {
            id: "1",
            name: "Firefox on Linux",
            created: at(1_795_500_000),
            last_used: at(1_795_521_600),
            current: true,
        },
        SessionRow {
            id: "2",
            name: "Safari on iPhone",
            created: at(1_795_000_000),
            last_used: at(1_795_400_000),
            current: false,
        },
    ];
    let applications =
        [ApplicationRow { client_id: "ward-planner", name: "Ward Planner", since: at(1_795_000_000) }];
    let account = AccountPage {
        form,
        email: "reception@northside.example",
        confirmed: false,
        memberships: &[MembershipRow {
            organization: "Northside Clinic",
            name: "Ada Lovelace",
            role: "reception",
        }],
        password: true,
        totp: true,
        recovery_codes: Some(9),
        providers: &[ProviderRow { name: "Northside Clinic", link: Some("/federation") }],
        passkeys_offered: true,
        passkeys: &passkeys,
        applications: &applications,
        sessions: &sessions,
    };
    write("account", render(&account, nonce));
    write(
        "enrol_totp",
        render(
            &EnrolTotp {
                form,
                qr: TrustedSvg(PICTURE),
                secret: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
                uri: "otpauth://totp/x",
            },
            nonce,
        ),
    );
    let codes: Vec<_> = (0..10).map(|slot| format!("{slot}-ABCD-EFGH-JKMN-PQRS")).collect();
    write("recovery_codes", render(&RecoveryCodes { codes: &codes, next: "/account" }, nonce));
}
