//! Which twins the attacks call for.

use crate::{
    arena::Database,
    attacks::{Attack, Twin},
    prove::provable_on,
};
use brigandine_api::protection::Protection;
use std::collections::BTreeMap;

/// What the attacks must do on a twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected {
    /// Every attack must succeed.
    Fall,
    /// Another layer must still beat every attack.
    Hold,
}

/// One twin and the attacks that run on it.
#[derive(Debug)]
pub struct TwinPlan {
    /// Whose attacks.
    pub protection: &'static Protection,
    /// What is taken away.
    pub off: Vec<&'static Protection>,
    /// What must come of it.
    pub expected: Expected,
    /// The attacks.
    pub attacks: Vec<&'static Attack>,
}

/// The twins these attacks call for on this database, in the order of the book.
#[must_use]
pub fn plans(attacks: &[&'static Attack], database: Database) -> Vec<TwinPlan> {
    let mut plans: BTreeMap<(&'static Protection, Expected, Vec<&'static Protection>), Vec<&'static Attack>> =
        BTreeMap::new();
    for attack in attacks.iter().copied() {
        for (off, expected) in twins_of(attack, database) {
            plans.entry((attack.protection, expected, off)).or_default().push(attack);
        }
    }
    plans
        .into_iter()
        .map(|((protection, expected, off), attacks)| TwinPlan { protection, off, expected, attacks })
        .collect()
}

fn twins_of(attack: &Attack, database: Database) -> Vec<(Vec<&'static Protection>, Expected)> {
    let own = attack.protection;
    let with = |others: &[&'static Protection]| {
        let mut off = vec![own];
        off.extend(others);
        off.sort();
        off.dedup();
        off
    };
    match attack.twin {
        Twin::Alone => vec![(vec![own], Expected::Fall)],
        Twin::Also(others) => vec![(with(others), Expected::Fall)],
        Twin::Layered(others) => {
            let here: Vec<&'static Protection> =
                others.iter().copied().filter(|p| provable_on(p, database)).collect();
            let all = with(&here);
            let mut twins = vec![(all.clone(), Expected::Fall)];
            if all.len() > 1 {
                twins.extend(all.into_iter().map(|layer| (vec![layer], Expected::Hold)));
            }
            twins
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Expected, plans};
    use crate::{
        arena::Database,
        attacks::{self, Attack, Needs, Twin},
    };
    use brigandine_api::protection::{Protection, TOKEN_REQUIRED, TOKEN_SIGNATURE};

    const REQUIRED: &[&Protection] = &[&TOKEN_REQUIRED];

    fn offs(twin: Twin) -> Vec<(Vec<&'static Protection>, Expected)> {
        let run = attacks::all()[0].run;
        let attack: &'static Attack = Box::leak(Box::new(Attack {
            protection: &TOKEN_SIGNATURE,
            name: "imagined",
            steps: &[],
            needs: Needs::NOTHING,
            twin,
            run,
        }));
        plans(&[attack], Database::Sqlite).into_iter().map(|plan| (plan.off, plan.expected)).collect()
    }

    #[test]
    fn an_attack_falls_on_its_own_twin() {
        assert_eq!(offs(Twin::Alone), [(vec![&TOKEN_SIGNATURE], Expected::Fall)]);
        assert_eq!(offs(Twin::Also(REQUIRED)), [(vec![&TOKEN_REQUIRED, &TOKEN_SIGNATURE], Expected::Fall)]);
    }

    #[test]
    fn layers_hold_one_by_one_and_fall_together() {
        assert_eq!(
            offs(Twin::Layered(REQUIRED)),
            [
                (vec![&TOKEN_REQUIRED, &TOKEN_SIGNATURE], Expected::Fall),
                (vec![&TOKEN_REQUIRED], Expected::Hold),
                (vec![&TOKEN_SIGNATURE], Expected::Hold),
            ]
        );
    }
}
