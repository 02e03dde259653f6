//! The command line of the service's binary.

mod clients;

use crate::{
    access::Role,
    clock::Clock,
    endpoints,
    http::{openapi, text::Text},
    identity::{
        federation::domains,
        provider::{SigningKeys, registration},
    },
    ids::{KeyId, OrganizationId},
    mail::Links,
    organizations::{
        found, rescue,
        setup::{self, Import, NewSubject, NewTenant},
    },
    server::{self, Administration, StartError},
    settings::{self, Settings, SettingsError},
    store::StoreError,
    watch::logging,
};
use clap::{Parser, Subcommand};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use uuid::Uuid;

/// `EX_CONFIG` of sysexits: the settings must be changed before another try.
const UNSAFE_SETTINGS: u8 = 78;
/// Larger than any import that a person writes.
const LARGEST_IMPORT: u64 = 256 * 1024 * 1024;

/// A hardened REST API: the clinic.
#[derive(Parser)]
#[command(name = "brigandine-api", version, about)]
struct Cli {
    /// The settings file (TOML). Every key can also be set by the environment: `BRIGANDINE_SERVER__LISTEN`.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until SIGTERM. The first run makes a CA, a certificate, keys and a database.
    Serve,
    /// Says whether the service would start with these settings.
    CheckConfig,
    /// Brings the database up to date (PostgreSQL: as the role of database.migration_url).
    Migrate,
    /// Prints the OpenAPI document.
    Openapi,
    /// Makes organizations, and records what they own.
    #[command(subcommand)]
    Admin(Admin),
    /// Registers applications that people sign in to.
    #[command(subcommand)]
    Clients(clients::Clients),
    /// The keys that sign the built-in provider's tokens. A running service follows within a minute, or on SIGHUP.
    #[command(subcommand)]
    Keys(Keys),
}

#[derive(Subcommand)]
enum Keys {
    /// Lists them.
    List,
    /// Makes a key that signs from now on; the one before verifies what it signed.
    Rotate,
    /// Withdraws a key that somebody else may have: tokens that it signed are refused.
    Withdraw {
        /// Its `kid`.
        kid: uuid::Uuid,
    },
}

#[derive(Subcommand)]
enum Admin {
    /// Makes an organization. Without --issuer it prints a link for its first administrator, which works once and for 30
    /// minutes; said again with the same name, it prints a new link, as long as nobody administers the organization. With
    /// --issuer, the administrator signs in at that provider.
    Bootstrap {
        /// The organization's name.
        #[arg(long)]
        organization: String,
        /// Lets patients register themselves with it.
        #[arg(long)]
        self_registration: bool,
        /// The provider that vouches for the administrator; one of identity.issuers.
        #[arg(long, requires = "subject")]
        issuer: Option<String>,
        /// The administrator's name at the provider (`sub`).
        #[arg(long, requires = "issuer")]
        subject: Option<String>,
        /// How the organization calls them.
        #[arg(long, default_value = "Administrator", requires = "issuer")]
        name: String,
    },
    /// Prints a link that sets a new password for an account whose owner lost the way in: once, within ten minutes. Make sure
    /// who asks.
    Rescue {
        /// The account's e-mail address.
        #[arg(long)]
        email: String,
        /// Also takes its second factors and passkeys away, where they are lost too, and signs everybody out of it.
        #[arg(long)]
        without_factors: bool,
    },
    /// Makes the organizations of a JSON file, with their members; `-` reads standard input.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Records that an organization owns an e-mail domain: its own OpenID provider may then make accounts for it.
    VerifyDomain {
        /// The organization's id.
        #[arg(long)]
        organization: Uuid,
        /// The domain.
        #[arg(long)]
        domain: String,
    },
}

/// Runs the command line; the exit code is 0, 1 (failed), 2 (wrong usage) or 78 (settings refused).
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            // Help and version go to standard output, refusals to standard error.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match execute(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "brigandine-api: {error}");
            match error.downcast_ref::<StartError>() {
                Some(StartError::Settings(_)) => ExitCode::from(UNSAFE_SETTINGS),
                Some(
                    StartError::Store(
                        StoreError::Settings(_) | StoreError::UnsafeRole(_) | StoreError::NotMigrated,
                    )
                    | StartError::Keys(_),
                ) => ExitCode::from(UNSAFE_SETTINGS),
                _ if error.is::<serde_json::Error>() => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn execute(cli: &Cli) -> Result<(), Failure> {
    let settings = settings(cli).map_err(StartError::from)?;
    let clock = Clock;
    // One choice for the whole process; it fails only if somebody chose before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match &cli.command {
        Command::Serve => {
            logging::start(&settings.log);
            block_on(server::serve(settings, clock))?;
        }
        Command::CheckConfig => {
            server::check(&settings)?;
            print(format_args!("The settings are fine.\n"))?;
        }
        Command::Migrate => {
            let applied = block_on(server::migrate(&settings))?;
            print(format_args!("{} migrations applied.\n", applied.len()))?;
        }
        Command::Openapi => {
            let document =
                openapi::document(&endpoints::all(), &endpoints::event_types(), settings.server.identifier());
            print(format_args!("{document:#}\n"))?;
        }
        Command::Keys(command) => {
            let told = block_on(async {
                let administration = server::administration(&settings, clock).await?;
                keys(command, administration).await
            })?;
            print(format_args!("{told}\n"))?;
        }
        Command::Admin(command) => administer(&settings, clock, command)?,
        Command::Clients(clients::Clients::Add(add)) => {
            let application = add.application()?;
            let registered = block_on(async {
                let administration = server::administration(&settings, clock).await?;
                registration::add(&administration.store, clock, application).await.map_err(Failure::from)
            })?;
            print(format_args!("{}\n", serde_json::to_string_pretty(&registered)?))?;
        }
    }
    Ok(())
}

async fn keys(command: &Keys, administration: Administration) -> Result<String, Failure> {
    let keys = SigningKeys::open(administration.store, administration.keyring, administration.clock).await?;
    Ok(match command {
        Keys::List => keys.list().await?.join("\n"),
        Keys::Rotate => format!("{} signs from now on.", keys.rotate().await?),
        Keys::Withdraw { kid } => {
            if !keys.withdraw(KeyId::from_uuid(*kid)).await? {
                return Err(format!("there is no signing key {kid}; see `keys list`").into());
            }
            format!("{kid} is withdrawn. Send SIGHUP to every running service, so that it follows at once.")
        }
    })
}

fn administer(settings: &Settings, clock: Clock, command: &Admin) -> Result<(), Failure> {
    let import = match command {
        Admin::Bootstrap { organization, self_registration, issuer: None, .. } => {
            if !settings.provider.enabled {
                return Err(
                    "name --issuer and --subject: provider.enabled is false, so nobody signs in here".into(),
                );
            }
            let (name, links) = (Text::compose(organization), Links::new(&settings.server));
            let founded = block_on(async {
                let administration = server::administration(settings, clock).await?;
                found::found(&administration.store, &links, clock, &name, *self_registration)
                    .await
                    .map_err(Failure::from)
            })?;
            return Ok(print(format_args!("{}\n", serde_json::to_string_pretty(&founded)?))?);
        }
        Admin::Rescue { email, without_factors } => {
            let links = Links::new(&settings.server);
            let rescued = block_on(async {
                let administration = server::administration(settings, clock).await?;
                rescue::rescue(&administration, &links, email, *without_factors).await.map_err(Failure::from)
            })?;
            return Ok(print(format_args!("{}\n", serde_json::to_string_pretty(&rescued)?))?);
        }
        Admin::Bootstrap { organization, self_registration, issuer: Some(issuer), subject, name } => {
            let wanted = Text::compose(organization);
            block_on(async {
                let store = server::administration(settings, clock).await?.store;
                found::none_of_name(&store, &wanted).await.map_err(Failure::from)
            })?;
            Import {
                accounts: Vec::new(),
                clients: Vec::new(),
                organizations: vec![NewTenant {
                    name: Text::compose(organization),
                    self_registration: *self_registration,
                    members: vec![NewSubject {
                        issuer: Some(Text::compose(issuer)),
                        subject: Text::compose(subject.as_deref().unwrap_or_default()),
                        display_name: Text::compose(name),
                        role: Role::Admin,
                    }],
                }],
            }
        }
        Admin::Import { file } => serde_json::from_str(&read(file)?)?,
        Admin::VerifyDomain { organization, domain } => {
            let organization = OrganizationId::from_uuid(*organization);
            block_on(async {
                let store = server::administration(settings, clock).await?.store;
                domains::record(&store, clock, organization, domain).await.map_err(Failure::from)
            })?;
            return Ok(print(format_args!("Recorded.\n"))?);
        }
    };
    let imported = block_on(async {
        let administration = server::administration(settings, clock).await?;
        setup::import(&administration, import).await.map_err(Failure::from)
    })?;
    Ok(print(format_args!("{}\n", serde_json::to_string_pretty(&imported)?))?)
}

/// A file, or standard input for `-`.
fn read(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    if file == Path::new("-") {
        io::stdin().lock().take(LARGEST_IMPORT).read_to_string(&mut text)?;
    } else {
        let file = File::open(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        file.take(LARGEST_IMPORT).read_to_string(&mut text)?;
    }
    Ok(text)
}

fn block_on<T, E: Into<Failure>>(work: impl Future<Output = Result<T, E>>) -> Result<T, Failure> {
    actix_web::rt::System::new().block_on(work).map_err(Into::into)
}

fn settings(cli: &Cli) -> Result<Settings, SettingsError> {
    let variables = std::env::vars_os().filter_map(|variable| settings::variable(variable).transpose());
    let variables = variables.collect::<Result<Vec<_>, _>>()?;
    Settings::load(cli.config.as_deref(), variables.into_iter())
}

fn print(text: std::fmt::Arguments<'_>) -> io::Result<()> {
    io::stdout().lock().write_fmt(text)
}
