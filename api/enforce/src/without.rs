//! What a program without the function would do in its place.

use crate::{
    function::{Function, is_unit, succeeded},
    mark::{Mark, Said},
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Result};

const UNCLEAR: &str = "nobody can tell what a program without this function would go on with: say it with \
                       `answers = EXPRESSION`, or with `otherwise = crate::vulnerable::...`, a function that takes the \
                       same parameters";
const CLEAR: &str =
    "the signature says already what a program without this function would go on with: leave this out";

/// An expression of the function's type.
pub(crate) fn answer(mark: &Mark, function: &Function) -> Result<TokenStream> {
    let inferred = inferred(function);
    match &mark.without {
        Some(Said::Answers(value))
            if inferred.as_ref().is_some_and(|it| it.to_string() == quote!(#value).to_string()) =>
        {
            Err(Error::new_spanned(value, CLEAR))
        }
        Some(Said::Answers(value)) => Ok(quote!(#value)),
        Some(Said::Otherwise(other)) => {
            let arguments = function.arguments()?;
            let awaited = function.signature.asyncness.map(|_| quote!(.await));
            Ok(quote!(#other(#(#arguments),*) #awaited))
        }
        None => inferred.ok_or_else(|| Error::new_spanned(&mark.protection, UNCLEAR)),
    }
}

fn inferred(function: &Function) -> Option<TokenStream> {
    let Some(returned) = function.returns() else { return Some(quote!(())) };
    if let Some(unchanged) = function.only_parameter(returned) {
        return Some(unchanged);
    }
    let success = succeeded(returned)?;
    let value = if is_unit(success) { quote!(()) } else { function.only_parameter(success)? };
    Some(quote!(::core::result::Result::Ok(#value)))
}
