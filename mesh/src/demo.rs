//! A demonstration: people, departments, two hundred tickets and some that wait for approval, made through the public API as those people would make them.
//!
//! It can be stopped anywhere and started again: what is there is found, what was asked before is not asked twice (the request ids
//! are the same), and the agents go on with the tickets they have.

mod articles;
mod catalogue;
mod client;
mod people;
mod play;
mod purchases;
mod stories;

use std::{convert::Infallible, future::pending};

use identity::{Bootstrap, NewAdmin};
use mesh_core::{config::Secret, error::Result, id::Ids};

use crate::cli::All;
use client::Front;
pub(crate) use people::addresses;

/// Tickets a demonstration has.
const TICKETS: i64 = 200;
/// Bytes of a password that is made up: 16 characters.
const PASSWORD: usize = 12;

/// The administrator every demonstration begins with.
pub(crate) const ADMIN: &str = "admin@demo.test";
/// His name.
const ADMIN_NAME: &str = "Administrator";

/// The password of a wanted demonstration, given or made up.
pub(crate) fn password(args: &All, ids: &Ids) -> Secret {
    args.demo_password.clone().unwrap_or_else(|| Secret::from(ids.secret::<PASSWORD>().as_str()))
}

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
pub(crate) async fn play(address: &str, password: Option<Secret>) -> Infallible {
    if let Some(password) = password
        && let Err(error) = make(address, &password).await
    {
        tracing::error!(
            error = error.with_causes(),
            "the demonstration is not whole; start again to go on with it"
        );
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
    if play::count(&admin).await? < TICKETS {
        purchases::file(&admin, &cast, &places).await?;
        play::file_tickets(&cast, &places, &shelves).await?;
    }
    play::work(&cast).await?;
    purchases::ask(&cast).await?;
    tracing::info!("the demonstration stands");
    Ok(())
}
