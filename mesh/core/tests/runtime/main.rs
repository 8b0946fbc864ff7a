//! What every process does, seen from outside: calls through the whole stack, in the same process and across the network.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says what it expects")]

mod admin;
mod authority;
mod blobs;
mod calls;
mod config;
mod mail;
mod noise;
mod peers;
mod rights;
mod shop;
mod stop;
mod tls;
