//! The mesh as its users meet it: real processes, called from outside. The same journeys run in one process on SQLite and in five
//! on PostgreSQL and RabbitMQ.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that can't go on fails with these words")]

mod acme;
mod audited;
#[path = "../../core/tests/runtime/authority.rs"]
mod authority;
mod backup;
mod bad_input;
mod collector;
mod dead;
mod deeds;
mod demonstration;
mod faces;
mod faults;
mod files;
mod front_door;
mod importing;
mod journey;
mod killing;
mod one_trace;
mod people;
mod permissions;
mod process;
mod proxy;
mod revocation;
mod running;
mod secrets;
mod seeding;
mod single_sign_on;
mod start;
mod tls;
mod unbuilt;
mod upkeep;
mod wanderer;
