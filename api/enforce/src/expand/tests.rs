use super::{Build, expand};
use proc_macro2::TokenStream;
use quote::quote;

/// What becomes of the function in a twin, where its switch answers so.
fn switched(answer: &TokenStream) -> TokenStream {
    quote! {
        const _: fn() = || { let _ = AUDIENCE.id; };
        if AUDIENCE.is_away(::core::file!(), ::core::line!()) { return #answer; }
    }
}

fn twin(mark: TokenStream, function: TokenStream) -> String {
    expand(mark, function, Build::Twin).to_string()
}

/// The mark with what a program without the function goes on with.
fn answers(mark: TokenStream, signature: TokenStream, answer: TokenStream) {
    let switched = switched(&answer);
    let expected = quote!(#signature { #switched body() }).to_string();
    assert_eq!(twin(mark, quote!(#signature { body() })), expected);
}

/// The compiler error at the mark begins so, and the function stays.
fn refused(mark: TokenStream, function: TokenStream, beginning: &str) {
    let text = twin(mark, function.clone());
    let said = text.split('"').nth(1).unwrap_or_else(|| panic!("no error: {text}"));
    assert!(text.contains("compile_error") && said.starts_with(beginning), "{said}");
    assert!(text.ends_with(&function.to_string()), "{text}");
}

#[test]
fn the_service_has_nothing_of_the_mark_but_that_its_protection_exists() {
    let function = quote! {
        /// Checks.
        pub(super) fn check(claims: &Claims) -> Result<(), Refusal> { body() }
    };
    let expected = quote! {
        /// Checks.
        pub(super) fn check(claims: &Claims) -> Result<(), Refusal> {
            const _: fn() = || { let _ = tokens::AUDIENCE.id; };
            const _: fn() = || { let _ = ISSUER.id; };
            body()
        }
    };
    let expanded = expand(quote!(tokens::AUDIENCE, behind = ISSUER), function, Build::Service);
    assert_eq!(expanded.to_string(), expected.to_string());
}

#[test]
fn a_check_is_passed() {
    let ok = quote!(::core::result::Result::Ok(()));
    answers(quote!(AUDIENCE), quote!(fn check(&self, it: &Claims) -> Result<(), Refusal>), ok.clone());
    answers(quote!(AUDIENCE), quote!(async fn check<T: Is>(it: T) -> io::Result<()>), ok);
}

#[test]
fn an_act_is_not_done() {
    answers(quote!(AUDIENCE), quote!(fn strip(headers: &mut Headers)), quote!(()));
    answers(quote!(AUDIENCE), quote!(fn strip(headers: &mut Headers) -> ()), quote!(()));
}

#[test]
fn a_value_stays_as_it_is() {
    answers(quote!(AUDIENCE), quote!(fn of<'q>(query: Rows<'q>, of: Id) -> Rows<'q>), quote!(query));
    answers(quote!(AUDIENCE), quote!(fn bounded(mut self, most: u32) -> Self), quote!(self));
    let signature = quote!(fn canonical(text: String) -> Result<String, Refusal>);
    answers(quote!(AUDIENCE), signature, quote!(::core::result::Result::Ok(text)));
}

#[test]
fn a_mark_says_what_its_function_does_not() {
    answers(quote!(AUDIENCE, answers = true), quote!(fn is_ours(&self) -> bool), quote!(true));
    answers(quote!(AUDIENCE, answers = usize::MAX,), quote!(fn most() -> usize), quote!(usize::MAX));
    let signature = quote!(fn find(&self, name: &str) -> Option<Key>);
    answers(quote!(AUDIENCE, otherwise = vulnerable::any), signature, quote!(vulnerable::any(self, name)));
    let signature = quote!(async fn find(name: &str) -> Option<Key>);
    answers(quote!(AUDIENCE, otherwise = vulnerable::any), signature, quote!(vulnerable::any(name).await));
    // What the signature tells may be told otherwise: here something else is done.
    let signature = quote!(fn strip(headers: &mut Headers));
    answers(quote!(AUDIENCE, otherwise = vulnerable::add), signature, quote!(vulnerable::add(headers)));
}

#[test]
fn what_nobody_can_tell_is_asked_for() {
    let unclear = "nobody can tell";
    refused(
        quote!(AUDIENCE),
        quote!(
            fn is_ours(&self) -> bool {
                body()
            }
        ),
        unclear,
    );
    refused(
        quote!(AUDIENCE),
        quote!(
            fn find(name: &str) -> Option<Key> {
                body()
            }
        ),
        unclear,
    );
    refused(
        quote!(AUDIENCE),
        quote!(
            fn one(a: u32, b: u32) -> u32 {
                body()
            }
        ),
        unclear,
    );
    refused(
        quote!(AUDIENCE),
        quote!(
            fn shared(&self) -> Self {
                body()
            }
        ),
        unclear,
    );
    refused(
        quote!(AUDIENCE),
        quote!(
            fn found(name: &str) -> Result<Key, Refusal> {
                body()
            }
        ),
        unclear,
    );
}

#[test]
fn what_is_wrong_is_told_at_the_mark() {
    let check = quote!(
        fn check() -> Result<(), Refusal> {
            body()
        }
    );
    let written = "a mark is written";
    refused(quote!(), check.clone(), written);
    refused(quote!("token-audience"), check.clone(), written);
    refused(quote!(AUDIENCE ISSUER), check.clone(), written);
    refused(quote!(AUDIENCE, ISSUER), check.clone(), "expected `=`");
    refused(quote!(AUDIENCE, unless = ISSUER), check.clone(), written);
    refused(quote!(AUDIENCE, behind = A, behind = B), check.clone(), "said already");
    refused(quote!(AUDIENCE, answers = Ok(()), otherwise = any), check.clone(), "said already");
    refused(
        quote!(AUDIENCE),
        quote!(
            struct Check;
        ),
        "#[enforces] stands on a function",
    );
    refused(
        quote!(AUDIENCE),
        quote!(
            fn check();
        ),
        "#[enforces] stands on a function",
    );
    refused(
        quote!(AUDIENCE),
        quote!(
            const fn most() -> u32 {
                3
            }
        ),
        "a `const fn`",
    );
    refused(
        quote!(AUDIENCE),
        quote!(
            #[enforces(ISSUER)]
            fn check() {}
        ),
        "marked twice",
    );
    refused(
        quote!(AUDIENCE),
        quote!(
            #[brigandine_enforce::enforces(ISSUER)]
            fn check() {}
        ),
        "marked twice",
    );
    let unnamed = quote!(
        fn check(_: &Claims) -> bool {
            body()
        }
    );
    refused(quote!(AUDIENCE, otherwise = any), unnamed, "give the parameter a name");
    refused(
        quote!(AUDIENCE, answers = ()),
        quote!(
            fn strip() {}
        ),
        "the signature says already",
    );
}
