//! The kinds of mails, and their words.

use super::{Link, Postage, Recipient};
use crate::protection::INPUT_COMMAND_TEMPLATE;
use brigandine_enforce::enforces;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A mail to be sent.
pub struct Mail {
    /// To whom.
    pub to: Recipient,
    /// What it says.
    pub letter: Letter,
}

/// What a mail says. Plain text only: nothing in it can be fetched, run, or made to look like something else.
pub enum Letter {
    /// An administrator invites somebody into an organization.
    Invitation {
        /// The organization's name.
        organization: String,
        /// Where it is accepted.
        link: Link,
        /// That it was counted.
        postage: Postage,
    },
    /// Somebody registered with this address, which has no account yet.
    Registration {
        /// The organization's name.
        organization: String,
        /// Where the registration is completed.
        link: Link,
        /// That it was counted.
        postage: Postage,
    },
    /// Somebody registered with this address, which has an account: told here, and not to whoever asked.
    RegistrationOfKnown {
        /// The organization's name.
        organization: String,
        /// Where the owner of the account can join.
        link: Link,
        /// That it was counted.
        postage: Postage,
    },
    /// Somebody forgot the password.
    PasswordReset {
        /// Where a new one is set.
        link: Link,
        /// That it was counted.
        postage: Postage,
    },
    /// An account shall have this address.
    EmailConfirmation {
        /// Where that is confirmed.
        link: Link,
        /// That it was counted.
        postage: Postage,
    },
    /// A key that somebody made for a program ends soon.
    ApiKeyExpires {
        /// The organization's name.
        organization: String,
        /// What the key is called.
        key: String,
        /// The day.
        on: String,
    },
    /// An operation that the organization's programs use ends soon.
    OperationEnds {
        /// The organization's name.
        organization: String,
        /// Its method and path.
        operation: String,
        /// The first day without it.
        on: String,
        /// The path of what succeeds it.
        successor: String,
    },
    /// Something happened in an organization that somebody has to look at.
    Alert {
        /// The organization's name.
        organization: String,
        /// What happened, without a name: mail is read by others.
        what: &'static str,
        /// What to do.
        next: &'static str,
    },
    /// Something that somebody waited for is there.
    Offer {
        /// The organization's name.
        organization: String,
        /// What is there, without a name: mail is read by others.
        what: &'static str,
        /// What to do.
        next: &'static str,
    },
    /// Something about an account changed.
    Notice(Notice),
}

/// What changed. Sent to the address that the account had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The password, by its owner.
    PasswordChanged,
    /// The password, through the link of a mail.
    PasswordReset,
    /// Another address was asked for, and is not confirmed yet.
    EmailChangeRequested,
    /// The address.
    EmailChanged,
    /// A second factor or a passkey was added.
    FactorAdded,
    /// A second factor or a passkey was removed.
    FactorRemoved,
    /// New recovery codes were made.
    RecoveryCodesRenewed,
    /// A recovery code was used.
    RecoveryCodeUsed,
}

impl Notice {
    const fn sentence(self) -> &'static str {
        match self {
            Self::PasswordChanged => "The password of your account was changed.",
            Self::PasswordReset => "The password of your account was set anew through a link sent by mail.",
            Self::EmailChangeRequested => {
                "A new e-mail address was entered for your account. It takes effect once it is confirmed."
            }
            Self::EmailChanged => {
                "The e-mail address of your account was changed. No more mails will come to this one."
            }
            Self::FactorAdded => "A second factor or a passkey was added to your account.",
            Self::FactorRemoved => "A second factor or a passkey was removed from your account.",
            Self::RecoveryCodesRenewed => {
                "New recovery codes were made for your account. The old ones are void."
            }
            Self::RecoveryCodeUsed => "A recovery code was used to sign in to your account.",
        }
    }
}

/// Where mails wait: what some ask for can't take the room of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// What strangers ask for who register.
    Registrations,
    /// What strangers ask for who forgot a password.
    Resets,
    /// What members ask for, and reminders.
    Members,
    /// What the owner of an account, or whoever answers for an organization, must hear of.
    Notices,
}

impl Queue {
    /// What logs and metrics call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registrations => "registrations",
            Self::Resets => "resets",
            Self::Members => "members",
            Self::Notices => "notices",
        }
    }
}

impl Letter {
    /// What the log calls it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::Registration { .. } => "registration",
            Self::RegistrationOfKnown { .. } => "registration-of-known",
            Self::PasswordReset { .. } => "password-reset",
            Self::EmailConfirmation { .. } => "email-confirmation",
            Self::ApiKeyExpires { .. } => "api-key-expires",
            Self::OperationEnds { .. } => "operation-ends",
            Self::Alert { .. } => "alert",
            Self::Offer { .. } => "offer",
            Self::Notice(_) => "notice",
        }
    }

    /// Where it waits to be sent.
    pub(super) const fn queue(&self) -> Queue {
        match self {
            Self::Registration { .. } | Self::RegistrationOfKnown { .. } => Queue::Registrations,
            Self::PasswordReset { .. } => Queue::Resets,
            // Reminders come in bursts, and waiting lists are of members' own making.
            Self::Invitation { .. }
            | Self::EmailConfirmation { .. }
            | Self::ApiKeyExpires { .. }
            | Self::OperationEnds { .. }
            | Self::Offer { .. } => Queue::Members,
            Self::Alert { .. } | Self::Notice(_) => Queue::Notices,
        }
    }

    /// How long after it was written it is worth sending: a link that has expired helps nobody.
    pub(super) const fn useful_for(&self) -> Duration {
        match self {
            Self::PasswordReset { .. } => MINUTE.saturating_mul(10),
            _ => DAY,
        }
    }

    pub(super) const fn subject(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "You are invited",
            // The same for both: a glance at somebody's notifications must not tell either.
            Self::Registration { .. } | Self::RegistrationOfKnown { .. } => "Your registration",
            Self::PasswordReset { .. } => "Set a new password",
            Self::EmailConfirmation { .. } => "Confirm your e-mail address",
            Self::ApiKeyExpires { .. } => "An API key expires soon",
            Self::OperationEnds { .. } => "An operation of the API ends",
            Self::Alert { .. } | Self::Offer { .. } => "Something needs your attention",
            Self::Notice(_) => "Your account was changed",
        }
    }

    /// What it says. What people wrote is text in it: the sentences are compiled in, and nothing looks for a template in the
    /// result (CWE-1336).
    #[enforces(INPUT_COMMAND_TEMPLATE, otherwise = crate::vulnerable::mail::rendered)]
    pub(super) fn text(&self) -> String {
        self.literal()
    }

    pub(crate) fn literal(&self) -> String {
        match self {
            Self::Invitation { organization, link, .. } => format!(
                "{} invites you to join.\n\nTo accept, open this link within 7 days:\n{link}\n\n\
                 If you do not know them, ignore this mail.\n",
                one_line(organization)
            ),
            Self::Registration { organization, link, .. } => format!(
                "This address was entered to register with {}.\n\n\
                 To go on, open this link within 24 hours:\n{link}\n\n\
                 If that was not you, ignore this mail: nothing happens without the link.\n",
                one_line(organization)
            ),
            Self::RegistrationOfKnown { organization, link, .. } => format!(
                "This address was entered to register with {}. You already have an account.\n\n\
                 To join with it, open this link within 24 hours and sign in:\n{link}\n\n\
                 If that was not you, ignore this mail: nothing happens without the link.\n",
                one_line(organization)
            ),
            Self::PasswordReset { link, .. } => format!(
                "A new password was asked for.\n\nTo set one, open this link within 10 minutes:\n{link}\n\n\
                 It works once. If that was not you, ignore this mail: your password stays as it is.\n"
            ),
            Self::EmailConfirmation { link, .. } => format!(
                "This address was entered for an account.\n\n\
                 To confirm it, open this link within 24 hours:\n{link}\n\n\
                 If that was not you, ignore this mail: nothing happens without the link.\n"
            ),
            Self::ApiKeyExpires { organization, key, on } => format!(
                "The API key \"{}\" that you made for {} works until {on}.\n\n\
                 Make a new one, give it to the program, and revoke this one.\n",
                one_line(key),
                one_line(organization)
            ),
            Self::OperationEnds { organization, operation, on, successor } => format!(
                "Programs or people of {} still use {operation}. It answers no more from {on} on.\n\n\
                 Move them to {successor}. The audit log names who called it (deprecated_use).\n",
                one_line(organization)
            ),
            Self::Alert { organization, what, next } | Self::Offer { organization, what, next } => {
                format!("{what} at {}.\n\n{next}.\n", one_line(organization))
            }
            Self::Notice(notice) => format!(
                "{}\n\nIf that was not you, set a new password at once and tell your administrator.\n",
                notice.sentence()
            ),
        }
    }
}

/// A name within a sentence: it can't begin a paragraph of its own that says something else (CWE-93).
#[enforces(INPUT_COMMAND_TEMPLATE, answers = text.to_owned())]
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
