//! Asking the insurer.

use super::{
    alert,
    question::{self, Question},
    rows::{self, CheckRow},
    told::Told,
    views::EligibilityView,
};
use crate::{
    access::permission::CheckEligibility,
    audit::EventName,
    clinic::patients::{self, rows::PatientRow},
    egress::upstream::{Turn, Unfit},
    http::{
        answer::Shown,
        call::Call,
        errand::{Errand, Step},
        input::{Body, Path},
        problem::Problem,
    },
    ids::PatientId,
    limits::Reserved,
    protection::UPSTREAM_VALIDATE,
    service::Service,
    store::{prelude::*, schema::eligibility_checks},
};
use brigandine_enforce::enforces;
use bytes::Bytes;

/// `POST /v1/patients/{patient}/eligibility`
pub(super) struct AskInsurer;

/// The question, paid for.
pub(super) struct Prepared {
    turn: Turn,
    patient: PatientId,
    question: Question,
    body: Bytes,
}

/// The question, answered.
pub(super) struct Answered {
    patient: PatientId,
    /// Whom the answer is about.
    about: PatientId,
    question: Question,
    told: Told,
}

impl Errand for AskInsurer {
    type Permission = CheckEligibility;
    type Input = (Path<PatientId>, Body<question::CheckEligibility>);
    type Prepared = Prepared;
    type Brought = Answered;
    type Answer = Shown<EligibilityView>;

    async fn prepare(
        call: &mut Call<CheckEligibility>,
        (Path(patient), Body(body)): Self::Input,
    ) -> Result<Step<Self::Answer, Prepared>, Problem> {
        let file = patients::find(&mut call.tenant, &call.allowed, patient).await?;
        let insurer = call.insurer()?;
        let (organization, member) = (call.tenant.organization(), call.allowed.member());
        let question = Question::of(&body, file.birth_date());
        let index = question.index(&call.keyring, organization, patient)?;
        if let Some(row) = rows::fresh(call, patient, &index).await? {
            call.audit.instead(EventName::SensitiveRead);
            call.audit.object(*row.id.as_uuid());
            return Ok(Step::Known(Shown(EligibilityView::of(row, call.allowed.role(), &call.keyring)?)));
        }
        let body = body_of(&question, &file)?;
        // First whether anybody can be asked at all: nothing is spent on what is never sent.
        let turn = insurer.upstream.admit(organization)?;
        let now = call.clock.now();
        let reserved = insurer.budget.reserve(call.tenant.connection(), (organization, member), now).await?;
        let event = match reserved {
            Reserved::Quietly => None,
            Reserved::NearTheCap => {
                alert::tell_administrators(call).await?;
                Some(EventName::SpendCapReached)
            }
        };
        Ok(Step::Ask { prepared: Prepared { turn, patient, question, body }, event })
    }

    async fn ask(_: &Service, prepared: Prepared) -> Result<Answered, Problem> {
        let Prepared { turn, patient, question, body } = prepared;
        let (about, told) = turn.ask(body, |body| read(&question, patient, body)).await?;
        Ok(Answered { patient, about, question, told })
    }

    async fn keep(
        call: &mut Call<CheckEligibility>,
        Answered { patient, about, question, told }: Answered,
    ) -> Result<Self::Answer, Problem> {
        // The patient may have gone out of the caller's reach while the insurer thought.
        patients::find(&mut call.tenant, &call.allowed, patient).await?;
        let row = CheckRow::new(call, about, &question, &told)?;
        let row: CheckRow = each!(call.tenant.connection(), |connection| {
            diesel::insert_into(eligibility_checks::table)
                .values(row)
                .returning(CheckRow::as_returning())
                .get_result(connection)
        })?;
        call.audit.object(*row.id.as_uuid());
        call.audit.object(*about.as_uuid());
        Ok(Shown(EligibilityView::of(row, call.allowed.role(), &call.keyring)?))
    }
}

/// What an insurer is sent: by what it knows whom we mean, and nothing else of the patient's file (ASVS 14.2.3).
#[enforces(UPSTREAM_VALIDATE, otherwise = crate::vulnerable::clinic::eligibility::with_names)]
fn body_of(question: &Question, _file: &PatientRow) -> Result<Bytes, Problem> {
    question.to_bytes()
}

/// An insurer's answer is kept only if it is exactly what was asked for, and about whom: one whose system was taken over
/// writes nothing into a patient's file (OWASP API10).
#[enforces(UPSTREAM_VALIDATE, otherwise = crate::vulnerable::clinic::eligibility::believe)]
fn read(question: &Question, patient: PatientId, body: &[u8]) -> Result<(PatientId, Told), Unfit> {
    Told::read(question, body).map(|told| (patient, told))
}
