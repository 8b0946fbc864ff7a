//! The door: the first administrator's link, and a wrong password.

use crate::{
    chromium::Look,
    people::Office,
    running::{Mesh, PASSWORD},
    stage::{Stage, play, play_in},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_link_printed_at_the_first_start_makes_the_first_administrator_once() {
    let (mesh, link) = Mesh::untouched().await;
    let path = format!("/setup/{link}");
    play_in(mesh, async |stage: &mut Stage| {
        let visitor = stage.visitor(Look::Light).await;
        visitor.opens("/").await;
        visitor.sees("Nobody can sign in yet.").await;
        visitor.opens(&path).await;
        visitor.sees("Set up Ticketmesh").await;
        visitor.writes("Your name", "Ada Lovelace").await;
        visitor.writes("E-mail", "ada@example.org").await;
        visitor.writes("Choose a password", "short").await;
        visitor.presses("Open account").await;
        visitor.sees("at least").await;
        visitor.writes("Choose a password", PASSWORD).await;
        visitor.presses("Open account").await;
        visitor.presses("Administration").await;
        visitor.is_at("/admin/people").await;
        visitor.sees("ada@example.org").await;

        let late = stage.visitor(Look::Light).await;
        late.opens(&path).await;
        late.sees("This link no longer works").await;
        late.presses("Sign in").await;
        late.signs_in("ada@example.org", PASSWORD).await;
        late.may_press("Account of Ada Lovelace").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_in_a_sentence_and_the_right_one_lets_in() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let visitor = stage.visitor(Look::Light).await;
        visitor.opens("/requests").await;
        visitor.signs_in("requester@demo.test", "ten purple lanterns").await;
        visitor.sees("E-mail or password is wrong.").await;
        visitor.is_at("/sign-in").await;
        visitor.signs_in("nobody@demo.test", PASSWORD).await;
        visitor.sees("E-mail or password is wrong.").await;
        visitor.signs_in("requester@demo.test", PASSWORD).await;
        visitor.is_at("/requests").await;
        visitor.sees("No open requests").await;
    })
    .await;
}
