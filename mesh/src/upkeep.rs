//! Commands that do one thing and end: migrate, health, create-admin, audit, completions.

use std::{fs, io, path::Path, time::Duration};

use clap::CommandFactory as _;
use clap_complete::Shell;
use identity::{Bootstrap, NewAdmin, Verdict};
use mesh_core::{
    clock::SharedClock,
    db::{Db, Migration},
    error::{Error, Result},
    id::Ids,
    token::Verifier,
};
use tokio::time::{sleep, timeout};
use tonic::transport::Endpoint;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    all::{identity_config, in_folder},
    cli::{Cli, CreateAdmin, Databases, Health, VerifyAudit},
    keys,
    process::{Start, clock_and_ids},
};

/// How often a process that is not ready is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// Brings the databases to this version's schema. Several at once take turns.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(crate) async fn migrate(args: Databases) -> Result<()> {
    let (clock, ids) = clock_and_ids();
    for (name, url, migrations) in args.each() {
        let db = open(name, &url, &ids, &clock)?;
        db.migrate(migrations).await?;
        db.close().await;
        println!("{name}: up to date");
    }
    Ok(())
}

/// The database of a service; an address that is none is named by its setting, for there are four.
pub(crate) fn open(service: &str, url: &str, ids: &Ids, clock: &SharedClock) -> Result<Db> {
    Db::open(url, ids, clock).map_err(|error| match error {
        Error::Invalid { reason, mut violations } => {
            for wrong in &mut violations {
                wrong.field = format!("TM_{}_DATABASE_URL", service.to_uppercase());
            }
            Error::Invalid { reason, violations }
        }
        other => other,
    })
}

impl Databases {
    /// Whose databases there are.
    pub(crate) const NAMES: [&str; 4] = ["identity", "tickets", "workflow", "notify"];

    /// Name, address and migrations of every database that was named; without any name, of all in the data folder.
    pub(crate) fn each(self) -> Vec<(&'static str, String, &'static [Migration])> {
        let databases = [
            ("identity", self.identity_database_url, identity::MIGRATIONS),
            ("tickets", self.tickets_database_url, tickets::MIGRATIONS),
            ("workflow", self.workflow_database_url, workflow::MIGRATIONS),
            ("notify", self.notify_database_url, notify::MIGRATIONS),
        ];
        let named = databases.iter().any(|(_, url, _)| url.is_some());
        let wanted = databases.into_iter().filter(|(_, url, _)| url.is_some() || !named);
        wanted
            .map(|(name, url, migrations)| {
                let mut url = url.unwrap_or_default();
                in_folder(&mut url, &self.data_dir, name);
                (name, url, migrations)
            })
            .collect()
    }
}

/// Fine when the process behind the probe address is ready.
pub(crate) async fn health(args: Health) -> Result<()> {
    let ready = async {
        while ask_health(&args.admin_listen, &args.service).await.is_err() {
            sleep(ASK_AGAIN).await;
        }
    };
    match timeout(args.within, ready).await {
        Ok(()) => Ok(()),
        Err(_) => ask_health(&args.admin_listen, &args.service).await,
    }
}

async fn ask_health(at: &str, service: &str) -> Result<()> {
    let address = format!("http://{at}");
    let unreachable =
        |error| Error::unavailable_because(format!("nothing answers probes at {address}"), error);
    let endpoint = Endpoint::from_shared(address.clone()).map_err(|_| {
        Error::invalid("--admin-listen", format!("is {at}, no host and port; give host:9090"))
    })?;
    let channel = endpoint.connect().await.map_err(unreachable)?;
    let ask = HealthCheckRequest { service: service.to_owned() };
    let answer = HealthClient::new(channel).check(ask).await?.into_inner();
    match answer.status() {
        ServingStatus::Serving => Ok(()),
        other => Err(Error::unavailable(format!("the process at {address} is {}", other.as_str_name()))),
    }
}

/// Makes an administrator in identity's database.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(crate) async fn create_admin(args: CreateAdmin) -> Result<()> {
    let password = read_password(&args.password_file)?;
    let (_, ids) = clock_and_ids();
    let keys = match &args.shared.master_key_file {
        Some(_) => keys::given(&args.shared)?,
        None => keys::given_or_made(&args.shared, &args.data_dir.join(crate::all::KEYS), &ids)?,
    };
    let start = Start::new("create-admin", &args.shared, &args.data_dir, &keys.mesh, |clock, _| {
        Ok(Verifier::local(clock.clone()))
    })?;
    let deps = identity::Deps {
        process: start.process,
        master_key: keys.master,
        public_url: args.shared.public_url.unwrap_or_else(|| crate::all::NOWHERE.to_owned()),
    };
    let identity = Bootstrap::open(identity_config(args.identity, &args.data_dir), deps).await?;
    if args.if_nobody && !identity.is_untouched().await? {
        println!("there is somebody already");
        return Ok(());
    }
    let admin = NewAdmin { email: args.email, display_name: args.name, password };
    println!("{}", identity.create_admin(admin).await?);
    Ok(())
}

fn read_password(file: &Path) -> Result<String> {
    let text = fs::read_to_string(file).map_err(|error| {
        Error::invalid("--password-file", format!("{} can't be read: {error}", file.display()))
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Says whether the audit log is what was written, and where it ends, which is worth noting elsewhere.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(crate) async fn verify_audit(args: VerifyAudit) -> Result<()> {
    let (clock, ids) = clock_and_ids();
    let db = Db::open(&identity_config(args.identity, &args.data_dir).database_url, &ids, &clock)?;
    db.check("identity", identity::MIGRATIONS).ask().await?;
    let verdict = identity::verify_audit(&db).await?;
    db.close().await;
    match verdict {
        Verdict::Whole { days, lines, retired, end } => {
            println!("whole: {lines} lines of {days} days, the newest with the hash {end}");
            if retired > 0 {
                println!("{retired} days before them were retired, as the log says itself");
            }
            Ok(())
        }
        Verdict::Broken(breach) => {
            Err(Error::internal(format!("the audit log is not what was written; {breach}")))
        }
    }
}

/// Prints what a shell needs to complete our commands.
pub(crate) fn completions(shell: Shell) {
    clap_complete::generate(shell, &mut Cli::command(), "ticketmesh", &mut io::stdout());
}
