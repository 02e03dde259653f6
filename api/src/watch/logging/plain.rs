//! Lines for a person at a terminal: time, level, message, then the fields.

use crate::http::text;
use std::fmt::{self, Write};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

/// The format of such lines.
pub(super) struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        SystemTime.format_time(&mut writer)?;
        write!(writer, " {:<5}", event.metadata().level().as_str())?;
        let mut line = Line::default();
        event.record(&mut line);
        writeln!(writer, " {}{}", line.message, line.fields)
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = shown(&format!("{value:?}"));
        if field.name() == "message" {
            self.message = value;
        } else {
            // Writing to a String can't fail.
            let _ = write!(self.fields, "  {}={value}", field.name());
        }
    }
}

/// The value as one line: what would end it, or steer the terminal (CWE-117, CWE-150), is written as an escape.
fn shown(value: &str) -> String {
    let mut shown = String::with_capacity(value.len());
    for character in value.chars() {
        if character.is_control() || text::is_illegal(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_one_line_whatever_is_in_it() {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber =
            tracing_subscriber::fmt().event_format(Lines).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            let hostile = "x\n2026-01-01T00:00:00Z INFO forged\u{1b}[2J\u{202e}";
            tracing::info!(hostile, shown = %hostile, debugged = ?hostile, number = 7, "Listening {hostile}");
        });
        let written = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(written.lines().count(), 1, "{written:?}");
        assert!(
            written.contains(" INFO  Listening x\\u{a}2026") && written.contains("  number=7"),
            "{written:?}"
        );
        assert!(!written.contains(['\u{1b}', '\u{202e}']), "{written:?}");
    }
}
