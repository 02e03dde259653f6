//! `prove`

use super::{Prove, RUN_FAILED, WRONG_USAGE};
use crate::{
    prove::{Ground, Options, Selection, prove as run},
    report::{self, Files},
};
use std::process::ExitCode;

pub(super) async fn prove(arguments: Prove) -> ExitCode {
    let ground = Ground::here(arguments.database);
    let selection = match Selection::of(&arguments.only, arguments.family.as_deref(), ground) {
        Ok(selection) => selection,
        Err(sentence) => {
            report::error(sentence);
            return ExitCode::from(WRONG_USAGE);
        }
    };
    let files = match Files::open(arguments.reports) {
        Ok(files) => files,
        Err(sentence) => {
            report::error(sentence);
            return ExitCode::from(WRONG_USAGE);
        }
    };
    let options = Options {
        selection,
        database: arguments.database,
        twins: arguments.twins,
        marks: arguments.marks,
        seed: arguments.seed,
        verbose: arguments.verbose,
    };
    let report = match run(options).await {
        Ok(report) => report,
        Err(error) => {
            report::error(format_args!("The run failed; nothing is proven: {error}"));
            return ExitCode::from(RUN_FAILED);
        }
    };
    report.print();
    if let Err(sentence) = files.write(&report) {
        report::error(sentence);
        return ExitCode::from(RUN_FAILED);
    }
    ExitCode::from(report.exit_code())
}
