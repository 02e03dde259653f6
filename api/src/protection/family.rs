//! The chapters.

/// A chapter of protections; the harness keeps one file of attacks for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// TLS: what every byte travels in.
    Transport,
    /// Access tokens: who is calling.
    Tokens,
    /// OAuth 2.0 and OpenID Connect: who is given a token.
    Oauth,
    /// Accounts: passwords, factors, sessions.
    Accounts,
    /// API clients: programs that act for an organization.
    Clients,
    /// Object, property and function rules: what the caller may do.
    Authorization,
    /// Tenants and database roles.
    Tenancy,
    /// Business flows: once, in order, and not twice.
    Flows,
    /// What may come in.
    Input,
    /// What may go out, and how failures look.
    Output,
    /// Sizes, times and rates.
    Limits,
    /// Browsers: CORS, CSRF, headers, hosts.
    Browser,
    /// What the service calls by itself.
    Egress,
    /// Encryption at rest.
    AtRest,
    /// Secrets.
    Secrets,
    /// Audit and logs.
    Audit,
    /// What is served, and where.
    Inventory,
    /// The build, the start, and the proof itself.
    Build,
}

impl Family {
    /// The families in the order of the book.
    pub const ALL: [Self; 18] = [
        Self::Transport,
        Self::Tokens,
        Self::Oauth,
        Self::Accounts,
        Self::Clients,
        Self::Authorization,
        Self::Tenancy,
        Self::Flows,
        Self::Input,
        Self::Output,
        Self::Limits,
        Self::Browser,
        Self::Egress,
        Self::AtRest,
        Self::Secrets,
        Self::Audit,
        Self::Inventory,
        Self::Build,
    ];

    /// The name used on the command line: `tokens`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Tokens => "tokens",
            Self::Oauth => "oauth",
            Self::Accounts => "accounts",
            Self::Clients => "clients",
            Self::Authorization => "authorization",
            Self::Tenancy => "tenancy",
            Self::Flows => "flows",
            Self::Input => "input",
            Self::Output => "output",
            Self::Limits => "limits",
            Self::Browser => "browser",
            Self::Egress => "egress",
            Self::AtRest => "at-rest",
            Self::Secrets => "secrets",
            Self::Audit => "audit",
            Self::Inventory => "inventory",
            Self::Build => "build",
        }
    }
}
