//! Identity through its generated clients, on both engines.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

mod accounts;
mod audit;
mod authenticator;
mod blocks;
mod challenge;
mod deletion;
mod departments;
mod events;
mod factor_roles;
mod house;
mod invitations;
mod keys;
mod knock;
mod limits;
mod passkeys;
mod passwords;
mod people;
mod pictures;
mod protection;
mod protection_model;
mod provider;
mod resets;
mod roles;
mod second_factors;
mod second_step;
mod session_machine;
mod sessions;
mod settings;
mod setup;
mod sign_in;
mod sign_up;
mod sso;
mod sso_providers;
mod tokens;
