//! The pages that people see in a browser: signing in, consenting, and looking after their account.
//!
//! A page is a struct with typed fields and a template of the same name in `api/templates`. [`render()`] gives its HTML
//! with the headers that belong to it. The rules for what enters here:
//!
//! - Every page works without script, but for the passkey ceremony, which a browser offers to script only.
//! - No page says whether an account exists, and no error repeats what was typed: it is a `&'static str`. What was typed
//!   stands in its own field again ([`Typed`]), but for passwords and codes.
//! - No form leads to another origin, not even by a redirection: see [`Onward`].
//! - Every form carries the [`Form`]'s token and posts to a path that its template names.
//! - Nothing is fetched: the stylesheet, the mark and the QR code are part of the page.

mod account;
mod choose_organization;
mod consent;
mod email;
mod enrolment;
mod error;
mod form;
#[cfg(test)]
mod gallery;
mod nonce;
mod notice;
mod onward;
mod passkey;
mod password;
mod policy;
mod provider;
mod render;
mod second_factor;
mod sign_in;
mod sign_out;
mod sign_up;
#[cfg(test)]
mod tests;
mod trusted;

pub use account::{
    AccountPage, ApplicationRow, MembershipRow, PasskeyRow, ProviderRow, SessionRow, VouchedPage,
};
pub use choose_organization::{ChooseOrganization, OrganizationChoice};
pub use consent::Consent;
pub use email::{ChangeEmail, ConfirmEmail};
pub use enrolment::{EnrolTotp, RecoveryCodes};
pub use error::ErrorPage;
pub use form::{Form, Typed};
pub use nonce::Nonce;
pub use notice::{Confirm, Notice};
pub use onward::{Onward, destination};
pub use passkey::{Ceremony, PasskeyPage};
pub use password::{ChangePassword, ForgotPassword, Reauthenticate, ResetPassword};
pub use provider::{FindProvider, GoToProvider};
pub use render::{Page, RenderError, Rendered, render};
pub use second_factor::{Purpose, SecondFactor};
pub use sign_in::{Provider, SignIn};
pub use sign_out::{Link, SignOut, SignedOut};
pub use sign_up::{Invitation, Setup, SignUp};
pub use trusted::{TrustedScript, TrustedSvg};

/// The service's name at the head of every page.
const SERVICE: &str = "Brigandine";
