use super::{Without, all, name_of, of, read, scan::in_text};
use crate::sources;
use brigandine_api::protection::Protection;

const SOURCE: &str = r#"
//! A module.

/// Compares.
#[enforces(TOKEN_AUDIENCE)]
fn check_audience(claims: &Claims) -> Result<(), Refusal> {
    compare(claims)
}

impl<T> super::Issuer<T> {
    /// Finds.
    #[must_use]
    #[enforces(tokens::TOKEN_ISSUER, answers = self.known.first(), behind = TOKEN_SIGNATURE)]
    async fn find(&self, name: &str) -> Option<Key> {
        None
    }

    #[enforces(TOKEN_TYPE, otherwise = crate::vulnerable::tokens::any)]
    pub(super) fn typ(&self) -> bool {
        fn unmarked() {}
        true
    }
}
"#;

#[test]
fn a_mark_is_read_as_it_stands() {
    let marks = in_text("api/src/a.rs", SOURCE).unwrap();
    let [audience, issuer, typ] = marks.as_slice() else { panic!("{marks:?}") };
    assert_eq!(
        (audience.protection.as_str(), audience.function.as_str()),
        ("TOKEN_AUDIENCE", "check_audience")
    );
    assert_eq!(audience.switch(), "api/src/a.rs:5");
    assert_eq!((&audience.without, &audience.behind), (&Without::Nothing, &None));
    assert!(audience.text.starts_with("/// Compares.\n#[enforces") && audience.text.ends_with("(claims)\n}"));

    assert_eq!((issuer.protection.as_str(), issuer.function.as_str()), ("TOKEN_ISSUER", "Issuer::find"));
    assert_eq!(issuer.switch(), "api/src/a.rs:13");
    assert_eq!(issuer.without, Without::Answers("self.known.first()".into()));
    assert_eq!(issuer.behind.as_deref(), Some("TOKEN_SIGNATURE"));
    assert!(issuer.text.starts_with("/// Finds.") && issuer.text.ends_with("\n}"), "{}", issuer.text);

    assert_eq!(typ.function, "Issuer::typ");
    assert_eq!(typ.without, Without::Otherwise("crate::vulnerable::tokens::any".into()));
}

#[test]
fn what_is_no_rust_is_told() {
    assert!(in_text("api/src/a.rs", "#[enforces(").unwrap_err().to_string().starts_with("api/src/a.rs: "));
}

#[test]
fn every_mark_is_read_and_names_a_protection() {
    assert!(!read().unwrap().is_empty());
    let names: Vec<_> = Protection::ALL.iter().map(|protection| name_of(protection)).collect();
    for mark in all() {
        assert!(names.contains(&mark.protection), "{} is no protection: {mark:?}", mark.protection);
        assert!(!mark.file.starts_with("api/src/vulnerable"), "what is weak enforces nothing: {mark:?}");
        assert!(mark.text.starts_with("///"), "say what it checks, and which attack it stops: {mark:?}");
    }
}

/// Enforced by the build, and by the harness itself.
const ELSEWHERE: [&str; 2] = ["build-twin-absent", "test-coverage-meta"];

#[test]
fn every_protection_is_enforced_somewhere() {
    let ids = Protection::ALL.iter().copied().filter(|protection| of(protection).next().is_none());
    let ids: Vec<_> = ids.map(|protection| protection.id).collect();
    assert_eq!(ids, ELSEWHERE, "these have no mark");
}

/// The twin's own mechanics (its clock, its stamp, that it stays on this machine), and what a mark can't reach.
const SWITCHED_BY_HAND: usize = 12;

#[test]
fn nothing_but_marks_tells_twins_apart() {
    let of_twins = ["api/src/vulnerable/", "api/src/twin.rs", "api/src/main.rs", "api/src/lib.rs"];
    let served = || sources::all().iter().filter(|it| !of_twins.iter().any(|part| it.file.starts_with(part)));
    let times = |what: &str| served().map(|source| source.text.matches(what).count()).sum::<usize>();
    assert_eq!(times(".holds()"), 0, "mark the function that enforces it");
    assert!(times("feature = \"twin\"") <= SWITCHED_BY_HAND, "{}", times("feature = \"twin\""));
}
