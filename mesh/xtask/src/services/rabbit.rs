//! A RabbitMQ node made for this run, with a name, a port mapper and a cookie of its own, so that it neither meets the
//! distribution's node nor another run's.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Server, free_port};
use crate::keeper::Keeper;
use crate::packages::rabbitmq_programs;
use crate::workspace::run;

/// Starts the node in a folder of its own.
pub(super) fn start(folder: &Path) -> Result<Server> {
    let programs = rabbitmq_programs().context("RabbitMQ's server is missing")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let ports = [free_port()?, free_port()?, free_port()?];
    let settings: [(&str, OsString); 13] = [
        ("KEEPER_PROGRAMS", programs.into()),
        ("HOME", folder.into()),
        ("RABBITMQ_NODENAME", format!("ticketmesh-{}@localhost", std::process::id()).into()),
        ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1".into()),
        ("RABBITMQ_NODE_PORT", ports[0].to_string().into()),
        ("RABBITMQ_DIST_PORT", ports[1].to_string().into()),
        ("ERL_EPMD_PORT", ports[2].to_string().into()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
        ("RABBITMQ_MNESIA_BASE", folder.join("db").into()),
        ("RABBITMQ_LOG_BASE", folder.join("logs").into()),
        ("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq").into()),
        ("RABBITMQ_CONF_ENV_FILE", folder.join("environment").into()),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins").into()),
    ];
    let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let keeper = Keeper::start("RabbitMQ", include_str!("rabbit.sh"), settings)?;
    let url = format!("amqp://guest:guest@127.0.0.1:{}/%2f", ports[0]);
    Ok(Server { url, keeper: Some((keeper, folder.join("log"))) })
}

/// Gives the node in a folder a command of `rabbitmqctl`.
pub(super) fn control(folder: &Path, command: &str) -> Result<()> {
    let script = ". ./surroundings; exec \"$KEEPER_PROGRAMS/rabbitmqctl\" --quiet \"$0\"";
    run(Command::new("sh").args(["-c", script, command]).current_dir(folder))
}
