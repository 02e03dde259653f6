//! The function that a mark stands on. Its body stays as it is written, unread.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Error, FnArg, GenericArgument, Ident, Pat, PathArguments, ReceiverKind, Result, ReturnType,
    Signature, Type, Visibility,
    parse::{Parse, ParseStream},
};

const BODY: &str = "#[enforces] stands on a function with a body, free or in an `impl`: what is declared elsewhere is marked \
                    there";

pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = Attribute::parse_outer(input)?;
        let visibility = input.parse()?;
        let signature: Signature = input.parse().map_err(|error| Error::new(error.span(), BODY))?;
        let body = match input.parse()? {
            TokenTree::Group(body) if input.is_empty() => body.stream(),
            other => return Err(Error::new(other.span(), BODY)),
        };
        Ok(Self { attributes, visibility, signature, body })
    }
}

impl Function {
    /// The function with this before its body.
    pub(crate) fn beginning_with(&self, statements: &TokenStream) -> TokenStream {
        let Self { attributes, visibility, signature, body } = self;
        quote! {
            #(#attributes)*
            #visibility #signature {
                #statements
                #body
            }
        }
    }

    pub(crate) fn is_marked_again(&self) -> Option<&Attribute> {
        let name = |attribute: &&Attribute| {
            attribute.path().segments.last().is_some_and(|last| last.ident == "enforces")
        };
        self.attributes.iter().find(name)
    }

    /// What it returns; nothing for `()`.
    pub(crate) fn returns(&self) -> Option<&Type> {
        match &self.signature.output {
            ReturnType::Type(_, returned) if !is_unit(returned) => Some(returned),
            _ => None,
        }
    }

    /// The only parameter of this type.
    pub(crate) fn only_parameter(&self, wanted: &Type) -> Option<TokenStream> {
        let wanted = wanted.to_token_stream().to_string();
        let mut found = self.signature.inputs.iter().filter_map(|parameter| match parameter {
            FnArg::Receiver(receiver) => {
                let is_value = matches!(receiver.kind, ReceiverKind::Value);
                (is_value && wanted == "Self").then(|| quote!(self))
            }
            FnArg::Typed(typed) if typed.ty.to_token_stream().to_string() == wanted => {
                name(&typed.pat).map(ToTokens::to_token_stream)
            }
            FnArg::Typed(_) => None,
        });
        found.next().filter(|_| found.next().is_none())
    }

    /// Its parameters as arguments of another.
    pub(crate) fn arguments(&self) -> Result<Vec<TokenStream>> {
        let argument = |parameter: &FnArg| match parameter {
            FnArg::Receiver(_) => Ok(quote!(self)),
            FnArg::Typed(typed) => name(&typed.pat).map(ToTokens::to_token_stream).ok_or_else(|| {
                Error::new_spanned(&typed.pat, "give the parameter a name: `otherwise` is called with it")
            }),
        };
        self.signature.inputs.iter().map(argument).collect()
    }
}

fn name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(named) if named.subpat.is_none() => Some(&named.ident),
        _ => None,
    }
}

pub(crate) fn is_unit(returned: &Type) -> bool {
    matches!(returned, Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// `T` of `Result<T, _>`, under whatever path or alias.
pub(crate) fn succeeded(returned: &Type) -> Option<&Type> {
    let Type::Path(path) = returned else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Result")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(success)) => Some(success),
        _ => None,
    }
}
