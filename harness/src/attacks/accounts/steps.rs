//! What people do with their accounts, step by step.

use crate::attacks::prelude::*;

/// The subject of the mail with a link for a new password.
pub(super) const RESET: &str = "Set a new password";
/// The subject of the mail with a link that confirms an address.
pub(super) const CONFIRM: &str = "Confirm your e-mail address";
/// The subject of the mail that tells of a change.
pub(super) const NOTICE: &str = "Your account was changed";

/// A password that the policy takes.
pub(in crate::attacks) fn new_password() -> String {
    format!("{} {}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// Says on the page that the password of this address is forgotten.
pub(in crate::attacks) async fn forgets(browser: &Browser, email: &str) -> Result<Request, AttackError> {
    let csrf = browser.form_of("/password/forgot").await?;
    Ok(browser.post("/password/forgot", &[("csrf", csrf.as_str()), ("email", email)]))
}

/// The operator disables an account, beside the service.
pub(in crate::attacks) async fn disable(scene: &Scene, person: &Person) -> Result<(), AttackError> {
    let account = scene.observer().id(person.account().id);
    scene
        .observer()
        .execute(&format!("UPDATE accounts SET status = 'disabled' WHERE id = {account}"))
        .await?;
    Ok(())
}

/// The token in the `count`th mail with that subject to an address.
pub(super) async fn mailed(
    scene: &Scene,
    email: &str,
    subject: &str,
    count: usize,
) -> Result<String, AttackError> {
    let mails = scene.outbox().wait_for(email, subject, count).await?;
    let token = mails.get(count.saturating_sub(1)).and_then(|mail| mail.token());
    token.map(str::to_owned).ok_or_else(|| {
        AttackError::Setup(format!("{email} got {} mails {subject:?} instead of {count}", mails.len()))
    })
}

/// Forgets the password and reads the mail; `count` is how many of these mails there are then.
pub(in crate::attacks) async fn reset_token(
    scene: &Scene,
    browser: &Browser,
    email: &str,
    count: usize,
) -> Result<String, AttackError> {
    scene.demand_page(browser, &forgets(browser, email).await?, 202).await?;
    mailed(scene, email, RESET, count).await
}

/// The form that sets a new password by a link.
pub(in crate::attacks) async fn resets(
    browser: &Browser,
    token: &str,
    password: &str,
) -> Result<Request, AttackError> {
    let csrf = browser.form_of("/password/forgot").await?;
    let fields = [("csrf", csrf.as_str()), ("token", token), ("new_password", password)];
    Ok(browser.post("/password/reset", &fields))
}

/// Whether the person gets in with this password.
pub(super) async fn gets_in(scene: &Scene, person: &Person, password: &str) -> Result<bool, AttackError> {
    let browser = scene.browser();
    let answer = browser.send(&person.sign_in_form(&browser, password).await?).await?;
    Ok(answer.status == 303 && browser.cookie("__Host-session").is_some())
}

/// The whole way of somebody who forgot a password, made anew each time: request, mail, new password, sign-in.
pub(super) fn recovery<'a>(scene: &'a Scene, person: &'a Person) -> Control<'a> {
    Control::checked(move || async move {
        let recovered = async {
            let (browser, email, password) = (scene.browser(), &person.account().email, new_password());
            let before = scene.outbox().mails_to(email)?.iter().filter(|mail| mail.subject == RESET).count();
            let token = reset_token(scene, &browser, email, before + 1).await?;
            scene.demand_page(&browser, &resets(&browser, &token, &password).await?, 200).await?;
            gets_in(scene, person, &password).await
        };
        match recovered.await {
            Ok(true) => Ok(()),
            Ok(false) => Err("the new password does not open the account".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    })
}

impl Scene {
    /// Sends a browser's request, which must be answered with this status.
    pub(in crate::attacks) async fn demand_page(
        &self,
        browser: &Browser,
        request: &Request,
        status: u16,
    ) -> Result<Answer, AttackError> {
        let answer = browser.send(request).await?;
        if answer.status == status {
            return Ok(answer);
        }
        let (request, answer) = (request.describe(), answer.summary());
        Err(AttackError::Setup(format!("preparing: {request} should answer {status} but answered {answer}")))
    }
}
