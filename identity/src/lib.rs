//! Who you are, what you may do, and proof of both.
//!
//! The model: a user (`user.rs`) is a person or a service account; roles (`role.rs`) are named sets of permissions; an
//! assignment gives a role to a user in one department (`department.rs`) and all below it, or everywhere; what that amounts to
//! (`access.rs`) travels in an access token that every service verifies by itself. A session (`session.rs`) keeps a person
//! signed in by refresh tokens, an API key (`api_key.rs`) a program. A password may need company (`second_factor.rs`), and what
//! takes several steps is a ceremony (`ceremony.rs`). Others may vouch for people (`sso.rs`).
//!
//! The invariants: nobody gives what he does not hold; one active administrator always stays; an answer never tells whether an
//! account exists to somebody who has not signed in; no secret is stored that could be stored as a hash, and the others are
//! sealed (`vault.rs`); whatever changes access is audited (`audit.rs`) and published in the transaction that changes it.

mod access;
mod announce;
mod api_key;
mod audit;
mod bootstrap;
mod ceremony;
mod challenge;
mod deletion;
mod department;
mod device;
mod emergency;
mod events;
mod guard;
mod invitation;
mod keyring;
mod letters;
mod passkey;
mod password;
mod password_reset;
mod people;
mod picture;
mod protection;
mod recovery_code;
mod revocation;
mod role;
mod rpc;
mod second_factor;
mod seeding;
mod session;
mod settings;
mod sign_up;
mod sso;
mod store;
mod tidy;
mod token;
mod totp;
mod user;
mod vault;
mod visitor;
mod wire;

use std::sync::Arc;

use mesh_core::{
    clock::SharedClock,
    db::{Db, Migration},
    error::Result,
    id::Ids,
    page::PageKey,
    service::{Process, Service},
};

pub use audit::{Breach, Verdict, verify as verify_audit};
pub use bootstrap::{Bootstrap, NewAdmin};
pub use password::Comparisons;
pub use seeding::MadeUp;

use crate::{
    keyring::Keyring, letters::Templates, passkey::Site, password::Passwords, picture::Studio,
    sso::Discovery, vault::Vault,
};

/// The migrations of this service's database, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "init", sql: include_str!("../migrations/0001_init.sql"), engine: None },
    Migration {
        version: 2,
        name: "devices",
        sql: include_str!("../migrations/0002_devices.sql"),
        engine: None,
    },
    Migration {
        version: 3,
        name: "sso_proof",
        sql: include_str!("../migrations/0003_sso_proof.sql"),
        engine: None,
    },
];

/// What the service is told at start.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Config {
    /// Database of identity: `sqlite://…` or `postgres://…`.
    #[arg(
        id = "identity_database_url",
        long = "identity-database-url",
        env = "TM_IDENTITY_DATABASE_URL",
        hide_env_values = true,
        default_value = ""
    )]
    pub database_url: String,
}

/// What the service is given.
#[derive(Clone, Debug)]
pub struct Deps {
    /// What every service of the process shares.
    pub process: Process,
    /// Seals what is kept: signing keys, letters that wait.
    pub master_key: [u8; 32],
    /// Where people reach the mesh, for links in letters; without a slash at its end.
    pub public_url: String,
}

/// Builds the service: opens and migrates its database, puts the built-in roles in place, opens the signing keys.
pub async fn build(config: Config, deps: Deps) -> Result<Service> {
    Ok(Bootstrap::open(config, deps).await?.service())
}

/// What every method of this service works with. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) db: Db,
    pub(crate) ids: Ids,
    pub(crate) clock: SharedClock,
    pub(crate) vault: Arc<Vault>,
    pub(crate) passwords: Passwords,
    pub(crate) templates: Arc<Templates>,
    pub(crate) studio: Studio,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) discovery: Arc<Discovery>,
    pub(crate) pages: PageKey,
    pub(crate) public_url: Arc<str>,
    /// What passkeys belong to.
    pub(crate) site: Arc<Site>,
}
