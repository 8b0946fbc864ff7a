//! What every process of the mesh does, whichever services it runs: who calls and what he may ([`caller`], [`token`], [`policy`]),
//! what is kept ([`db`], [`outbox`], [`inbox`], [`idempotency`], [`jobs`], [`blobs`]), what is told ([`bus`], [`mail`], [`audit`]), how it is
//! served and reached ([`service`], [`tls`], [`peer`], [`stack`]) and watched ([`telemetry`], [`admin`]); and the language for conditions
//! people write ([`rule`]).
//!
//! Nothing here knows what a ticket is. Time and randomness come in as parameters ([`clock`], [`id`]).

pub mod admin;
pub mod audit;
pub mod blobs;
pub mod bus;
pub mod caller;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod health;
pub mod id;
pub mod idempotency;
pub mod inbox;
pub mod jobs;
pub mod mail;
pub mod naming;
pub mod neighbourhood;
pub mod outbox;
pub mod page;
pub mod peer;
pub mod policy;
pub mod retention;
pub mod retry;
pub mod rule;
pub mod service;
pub mod stack;
pub mod telemetry;
pub mod testing;
pub mod tls;
pub mod token;
pub mod vitals;

pub use service::{Shutdown, serve};
