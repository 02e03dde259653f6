//! The file: JSON, or CSV with one line for each value. Item by item, and no longer than [`MOST_BYTES`].

use super::cell::inert;
use crate::http::{
    output,
    problem::{Kind, Problem},
};
use csv::{QuoteStyle, Terminator, WriterBuilder};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// The largest file: the bounds are those of memory, not of a life.
pub(super) const MOST_BYTES: usize = 8 * 1024 * 1024;
/// The most items, each of which the audit row names.
pub(super) const MOST_ITEMS: usize = 2000;

/// The columns of CSV: the kind of data, which of them, which of its values, and that.
const COLUMNS: [&str; 4] = ["section", "id", "field", "value"];

/// The form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Csv,
}

impl Form {
    pub(super) fn named(format: &str) -> Self {
        if format == "csv" { Self::Csv } else { Self::Json }
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

/// A file that grows.
pub(super) struct Writer {
    form: Form,
    bytes: Vec<u8>,
    items: Vec<Uuid>,
    section: Option<&'static str>,
}

impl Writer {
    pub(super) fn new(form: Form) -> Result<Self, Problem> {
        let mut writer = Self { form, bytes: Vec::new(), items: Vec::new(), section: None };
        match form {
            Form::Json => writer.bytes.push(b'{'),
            Form::Csv => writer.lines([COLUMNS])?,
        }
        Ok(writer)
    }

    /// Begins a kind of data; what follows is of it. One without items is there all the same, and empty.
    pub(super) fn section(&mut self, name: &'static str) {
        if self.form == Form::Json {
            let before = if self.section.is_some() { "]," } else { "" };
            self.bytes.extend_from_slice(format!("{before}\"{name}\":[").as_bytes());
        }
        self.section = Some(name);
    }

    /// Writes an item of the section.
    ///
    /// # Errors
    /// `export-too-large`.
    pub(super) fn item(&mut self, id: Uuid, view: &impl Serialize) -> Result<(), Problem> {
        match self.form {
            Form::Json => {
                if self.bytes.last() != Some(&b'[') {
                    self.bytes.push(b',');
                }
                let item = output::to_json(view).map_err(|error| Problem::internal(&error))?;
                self.bytes.extend_from_slice(&item);
            }
            Form::Csv => {
                let value = serde_json::to_value(view).map_err(|error| Problem::internal(&error))?;
                let (section, name) = (self.section.unwrap_or_default(), id.to_string());
                let mut values = Vec::new();
                flatten(String::new(), &value, &mut values);
                self.lines(values.iter().map(|(field, value)| [section, &name, field, value]))?;
            }
        }
        self.items.push(id);
        if self.bytes.len() > MOST_BYTES || self.items.len() > MOST_ITEMS {
            return Err(Kind::ExportTooLarge.into());
        }
        Ok(())
    }

    /// The file, and what is in it.
    pub(super) fn finish(mut self) -> (Vec<u8>, Vec<Uuid>) {
        if self.form == Form::Json {
            let end = if self.section.is_some() { "]}" } else { "}" };
            self.bytes.extend_from_slice(end.as_bytes());
        }
        (self.bytes, self.items)
    }

    /// RFC 4180, every cell in quotes: what is in one can't end it.
    fn lines<'a>(&mut self, lines: impl IntoIterator<Item = [&'a str; 4]>) -> Result<(), Problem> {
        let mut csv = WriterBuilder::new()
            .quote_style(QuoteStyle::Always)
            .terminator(Terminator::CRLF)
            .from_writer(&mut self.bytes);
        for line in lines {
            let cells = line.map(inert);
            csv.write_record(cells.iter().map(|cell| cell.as_bytes()))
                .map_err(|error| Problem::internal(&error))?;
        }
        csv.flush().map_err(|error| Problem::internal(&error))
    }
}

/// Every value with the way to it: `name.given`, `tags.0`.
fn flatten(path: String, value: &Value, values: &mut Vec<(String, String)>) {
    let under = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| flatten(under(name), value, values))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| flatten(under(&at.to_string()), item, values));
        }
        Value::String(text) => values.push((path, text.clone())),
        Value::Null => values.push((path, String::new())),
        Value::Bool(_) | Value::Number(_) => values.push((path, value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, MOST_BYTES, MOST_ITEMS, Writer};
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn written(form: Form) -> String {
        let mut writer = Writer::new(form).unwrap();
        writer.section("patient");
        let notes = "line\r\n\"=1\",;";
        let view = json!({ "name": "=1+1", "notes": notes, "metadata": { "=key": [true, null, 7] } });
        writer.item(Uuid::nil(), &view).unwrap();
        writer.section("records");
        writer.section("documents");
        writer.item(Uuid::nil(), &json!({ "name": "a" })).unwrap();
        writer.item(Uuid::nil(), &json!({ "name": "b" })).unwrap();
        let (bytes, items) = writer.finish();
        assert_eq!(items.len(), 3);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_is_one_object_with_a_list_for_each_section() {
        let file: Value = serde_json::from_str(&written(Form::Json)).unwrap();
        assert_eq!(file["patient"][0]["name"], "=1+1");
        assert_eq!(file["records"], json!([]));
        assert_eq!(file["documents"], json!([{ "name": "a" }, { "name": "b" }]));
        let (nothing, _) = Writer::new(Form::Json).unwrap().finish();
        assert_eq!(nothing, b"{}");
    }

    #[test]
    fn csv_is_read_back_as_it_was_but_for_apostrophes() {
        let text = written(Form::Csv);
        assert!(text.starts_with("\"section\",\"id\",\"field\",\"value\"\r\n"), "{text}");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let lines: Vec<Vec<String>> =
            reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect();
        let id = Uuid::nil().to_string();
        let value = |field: &str| {
            let line = lines.iter().find(|line| line[2] == field).unwrap();
            assert_eq!((line[0].as_str(), &line[1]), ("patient", &id));
            line[3].clone()
        };
        assert_eq!(value("notes"), "line\r\n\"=1\",;");
        assert_eq!(value("metadata.=key.0"), "true");
        assert_eq!(value("metadata.=key.1"), "");
        assert_eq!(value("metadata.=key.2"), "7");
        assert!(lines.iter().any(|line| line[2] == "name" && line[3] == "'=1+1"));
        assert_eq!(lines.len(), 7);
    }

    #[test]
    fn it_ends_before_the_memory_does() {
        let mut writer = Writer::new(Form::Csv).unwrap();
        writer.section("records");
        let long = json!({ "body": "x".repeat(MOST_BYTES) });
        assert_eq!(writer.item(Uuid::nil(), &long).unwrap_err().kind().slug(), "export-too-large");
        let mut writer = Writer::new(Form::Json).unwrap();
        writer.section("records");
        let added = (0..=MOST_ITEMS).take_while(|_| writer.item(Uuid::nil(), &json!(1)).is_ok()).count();
        assert_eq!(added, MOST_ITEMS);
    }
}
