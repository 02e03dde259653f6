//! `session-termination`: what was checked takes no effect when something else changed meanwhile.

use super::whole_way;
use crate::{
    attacks::{
        Beside,
        accounts::{Account, forgets, fresh_password, new_password, people, reset_token, resets},
        factors::{codes_on, let_in},
        prelude::*,
        set,
    },
    client::Wire,
};
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) const ATTACKS: &[Attack] = &[attack!(
    SESSION_TERMINATION / "outrun" = outrun,
    needs: People.and(Exclusive),
    "At one replica hashing takes long. A thief has a mailed link, a recovery code, or an open browser, and uses it there.",
    "While it computes, a newer link is mailed, the password is changed, or every session is ended at another replica.",
)];

/// How many passes the slow replica's hashes take: enough to be outrun, and ten of them well within a request's time.
const PASSES: i64 = 12;
/// How often a change may come too early or too late, on a busy machine.
const TRIES: u32 = 6;
/// How much later the change comes, each time.
const LATER: Duration = Duration::from_millis(40);

/// What is to be outrun, and how the audit log must call it.
struct Race<'a> {
    scene: &'a Scene,
    slow: &'a Beside,
    story: &'static str,
    reason: &'static str,
    /// Whether the slow replica gave up, as it does on a busy machine: the other one is slow enough then.
    gave_up: AtomicBool,
}

impl Race<'_> {
    fn wire(&self) -> Arc<Wire> {
        let scene = if self.gave_up.load(Ordering::SeqCst) { self.scene } else { &self.slow.scene };
        scene.wire().clone()
    }

    /// Sends the thief's request to the slow replica and the change to the other one. `false` when the change did not come
    /// in between.
    async fn ran(
        &self,
        trial: &mut Trial<'_>,
        number: u32,
        thief: Request,
        change: Request,
    ) -> Result<bool, AttackError> {
        let over = AtomicBool::new(false);
        let changing = async {
            tokio::time::sleep(LATER * number).await;
            let answer = change.send_patiently().await;
            over.store(true, Ordering::SeqCst);
            answer
        };
        let stealing = async {
            let answer = thief.over(self.wire()).send_patiently().await;
            (answer, over.load(Ordering::SeqCst))
        };
        let ((stolen, outrun), changed) = tokio::join!(stealing, changing);
        let (stolen, changed) = (stolen?, changed?);
        self.gave_up.fetch_or(stolen.status == 503, Ordering::SeqCst);
        let gained = stolen.status == 200 || let_in(&stolen);
        let rows = match stolen.request_id() {
            Some(id) => self.scene.observer().audit_events_of(id).await?,
            None => Vec::new(),
        };
        let named = rows.iter().any(|row| row.text("reason").as_deref() == Some(self.reason));
        if outrun && gained && changed.status < 400 {
            trial.found(self.story, Finding::Breach("takes effect after the change".into()));
        } else if named {
            trial.found(self.story, Finding::must(!gained, "is refused, and takes effect"));
        }
        Ok(named || (outrun && gained))
    }

    fn lost(&self, trial: &mut Trial<'_>) {
        trial.found(self.story, Finding::Unclear("was never outrun".into()));
    }
}

async fn outrun(scene: &Scene) -> Outcome {
    let (control, clinician) = (scene.person(RecepB)?, scene.person(ClinA1)?);
    let slow = scene.beside(|settings, _| set(settings, "passwords.iterations", PASSES)).await?;
    let mut trial = Trial::begin(scene, whole_way(&control)).await?;
    links(scene, &slow, &mut trial).await?;
    // Where the first race was lost, the account is in a state in which the second can't always be run.
    if let Err(error) = codes(scene, &slow, &mut trial, &clinician).await {
        trial.found("recovery codes", Finding::Unclear(error.to_string()));
    }
    trial.conclude().await
}

/// A link for a new password: outrun by a newer link, and by a change of the password.
async fn links(scene: &Scene, slow: &Beside, trial: &mut Trial<'_>) -> Result<(), AttackError> {
    let accounts: Vec<String> = (0..TRIES).map(|_| fresh_password()).collect();
    let race = Race {
        scene,
        slow,
        story: "a link, and a newer one",
        reason: "reset.used",
        gave_up: AtomicBool::new(false),
    };
    for (number, account) in (0..).zip(people(scene, &accounts).await?) {
        let browser = scene.browser();
        let token = reset_token(scene, &browser, &account.email, 1).await?;
        let (thief, newer) =
            (resets(&browser, &token, &new_password()).await?, forgets(&browser, &account.email).await?);
        if race.ran(trial, number, thief, newer).await? {
            break;
        }
        if number + 1 == TRIES {
            race.lost(trial);
        }
    }
    let race = Race { story: "a link, and a changed password", reason: "reset.overtaken", ..race };
    for (number, account) in (0..).zip(people(scene, &accounts).await?) {
        let browser = scene.browser();
        let token = reset_token(scene, &browser, &account.email, 1).await?;
        let thief = resets(&browser, &token, &new_password()).await?;
        if race.ran(trial, number, thief, changes_password(scene, &account).await?).await? {
            break;
        }
        if number + 1 == TRIES {
            race.lost(trial);
        }
    }
    Ok(())
}

/// The form in which the owner, who has just signed in, sets another password.
async fn changes_password(scene: &Scene, account: &Account) -> Result<Request, AttackError> {
    let browser = scene.browser();
    let csrf = browser.form_of("/signin").await?;
    let fields = [("csrf", csrf.as_str()), ("email", &account.email), ("password", &account.password)];
    let sign_in = browser.post("/signin", &fields).from(scene.fresh_address());
    scene.demand_page(&browser, &sign_in, 303).await?;
    let csrf = browser.form_of("/account/password").await?;
    let next = new_password();
    let fields = [("csrf", csrf.as_str()), ("password", &account.password), ("new_password", &next)];
    Ok(browser.post("/account/password", &fields))
}

/// Recovery codes, which are ten hashes to make and one to check: outrun by the end of every other session.
async fn codes(
    scene: &Scene,
    slow: &Beside,
    trial: &mut Trial<'_>,
    clinician: &Person,
) -> Result<(), AttackError> {
    let renews = async || -> Result<Request, AttackError> {
        let browser = clinician.signed_in().await?;
        let csrf = browser.form_of("/account").await?;
        Ok(browser.post("/account/factors/recovery", &[("csrf", csrf.as_str())]))
    };
    let ends = |tokens: &Tokens| scene.anyone().delete("/v1/sessions").bearer(&tokens.access);
    // Made at the slow replica, each takes as long to check as it took to make; a busy machine can't make ten of them there.
    let mut made = codes_on(&renews().await?.over(slow.scene.wire().clone()).send_patiently().await?);
    if made.is_empty() {
        made = codes_on(&renews().await?.send_patiently().await?);
    }
    let mut codes = made.into_iter();

    let race = Race {
        scene,
        slow,
        story: "a recovery code",
        reason: "session.overtaken",
        gave_up: AtomicBool::new(false),
    };
    for number in 0..TRIES {
        let (_, hers) = clinician.tokens().await?;
        let his = clinician.with_password_only().await?;
        let csrf = his.form_of("/signin/factor").await?;
        let code = codes.next().ok_or_else(|| AttackError::Setup("no recovery codes are left".into()))?;
        let fields = [("csrf", csrf.as_str()), ("factor", "recovery"), ("code", code.as_str())];
        if race.ran(trial, number, his.post("/signin/factor", &fields), ends(&hers)).await? {
            break;
        }
        if number + 1 == TRIES {
            race.lost(trial);
        }
    }
    let race = Race { story: "new recovery codes", reason: "reauth.overtaken", ..race };
    for number in 0..TRIES {
        let thief = renews().await?;
        let (_, hers) = clinician.tokens().await?;
        if race.ran(trial, number + 1, thief, ends(&hers)).await? {
            break;
        }
        if number + 1 == TRIES {
            race.lost(trial);
        }
    }
    Ok(())
}
