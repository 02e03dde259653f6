//! Media types as RFC 9110 §8.3.1 has them: parameters in any order, quoted or not, and a semicolon with nothing behind it.

use super::problem::{Kind, Problem};
use actix_web::http::{
    Method,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use std::borrow::Cow;

/// A media type or range, and its parameters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MediaType<'h> {
    essence: &'h str,
    parameters: Vec<(&'h str, Cow<'h, str>)>,
}

impl<'h> MediaType<'h> {
    /// Reads one; `None` for what is none.
    pub(super) fn parse(text: &'h str) -> Option<Self> {
        let text = text.trim_matches(OWS);
        let (essence, mut rest) = text.split_at(text.find(';').unwrap_or(text.len()));
        let essence = essence.trim_matches(OWS);
        let (kind, subtype) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let mut parameters = Vec::new();
        loop {
            rest = rest.trim_start_matches(OWS);
            if rest.is_empty() {
                return Some(Self { essence, parameters });
            }
            rest = rest.strip_prefix(';')?.trim_start_matches(OWS);
            if rest.is_empty() || rest.starts_with(';') {
                continue;
            }
            let (name, behind) = rest.split_once('=').filter(|(name, _)| is_token(name))?;
            let value;
            (value, rest) = parameter_value(behind)?;
            parameters.push((name, value));
        }
    }

    /// Whether it is this type, whatever its parameters.
    pub(super) fn is(&self, essence: &str) -> bool {
        self.essence.eq_ignore_ascii_case(essence)
    }

    /// Whether it is this type in UTF-8, and says nothing else.
    pub(super) fn is_plain(&self, essence: &str) -> bool {
        let is_utf_8 = |(name, value): &(&str, Cow<'_, str>)| {
            name.eq_ignore_ascii_case("charset") && value.eq_ignore_ascii_case("utf-8")
        };
        self.is(essence) && self.parameters.len() <= 1 && self.parameters.iter().all(is_utf_8)
    }

    /// Whether it says nothing but the type.
    pub(super) fn is_bare(&self) -> bool {
        self.parameters.is_empty()
    }

    /// Whether the client refuses what this range names (RFC 9110 §12.4.2).
    fn is_refused(&self) -> bool {
        let weight = self.parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("q"));
        weight.is_some_and(|(_, value)| value.parse::<f32>().is_ok_and(|weight| weight <= 0.0))
    }
}

/// Optional white space (RFC 9110 §5.6.3).
const OWS: [char; 2] = [' ', '\t'];

fn is_token(text: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fine)
}

/// A token or a quoted string, and what stands behind it.
fn parameter_value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find([';', ' ', '\t']).unwrap_or(text.len()));
        return is_token(value).then_some((Cow::Borrowed(value), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((Cow::Owned(value), quoted.get(at.checked_add(1)?..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// The sole `Content-Type` of a message.
pub(super) fn declared(headers: &HeaderMap) -> Option<MediaType<'_>> {
    let mut values = headers.get_all(header::CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    MediaType::parse(value.to_str().ok()?)
}

/// Whether the body is encoded: a decoder would be one more parser, and a bomb's way in.
pub(super) fn is_encoded(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_ENCODING)
}

/// `unsupported-media-type`, with the field that tells what would do: the types where the type is the trouble, no coding
/// where the coding is (RFC 9110 §12.5.3, §15.5.16).
pub(super) fn unsupported(
    method: &Method,
    headers: &HeaderMap,
    type_fits: bool,
    media: &HeaderValue,
) -> Problem {
    let mut problem = Problem::new(Kind::UnsupportedMediaType);
    if !type_fits {
        let accepted = if *method == Method::PATCH { "accept-patch" } else { "accept-post" };
        problem = problem
            .with_header(HeaderName::from_static(accepted), media.clone())
            .with_header(header::ACCEPT, media.clone());
    }
    if is_encoded(headers) {
        problem = problem.with_header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    problem
}

/// Whether the client takes JSON: what its most particular range says counts (RFC 9110 §12.5.1).
pub(super) fn takes_json<'h>(values: impl Iterator<Item = &'h str>) -> bool {
    let precise = |range: &MediaType<'_>| match () {
        () if range.is("application/json") => Some(3),
        () if range.is("application/problem+json") => Some(2),
        () if range.is("application/*") => Some(1),
        () if range.is("*/*") => Some(0),
        () => None,
    };
    let ranges = values.flat_map(elements).filter_map(MediaType::parse);
    let best = ranges.filter_map(|range| Some((precise(&range)?, !range.is_refused()))).max();
    best.is_some_and(|(_, taken)| taken)
}

/// The elements of a list; a comma within quotes parts nothing (RFC 9110 §5.6.1).
pub(super) fn elements(list: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    list.split(move |character| {
        let was_escaped = escaped;
        escaped = quoted && character == '\\' && !was_escaped;
        if character == '"' && !was_escaped {
            quoted = !quoted;
        }
        character == ',' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::{MediaType, elements, takes_json};
    use proptest::prelude::*;

    fn is_plain(text: &str) -> bool {
        MediaType::parse(text).is_some_and(|media| media.is_plain("application/json"))
    }

    #[test]
    fn a_type_is_read_however_its_parameters_are_written() {
        for fine in [
            "application/json",
            "Application/JSON",
            "application/json;",
            "application/json ; ",
            "application/json;;",
            "application/json; charset=utf-8",
            "application/json;charset=UTF-8",
            "application/json; charset=\"utf-8\"",
            "application/json; Charset=\"UTF\\-8\" ;",
            "application/json\t;\tcharset=utf-8",
            "application/json;;charset=utf-8;",
        ] {
            assert!(is_plain(fine), "{fine}");
        }
        for wrong in [
            "",
            "application",
            "application/",
            "application/json/x",
            "application /json",
            "application/json charset=utf-8",
            "application/json, text/plain",
            "application/json; charset",
            "application/json; charset=",
            "application/json; charset =utf-8",
            "application/json; charset= utf-8",
            "application/json; charset=\"utf-8",
            "application/json; charset=\"utf-8\"x",
            "application/json; charset=utf-7",
            "application/json; charset=utf-8; charset=utf-8",
            "application/json; charset=utf-8; boundary=x",
            "application/json; =utf-8",
        ] {
            assert!(!is_plain(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_most_particular_range_counts() {
        for fine in [
            "*/*",
            "text/html, application/json;q=0.1",
            "application/*",
            "*/*;q=0, application/json",
            "application/json;v=\"a,b\"",
            "application/*;q=0, application/json ; q=\"1\"",
            "x, */*",
        ] {
            assert!(takes_json([fine].into_iter()), "{fine}");
        }
        for wrong in [
            "",
            "text/html",
            "application/json;q=0",
            "application/json; q=0.000, */*",
            "application/json;Q=0",
            "text/html;x=\"a, application/json\"",
            "application/*;q=0, */*",
        ] {
            assert!(!takes_json([wrong].into_iter()), "{wrong}");
        }
        assert_eq!(elements(r#"a;b="c,\",d",e"#).collect::<Vec<_>>(), [r#"a;b="c,\",d""#, "e"]);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in ".{0,60}") {
            let _ = (MediaType::parse(&text), takes_json([text.as_str()].into_iter()));
        }
    }
}
