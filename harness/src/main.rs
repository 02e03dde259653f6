//! The attacker's command line.

use brigandine_harness::command::{Command, run};
use clap::Parser;
use std::process::ExitCode;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    match Command::try_parse() {
        Ok(command) => run(command).await,
        Err(error) => {
            // `--help` is not wrong usage.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            ExitCode::from(code)
        }
    }
}
