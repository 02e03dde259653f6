//! What a file may be called.
//!
//! The name comes in the one form in which it goes out again: `Content-Disposition: attachment; filename*=UTF-8''…`
//! (RFC 6266, RFC 8187), once. It is a value in a row and never a name on a disk; still it must not be one that does harm
//! where somebody saves the file.

use crate::{
    audit::Reason,
    http::{
        problem::{Kind, Problem},
        text::{Text, is_clean},
        upload::{LONGEST_NAME_BYTES, NAME_FORM},
    },
    protection::UPLOAD_TYPE,
};
use actix_web::http::header::{CONTENT_DISPOSITION, HeaderMap};
use brigandine_enforce::enforces;
use percent_encoding::percent_decode_str;

/// In characters; in UTF-8 it must fit where a file system has 255 bytes.
const LONGEST: usize = 200;
/// What names no file on some system (CWE-22, CWE-73).
const FORBIDDEN: [char; 3] = ['/', '\\', ':'];
/// Devices, whatever stands behind the point.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The name in the request's head.
pub(super) fn read(headers: &HeaderMap) -> Result<Text, Problem> {
    let mut values = headers.get_all(CONTENT_DISPOSITION);
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(invalid(Reason::FILE_NAME_FORM));
    };
    let encoded = value.to_str().ok().and_then(|value| value.strip_prefix(NAME_FORM));
    let encoded = encoded.ok_or_else(|| invalid(Reason::FILE_NAME_FORM))?;
    // What RFC 8187 §3.2.1 wants escaped is escaped: a second parameter can't hide behind the first.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~%".contains(&byte);
    let decoded = percent_decode_str(encoded).decode_utf8();
    let (true, Ok(decoded)) = (encoded.bytes().all(plain) && escapes_are_whole(encoded), decoded) else {
        return Err(invalid(Reason::FILE_NAME_FORM));
    };
    let name = Text::compose(&decoded);
    check(name.as_str()).map_err(invalid)?;
    Ok(name)
}

/// The client is told which field it is, and what is wrong with it: the part of the reason behind the point.
fn invalid(reason: Reason) -> Problem {
    let rule = reason.as_str().rsplit('.').next().unwrap_or_default();
    Problem::new(Kind::FileNameInvalid).at("Content-Disposition", rule).because(reason)
}

fn escapes_are_whole(encoded: &str) -> bool {
    let mut parts = encoded.split('%');
    parts.next();
    parts.all(|part| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

/// Refuses a name that leads out of a folder, hides what the file is, or does harm where somebody saves it (ASVS
/// 5.3.2).
#[enforces(UPLOAD_TYPE)]
fn check(name: &str) -> Result<(), Reason> {
    if name.len() > LONGEST_NAME_BYTES || name.chars().count() > LONGEST {
        return Err(Reason::FILE_NAME_LENGTH);
    }
    if !is_clean(name) || name.chars().any(|it| it.is_control() || FORBIDDEN.contains(&it)) {
        return Err(Reason::FILE_NAME_CHARACTER);
    }
    // `.htaccess`, `..`; `-rf` is an option to somebody's tool; what ends in a point or a space loses it on Windows.
    if name.starts_with(['.', '-', ' ']) || name.ends_with(['.', ' ']) {
        return Err(Reason::FILE_NAME_EDGE);
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = |stem: &str| {
        let (port, number) = stem.split_at_checked(3).unwrap_or_default();
        matches!(port, "com" | "lpt")
            && number.len() == 1
            && number.bytes().all(|digit| digit.is_ascii_digit())
    };
    if stem.is_empty() || DEVICES.contains(&stem.as_str()) || numbered(&stem) {
        return Err(Reason::FILE_NAME_DEVICE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::ids::RequestId;
    use actix_web::http::header::{CONTENT_DISPOSITION, HeaderMap, HeaderValue};

    fn named(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_str(value).unwrap());
        read(&headers).ok().map(|name| name.to_string())
    }

    fn encoded(name: &str) -> Option<String> {
        named(&format!("attachment; filename*=UTF-8''{name}"))
    }

    #[test]
    fn a_refusal_names_the_field_and_the_form() {
        let problem = read(&HeaderMap::new()).unwrap_err();
        let told = String::from_utf8(problem.render("https://x.test", RequestId::random())).unwrap();
        assert!(told.contains(r#""errors":[{"pointer":"Content-Disposition","rule":"form"}]"#), "{told}");
        assert!(told.contains("Content-Disposition: attachment; filename*=UTF-8''"), "{told}");
    }

    #[test]
    fn honest_names_come_through() {
        for (name, decoded) in [
            ("report.pdf", "report.pdf"),
            ("%C3%9Cber%20%221%22.pdf", "Über \"1\".pdf"),
            ("E%CC%81.pdf", "É.pdf"),
            ("%3Bid%20%24(id)", ""),
            ("%3Bid%20%24%28id%29.pdf", ";id $(id).pdf"),
            ("console.pdf", "console.pdf"),
        ] {
            assert_eq!(encoded(name).unwrap_or_default(), decoded, "{name}");
        }
    }

    #[test]
    fn harmful_names_and_other_forms_do_not() {
        let long = "a".repeat(201);
        for name in [
            "..%2F..%2Fx.pdf",
            "..%5Cx.pdf",
            "C%3A%5Cx.pdf",
            ".htaccess",
            "-rf.pdf",
            "CON",
            "con.pdf",
            "COM1.pdf",
            "x.pdf%00.html",
            "x%0D%0Ay.pdf",
            "%E2%80%AEfdp.exe",
            "",
            "%FF.pdf",
            "%4",
            "a b.pdf",
            "x.pdf.",
            &long,
        ] {
            assert_eq!(encoded(name), None, "{name}");
        }
        for value in [
            "attachment",
            "attachment; filename=\"x.pdf\"",
            "inline; filename*=UTF-8''x.pdf",
            "attachment; filename*=UTF-8''x.pdf; filename=y.html",
            "attachment; filename*=ISO-8859-1''x.pdf",
            "form-data; name=file; filename*=UTF-8''x.pdf",
        ] {
            assert_eq!(named(value), None, "{value}");
        }
    }
}
