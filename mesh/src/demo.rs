//! A demonstration: people, departments, two hundred tickets and some that wait for approval, made through the public API as those people would make them.
//!
//! It can be stopped anywhere and started again: what is there is found, what was asked before is not asked twice (the request ids
//! are the same), and the agents go on with the tickets they have.

mod articles;
mod catalogue;
mod client;
mod password;
mod people;
mod play;
mod purchases;
mod stories;

use std::{convert::Infallible, future::pending};

use identity::{Bootstrap, NewAdmin};
use mesh_core::{config::Secret, error::Result};

use client::Front;
pub(crate) use password::password;
pub(crate) use people::addresses;

/// Tickets a demonstration has, besides its purchases.
const TICKETS: usize = 200;

/// The administrator every demonstration begins with.
pub(crate) const ADMIN: &str = "admin@demo.test";
/// His name.
const ADMIN_NAME: &str = "Administrator";

/// Makes the administrator on an empty store.
pub(crate) async fn make_admin(identity: &Bootstrap, password: &Secret) -> Result<()> {
    if identity.setup_link().await?.is_none() {
        return Ok(());
    }
    let admin =
        NewAdmin { email: ADMIN.into(), display_name: ADMIN_NAME.into(), password: password.reveal().into() };
    identity.create_admin(admin).await.map(drop)
}

/// Makes everybody and everything else, beside the server that opens at `address`. Does not end: the server does.
#[expect(clippy::print_stdout, reason = "whoever waits for the tickets learns here that they are there")]
pub(crate) async fn play(address: &str, password: Option<Secret>) -> Infallible {
    if let Some(password) = password {
        match make(address, &password).await {
            Ok(()) => println!("The demonstration stands"),
            Err(error) => tracing::error!(
                error = error.with_causes(),
                "the demonstration is not whole; start again to go on with it"
            ),
        }
    }
    pending().await
}

/// Makes people and tickets behind the front door at `address`, whose administrator is [`ADMIN`].
pub(crate) async fn make(address: &str, password: &Secret) -> Result<()> {
    let front = Front::connect(address)?;
    let admin = front.sign_in(ADMIN, password).await?;
    let places = people::make(&admin, password).await?;
    let shelves = catalogue::adopt(&admin, &places).await?;
    articles::publish(&admin).await?;
    let cast = people::sign_in(&front, password).await?;
    play::go_online(&cast).await?;
    if play::count(&admin).await? < TICKETS + purchases::COUNT {
        purchases::file(&admin, &cast, &places).await?;
        play::file_tickets(&cast, &places, &shelves).await?;
    }
    play::all_stand(&admin).await?;
    play::work(&cast).await?;
    purchases::ask(&cast).await?;
    tracing::info!("the demonstration stands");
    Ok(())
}
