//! What goes into a page as it is. Each is a type of its own, so that no text gets there by mistake.

/// A script of this service, which is compiled in.
#[derive(Clone, Copy, Debug)]
pub struct TrustedScript(pub &'static str);

/// A picture that this service drew.
#[derive(Debug)]
pub struct TrustedSvg<'a>(pub &'a str);
