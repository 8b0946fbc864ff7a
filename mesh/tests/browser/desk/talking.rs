//! Naming people, answering one comment, and what a comment said first.

use mesh_core::testing::eventually;
use proto::tickets::v1::{Comment, CommentKind, Ticket, timeline_entry::What};

use crate::{
    people::{Office, Person},
    stage::{Stage, play},
};

const REPLY: &str = "Write a reply…";

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_named_by_keys_one_comment_is_answered_and_an_edit_keeps_what_it_said_first() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, agent: person, .. } = Office::open(&stage.mesh).await;
        let lathe = requester.file("The lathe hums", &department_id).await;
        requester.say(&lathe, CommentKind::Public, "Which speed is meant?").await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        agent.opens(&format!("/desk/all/{}", lathe.number)).await;
        agent.sees("Which speed is meant?").await;

        agent.writes(REPLY, "Ask @reque").await;
        agent.notices("somebody is offered", "return document.querySelector('.composer [role=option]') !== null;").await;
        agent.adds(REPLY, "\u{e007}").await;
        agent.finds_written(REPLY, "Ask @requester@demo.test ").await;
        agent.reloads().await;
        agent.finds_written(REPLY, "Ask @requester@demo.test ").await;
        agent.presses("Send reply").await;
        let asked = said(&person, &lathe, "Ask @requester@demo.test").await;
        assert_eq!(asked.mention_ids, [requester.id.as_str()], "named, although it was a draft");

        agent.presses("Answer this").await;
        agent.sees("To requester@demo.test:").await;
        agent.writes(REPLY, "The slowest.").await;
        agent.presses("Send reply").await;
        let answer = said(&person, &lathe, "The slowest.").await;
        assert!(!answer.parent_id.is_empty() && answer.mention_ids.is_empty(), "{answer:?}");
        let says = "return document.querySelector('.entry[data-replies] .answers')?.innerText.includes('Which speed') === true;";
        agent.notices("it says to what", says).await;

        agent.presses_first(".entry[data-replies] .deeds > button.deed:nth-of-type(3)").await;
        agent.presses("Edit").await;
        agent.writes("Text", "The slowest speed.").await;
        agent.presses("Save").await;
        agent.presses("What it said first").await;
        let first = "return document.querySelector('.first-text[open] .prose')?.innerText === 'The slowest.';";
        agent.notices("what it said first", first).await;
    })
    .await;
}

/// What was said with these words, once it is there.
async fn said(person: &Person, ticket: &Ticket, text: &str) -> Comment {
    eventually(&format!("{text:?} was said"), async || {
        let entries = person.timeline(ticket).await;
        entries.into_iter().find_map(|entry| match entry.what {
            Some(What::Comment(comment)) if comment.text == text => Some(comment),
            _ => None,
        })
    })
    .await
}
