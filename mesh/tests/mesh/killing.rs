//! Processes that are killed while people work: what was acknowledged stays, and nothing happens twice.

use std::{cell::Cell, time::Duration};

use futures::future::{join, join_all};
use mesh_core::testing::eventually_within;
use proto::{
    tickets::v1::{
        AddCommentRequest, Comment, CommentKind, CreateTicketRequest, Ticket, TimelineEntry,
        timeline_entry::What,
    },
    workflow::v1::{ListTransitionsRequest, TransitionRequest},
};
use rstest::rstest;
use tokio::sync::mpsc;
use tonic::{Code, Status};

use crate::{
    deeds::fresh,
    faults::each_is_assigned_once,
    people::{Office, Person},
    running::{Mesh, Mode},
};

/// People who work at the same time.
const WORKERS: usize = 3;
/// What is done between one killing and the next.
const BETWEEN: usize = 4;
/// What a killed process had claimed is free for others when its lease is over: 90 s for news, 60 s for jobs.
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(150);
/// What an agent presses.
const BUTTON: &str = "start";

/// What was acknowledged of one ticket.
struct Done {
    ticket: Ticket,
    is_begun: bool,
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_and_nothing_happens_twice_when_any_process_is_killed_at_work(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mut mesh = Mesh::start(mode).await;
    let office = Office::open(&mesh).await;
    office.agent.come_online().await;
    let over = Cell::new(false);
    let (told, mut acknowledged) = mpsc::unbounded_channel();
    let working = join_all((0..WORKERS).map(|worker| work(&office, worker, &told, &over)));
    let killing = async {
        for name in mesh.names() {
            for _ in 0..BETWEEN {
                acknowledged.recv().await.expect("people work on");
            }
            mesh.kill(name).await;
            mesh.start_again(name).await;
        }
        over.set(true);
    };
    let (done, ()) = join(working, killing).await;

    let done: Vec<_> = done.into_iter().flatten().collect();
    let filed = done.iter().map(|done| done.ticket.id.clone()).collect();
    each_is_assigned_once(&office, filed, LONGER_THAN_A_LEASE).await;
    for Done { ticket, is_begun } in &done {
        let entries = timeline_of(&office, ticket, *is_begun).await;
        assert_eq!(texts(&entries), [question(ticket), note(ticket)], "said once each: {}", ticket.number);
        assert!(moves(&entries) <= 1, "{} was begun once: {entries:?}", ticket.number);
    }
}

/// The timeline of a ticket, once it tells of the beginning if there was one: what killed processes had to tell it comes when their leases
/// end.
async fn timeline_of(office: &Office, ticket: &Ticket, is_begun: bool) -> Vec<TimelineEntry> {
    let what = format!("{} tells that it was begun", ticket.number);
    eventually_within(LONGER_THAN_A_LEASE, &what, async || {
        let entries = office.agent.timeline(ticket).await;
        (moves(&entries) >= usize::from(is_begun)).then_some(entries)
    })
    .await
}

/// How often somebody moved it on.
fn moves(entries: &[TimelineEntry]) -> usize {
    let pressed = |entry: &&TimelineEntry| matches!(&entry.what, Some(What::StageMove(step)) if !step.transition.is_empty());
    entries.iter().filter(pressed).count()
}

fn question(ticket: &Ticket) -> String {
    format!("When will {} be done?", ticket.subject)
}

fn note(ticket: &Ticket) -> String {
    format!("{} looks like the last one.", ticket.subject)
}

/// What was said of a ticket, sorted.
fn texts(entries: &[TimelineEntry]) -> Vec<String> {
    let said = |entry: &TimelineEntry| match &entry.what {
        Some(What::Comment(comment)) => Some(comment.text.clone()),
        _ => None,
    };
    let mut texts: Vec<_> = entries.iter().filter_map(said).collect();
    texts.sort_by_key(|text| !text.starts_with("When"));
    texts
}

/// Files a ticket, asks, takes a note and begins, again and again, each until it is acknowledged.
async fn work(
    office: &Office,
    worker: usize,
    told: &mpsc::UnboundedSender<()>,
    over: &Cell<bool>,
) -> Vec<Done> {
    let mut done = Vec::new();
    while !over.get() {
        let subject = format!("Ticket {} of {worker}", done.len());
        let ticket = file(office, subject).await;
        say(&office.requester, &ticket, CommentKind::Public, question(&ticket)).await;
        say(&office.agent, &ticket, CommentKind::Internal, note(&ticket)).await;
        let is_begun = begin(&office.agent, &ticket).await;
        done.push(Done { ticket, is_begun });
        told.send(()).expect("somebody counts");
    }
    done
}

async fn file(office: &Office, subject: String) -> Ticket {
    let department_id = office.department_id.clone();
    let ticket = Ticket { subject, department_id, ..Ticket::default() };
    let ask =
        CreateTicketRequest { ticket: Some(ticket), request_id: fresh(), ..CreateTicketRequest::default() };
    until_taken("it is filed", async || {
        Ok(Some(office.requester.tickets().create_ticket(ask.clone()).await?.into_inner()))
    })
    .await
}

async fn say(person: &Person, ticket: &Ticket, kind: CommentKind, text: String) {
    let ticket_id = ticket.id.clone();
    let comment = Comment { ticket_id, kind: kind.into(), text, ..Comment::default() };
    let ask =
        AddCommentRequest { comment: Some(comment), request_id: fresh(), ..AddCommentRequest::default() };
    until_taken("it is said", async || Ok(Some(person.tickets().add_comment(ask.clone()).await?))).await;
}

/// Begins with a ticket. `false` when the workflow has not heard of it yet.
async fn begin(agent: &Person, ticket: &Ticket) -> bool {
    let request_id = fresh();
    let mut ask = None;
    until_taken("it is begun", async || {
        if ask.is_none() {
            ask = offered(agent, ticket, &request_id).await?;
        }
        let Some(asked) = ask.clone() else { return Ok(Some(false)) };
        match agent.runs().transition(asked).await {
            // The ticket has just moved on: he looks again.
            Err(moved_on) if moved_on.code() == Code::Aborted => {
                ask = None;
                Ok(None)
            }
            pressed => pressed.map(|_| Some(true)),
        }
    })
    .await
}

/// The button as it is now, if it is there.
async fn offered(
    agent: &Person,
    ticket: &Ticket,
    request_id: &str,
) -> Result<Option<TransitionRequest>, Status> {
    let ask = ListTransitionsRequest { ticket_id: ticket.id.clone() };
    let buttons = match agent.runs().list_transitions(ask).await {
        Err(unknown) if unknown.code() == Code::NotFound => return Ok(None),
        buttons => buttons?.into_inner(),
    };
    let is_there = buttons.options.iter().any(|option| option.key == BUTTON && option.enabled);
    Ok(is_there.then(|| TransitionRequest {
        request_id: request_id.to_owned(),
        ticket_id: ticket.id.clone(),
        transition_key: BUTTON.into(),
        etag: buttons.run_etag,
        ..TransitionRequest::default()
    }))
}

/// Repeats a call until it is acknowledged. A process that is being killed answers nothing, one that is gone can't be reached.
async fn until_taken<T>(what: &str, mut call: impl AsyncFnMut() -> Result<Option<T>, Status>) -> T {
    eventually_within(LONGER_THAN_A_LEASE, what, async || match call().await {
        Ok(done) => done,
        Err(refused) => {
            let gone = [Code::Unavailable, Code::Unknown, Code::Cancelled].contains(&refused.code());
            assert!(gone, "{what}: {refused:?}");
            None
        }
    })
    .await
}
