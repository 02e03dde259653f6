//! The service's binary.

use std::process::ExitCode;

/// However the workspace was built, the service never runs with the twins' switches inside.
#[cfg(feature = "twin")]
fn main() -> ExitCode {
    use std::io::Write;
    let refusal = "brigandine-api: built with the feature `twin`, which is for the harness; build it without";
    let _ = writeln!(std::io::stderr(), "{refusal}");
    ExitCode::from(78)
}

#[cfg(not(feature = "twin"))]
fn main() -> ExitCode {
    brigandine_api::cli::run()
}
