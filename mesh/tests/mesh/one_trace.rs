//! One trace from a click to the live update: what a browser began goes on through calls, the outbox, the bus, jobs and calls again,
//! and comes back with the news.

use std::collections::BTreeSet;

use futures::future::join_all;
use mesh_core::testing::eventually;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind::{self, Client, Consumer, Internal, Server};
use proto::{
    event,
    tickets::v1::{CreateTicketRequest, Ticket},
};
use rstest::rstest;
use tonic::Request;

use crate::{
    collector::{Collector, Seen, Trace},
    deeds::fresh,
    people::{Office, Person},
    running::{Mesh, Mode},
};

const CREATE: &str = "ticketmesh.tickets.v1.TicketService/CreateTicket";
const PROJECT: &str = "ticketmesh.tickets.v1.ProjectionService/ProjectRun";

/// Somebody's role in a trace: what is done, and by which process when each role is one of its own.
type Step = (&'static str, SpanKind, &'static str);

/// Files a ticket as a browser does that names the trace of the click.
async fn click(person: &Person, department_id: &str, trace: Trace, sampled: bool) -> Ticket {
    let ticket =
        Ticket { subject: "Clicked".into(), department_id: department_id.into(), ..Ticket::default() };
    let ask =
        CreateTicketRequest { ticket: Some(ticket), request_id: fresh(), ..CreateTicketRequest::default() };
    let mut ask = Request::new(ask);
    ask.metadata_mut().insert("traceparent", trace.traceparent(sampled).parse().expect("a header"));
    person.tickets().create_ticket(ask).await.expect("a ticket").into_inner()
}

/// How a ticket begins its way through the mesh.
const FILED: [Step; 4] = [
    (CREATE, Server, "gateway"),
    (CREATE, Client, "gateway"),
    (CREATE, Server, "tickets"),
    ("tickets.ticket.created", Consumer, "workflow"),
];
/// How it goes on to the ticket, and from there to the screens.
const PROJECTED: [Step; 4] = [
    ("project_run", Internal, "workflow"),
    (PROJECT, Client, "workflow"),
    (PROJECT, Server, "tickets"),
    ("tickets.ticket.changed", Consumer, "gateway"),
];
/// How it goes on to the agent.
const NOTIFIED: [Step; 1] = [("workflow.assignment.made", Consumer, "notify")];

/// Whether a span is a step.
fn is(mode: Mode, seen: &Seen, (name, kind, role): &Step) -> bool {
    let process = match mode {
        Mode::All => "ticketmesh-all".to_owned(),
        Mode::Roles => format!("ticketmesh-{role}"),
    };
    (seen.name.as_str(), seen.kind, seen.process.as_str()) == (*name, *kind, process.as_str())
}

/// Waits until spans of all steps have come, each the parent of the next.
async fn comes(collector: &Collector, mode: Mode, trace: Trace, rest: &[Step]) {
    let steps: Vec<_> = FILED.iter().chain(rest).collect();
    let (name, kind, _) = steps.last().expect("there are steps");
    eventually(&format!("the trace goes {steps:?}"), async || {
        let ways = collector.ways(trace, name, *kind);
        let is_it = |way: &Vec<Seen>| {
            way.len() == steps.len() && way.iter().zip(&steps).all(|(seen, step)| is(mode, seen, step))
        };
        ways.iter().any(is_it).then_some(())
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_trace_goes_from_a_click_through_every_service_to_the_live_update(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mut mesh = Mesh::laid_out(mode).await;
    let collector = Collector::of(&mut mesh).await;
    mesh.open().await;
    let Office { department_id, agent, requester, .. } = Office::open(&mesh).await;
    agent.come_online().await;
    let mut desk = agent.watch("").await;

    // Not sampled, says the browser; whether it is, is for the server to say.
    let trace = Trace::number(1);
    let ticket = click(&requester, &department_id, trace, false).await;
    let mut awaited = BTreeSet::from(["workflow.assignment.made", "tickets.ticket.changed"]);
    while !awaited.is_empty() {
        let news = desk.event().await.expect("the stream goes on");
        let name = news.event.as_ref().map(event::name).unwrap_or_default();
        if news.subject == ticket.id {
            assert!(trace.has(&news.traceparent), "{name} belongs to the click: {}", news.traceparent);
            awaited.remove(name);
        }
    }

    comes(&collector, mode, trace, &PROJECTED).await;
    comes(&collector, mode, trace, &NOTIFIED).await;
    eventually("every span has its parent in the trace", async || {
        collector.orphans(trace).is_empty().then_some(())
    })
    .await;
    let his = BTreeSet::from([requester.id]);
    assert!(collector.callers().contains(&his), "the one call of the requester has a trace of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_are_placed_together_stay_in_the_trace_each_came_in() {
    let mut mesh = Mesh::laid_out(Mode::All).await;
    let collector = Collector::of(&mut mesh).await;
    mesh.open().await;
    let Office { department_id, agent, requester, .. } = Office::open(&mesh).await;
    agent.come_online().await;
    let traces: Vec<_> = (1..=12).map(Trace::number).collect();
    join_all(traces.iter().map(|trace| click(&requester, &department_id, *trace, true))).await;
    for trace in traces {
        comes(&collector, Mode::All, trace, &PROJECTED).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_outside_can_have_a_trace_exported() {
    let mut mesh = Mesh::laid_out(Mode::All).await;
    let collector = Collector::of(&mut mesh).await;
    mesh.detour("OTEL_TRACES_SAMPLER", "parentbased_always_off".into());
    mesh.open().await;
    let Office { department_id, agent, requester, .. } = Office::open(&mesh).await;
    let mut desk = agent.watch("").await;
    let trace = Trace::number(1);
    click(&requester, &department_id, trace, true).await;
    let created = desk.next("tickets.ticket.created").await;
    assert!(trace.has(&created.traceparent), "its id goes with it all the same");
    drop(desk);
    mesh.stop("all").await;
    assert_eq!(collector.spans(trace), []);
}
