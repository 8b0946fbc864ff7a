//! Identity through its generated clients, on both engines.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

mod accounts;
mod audit;
mod departments;
mod events;
mod factor_roles;
mod house;
mod invitations;
mod keys;
mod passwords;
mod people;
mod resets;
mod roles;
mod second_factors;
mod second_step;
mod sessions;
mod settings;
mod setup;
mod sign_in;
mod sign_up;
mod tokens;
