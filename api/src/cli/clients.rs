//! `brigandine-api clients`: the applications that people sign in to.

use super::Failure;
use crate::identity::provider::registration::{self, Application};
use clap::{Args, Subcommand};
use std::{fs, path::PathBuf};

/// What to do with applications.
#[derive(Subcommand)]
pub(super) enum Clients {
    /// Registers an application of your own, for members of every organization.
    Add(Add),
}

/// An application.
#[derive(Args)]
pub(super) struct Add {
    /// What it calls itself: letters, digits, '.', '_', '-'.
    #[arg(long)]
    client_id: String,
    /// What people know it as.
    #[arg(long)]
    name: String,
    /// Where codes may go, to the letter. May be given several times.
    #[arg(long, required = true)]
    redirect_uri: Vec<String>,
    /// Where people may go after signing out. May be given several times.
    #[arg(long)]
    post_logout_redirect_uri: Vec<String>,
    /// Where to send logout tokens.
    #[arg(long)]
    backchannel_logout_uri: Option<String>,
    /// What it may ask for; everything, unless given. May be given several times.
    #[arg(long)]
    scope: Vec<String>,
    /// A file with its public keys (RFC 7517): it must sign with one of them to be believed. Without it the client is
    /// public.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Holds it to the FAPI 2.0 Security Profile.
    #[arg(long)]
    fapi2: bool,
    /// Gives it only tokens that are bound to a key (DPoP).
    #[arg(long)]
    dpop_bound: bool,
    /// Somebody else's: people are asked whether it may have what it asks for.
    #[arg(long)]
    third_party: bool,
}

impl Add {
    /// The application that is meant.
    ///
    /// # Errors
    /// When the file with the keys can't be read, or is no JSON.
    pub(super) fn application(&self) -> Result<Application, Failure> {
        let jwks = match &self.jwks {
            Some(file) => {
                let text =
                    fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
                Some(serde_json::from_slice(&text)?)
            }
            None => None,
        };
        Ok(Application {
            client_id: self.client_id.clone(),
            name: self.name.clone(),
            redirect_uris: self.redirect_uri.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uri.clone(),
            backchannel_logout_uri: self.backchannel_logout_uri.clone(),
            grant_types: registration::GRANT_TYPES.map(str::to_owned).to_vec(),
            scopes: self.scope.clone(),
            jwks,
            fapi2: self.fapi2,
            dpop_bound: self.dpop_bound,
            third_party: self.third_party,
        })
    }
}
