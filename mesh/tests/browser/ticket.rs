//! A ticket from the portal to the desk and back, each side following the other live.

use crate::{
    chromium::Look,
    people::Office,
    stage::{Stage, play},
    visitor::Visitor,
};

pub(crate) const NOTE: &str = "Bearing, second time this year.";

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_filed_answered_resolved_and_reopened_and_both_pages_follow_without_a_reload() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        let requester = stage.signed_in("requester@demo.test", Look::Light).await;
        let loaded = [agent.loaded_at().await, requester.loaded_at().await];

        files(&requester, "The lathe hums", "Since this morning, at any speed.").await;
        agent.follows("The lathe hums").await;
        agent.sees("Since this morning, at any speed.").await;

        notes(&agent).await;
        answers(&agent, "Which speed is worst?").await;
        requester.sees("Which speed is worst?").await;
        answers(&requester, "900 turns a minute.").await;
        agent.sees("900 turns a minute.").await;

        resolves(&agent).await;
        requester.sees("The bearing is new.").await;
        requester.may_press("Close").await;
        answers(&requester, "It hums again.").await;
        agent.sees("It hums again.").await;
        agent.may_press("Resolve").await;

        requester.has_nowhere(NOTE).await;
        assert_eq!([agent.loaded_at().await, requester.loaded_at().await], loaded, "nobody reloaded a page");
        requester.reloads().await;
        requester.sees("It hums again.").await;
        requester.has_nowhere(NOTE).await;
    })
    .await;
}

/// An agent and a requester, both with the request open that the requester has just filed.
pub(crate) async fn at_a_request(stage: &Stage) -> (Visitor, Visitor) {
    Office::open(&stage.mesh).await;
    let agent = stage.agent_at_work("agent@demo.test").await;
    let requester = stage.signed_in("requester@demo.test", Look::Light).await;
    files(&requester, "The lathe hums", "Since this morning.").await;
    agent.follows("The lathe hums").await;
    agent.sees("Since this morning.").await;
    (agent, requester)
}

/// Files a ticket from the portal and opens it.
pub(crate) async fn files(requester: &Visitor, subject: &str, description: &str) {
    requester.presses("New request").await;
    requester.chooses("Department", "Workshop").await;
    requester.writes("Subject", subject).await;
    requester.writes("Description (optional)", description).await;
    requester.presses("Send request").await;
    requester.sees("Your request has the number").await;
    requester.presses("Open request").await;
    requester.sees(description).await;
}

/// Says something everybody on the ticket reads.
pub(crate) async fn answers(visitor: &Visitor, text: &str) {
    visitor.writes("Write a reply…", text).await;
    visitor.presses("Send reply").await;
    visitor.finds_written("Write a reply…", "").await;
    visitor.sees(text).await;
}

/// Writes down what is for colleagues only, then goes back to replying.
pub(crate) async fn notes(agent: &Visitor) {
    agent.presses("Internal note").await;
    agent.sees("Only the staff reads it").await;
    agent.writes("Write a note for your colleagues…", NOTE).await;
    agent.presses("Add note").await;
    agent.finds_written("Write a note for your colleagues…", "").await;
    agent.sees(NOTE).await;
    agent.presses("Reply").await;
}

/// Resolves the ticket with a word to the requester.
pub(crate) async fn resolves(agent: &Visitor) {
    agent.presses("Resolve").await;
    agent.sees("The requester reads it.").await;
    agent.writes("Reply (optional)", "The bearing is new.").await;
    agent.presses("Resolve").await;
    agent.sees("Moved to Resolved").await;
}
