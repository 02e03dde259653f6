//! The fields that the provider's pages and endpoints take, each with its bound. A row names them; what is longer never
//! reaches a handler.

use super::{accounts::Email, passwords};
use crate::http::visit::Field;

/// No handle, code or link's token is longer: they are 256 random bits in base64url, or a person's recovery code.
const HANDLE: usize = 64;
const UUID: usize = 36;
/// A JWT or what stands for one.
const TOKEN: usize = 8192;
/// The longest redirect URI that is registered is shorter.
const ADDRESS: usize = 2048;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $field:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: Field = $field;)*
    };
}

// What forms carry for us.
fields! {
    /// The token against cross-site requests.
    CSRF = Field::text("csrf", HANDLE);
    /// The authorization request that waits.
    TRANSACTION = Field::text("transaction", HANDLE);
    /// The token of a mailed link.
    LINK_TOKEN = Field::text("token", HANDLE);
    /// What somebody's form is about: a session, a factor.
    ID = Field::text("id", UUID);
    /// An organization.
    ORGANIZATION = Field::text("organization", UUID);
    /// An organization's own provider.
    PROVIDER = Field::text("provider", UUID);
    /// A passkey's ceremony.
    #[cfg(feature = "passkeys")]
    CEREMONY = Field::text("ceremony", UUID);
    /// What the browser makes of a ceremony: JSON whose binary parts are base64url (WebAuthn §5.1).
    #[cfg(feature = "passkeys")]
    CREDENTIAL = Field::visible("credential", 16_384);
    /// Whether an account is to be linked.
    LINK = Field::text("link", 16);
    /// Which second factor the code is of.
    FACTOR = Field::text("factor", 16);
    /// Whether a client may have what it asks for.
    DECISION = Field::text("decision", 16);
}

// What people type.
fields! {
    /// An address.
    EMAIL = Field::text("email", Email::LONGEST);
    /// The present password. How long it may be is a protection of its own.
    PASSWORD = Field::text("password", passwords::MOST).counted_later();
    /// Another password.
    NEW_PASSWORD = Field::text("new_password", passwords::MOST).counted_later();
    /// How others see somebody.
    DISPLAY_NAME = Field::text("display_name", 100);
    /// What somebody calls a session or a passkey.
    NAME = Field::text("name", 80);
    /// Six digits, or a recovery code.
    CODE = Field::text("code", HANDLE);
}

// What applications say (RFC 6749, RFC 7636, RFC 7523, RFC 9126, OpenID Connect Core).
fields! {
    /// Who asks.
    CLIENT_ID = Field::text("client_id", 255);
    /// How the client proves who it is.
    CLIENT_ASSERTION_TYPE = Field::text("client_assertion_type", 128);
    /// The proof.
    CLIENT_ASSERTION = Field::visible("client_assertion", TOKEN);
    /// A pushed request.
    REQUEST_URI = Field::text("request_uri", 255);
    /// Always `code`.
    RESPONSE_TYPE = Field::text("response_type", 64);
    /// Where the code goes.
    REDIRECT_URI = Field::text("redirect_uri", ADDRESS);
    /// What is asked for.
    SCOPE = Field::text("scope", 2048);
    /// The client's own word, which it gets back.
    STATE = Field::text("state", 1024);
    /// The same, in the ID token.
    NONCE = Field::text("nonce", 1024);
    /// PKCE.
    CODE_CHALLENGE = Field::text("code_challenge", 128);
    /// PKCE: always `S256`.
    CODE_CHALLENGE_METHOD = Field::text("code_challenge_method", 16);
    /// PKCE (RFC 7636 §4.1).
    CODE_VERIFIER = Field::text("code_verifier", 128);
    /// What is to be shown, whatever is missing.
    PROMPT = Field::text("prompt", 128);
    /// Seconds since somebody signed in.
    MAX_AGE = Field::text("max_age", 10);
    /// How thoroughly.
    ACR_VALUES = Field::text("acr_values", 255);
    /// Who is meant, in words.
    LOGIN_HINT = Field::text("login_hint", 1024);
    /// Who is meant, by an ID token.
    ID_TOKEN_HINT = Field::visible("id_token_hint", TOKEN);
    /// The key that the code is bound to (RFC 9449 §10).
    DPOP_JKT = Field::text("dpop_jkt", 128);
    /// What the client has.
    GRANT_TYPE = Field::text("grant_type", 128);
    /// A code that was handed out.
    AUTHORIZATION_CODE = Field::text("code", 2048);
    /// A refresh token.
    REFRESH_TOKEN = Field::visible("refresh_token", TOKEN);
    /// A token that is asked about, or given up.
    TOKEN_ASKED_ABOUT = Field::visible("token", TOKEN);
    /// Which kind it is.
    TOKEN_TYPE_HINT = Field::text("token_type_hint", 128);
    /// Where people go after signing out.
    POST_LOGOUT_REDIRECT_URI = Field::text("post_logout_redirect_uri", ADDRESS);
    /// Who signs out.
    LOGOUT_HINT = Field::text("logout_hint", 1024);
}

// What an organization's own provider says.
fields! {
    /// Its code: as long as a request target lets it be.
    FOREIGN_CODE = Field::text("code", 4096);
    /// Our own word.
    FOREIGN_STATE = Field::text("state", HANDLE);
    /// Who it says it is (RFC 9207).
    ISS = Field::text("iss", 255);
    /// Why it refuses.
    ERROR = Field::text("error", 255);
    /// Why, in words that nobody is shown.
    ERROR_DESCRIPTION = Field::text("error_description", 4096);
    /// A session there (OpenID Connect Session Management).
    SESSION_STATE = Field::text("session_state", 2048);
    /// Who signed out there.
    LOGOUT_TOKEN = Field::visible("logout_token", TOKEN);
}
