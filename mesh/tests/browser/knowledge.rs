//! The knowledge base: written by an agent, read by whoever may, suggested to whoever is about to ask.

use crate::{
    chromium::Look,
    people::Office,
    running::PASSWORD,
    stage::{Stage, play},
    visitor::Visitor,
};

const TITLE: &str = "Wi-Fi in the meeting rooms";

/// An agent at the list of articles.
async fn writer(stage: &Stage) -> Visitor {
    let agent = stage.visitor(Look::Light).await;
    agent.opens("/admin/knowledge").await;
    agent.signs_in("agent@demo.test", PASSWORD).await;
    agent.sees("Nothing is published yet").await;
    agent
}

/// Begins an article that these may read.
async fn begins(agent: &Visitor, title: &str, readers: &str) {
    agent.presses("New article").await;
    agent.writes("Title", title).await;
    agent.chooses("Who may read it", readers).await;
    agent.presses("Begin writing").await;
    agent.sees("All changes are kept").await;
}

async fn publishes(agent: &Visitor, summary: &str) {
    agent.presses("Publish").await;
    agent.writes("What was changed (optional)", summary).await;
    agent.presses("Publish").await;
    agent.sees("Readers see it now.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_is_kept_as_it_is_typed_and_read_once_it_is_published() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let agent = writer(stage).await;
        begins(&agent, TITLE, "Everybody, without signing in").await;
        agent.writes("Text", "Choose **guest**, then say yes.").await;
        agent.presses("Preview").await;
        agent
            .notices(
                "the server's own face of it",
                "return document.querySelector('.prose strong')?.innerText === 'guest';",
            )
            .await;
        agent.reloads().await;
        agent.finds_written("Text", "Choose **guest**, then say yes.").await;
        publishes(&agent, "First version").await;

        let visitor = stage.visitor(Look::Light).await;
        visitor.opens("/help").await;
        visitor.writes("Search the knowledge base", "meeting").await;
        visitor.follows(TITLE).await;
        visitor.sees("then say yes.").await;
        visitor.has_nowhere("Was this helpful?").await;

        agent.writes("Text", "Choose *staff*.").await;
        agent.sees("All changes are kept").await;
        visitor.reloads().await;
        visitor.sees("then say yes.").await;
        publishes(&agent, "Another network").await;
        visitor.reloads().await;
        visitor.sees("Choose staff.").await;
        agent.presses("Versions").await;
        agent.sees("First version").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_is_suggested_while_a_subject_is_typed_and_may_make_the_request_needless() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let agent = writer(stage).await;
        begins(&agent, TITLE, "Whoever is signed in").await;
        agent.writes("Text", "Choose guest, then say yes.").await;
        publishes(&agent, "").await;

        let requester = stage.signed_in("requester@demo.test", Look::Light).await;
        requester.presses("New request").await;
        requester.writes("Subject", "meeting rooms").await;
        requester.presses(TITLE).await;
        requester.sees("then say yes.").await;
        requester.presses("That solved it").await;
        requester.is_at("/requests").await;
        requester.sees("The request is not needed any more.").await;

        requester.presses("Knowledge").await;
        requester.follows(TITLE).await;
        requester.presses("No").await;
        requester.sees("Sorry. Ask us:").await;
        let visitor = stage.visitor(Look::Light).await;
        visitor.opens("/help").await;
        visitor.sees("No articles yet").await;
    })
    .await;
}
