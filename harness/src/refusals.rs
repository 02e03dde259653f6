//! Every refusal that the service's source raises outside the functions that enforce a protection, as a list that a
//! reviewer reads: `docs/refusals.txt`.
//!
//! What refuses without a mark is no protection (a conflict of the business, a file that is not ready), or a check that
//! nobody takes away, and so one that nobody would miss.

use crate::{
    reviewed,
    sources::{self, Source},
};
use std::collections::BTreeSet;
use syn::{
    Attribute, ExprPath, ImplItemFn, ItemFn, ItemImpl, ItemMod, Pat,
    visit::{self, Visit},
};

/// What the service refuses with: kinds of problem, and reasons in the audit log.
const REFUSALS: [&str; 2] = ["Kind", "Reason"];

/// Files that only tests and twins use.
const NO_SERVICE: [&str; 3] = ["test", "vulnerable", "interleavings"];

/// The list as the source has it now: a line each, `file: function: refusal`.
fn present() -> BTreeSet<String> {
    let served = |source: &&Source| !NO_SERVICE.iter().any(|part| source.file.contains(part));
    sources::all().iter().filter(served).flat_map(in_source).collect()
}

fn in_source(source: &Source) -> Vec<String> {
    let file = source.file.strip_prefix("api/src/").unwrap_or(&source.file);
    let mut scan = Scan { file, functions: Vec::new(), raised: Vec::new() };
    scan.visit_file(&syn::parse_file(&source.text).unwrap());
    scan.raised
}

struct Scan<'a> {
    file: &'a str,
    /// The function that is being read, and those around it.
    functions: Vec<String>,
    raised: Vec<String>,
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|it| it.path().segments.last().is_some_and(|last| last.ident == name))
}

impl<'ast> Visit<'ast> for Scan<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !has(&item.attrs, "cfg") {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if !has(&item.attrs, "cfg") {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !["enforces", "cfg", "test"].iter().any(|name| has(&item.attrs, name)) {
            self.functions.push(item.sig.ident.to_string());
            visit::visit_item_fn(self, item);
            self.functions.pop();
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !["enforces", "cfg"].iter().any(|name| has(&item.attrs, name)) {
            self.functions.push(item.sig.ident.to_string());
            visit::visit_impl_item_fn(self, item);
            self.functions.pop();
        }
    }

    /// What is compared with is not raised.
    fn visit_pat(&mut self, _: &'ast Pat) {}

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        let words: Vec<_> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let [.., of, refusal] = words.as_slice()
            && REFUSALS.contains(&of.as_str())
            && refusal.starts_with(char::is_uppercase)
            && let Some(function) = self.functions.last()
        {
            self.raised.push(format!("{}: {function}: {of}::{refusal}", self.file));
        }
        visit::visit_expr_path(self, path);
    }
}

#[test]
fn a_refusal_outside_the_marks_was_reviewed() {
    let lines: Vec<_> = present().iter().map(|line| format!("{line}\n")).collect();
    reviewed::compare("refusals.txt", &lines.concat());
}

#[test]
fn a_refusal_is_found_where_it_is_raised() {
    let text = "fn check() -> Result<(), Problem> { if a { return Err(Kind::Conflict.into()) } Ok(()) }\n\
                #[enforces(X)] fn marked() -> Problem { Kind::NotFound.into() }\n\
                impl A { fn told(&self) -> &str { match self { Kind::Gone => f(Reason::TOKEN), _ => g() } } }\n\
                #[cfg(test)] mod tests { fn t() { f(Kind::Gone) } }";
    let found = in_source(&Source { file: "api/src/a.rs".into(), text: text.into() });
    assert_eq!(found, ["a.rs: check: Kind::Conflict", "a.rs: told: Reason::TOKEN"]);
}
