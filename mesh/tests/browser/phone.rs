//! The portal on a phone, 390 pixels wide.

use crate::{
    chromium::Look,
    people::Office,
    stage::{Stage, play},
    ticket::{answers, files},
    visitor::Visitor,
};

/// Asserts that nothing has to be pushed sideways to be read.
async fn fits(visitor: &Visitor) {
    let is_390 = "return innerWidth === 390;";
    visitor.notices("the page is 390 pixels wide", is_390).await;
    let fits = "return document.scrollingElement.scrollWidth <= innerWidth;";
    visitor.notices("the page is no wider than the phone", fits).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requester_files_follows_and_answers_on_a_phone() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        let requester = stage.visitor(Look::Phone).await;
        requester.opens("/sign-in").await;
        requester.sees("Sign in to Ticketmesh").await;
        fits(&requester).await;
        requester.signs_in("requester@demo.test", crate::running::PASSWORD).await;
        requester.sees("No open requests").await;
        fits(&requester).await;

        files(&requester, "The lift is stuck between two floors, and nobody hears the bell", "Third floor.")
            .await;
        fits(&requester).await;
        agent.follows("The lift is stuck").await;
        answers(&agent, "Somebody is on the way.").await;
        requester.sees("Somebody is on the way.").await;
        answers(&requester, "Thank you!").await;
        fits(&requester).await;
        agent.sees("Thank you!").await;

        requester.presses("My requests").await;
        requester.sees("The lift is stuck").await;
        requester.sees("2 answers").await;
        fits(&requester).await;
    })
    .await;
}
