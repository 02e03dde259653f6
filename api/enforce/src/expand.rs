//! What becomes of a marked function.

use crate::{function::Function, mark::Mark, without};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Result};

/// What is compiled.
#[derive(Clone, Copy)]
pub(crate) enum Build {
    /// The service: marks are nothing.
    Service,
    /// Its twin: marks are switches.
    Twin,
}

impl Build {
    pub(crate) const THIS: Self = if cfg!(feature = "twin") { Self::Twin } else { Self::Service };
}

/// The function, and what its mark adds; where the mark is wrong, the function as it is, so that nothing else is.
pub(crate) fn expand(mark: TokenStream, function: TokenStream, build: Build) -> TokenStream {
    expanded(mark, function.clone(), build).unwrap_or_else(|error| {
        let error = error.into_compile_error();
        quote!(#error #function)
    })
}

fn expanded(mark: TokenStream, function: TokenStream, build: Build) -> Result<TokenStream> {
    let function: Function = syn::parse2(function)?;
    let mark: Mark = syn::parse2(mark)?;
    if let Some(again) = function.is_marked_again() {
        let twice =
            "marked twice: a function enforces one protection; what enforces two becomes two functions";
        return Err(Error::new_spanned(again, twice));
    }
    if let Some(constant) = function.signature.constness {
        return Err(Error::new_spanned(
            constant,
            "a `const fn` can't be taken away while the service runs: leave out `const`",
        ));
    }
    let answer = without::answer(&mark, &function)?;
    let protection = &mark.protection;
    // That there are such protections is checked in every build.
    let named = [Some(protection), mark.behind.as_ref()].into_iter().flatten();
    let exist = quote!(#(const _: fn() = || { let _ = #named.id; };)*);
    let switch = match build {
        Build::Service => TokenStream::new(),
        Build::Twin => quote! {
            if #protection.is_away(::core::file!(), ::core::line!()) {
                return #answer;
            }
        },
    };
    Ok(function.beginning_with(&quote!(#exist #switch)))
}

#[cfg(test)]
mod tests;
