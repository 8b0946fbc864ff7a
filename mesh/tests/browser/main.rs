//! Journeys in a real browser, against the real binary with the UI inside it: people find what they press by what stands on it,
//! and wait for what they see.
//!
//! `cargo xtask ui` builds the UI the binary embeds; `cargo xtask test --only browser` does both and says where chromedriver is. A
//! journey that fails leaves a picture of every page in `target/screens/failed-….png`.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that can't go on fails with these words")]

mod admin;
mod chromium;
mod connection;
mod door;
mod draft;
mod looks;
mod phone;
mod stage;
mod ticket;
mod visitor;

#[path = "../mesh/deeds.rs"]
#[expect(dead_code, reason = "the tests without a browser use the rest")]
mod deeds;
#[path = "../mesh/people.rs"]
#[expect(dead_code, reason = "the tests without a browser use the rest")]
mod people;
#[path = "../mesh/process.rs"]
mod process;
#[path = "../mesh/running.rs"]
#[expect(dead_code, reason = "the tests without a browser use the rest")]
mod running;
