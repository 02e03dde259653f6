//! `#[enforces(…)]`: the mark on a function that enforces a protection.

mod expand;
mod function;
mod mark;
mod without;

use expand::Build;
use proc_macro::TokenStream;

/// Marks the function that enforces a protection: the one place that the book shows, and that the proof takes away.
///
/// The function does nothing but this, and is named after what it checks:
///
/// ```ignore
/// /// `aud` must be this API's identifier, and nobody else's (RFC 9068 §4; ASVS 9.2.4).
/// #[enforces(TOKEN_AUDIENCE)]
/// fn check_audience(claims: &Claims, issuer: &Issuer) -> Result<(), TokenRefusal> { … }
/// ```
///
/// In an ordinary build the mark is nothing; it is checked all the same that there is such a protection. Under the feature
/// `twin` the function first asks whether the mark, or its whole protection, is taken away, and then answers what a program
/// without it would:
///
/// | the function returns | without it |
/// |---|---|
/// | nothing, `Result<(), _>` | nothing, `Ok(())` |
/// | `T` or `Result<T, _>`, and has one parameter of that type | the parameter, unchanged |
/// | anything else | what the mark says |
///
/// A mark says so with `answers = EXPRESSION`, or with `otherwise = path::to::function`, which is called with the same
/// arguments, and stands in `vulnerable`.
///
/// `behind = OTHER` names the protection that still stands when this function alone is taken away.
///
/// # Errors
/// A compiler error at the mark, that says what to write, where it stands on anything but a function with a body, on a
/// `const fn`, or twice; where nobody can tell what the function would answer; and where it says what it does not need.
#[proc_macro_attribute]
pub fn enforces(mark: TokenStream, function: TokenStream) -> TokenStream {
    expand::expand(mark.into(), function.into(), Build::THIS).into()
}
