//! The life of a request as its two people see it, in one process and in five: filed, assigned, answered, moved on, resolved,
//! told, and gone on with after processes were killed.

use std::time::Duration;

use mesh_core::testing::eventually_within;
use proto::tickets::v1::{CommentKind, Ticket, TicketQuery};
use rstest::rstest;

use crate::{
    chromium::Look,
    people::{Office, Person},
    running::{Mesh, Mode},
    stage::{Stage, play_in},
    ticket::{NOTE, answers, files, notes, resolves},
    visitor::Visitor,
};

const SUBJECT: &str = "The lathe hums";
const REPLY: &str = "Write a reply…";
/// What is asked, and answered, in the order of the conversation.
const QUESTION: &str = "Which speed is worst?";
const ANSWER: &str = "900 turns a minute.";
/// What is said while the pages are cut off, by somebody else and by one of them.
const MISSED: &str = "I put my ear to it meanwhile.";
const TYPED: &str = "It hums again.";

/// A conversation is found by the API again within this time, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_followed_by_both_pages_from_its_first_word_over_killed_processes_to_its_last(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    play_in(Mesh::start(mode).await, async |stage: &mut Stage| {
        let office = Office::open(&stage.mesh).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        let requester = stage.signed_in("requester@demo.test", Look::Light).await;
        let loaded = [agent.loaded_at().await, requester.loaded_at().await];

        files(&requester, SUBJECT, "Since this morning.").await;
        agent.follows(SUBJECT).await;
        agent.sees("Since this morning.").await;
        talk_and_resolve(&agent, &requester).await;
        told(&agent).await;

        let ticket = ticket_of(&office.requester).await;
        killed_and_gone_on_with(stage, &office, &ticket, [&agent, &requester]).await;

        assert_eq!([agent.loaded_at().await, requester.loaded_at().await], loaded, "nobody reloaded a page");
        agent.sees(NOTE).await;
        requester.has_nowhere(NOTE).await;
        for page in [&agent, &requester] {
            page.reloads().await;
            for said in [QUESTION, ANSWER, "The bearing is new.", MISSED, TYPED] {
                page.sees(said).await;
            }
        }
        requester.has_nowhere(NOTE).await;
    })
    .await;
}

/// The agent asks, notes and waits; the answer brings the ticket back to him, and he resolves it. Each page follows the other.
async fn talk_and_resolve(agent: &Visitor, requester: &Visitor) {
    answers(agent, "I am looking at it.").await;
    requester.sees("I am looking at it.").await;
    notes(agent).await;
    agent.presses("Ask requester").await;
    agent.writes("Reply", QUESTION).await;
    agent.presses("Ask requester").await;
    requester.sees(QUESTION).await;
    requester.has_nowhere(NOTE).await;
    tells(agent, "agent@demo.test moved it to Waiting for requester").await;

    answers(requester, ANSWER).await;
    agent.sees(ANSWER).await;
    agent.may_press("Ask requester").await;
    resolves(agent).await;
    requester.sees("The bearing is new.").await;
    requester.may_press("Close").await;
}

/// The timeline tells of every step who took it and when.
async fn told(agent: &Visitor) {
    for step in ["Ticketmesh assigned it to agent@demo.test", "agent@demo.test moved it to Resolved"] {
        tells(agent, step).await;
    }
    agent.notices("every step has its time", &format!("return {EACH_HAS_A_TIME};")).await;
}

/// Waits until the timeline says that.
async fn tells(agent: &Visitor, step: &str) {
    let said = format!("return ({STEPS}).some(step => step.startsWith({step:?}));");
    agent.notices(&format!("{step:?} is told"), &said).await;
}

/// What happened between what was said, a line each.
const STEPS: &str = "[...document.querySelectorAll('.entry[data-kind=event]')].map(step => step.innerText.replace(/\\s+/g, ' ').trim())";
/// Every one of them names a moment that a program can read.
const EACH_HAS_A_TIME: &str = "[...document.querySelectorAll('.entry[data-kind=event]')]
    .every(step => !Number.isNaN(Date.parse(step.querySelector('time').dateTime)))";

/// Front door and tickets die at once; what is said while the pages can't hear and what is typed into one of them both arrive.
async fn killed_and_gone_on_with(
    stage: &mut Stage,
    office: &Office,
    ticket: &Ticket,
    [agent, requester]: [&Visitor; 2],
) {
    let (first, front) = match stage.mesh.names() {
        ["all"] => ("all", None),
        _ => ("tickets", Some("gateway")),
    };
    for name in [Some(first), front].into_iter().flatten() {
        stage.mesh.kill(name).await;
    }
    for page in [agent, requester] {
        page.sees("No connection since").await;
    }
    requester.writes(REPLY, TYPED).await;

    stage.mesh.start_again(first).await;
    let there = office.agent.at(stage.mesh.address_of(first));
    eventually_within(PATIENCE, "the agent is known there", async || there.see(&ticket.id).await.ok()).await;
    there.say(ticket, CommentKind::Public, MISSED).await;
    if let Some(front) = front {
        stage.mesh.start_again(front).await;
    }
    for page in [agent, requester] {
        page.sees_no_more("No connection since").await;
        page.sees(MISSED).await;
    }
    requester.finds_written(REPLY, TYPED).await;
    requester.presses("Send reply").await;
    agent.sees(TYPED).await;
    agent.may_press("Resolve").await;
}

/// The one ticket somebody has.
async fn ticket_of(requester: &Person) -> Ticket {
    let tickets = requester.list(TicketQuery::default()).await;
    let [id] = tickets.as_slice() else { panic!("one ticket is there once: {tickets:?}") };
    requester.see(id).await.expect("the ticket")
}
