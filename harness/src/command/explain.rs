//! `explain` and `book`.

use super::{RUN_FAILED, WRONG_USAGE};
use crate::{
    book,
    report::{error, line, plain, width},
};
use brigandine_api::protection::Protection;
use std::{path::Path, process::ExitCode};

pub(super) fn explain(id: &str) -> ExitCode {
    let Some(protection) = Protection::from_id(id) else {
        error(format_args!("there is no protection named {id:?}; see `list`"));
        return ExitCode::from(WRONG_USAGE);
    };
    line(plain(&book::page(protection), width()));
    ExitCode::SUCCESS
}

pub(super) fn write_book() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    match book::write(root) {
        Ok(renewed) => {
            line(format_args!("{renewed} pages renewed in {}", book::FOLDER));
            ExitCode::SUCCESS
        }
        Err(why) => {
            error(why);
            ExitCode::from(RUN_FAILED)
        }
    }
}
