//! Where a protection comes from, and where to read on.

use crate::book;
use brigandine_api::protection::Protection;
use url::Url;

/// The book, as reports link to it.
#[derive(Debug, Default)]
pub struct Shelf {
    /// Where its folder of protections is served; without it, a page is only named.
    pub served: Option<Url>,
}

impl Shelf {
    /// The page in the repository: `docs/protections/token-issuer.md`.
    pub(super) fn path(protection: &'static Protection) -> String {
        format!("{}/{}.md", book::FOLDER, protection.id)
    }

    /// Its address, if it has one.
    pub(super) fn address(&self, protection: &'static Protection) -> Option<String> {
        let served = self.served.as_ref()?;
        Some(format!("{}/{}.md", served.as_str().trim_end_matches('/'), protection.id))
    }
}

/// `OWASP API2:2023`, `ASVS 9.1.1`, `CWE-347`.
pub(super) fn standards(protection: &Protection) -> Vec<String> {
    let owasp = protection.owasp.iter().map(|item| format!("OWASP {item}"));
    let asvs = protection.asvs.iter().map(|number| format!("ASVS {number}"));
    let cwe = protection.cwe.iter().map(|number| format!("CWE-{number}"));
    owasp.chain(asvs).chain(cwe).collect()
}

/// A standard's item, with its page where it has one of its own.
pub(super) struct Standard {
    pub(super) name: String,
    pub(super) address: Option<String>,
}

/// The same as [`standards`], with addresses.
pub(super) fn linked(protection: &Protection) -> Vec<Standard> {
    let address = |name: &str| {
        let number = name.strip_prefix("CWE-")?;
        Some(format!("https://cwe.mitre.org/data/definitions/{number}.html"))
    };
    let standard = |name: String| Standard { address: address(&name), name };
    standards(protection).into_iter().map(standard).collect()
}

/// A piece of a statement, whose text has Markdown's backticks and no other marks.
pub(super) struct Span {
    pub(super) code: bool,
    pub(super) text: String,
}

/// The statement in pieces.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let pieces = text.split('`').enumerate();
    pieces.map(|(number, text)| Span { code: number % 2 == 1, text: text.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::{spans, standards};
    use brigandine_api::protection::Protection;

    #[test]
    fn backticks_make_code() {
        let pieces: Vec<_> = spans("a `b` c").into_iter().map(|span| (span.code, span.text)).collect();
        assert_eq!(pieces, [(false, "a ".into()), (true, "b".into()), (false, " c".into())]);
    }

    #[test]
    fn every_protection_names_a_standard() {
        for protection in Protection::ALL {
            assert!(!standards(protection).is_empty(), "{}", protection.id);
        }
    }
}
