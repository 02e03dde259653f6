//! A twin: the service with single protections taken away, for the harness to attack. Never shipped.

use std::{io::Write, process::ExitCode};

fn main() -> ExitCode {
    if let Err(refusal) = brigandine_api::twin::take_steering() {
        let _ = writeln!(std::io::stderr(), "brigandine-api-twin: twin_refuses: {refusal}");
        return ExitCode::from(78);
    }
    brigandine_api::cli::run()
}
