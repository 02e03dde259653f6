//! Finds the marks in the service's source, as the compiler sees them.

use super::{Mark, Without};
use std::io::{Error, ErrorKind};
use syn::{
    Attribute, Expr, ImplItemFn, ItemFn, ItemImpl, Signature, Token, TraitItemFn, Type,
    punctuated::Punctuated,
    spanned::Spanned,
    visit::{self, Visit},
};

/// The marks of one file.
pub(super) fn in_text(file: &str, text: &str) -> std::io::Result<Vec<Mark>> {
    // Most files have none, and parsing takes its time.
    if !text.contains("#[enforces(") {
        return Ok(Vec::new());
    }
    let not_rust = |error: syn::Error| Error::new(ErrorKind::InvalidData, format!("{file}: {error}"));
    let parsed = syn::parse_file(text).map_err(not_rust)?;
    let mut scan = Scan { file, lines: text.lines().collect(), of: Vec::new(), marks: Vec::new() };
    scan.visit_file(&parsed);
    Ok(scan.marks)
}

struct Scan<'a> {
    file: &'a str,
    lines: Vec<&'a str>,
    /// The types whose functions are being read.
    of: Vec<String>,
    marks: Vec<Mark>,
}

impl<'ast> Visit<'ast> for Scan<'_> {
    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        self.of.push(name_of(&item.self_ty));
        visit::visit_item_impl(self, item);
        self.of.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.attrs, &item.sig, item);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.attrs, &item.sig, item);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        self.function(&item.attrs, &item.sig, item);
        visit::visit_trait_item_fn(self, item);
    }
}

impl Scan<'_> {
    fn function(&mut self, attributes: &[Attribute], signature: &Signature, whole: &impl Spanned) {
        let is_mark = |attribute: &&Attribute| {
            attribute.path().segments.last().is_some_and(|it| it.ident == "enforces")
        };
        let Some(mark) = attributes.iter().find(is_mark) else { return };
        let Ok(said) = mark.parse_args_with(said) else { return };
        let function = self.of.last().map(|of| format!("{of}::")).unwrap_or_default();
        let first = attributes.first().map_or_else(|| whole.span(), Spanned::span).start().line;
        let lines = self.lines.get(first - 1..whole.span().end().line).unwrap_or_default();
        self.marks.push(Mark {
            protection: said.protection,
            function: format!("{function}{}", signature.ident),
            file: self.file.to_owned(),
            line: u32::try_from(mark.span().start().line).unwrap_or(u32::MAX),
            text: dedented(lines),
            without: said.without,
            behind: said.behind,
        });
    }
}

struct Said {
    protection: String,
    without: Without,
    behind: Option<String>,
}

/// The arguments of a mark; the compiler has judged them already.
fn said(input: syn::parse::ParseStream<'_>) -> syn::Result<Said> {
    let arguments = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
    let mut said = Said { protection: String::new(), without: Without::Nothing, behind: None };
    for argument in arguments {
        let Expr::Assign(assigned) = &argument else {
            said.protection = last_word(&argument);
            continue;
        };
        let value = assigned.right.span().source_text().unwrap_or_default();
        match last_word(&assigned.left).as_str() {
            "answers" => said.without = Without::Answers(value),
            "otherwise" => said.without = Without::Otherwise(value),
            _ => said.behind = Some(last_word(&assigned.right)),
        }
    }
    Ok(said)
}

/// `TOKEN_AUDIENCE` of `tokens::TOKEN_AUDIENCE`.
fn last_word(path: &Expr) -> String {
    let text = path.span().source_text().unwrap_or_default();
    text.rsplit("::").next().unwrap_or_default().trim().to_owned()
}

/// `Rows` of `super::Rows<'_, T>`.
fn name_of(of: &Type) -> String {
    match of {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
        Type::Reference(reference) => name_of(&reference.elem),
        other => other.span().source_text().unwrap_or_default(),
    }
}

/// The lines without the space that all of them begin with.
fn dedented(lines: &[&str]) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let depth = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let cut: Vec<_> = lines.iter().map(|line| line.get(depth..).unwrap_or_default()).collect();
    cut.join("\n")
}
