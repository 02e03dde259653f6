//! `list`.

use crate::{
    attacks,
    report::{line, width, wrapped},
};
use brigandine_api::protection::{Family, Protection};
use serde_json::json;
use std::process::ExitCode;

/// Where the statements begin.
const COLUMN: usize = 29;

pub(super) fn list(as_json: bool) -> ExitCode {
    if as_json {
        line(format_args!(
            "{:#}",
            Protection::ALL.iter().copied().map(described).collect::<serde_json::Value>()
        ));
        return ExitCode::SUCCESS;
    }
    let width = width();
    for family in Family::ALL {
        line(format_args!("\n{}", family.name()));
        for protection in Protection::ALL.iter().copied().filter(|p| p.family == family) {
            let statement = wrapped(&protection.statement(), COLUMN, width);
            line(format_args!("  {:<26} {statement}", protection.id));
            for attack in attacks::all().into_iter().filter(|attack| attack.protection == protection) {
                let place = if attack.needs.postgres { " (PostgreSQL)" } else { "" };
                let domain = if attack.needs.clinic { " (example domain)" } else { "" };
                line(format_args!("    {}{place}{domain}", attack.name));
            }
        }
    }
    ExitCode::SUCCESS
}

/// What other programs rely on: these members, and no others.
fn described(protection: &'static Protection) -> serde_json::Value {
    let attacks = attacks::all().into_iter().filter(|attack| attack.protection == protection);
    json!({
        "id": protection.id,
        "family": protection.family.name(),
        "attacks": attacks.map(|attack| attack.name).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::described;
    use brigandine_api::protection::TOKEN_SIGNATURE;
    use serde_json::json;

    #[test]
    fn a_protection_is_listed_with_its_family_and_its_attacks_names() {
        let listed = described(&TOKEN_SIGNATURE);
        let members: Vec<_> = listed.as_object().unwrap().keys().collect();
        assert_eq!(members.len(), 3, "{members:?}");
        assert_eq!((&listed["id"], &listed["family"]), (&json!("token-signature"), &json!("tokens")));
        let attacks = listed["attacks"].as_array().unwrap();
        assert!(attacks.contains(&json!("tamper")), "{attacks:?}");
        assert!(attacks.iter().all(|name| !name.as_str().unwrap().contains('/')), "{attacks:?}");
    }
}
