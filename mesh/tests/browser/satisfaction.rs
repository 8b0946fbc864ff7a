//! The end of a request: taken back with a reason, rated on its page, rated by the link of a letter that works once.

use std::sync::Arc;

use jiff::ToSpan as _;
use mesh_core::{
    clock::{Clock as _, SystemClock},
    token::{LinkKey, MeshKey},
};
use proto::tickets::v1::Status;
use serde_json::json;

use crate::{
    chromium::Look,
    people::Office,
    stage::{Stage, play},
    ticket::{answers, at_a_request, resolves},
    visitor::Visitor,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_taken_back_with_a_reason_that_whoever_works_on_it_reads() {
    play(async |stage: &mut Stage| {
        let (agent, requester) = at_a_request(stage).await;

        requester.presses("Withdraw").await;
        requester.presses("Withdraw").await;
        requester.sees("Write a few words first.").await;
        requester.writes("Your words", "It was the radio.").await;
        requester.presses("Withdraw").await;
        requester.sees("Moved to Withdrawn").await;
        agent.sees("It was the radio.").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolved_request_asks_how_it_went_and_an_answer_opens_it_again() {
    play(async |stage: &mut Stage| {
        let (agent, requester) = at_a_request(stage).await;
        resolves(&agent).await;

        requester.sees("How did it go?").await;
        requester.sees("Not solved after all?").await;
        requester.presses("Send rating").await;
        requester.sees("Give one to five stars.").await;
        gives(&requester, 4).await;
        requester.writes("What was good, what was not? (optional)", "Quick and friendly.").await;
        requester.presses("Send rating").await;
        requester.sees("Your rating").await;
        requester.sees("Quick and friendly.").await;
        requester.has_nowhere("Send rating").await;

        answers(&requester, "It hums again.").await;
        requester.sees_no_more("Not solved after all?").await;
        requester.may_press("Withdraw").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_letter_takes_one_rating_without_signing_in() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        let ticket = requester.file("The lathe hums", &department_id).await;
        agent.follows("The lathe hums").await;
        resolves(&agent).await;
        requester.sees_status(&ticket, Status::Resolved).await;
        let path = format!("/rate/{}", link(stage, &ticket.id));

        let visitor = stage.visitor(Look::Phone).await;
        visitor.opens(&path).await;
        gives(&visitor, 5).await;
        visitor.presses("Send rating").await;
        visitor.sees("Thank you for your rating").await;
        visitor.sees(&ticket.number).await;

        visitor.reloads().await;
        gives(&visitor, 1).await;
        visitor.presses("Send rating").await;
        visitor.sees("It was rated before, or it is not resolved.").await;
        visitor.opens("/rate/nonsense").await;
        gives(&visitor, 4).await;
        visitor.presses("Send rating").await;
        visitor.sees("The link is damaged or too old.").await;
    })
    .await;
}

/// Presses one of the stars, which lies over the button that is meant.
async fn gives(visitor: &Visitor, stars: u32) {
    visitor.presses_first(&format!("label.star:nth-of-type({stars})")).await;
}

/// The secret of the link a letter would carry. No letter does yet, and only services of the mesh may ask for it; its key makes the same.
fn link(stage: &Stage, ticket_id: &str) -> String {
    let mesh_key = MeshKey::parse(&stage.mesh.key("mesh.key"), Arc::new(SystemClock)).expect("a key");
    let end = SystemClock.now() + 24.hours();
    LinkKey::new(&mesh_key, "rating").seal(&json!({ "ticket_id": ticket_id }), end).expect("a token")
}
