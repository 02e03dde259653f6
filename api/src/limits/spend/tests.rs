use super::{Budget, Reserved};
use crate::{
    audit::Reason,
    clock::Clock,
    ids::{MemberId, OrganizationId},
    store::{
        Store,
        prelude::*,
        testing::{Fixture, on_each_engine},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;

const BUDGET: Budget = Budget {
    purpose: "test",
    price: 10,
    units_per_day: 100,
    uses_per_day: 1000,
    period: 60_000_000,
    burst: 1000,
};

fn noon() -> DateTime<Utc> {
    Clock.now().date_naive().and_hms_opt(12, 0, 0).unwrap().and_utc()
}

async fn spend(
    store: &Store,
    budget: &Budget,
    who: (OrganizationId, MemberId),
    now: DateTime<Utc>,
) -> Result<Reserved, Reason> {
    let mut transaction = store.begin(who.0, Mode::Write).await.unwrap();
    let reserved = budget.reserve(transaction.connection(), who, now).await;
    match reserved {
        Ok(reserved) => {
            transaction.commit().await.unwrap();
            Ok(reserved)
        }
        Err(problem) => Err(problem.reason().unwrap()),
    }
}

#[tokio::test]
async fn a_day_has_so_many_units_and_one_warning() {
    on_each_engine(async |fixture: &Fixture| {
        let who = fixture.organization().await;
        let mut outcomes = Vec::new();
        for _ in 0..12 {
            outcomes.push(spend(&fixture.store, &BUDGET, who, noon()).await);
        }
        let near = outcomes.iter().filter(|outcome| **outcome == Ok(Reserved::NearTheCap)).count();
        assert_eq!((near, outcomes[7]), (1, Ok(Reserved::NearTheCap)), "the eighth of ten");
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 10);
        assert_eq!(outcomes[10..], [Err(Reason::SPEND_DAY), Err(Reason::SPEND_DAY)]);
        let other = fixture.organization().await;
        assert!(spend(&fixture.store, &BUDGET, other, noon()).await.is_ok(), "another organization's units");
        assert!(
            spend(&fixture.store, &BUDGET, who, noon() + TimeDelta::days(1)).await.is_ok(),
            "another day"
        );
    })
    .await;
}

#[tokio::test]
async fn a_day_has_so_many_uses() {
    on_each_engine(async |fixture: &Fixture| {
        let (who, budget) = (fixture.organization().await, Budget { uses_per_day: 3, ..BUDGET });
        let mut outcomes = Vec::new();
        for _ in 0..4 {
            outcomes.push(spend(&fixture.store, &budget, who, noon()).await.is_ok());
        }
        assert_eq!(outcomes, [true, true, true, false]);
    })
    .await;
}

#[tokio::test]
async fn a_member_bursts_and_then_waits() {
    on_each_engine(async |fixture: &Fixture| {
        let (who, budget) = (fixture.organization().await, Budget { burst: 2, ..BUDGET });
        let at = |seconds| noon() + TimeDelta::seconds(seconds);
        for (seconds, wanted) in [
            (0, Ok(Reserved::Quietly)),
            (0, Ok(Reserved::Quietly)),
            (0, Err(Reason::SPEND_RATE)),
            (59, Err(Reason::SPEND_RATE)),
            (60, Ok(Reserved::Quietly)),
            (61, Err(Reason::SPEND_RATE)),
            (240, Ok(Reserved::Quietly)),
            (240, Ok(Reserved::Quietly)),
            (240, Err(Reason::SPEND_RATE)),
        ] {
            assert_eq!(spend(&fixture.store, &budget, who, at(seconds)).await, wanted, "at {seconds} s");
        }
    })
    .await;
}

#[tokio::test]
async fn together_they_do_not_overshoot() {
    on_each_engine(async |fixture: &Fixture| {
        let who = fixture.organization().await;
        // A store has one connection here: several of them stand for several replicas.
        let replicas = (0..4).map(|_| async {
            let store = Store::open(&fixture.settings).unwrap();
            let mut outcomes = Vec::new();
            for _ in 0..5 {
                outcomes.push(spend(&store, &BUDGET, who, noon()).await);
            }
            outcomes
        });
        let outcomes: Vec<_> = join_all(replicas).await.into_iter().flatten().collect();
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 10, "{outcomes:?}");
        let near = outcomes.iter().filter(|outcome| **outcome == Ok(Reserved::NearTheCap)).count();
        assert_eq!(near, 1, "{outcomes:?}");
    })
    .await;
}
