//! A load generator that speaks the public API, for `cargo xtask bench`.
//!
//! The loop is closed: each caller sends its next call when it has the answer to the last, so what is measured is what so many
//! busy callers get, not what a queue hides. Invariant: any refused call ends the run; a rate never counts errors.

#![expect(clippy::print_stdout, reason = "its answer is one line on standard output")]

mod assigned;
mod desk;
mod directory;
mod front;
mod import;
mod load;
mod revoked;
mod sign_in;
mod token;

use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

use front::Front;
use load::{Call, End, Load};
use sign_in::Person;

/// Somebody who works at a store that was filled.
const AGENT: &str = "agent1@demo.test";

#[derive(Debug, Parser)]
struct Options {
    /// Address of the front door
    #[arg(long, default_value = "http://localhost:8080")]
    address: String,
    /// Who calls; must be an administrator
    #[arg(long, default_value = "admin@demo.test")]
    email: String,
    /// Their password
    #[arg(long, default_value = "")]
    password: String,
    /// Callers at a time
    #[arg(long, default_value_t = 32)]
    callers: usize,
    /// How long
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum What {
    /// Files tickets for the time
    Create,
    /// Files so many tickets, however long it takes
    Fill {
        /// How many
        tickets: u64,
    },
    /// Lists 50 open tickets with their exact count for the time
    List,
    /// What working at a store costs that was filled with `seed --tickets`: figures in milliseconds, a line each, for the time each
    Desk,
    /// Files tickets at a steady rate and waits for each to be assigned and shown
    Assigned {
        /// Tickets a second
        #[arg(long, default_value_t = 200)]
        rate: u32,
    },
    /// Compares refused sign-ins, then calls `GetMe` while all callers sign in. Wants `TM_LIMIT_SIGN_IN` out of the way
    SignIn,
    /// Makes people until there are so many, then asks for some of them in every way, for the time each
    Directory {
        /// How many
        #[arg(long, default_value_t = 100_000)]
        people: u64,
    },
    /// Imports so many rows of another system, one in a hundred of them wrong, and goes on where the mesh was killed and started again
    Import {
        /// How many
        #[arg(default_value_t = 20_000)]
        rows: u64,
    },
    /// Signs somebody out again and again and has him go on with his token until another service refuses it. Wants
    /// `TM_LIMIT_SIGN_IN` out of the way
    Revoked,
    /// Checks access tokens as every service does, without any server
    Token,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let (callers, time) = (options.callers, Duration::from_secs(options.seconds));
    let figures = match options.what {
        What::Create => options.file(End::After(time)).await?,
        What::Fill { tickets } => options.file(End::Calls(tickets)).await?,
        What::List => {
            let load = Load { callers, end: End::After(time), call: Call::List };
            load.run(&options.front().await?).await?.to_string()
        }
        What::Assigned { rate } => {
            let front = options.front().await?;
            let department = front.make_department().await?;
            assigned::measure(front, department, rate, time).await?.to_string()
        }
        What::Directory { people } => {
            directory::measure(&options.front().await?, people, callers, time).await?
        }
        What::Desk => {
            let agent = Front::sign_in(&options.address, AGENT, &options.password).await?;
            desk::measure(&options.front().await?, &agent, callers, time).await?
        }
        What::SignIn => {
            let person = Person { email: options.email.clone(), password: options.password.clone() };
            sign_in::measure(options.front().await?, person, callers, time).await?.to_string()
        }
        What::Import { rows } => import::measure(&options.front().await?, rows).await?,
        What::Revoked => revoked::measure(&options.front().await?, time).await?.to_string(),
        What::Token => token::measure(time).await?,
    };
    println!("{figures}");
    Ok(())
}

impl Options {
    async fn front(&self) -> Result<Front> {
        Front::sign_in(&self.address, &self.email, &self.password).await
    }

    /// Files tickets in a department of its own.
    async fn file(&self, end: End) -> Result<String> {
        let front = self.front().await?;
        let call = Call::Create(front.make_department().await?);
        Ok(Load { callers: self.callers, end, call }.run(&front).await?.to_string())
    }
}
