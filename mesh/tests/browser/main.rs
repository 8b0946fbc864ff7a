//! Journeys in a real browser, against the real binary with the UI inside it: people find what they press by what stands on it,
//! and wait for what they see.
//!
//! `cargo xtask ui` builds the UI the binary embeds; `cargo xtask test --only browser` does both and says where chromedriver is. A
//! journey that fails leaves a picture of every page in `target/screens/failed-….png`.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that can't go on fails with these words")]

mod accounts;
mod admin;
mod axe;
mod catalogue;
mod chromium;
mod connection;
mod desk;
mod devices;
mod door;
mod draft;
mod factors;
mod failures;
mod filing;
mod flows;
mod handing;
mod identity;
mod knowledge;
mod letters;
mod looks;
mod own;
#[path = "../../examples/screens/pages.rs"]
#[expect(dead_code, reason = "the pictures go from one person to the next")]
mod pages;
mod phone;
mod satisfaction;
mod security;
mod stage;
mod ticket;
mod traces;
mod transfer;
mod visitor;
mod whole;

#[path = "../mesh/acme.rs"]
mod acme;
#[path = "../mesh/collector.rs"]
#[expect(dead_code, reason = "the tests without a browser use the rest")]
mod collector;
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
#[path = "../mesh/wanderer.rs"]
#[expect(dead_code, reason = "the tests without a browser use the rest")]
mod wanderer;
