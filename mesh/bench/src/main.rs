//! A load generator that speaks the public API, for `cargo xtask bench`.
//!
//! The loop is closed: each caller sends its next call when it has the answer to the last, so what is measured is what so many
//! busy callers get, not what a queue hides. Invariant: any refused call ends the run; a rate never counts errors.

#![expect(clippy::print_stdout, reason = "its answer is one line on standard output")]

mod assigned;
mod front;
mod load;
mod sign_in;

use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

use front::Front;
use load::{Call, End, Load};
use sign_in::Person;

#[derive(Debug, Parser)]
struct Options {
    /// Address of the front door
    #[arg(long, default_value = "http://localhost:8080")]
    address: String,
    /// Who calls; must be an administrator
    #[arg(long, default_value = "admin@demo.test")]
    email: String,
    /// Their password
    #[arg(long)]
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
    /// Files tickets at a steady rate and waits for each to be assigned and shown
    Assigned {
        /// Tickets a second
        #[arg(long, default_value_t = 200)]
        rate: u32,
    },
    /// Compares refused sign-ins, then calls `GetMe` while all callers sign in. Wants `TM_LIMIT_SIGN_IN` out of the way
    SignIn,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Options { address, email, password, callers, seconds, what } = Options::parse();
    let front = Front::sign_in(&address, &email, &password).await?;
    let department = front.make_department().await?;
    let time = Duration::from_secs(seconds);
    let figures = match what {
        What::Create => {
            Load { callers, end: End::After(time), call: Call::Create }.run(front, department).await?
        }
        What::Fill { tickets } => {
            Load { callers, end: End::Calls(tickets), call: Call::Create }.run(front, department).await?
        }
        What::List => {
            Load { callers, end: End::After(time), call: Call::List }.run(front, department).await?
        }
        What::Assigned { rate } => assigned::measure(front, department, rate, time).await?,
        What::SignIn => {
            let person = Person { email, password };
            println!("{}", sign_in::measure(front, person, callers, time).await?);
            return Ok(());
        }
    };
    println!("{figures}");
    Ok(())
}
