//! A thousand random interleavings of hold, confirm, cancel, withdraw and expire, on both databases: no slot is booked twice,
//! none is lost, and what somebody was told stays true.

use super::{
    caps::Booker,
    find, hold,
    machine::{State, Step},
    rows::{AppointmentRow, SlotRow},
    slots, steps,
};
use crate::{
    access::Tenant,
    clock::Clock,
    http::problem::{Kind, Problem},
    ids::{AppointmentId, MemberId, OrganizationId, PatientId, SlotId},
    sealing::Sealed,
    store::{
        Store,
        prelude::*,
        schema::{appointments, patients, slots as slot_table},
        testing::{Fixture, on_each_engine},
        types::{JsonText, Moment},
    },
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::{FutureExt, future::join3};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, prop_oneof},
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, resume_unwind},
};

const INTERLEAVINGS: u32 = 1000;
const SLOTS: usize = 2;
/// Two of them are as long as a hold counts, and a bit longer.
const WAIT: TimeDelta = TimeDelta::minutes(6);

/// What somebody does with a slot, or with the appointment they last got there.
#[derive(Clone, Copy, Debug)]
enum Move {
    Hold(usize),
    Confirm(usize),
    Cancel(usize),
    Withdraw(usize),
    /// Time passes, for everybody.
    Wait,
}

/// A move, after others had so many turns.
type Turn = (usize, Move);

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let step = prop_oneof![
        5 => (0..SLOTS).prop_map(Move::Hold),
        4 => (0..SLOTS).prop_map(Move::Confirm),
        3 => (0..SLOTS).prop_map(Move::Cancel),
        1 => (0..SLOTS).prop_map(Move::Withdraw),
        3 => Just(Move::Wait),
    ];
    vec((0..4_usize, step), 2..7)
}

/// One interleaving: the slots, and the time that is its own.
struct Game<'a> {
    store: &'a Store,
    organization: OrganizationId,
    member: MemberId,
    slots: Vec<SlotId>,
    patients: Vec<PatientId>,
    now: Cell<DateTime<Utc>>,
}

/// What somebody was told of an appointment.
#[derive(Debug)]
struct Told {
    appointment: AppointmentId,
    slot: usize,
    state: State,
}

impl<'a> Game<'a> {
    async fn set_up(store: &'a Store, organization: OrganizationId, member: MemberId) -> Self {
        let now = Clock.now();
        let mut game =
            Self { store, organization, member, slots: vec![], patients: vec![], now: Cell::new(now) };
        let mut tenant = game.tenant().await;
        for hours in 1..=SLOTS {
            let starts_at = now + TimeDelta::days(30) + TimeDelta::hours(hours.try_into().unwrap());
            let slot = SlotRow {
                id: SlotId::random(),
                organization_id: organization,
                clinician_member_id: member,
                starts_at: starts_at.into(),
                ends_at: (starts_at + TimeDelta::minutes(30)).into(),
                created_by: member,
                created_at: now.into(),
                withdrawn_at: None,
            };
            game.slots.push(slot.id);
            each!(tenant.connection(), |c| diesel::insert_into(slot_table::table).values(&slot).execute(c))
                .unwrap();
        }
        for _ in 0..4 {
            game.patients.push(patient(&mut tenant, member, now).await);
        }
        tenant.commit().await.unwrap();
        game
    }

    async fn tenant(&self) -> Tenant {
        let transaction = self.store.begin(self.organization, Mode::Write).await.unwrap();
        Tenant::of(transaction, self.organization)
    }

    /// Reception, who may book as much as she likes.
    fn booker(&self) -> Booker {
        Booker { member: self.member, is_counted: false }
    }

    async fn play(&self, patient: usize, turns: &[Turn]) -> Vec<Told> {
        let mut told: Vec<Told> = vec![];
        for &(pause, step) in turns {
            for _ in 0..pause {
                tokio::task::yield_now().await;
            }
            let mine = |slot: usize| told.iter().rposition(|told| told.slot == slot);
            match step {
                Move::Wait => self.now.set(self.now.get() + WAIT),
                Move::Withdraw(slot) => {
                    expect(self.withdraw(slot).await, &[Kind::Conflict, Kind::NotFound]);
                }
                Move::Hold(slot) => {
                    let held = self.hold(slot, patient).await;
                    if let Some(row) = expect(held, &[Kind::SlotTaken, Kind::NotFound]) {
                        told.push(Told { appointment: row.id, slot, state: State::Held });
                    }
                }
                Move::Confirm(slot) | Move::Cancel(slot) => {
                    let Some(place) = mine(slot) else { continue };
                    let confirms = matches!(step, Move::Confirm(_));
                    let (step, state) = if confirms {
                        (Step::Confirm, State::Confirmed)
                    } else {
                        (Step::Cancel, State::Cancelled)
                    };
                    let taken = self.step(told[place].appointment, step).await;
                    if expect(taken, &[Kind::InvalidTransition]).is_some() {
                        told[place].state = state;
                    }
                }
            }
        }
        told
    }

    async fn hold(&self, slot: usize, patient: usize) -> Result<AppointmentRow, Problem> {
        let now = Moment::from(self.now.get());
        let mut tenant = self.tenant().await;
        let slot = find::slot(&mut tenant, None, self.slots[slot]).await?;
        let row = hold::take(&mut tenant, self.booker(), &slot, self.patients[patient], now).await?;
        tenant.commit().await?;
        Ok(row)
    }

    async fn step(&self, id: AppointmentId, step: Step) -> Result<AppointmentRow, Problem> {
        let now = Moment::from(self.now.get());
        let mut tenant = self.tenant().await;
        let (appointment, slot): (AppointmentRow, SlotRow) = each!(tenant.connection(), |c| {
            appointments::table
                .inner_join(slot_table::table)
                .filter(appointments::id.eq(id))
                .select((AppointmentRow::as_select(), SlotRow::as_select()))
                .first(c)
        })?;
        let row = steps::take(&mut tenant, self.booker(), appointment, &slot, step, now).await?;
        tenant.commit().await?;
        Ok(row)
    }

    async fn withdraw(&self, slot: usize) -> Result<(), Problem> {
        let now = Moment::from(self.now.get());
        let mut tenant = self.tenant().await;
        let slot = find::slot(&mut tenant, None, self.slots[slot]).await?;
        slots::take_back(&mut tenant, &slot, now).await?;
        tenant.commit().await?;
        Ok(())
    }

    /// What came of it.
    async fn check(&self, told: &[Told]) {
        for told in told {
            let state = self.state(told.appointment).await;
            match told.state {
                // Nobody else can take it away; time can.
                State::Held => {
                    assert!(matches!(state, State::Held | State::Expired), "{told:?} is {state:?}")
                }
                other => assert_eq!(state, other, "{told:?}"),
            }
        }
        // When all holds are over, a slot is free unless somebody was told that it is theirs, or it was withdrawn.
        self.now.set(self.now.get() + WAIT + WAIT);
        for slot in 0..SLOTS {
            let owners =
                told.iter().filter(|told| told.slot == slot && told.state == State::Confirmed).count();
            assert!(owners <= 1, "slot {slot} was confirmed {owners} times");
            let withdrawn = self.is_withdrawn(slot).await;
            assert!(!withdrawn || owners == 0, "slot {slot} was withdrawn under its appointment");
            match self.hold(slot, 3).await {
                Ok(_) => assert!(owners == 0 && !withdrawn, "slot {slot} was sold twice"),
                Err(problem) if withdrawn => assert_eq!(problem.kind(), Kind::NotFound),
                Err(problem) => {
                    assert_eq!((problem.kind(), owners), (Kind::SlotTaken, 1), "slot {slot} was lost");
                }
            }
        }
    }

    async fn state(&self, id: AppointmentId) -> State {
        let mut tenant = self.tenant().await;
        let row: AppointmentRow = each!(tenant.connection(), |c| appointments::table
            .find(id)
            .select(AppointmentRow::as_select())
            .first(c))
        .unwrap();
        tenant.release();
        row.state(self.now.get().into()).unwrap()
    }

    async fn is_withdrawn(&self, slot: usize) -> bool {
        let mut tenant = self.tenant().await;
        let at: Option<Moment> = each!(tenant.connection(), |c| slot_table::table
            .find(self.slots[slot])
            .select(slot_table::withdrawn_at)
            .first(c))
        .unwrap();
        tenant.release();
        at.is_some()
    }
}

/// What was done, or nothing for a refusal that can happen.
fn expect<T>(outcome: Result<T, Problem>, refusals: &[Kind]) -> Option<T> {
    match outcome {
        Ok(done) => Some(done),
        Err(problem) => {
            assert!(refusals.contains(&problem.kind()), "{problem:?}");
            None
        }
    }
}

async fn patient(tenant: &mut Tenant, by: MemberId, now: DateTime<Utc>) -> PatientId {
    let id = PatientId::random();
    let values = (
        patients::id.eq(id),
        patients::organization_id.eq(tenant.organization()),
        patients::given_name.eq("Given"),
        patients::family_name.eq("Family"),
        patients::birth_date.eq(NaiveDate::from_ymd_opt(1985, 2, 28).unwrap()),
        patients::national_id.eq(Sealed::from_bytes(vec![1])),
        patients::national_id_index.eq(id.as_uuid().as_bytes().to_vec()),
        patients::metadata.eq(JsonText(serde_json::json!({}))),
        patients::status.eq("active"),
        patients::registered_by.eq(by),
        patients::version.eq(1),
        patients::created_at.eq(Moment::from(now)),
    );
    each!(tenant.connection(), |c| diesel::insert_into(patients::table).values(values).execute(c)).unwrap();
    id
}

async fn play(store: &Store, organization: OrganizationId, member: MemberId, turns: &[Vec<Turn>; 3]) {
    let game = Game::set_up(store, organization, member).await;
    let [first, second, third] = turns;
    let (first, second, third) = join3(game.play(0, first), game.play(1, second), game.play(2, third)).await;
    let told: Vec<Told> = [first, second, third].into_iter().flatten().collect();
    game.check(&told).await;
}

#[tokio::test]
async fn no_interleaving_books_twice_or_loses_a_slot() {
    on_each_engine(async |fixture: &Fixture| {
        let mut settings = fixture.settings.clone();
        settings.connections_per_worker = 4;
        let store = Store::open(&settings).unwrap();
        let (organization, member) = fixture.organization().await;
        // The same thousand each time, so that what failed once fails again.
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        for _ in 0..INTERLEAVINGS {
            let turns = [turns(), turns(), turns()].new_tree(&mut runner).unwrap().current();
            let game = AssertUnwindSafe(play(&store, organization, member, &turns)).catch_unwind().await;
            if let Err(panic) = game {
                println!("played {turns:?}");
                resume_unwind(panic);
            }
        }
    })
    .await;
}
