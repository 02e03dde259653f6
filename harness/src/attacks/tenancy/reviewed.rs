//! What a reviewer has read of the database: every grant and every policy, a line each, in `docs/grants.txt`.

use crate::{
    attacks::prelude::AttackError,
    observe::{ObserveError, PostgresDoor},
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Whoever is neither the application nor the owner is named as the database names them: there should be nobody.
const GRANTS: &str = "
    SELECT format('grant on %s to %s: %s', name, CASE grantee WHEN 0 THEN 'public'
                  WHEN 'APPLICATION'::regrole THEN 'application' ELSE grantee::regrole::text END,
                  string_agg(may, ', ' ORDER BY may)) AS line
    FROM (
        SELECT c.relname AS name, a.grantee, a.privilege_type AS may
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
        UNION ALL
        SELECT c.relname, a.grantee,
               format('%s (%s)', a.privilege_type, string_agg(t.attname, ', ' ORDER BY t.attname))
        FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
        WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
        GROUP BY c.relname, a.grantee, a.privilege_type
    ) AS given GROUP BY name, grantee";

const POLICIES: &str = "
    SELECT format('policy on %s: %s for %s to %s using %s check %s', tablename, policyname, lower(cmd),
                  CASE WHEN roles = ARRAY[tableowner] THEN 'the owner' ELSE array_to_string(roles, ', ') END,
                  coalesce(regexp_replace(qual, '\\s+', ' ', 'g'), 'nothing'),
                  coalesce(regexp_replace(with_check, '\\s+', ' ', 'g'), 'nothing')) AS line
    FROM pg_policies JOIN pg_tables USING (schemaname, tablename) WHERE schemaname = 'public'
    UNION ALL
    SELECT format('row security on %s: %s', relname,
                  CASE WHEN relrowsecurity AND relforcerowsecurity THEN 'forced' ELSE 'not forced' END)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')";

/// A part of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// What the application may do.
    Grants,
    /// Which rows it may do it to.
    Policies,
}

impl Part {
    const ALL: [Self; 2] = [Self::Grants, Self::Policies];

    fn has(self, line: &str) -> bool {
        line.starts_with("grant ") == (self == Self::Grants)
    }

    /// The lines as the database has them now.
    pub(crate) async fn lines(self, door: &PostgresDoor) -> Result<BTreeSet<String>, ObserveError> {
        let sql = match self {
            Self::Grants => GRANTS.replace("APPLICATION", door.application_role()),
            Self::Policies => POLICIES.to_owned(),
        };
        let told = |error: tokio_postgres::Error| ObserveError(error.to_string());
        let rows = door.as_superuser().await?.query(&sql, &[]).await.map_err(told)?;
        rows.iter().map(|row| row.try_get(0).map_err(told)).collect()
    }

    /// The lines that were reviewed.
    pub(crate) fn reviewed(self) -> Result<BTreeSet<String>, AttackError> {
        let text = std::fs::read_to_string(file())?;
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(lines.filter(|line| self.has(line)).map(str::to_owned).collect())
    }
}

/// Where the list lies.
pub(crate) fn file() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    workspace.join("docs/grants.txt")
}

/// The whole list as the database has it now, to be reviewed.
pub(crate) async fn present(door: &PostgresDoor) -> Result<String, ObserveError> {
    let mut text =
        "# What the application's role may do in PostgreSQL, and to which rows: read from the database by\n\
                    # `cargo run -- grants --renew`, reviewed here, and compared on every proof.\n"
            .to_owned();
    for part in Part::ALL {
        text.push('\n');
        part.lines(door).await?.iter().for_each(|line| text.extend([line, "\n"]));
    }
    Ok(text)
}

/// What is in the database and was not reviewed, and the other way round.
pub(crate) fn differences(present: &BTreeSet<String>, reviewed: &BTreeSet<String>) -> Vec<String> {
    let more = present.difference(reviewed).map(|line| format!("nobody reviewed: {line}"));
    let less = reviewed.difference(present).map(|line| format!("is no longer so: {line}"));
    more.chain(less).collect()
}
