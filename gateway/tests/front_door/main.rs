//! The front door through real HTTP, with made-up services behind it.
#![expect(clippy::expect_used, clippy::panic, reason = "a helper that fails fails its test")]

mod activity;
mod audiences;
mod behind;
mod calls;
mod files;
mod filing_house;
mod gap;
mod house;
mod json;
mod limits;
mod live;
mod noise;
mod pages;
mod pictures;
mod sessions;
mod transfer;
mod watching;
mod with_identity;
