//! `prove`

use super::{Prove, RUN_FAILED, WRONG_USAGE};
use crate::{
    prove::{Ground, Options, Selection, prove as run},
    report,
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
    let options = Options {
        selection,
        database: arguments.database,
        twins: arguments.twins,
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
    if let Some(file) = arguments.json
        && let Err(error) = std::fs::write(&file, format!("{:#}\n", report.to_json()))
    {
        report::error(format_args!("The report can't be written to {}: {error}", file.display()));
        return ExitCode::from(RUN_FAILED);
    }
    ExitCode::from(report.exit_code())
}
