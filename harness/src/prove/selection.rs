//! Which attacks take part.

use crate::{
    arena::Database,
    attacks::{self, Attack},
    matrix,
};
use brigandine_api::protection::{Family, Protection};

/// What was asked for, split by what can be proven here.
#[derive(Debug, Default)]
pub struct Selection {
    /// The attacks to run.
    pub attacks: Vec<&'static Attack>,
    /// Protections whose every attack needs another database than this.
    pub elsewhere: Vec<&'static Protection>,
    /// Protections whose every attack that could run on this database needs the example domain, which is not served.
    pub without_clinic: Vec<&'static Protection>,
    /// The attacks that need it.
    pub left_out: Vec<&'static Attack>,
    /// Protections that nothing attacks: UNPROVEN.
    pub unattacked: Vec<&'static Protection>,
}

/// What is attacked: which attacks make sense there.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// The database it runs on.
    pub database: Database,
    /// Whether the example domain is served.
    pub clinic: bool,
}

impl Ground {
    /// This build on this database.
    #[must_use]
    pub fn here(database: Database) -> Self {
        Self { database, clinic: matrix::has_clinic() }
    }
}

/// Whether the attack can run on this database.
#[must_use]
pub fn runs_on(attack: &Attack, database: Database) -> bool {
    match database {
        Database::Sqlite => !attack.needs.postgres,
        Database::Postgres => !attack.needs.sqlite,
    }
}

/// Whether any attack on the protection can run on this database.
#[must_use]
pub fn provable_on(protection: &'static Protection, database: Database) -> bool {
    attacks::all().iter().any(|attack| attack.protection == protection && runs_on(attack, database))
}

impl Selection {
    /// The attacks of these protections (`token-signature`) or of these names (`token-signature/tamper`), of this
    /// family, or all.
    ///
    /// # Errors
    /// A sentence when a name or the family does not exist.
    pub fn of(only: &[String], family: Option<&str>, ground: Ground) -> Result<Self, String> {
        let family = family.map(find_family).transpose()?;
        for name in only {
            let known = Protection::from_id(name).is_some() || attacks::all().iter().any(|a| a.id() == *name);
            if !known {
                return Err(format!("there is no protection or attack named {name:?}; see `list`"));
            }
        }
        let wanted = |protection: &'static Protection| {
            let named = only.is_empty()
                || only.iter().any(|name| {
                    name == protection.id
                        || name.strip_prefix(protection.id).is_some_and(|rest| rest.starts_with('/'))
                });
            named && family.is_none_or(|family| protection.family == family)
        };
        let whole = |attack: &Attack| {
            only.is_empty() || only.iter().any(|name| *name == attack.protection.id || *name == attack.id())
        };
        let mut selection = Self::default();
        for protection in Protection::ALL.iter().copied().filter(|protection| wanted(protection)) {
            let all = attacks::all().into_iter().filter(|a| a.protection == protection).collect::<Vec<_>>();
            let here: Vec<_> = all.iter().copied().filter(|a| runs_on(a, ground.database)).collect();
            let (left_out, served): (Vec<_>, Vec<_>) =
                here.iter().copied().partition(|attack| attack.needs.clinic && !ground.clinic);
            if all.is_empty() {
                selection.unattacked.push(protection);
            } else if here.is_empty() {
                selection.elsewhere.push(protection);
            } else if served.is_empty() {
                selection.without_clinic.push(protection);
            }
            selection.attacks.extend(served.into_iter().filter(|attack| whole(attack)));
            selection.left_out.extend(left_out.into_iter().filter(|attack| whole(attack)));
        }
        Ok(selection)
    }
}

fn find_family(name: &str) -> Result<Family, String> {
    Family::ALL.into_iter().find(|family| family.name() == name).ok_or_else(|| {
        let names: Vec<_> = Family::ALL.into_iter().map(Family::name).collect();
        format!("there is no family named {name:?}; there are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::{Ground, Selection};
    use crate::arena::Database;
    use brigandine_api::protection::Protection;

    const WHOLE: Ground = Ground { database: Database::Sqlite, clinic: true };
    const BARE: Ground = Ground { clinic: false, ..WHOLE };

    #[test]
    fn a_protection_an_attack_and_a_family_can_be_chosen() {
        let of = |only: &[&str], family| {
            let only: Vec<String> = only.iter().map(ToString::to_string).collect();
            Selection::of(&only, family, WHOLE).map(|s| s.attacks.iter().map(|a| a.id()).collect())
        };
        let one: Vec<String> = of(&["token-signature/tamper"], None).unwrap();
        assert_eq!(one, ["token-signature/tamper"]);
        let protection: Vec<String> = of(&["token-signature"], None).unwrap();
        assert!(protection.len() > 1 && protection.iter().all(|id| id.starts_with("token-signature/")));
        assert!(of(&["token-signature"], Some("transport")).unwrap().is_empty());
        assert!(of(&["token-sig"], None).is_err());
        assert!(of(&[], Some("nothing")).is_err());
    }

    #[test]
    fn without_the_example_domain_its_attacks_are_left_out_and_named() {
        let [whole, bare] = [WHOLE, BARE].map(|ground| Selection::of(&[], None, ground).unwrap());
        assert!(whole.left_out.is_empty() && whole.without_clinic.is_empty());
        assert!(bare.attacks.iter().all(|attack| !attack.needs.clinic));
        assert_eq!(bare.attacks.len() + bare.left_out.len(), whole.attacks.len());
        let silent = Protection::ALL.iter().filter(|protection| {
            let attacked = bare.attacks.iter().any(|attack| attack.protection == **protection);
            let named = [&bare.without_clinic, &bare.elsewhere, &bare.unattacked];
            !attacked && !named.iter().any(|list| list.contains(protection))
        });
        assert_eq!(silent.count(), 0);
    }
}
