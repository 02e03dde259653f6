//! The only place of the harness that prints.

use crate::client::Exchange;

/// Prints a line for people to standard output.
#[expect(clippy::print_stdout, reason = "the report is what the command is for")]
pub fn line(text: impl std::fmt::Display) {
    println!("{text}");
}

/// Prints a complaint to standard error.
#[expect(clippy::print_stderr, reason = "standard output may be a report that something else reads")]
pub fn error(text: impl std::fmt::Display) {
    eprintln!("{text}");
}

/// Prints a whole exchange.
pub fn print_exchange(exchange: &Exchange) {
    line(format_args!("{exchange}\n"));
}
