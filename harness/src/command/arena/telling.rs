//! What the arena says of itself: where everything is, and commands to copy. A peer runs each of them as it is printed.

use crate::{arena::Persona, attacks::Scene, matrix::has_clinic, report::line};
use std::path::Path;

/// What stands above the commands that the service must refuse.
pub(crate) const REFUSED: &str = "Refused, as they must be:";
/// The last line. Whoever reads this far has read everything.
pub(crate) const ENDS: &str = "Ctrl-C ends it and removes everything.";

/// A patient whom nobody registered yet. The key makes a second run of the same line answer as the first did.
const REGISTER: &str = "-H 'Content-Type: application/json' -H 'Idempotency-Key: 6f1c2f7e-3a44-4d0e-9d5b-2b1f6a5c7e90' \
                        -d '{\"given_name\":\"Ada\",\"family_name\":\"Lovelace\",\"birth_date\":\"1985-12-10\",\
                        \"national_id\":\"AL19851210\"}'";

/// What somebody asks for, and is given.
const TAKEN: [(Persona, &str, &str); 1] = [(Persona::RecepA, "/v1/me", "")];
/// The same of the example domain.
const TAKEN_IN_CLINIC: [(Persona, &str, &str); 7] = [
    (Persona::RecepA, "/v1/patients", REGISTER),
    (Persona::RecepA, "/v1/patients", ""),
    (Persona::ClinA1, "/v1/patients", ""),
    (Persona::PatA1, "/v1/patients", ""),
    (Persona::RecepB, "/v1/patients", ""),
    (Persona::RecepA, "/v1/appointments", ""),
    (Persona::PatA1, "/v1/slots", ""),
];
const NOT_TAKEN: [(Persona, &str, &str); 2] =
    [(Persona::SuspendedA, "/v1/me", ""), (Persona::ExmemberA, "/v1/me", "")];

pub(super) fn tell(scene: &Scene, authority: &Path, tokens: &Path) {
    let target = scene.wire().target();
    let names: Vec<_> = Persona::ALL.into_iter().map(super::file_name).collect();
    line(format_args!(
        "The service listens on https://{} (known as https://{}).",
        target.public, target.host
    ));
    line(format_args!("Its authority: {}", authority.display()));
    line(format_args!("Organization A is {}, B is {}.", scene.a(), scene.b()));
    line(format_args!("A fresh token per persona, renewed every 4 minutes: {}/<persona>", tokens.display()));
    line(format_args!("Personas: {}", names.join(" ")));
    line("\nTry, in another terminal:\n");
    line(format_args!(
        "  api() {{ persona=$1; shift; curl -sS --cacert '{}' --connect-to '{}:443:{}' -w ' (%{{http_code}})\\n' -H \"Authorization: Bearer $(cat '{}'/$persona)\" \"$@\"; }}",
        authority.display(),
        target.host,
        target.public,
        tokens.display()
    ));
    let show = |calls: &[(Persona, &str, &str)]| {
        for (persona, path, rest) in calls {
            let command = format!("  api {} https://{}{path} {rest}", persona.name(), target.host);
            line(command.trim_end());
        }
    };
    show(&TAKEN);
    if has_clinic() {
        show(&TAKEN_IN_CLINIC);
    }
    line(format_args!("\n{REFUSED}\n"));
    show(&NOT_TAKEN);
    line(format_args!("\n{ENDS}"));
}
