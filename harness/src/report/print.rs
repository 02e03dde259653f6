//! The only place of the harness that prints. Whoever reads may stop reading (`| head`): that must not end a run before
//! it has cleaned up, so a closed pipe is ignored.

use crate::client::Exchange;
use std::io::Write;

/// Prints a line for people to standard output.
pub fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a complaint to standard error; standard output may be a report that something else reads.
pub fn error(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints a whole exchange.
pub fn print_exchange(exchange: &Exchange) {
    line(format_args!("{exchange}\n"));
}
