//! Parts of the mesh that go away for a while: what was acknowledged stays, what was refused can be repeated, and nothing happens
//! twice.

use std::{collections::HashSet, time::Duration};

use futures::future::{join, join_all};
use mesh_core::testing::{amqp_url, eventually, eventually_within};
use proto::{
    events::v1::{Envelope, envelope::Event},
    gateway::v1::watch_response::Item,
    notify::v1::{ListNotificationsRequest, NotificationKind},
    tickets::v1::{CreateTicketRequest, ListTicketsRequest, Ticket, TicketQuery, timeline_entry::What},
};
use rstest::rstest;
use tokio::sync::mpsc;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::{
    deeds::fresh,
    people::{Office, Person},
    proxy::{Proxy, server_of},
    running::{Mesh, Mode},
};

/// People who file at the same time, and how much each of them files.
const WRITERS: usize = 8;
const EACH: usize = 12;
/// How long what was away may take to catch up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn tickets_filed_while_the_broker_is_away_are_assigned_once_it_is_back() {
    let mut mesh = Mesh::laid_out(Mode::Roles).await;
    let broker = Proxy::to(server_of(&amqp_url())).await;
    mesh.detour("TM_AMQP_URL", broker.in_front_of(&amqp_url()));
    mesh.open().await;
    let office = Office::open(&mesh).await;
    office.agent.come_online().await;

    broker.cut();
    let filed = file_some(&office, 20).await;
    assert!(work_of(&office.agent).await.is_empty(), "nobody can have heard of them");
    broker.mend();
    each_is_assigned_once(&office, filed, PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_connections_break_under_load_loses_and_doubles_nothing() {
    let (mesh, database) = mesh_behind_a_database().await;
    let office = Office::open(&mesh).await;
    office.agent.come_online().await;
    let (told, mut acknowledged) = mpsc::unbounded_channel();
    let filing = async {
        let told = told;
        join_all((0..WRITERS).map(|writer| file_many(&office, writer, &told))).await
    };
    let breaking = async {
        let mut filed = Vec::new();
        while let Some(id) = acknowledged.recv().await {
            filed.push(id);
            if filed.len().is_multiple_of(3) {
                database.reset();
            }
        }
        filed
    };
    let (_, filed) = join(filing, breaking).await;

    assert_eq!(filed.len(), WRITERS * EACH);
    let subjects = subjects_of(&office.requester).await;
    assert_eq!(subjects.len(), WRITERS * EACH, "each is there once: {subjects:?}");
    each_is_assigned_once(&office, filed, PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_meets_no_database_says_when_to_come_again_and_is_done_once_when_repeated() {
    let (mesh, database) = mesh_behind_a_database().await;
    let office = Office::open(&mesh).await;
    let ask = asked("Filed into the void", &office.department_id);
    database.cut();
    let mut patient = Request::new(ask.clone());
    patient.set_timeout(Duration::from_secs(15));
    let refused = office.requester.tickets().create_ticket(patient).await.expect_err("there is no database");
    expect_to_be_told_when_to_come_again(&refused);
    assert!(refused.message().contains("can't be reached"), "{refused:?}");
    database.mend();
    let ticket = file_until_taken(&office.requester, ask.clone()).await;
    assert_eq!(file_until_taken(&office.requester, ask).await.id, ticket.id);
    assert_eq!(subjects_of(&office.requester).await, ["Filed into the void"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_hangs_holds_up_its_own_work_and_goes_on_where_it_was() {
    let mesh = Mesh::start(Mode::Roles).await;
    let office = Office::open(&mesh).await;
    office.agent.come_online().await;

    mesh.pause("workflow").await;
    let mut filed = file_some(&office, 5).await;
    assert!(work_of(&office.agent).await.is_empty(), "nobody assigns them");
    mesh.resume("workflow").await;

    mesh.pause("tickets").await;
    let ask = asked("Filed while tickets hung", &office.department_id);
    let mut impatient = Request::new(ask.clone());
    impatient.set_timeout(Duration::from_secs(1));
    let late = office.requester.tickets().create_ticket(impatient).await.expect_err("nobody answers");
    assert!(matches!(late.code(), Code::DeadlineExceeded | Code::Cancelled), "{late:?}");
    mesh.resume("tickets").await;
    filed.push(file_until_taken(&office.requester, ask).await.id);
    each_is_assigned_once(&office, filed, PATIENCE).await;
}

/// How a gateway ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Killed,
    Stopped,
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_at_another_gateway_when_its_own_ends_and_misses_nothing(
    #[values(End::Killed, End::Stopped)] end: End,
) {
    let mut mesh = Mesh::start(Mode::Roles).await;
    mesh.start_again("gateway 2").await;
    let office = Office::open(&mesh).await;
    let elsewhere = office.requester.at(mesh.address_of("gateway 2"));
    let mut stream = elsewhere.watch("").await;
    let (requester, department_id) = (office.requester.clone(), office.department_id.clone());
    let filing = tokio::spawn(async move {
        let mut filed = Vec::new();
        for number in 0..30 {
            filed.push(requester.file(&format!("Ticket {number}"), &department_id).await.id);
        }
        filed
    });

    let mut heard = Heard::default();
    while heard.created.len() < 10 {
        heard.take(stream.event().await.expect("the stream goes on"));
    }
    match end {
        End::Killed => mesh.kill("gateway 2").await,
        End::Stopped => mesh.stop("gateway 2").await,
    }
    while let Some(envelope) = stream.event().await {
        heard.take(envelope);
    }
    let mut stream = office.requester.watch(&heard.last_id).await;
    while heard.created.len() < 30 {
        heard.take(stream.event().await.expect("the stream goes on"));
    }
    // Ids sort by time; news of different tickets may overtake each other.
    heard.created.sort();
    assert_eq!(heard.created, filing.await.expect("all were filed"), "each is heard of once");

    mesh.start_again("gateway 2").await;
    let mut stream = elsewhere.watch(&heard.last_id).await;
    let said = stream.item().await.expect("the stream stands");
    assert!(matches!(said, Item::Reset(_)), "who has heard nothing yet says so: {said:?}");
}

/// A mesh whose tickets reach their database by a wire.
async fn mesh_behind_a_database() -> (Mesh, Proxy) {
    let mut mesh = Mesh::laid_out(Mode::Roles).await;
    let url = mesh.database_url("tickets");
    let proxy = Proxy::to(server_of(&url)).await;
    mesh.detour("TM_TICKETS_DATABASE_URL", proxy.in_front_of(&url));
    mesh.open().await;
    (mesh, proxy)
}

/// What a stream brought, each event once.
#[derive(Default)]
struct Heard {
    last_id: String,
    ids: HashSet<String>,
    /// The tickets that were filed, as often as that was heard.
    created: Vec<String>,
}

impl Heard {
    fn take(&mut self, envelope: Envelope) {
        self.last_id.clone_from(&envelope.id);
        // What was heard may come again from another gateway.
        let is_new = self.ids.insert(envelope.id);
        if is_new && matches!(envelope.event, Some(Event::TicketsTicketCreated(_))) {
            self.created.push(envelope.subject);
        }
    }
}

fn asked(subject: &str, department_id: &str) -> CreateTicketRequest {
    let ticket = Ticket { subject: subject.into(), department_id: department_id.into(), ..Ticket::default() };
    CreateTicketRequest { ticket: Some(ticket), request_id: fresh(), ..CreateTicketRequest::default() }
}

/// Files so many tickets; each is acknowledged.
async fn file_some(office: &Office, count: usize) -> Vec<String> {
    let mut filed = Vec::new();
    for number in 0..count {
        filed.push(office.requester.file(&format!("Ticket {number}"), &office.department_id).await.id);
    }
    filed
}

/// Files one ticket after the other, each until it is acknowledged.
async fn file_many(office: &Office, writer: usize, told: &mpsc::UnboundedSender<String>) {
    for number in 0..EACH {
        let ask = asked(&format!("Ticket {number} of writer {writer}"), &office.department_id);
        told.send(file_until_taken(&office.requester, ask).await.id).expect("somebody counts");
    }
}

/// Repeats a call until it is acknowledged. Whatever refuses it meanwhile must say that coming again helps.
async fn file_until_taken(person: &Person, ask: CreateTicketRequest) -> Ticket {
    eventually("the ticket is taken", async || match person.tickets().create_ticket(ask.clone()).await {
        Ok(ticket) => Some(ticket.into_inner()),
        Err(refused) => {
            expect_to_be_told_when_to_come_again(&refused);
            None
        }
    })
    .await
}

fn expect_to_be_told_when_to_come_again(refused: &Status) {
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
    let wait = refused.get_details_retry_info().and_then(|info| info.retry_delay);
    assert!(wait.is_some_and(|wait| !wait.is_zero()), "it says when to come again: {refused:?}");
}

/// The subjects of all tickets somebody sees.
async fn subjects_of(person: &Person) -> Vec<String> {
    let ask = ListTicketsRequest {
        query: Some(TicketQuery::default()),
        page_size: 200,
        ..ListTicketsRequest::default()
    };
    let page = person.tickets().list_tickets(ask).await.expect("a list").into_inner();
    let mut subjects: Vec<_> = page.tickets.into_iter().map(|ticket| ticket.subject).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(i64::try_from(subjects.len()), Ok(page.total), "every subject is there once");
    subjects
}

/// The ids of what somebody works on, sorted.
async fn work_of(agent: &Person) -> Vec<String> {
    let query = Some(TicketQuery { assignee_id: agent.id.clone(), ..TicketQuery::default() });
    let (mut ids, mut page_token) = (Vec::new(), String::new());
    loop {
        let ask = ListTicketsRequest {
            query: query.clone(),
            page_size: 200,
            page_token,
            ..ListTicketsRequest::default()
        };
        let page = agent.tickets().list_tickets(ask).await.expect("a list").into_inner();
        ids.extend(page.tickets.into_iter().map(|ticket| ticket.id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            ids.sort();
            return ids;
        }
    }
}

/// Waits until each ticket is the agent's and he was told of each; then nothing may have happened twice.
pub(crate) async fn each_is_assigned_once(office: &Office, mut filed: Vec<String>, patience: Duration) {
    filed.sort();
    eventually_within(patience, "every ticket is assigned", async || {
        (work_of(&office.agent).await == filed).then_some(())
    })
    .await;
    eventually_within(patience, "the agent was told of every ticket", async || {
        (assigned_by_inbox(&office.agent).await == filed).then_some(())
    })
    .await;
    for id in &filed {
        let ticket = office.agent.see(id).await.expect("the ticket");
        let entries = office.agent.timeline(&ticket).await;
        let assignments =
            entries.iter().filter(|entry| matches!(entry.what, Some(What::Assignment(_)))).count();
        assert_eq!(assignments, 1, "{} was assigned once: {entries:?}", ticket.number);
    }
}

/// The tickets somebody was told of as his, sorted, as often as he was told.
async fn assigned_by_inbox(agent: &Person) -> Vec<String> {
    let (mut ids, mut page_token) = (Vec::new(), String::new());
    loop {
        let ask =
            ListNotificationsRequest { page_size: 200, page_token, ..ListNotificationsRequest::default() };
        let page = agent.inbox().list_notifications(ask).await.expect("an inbox").into_inner();
        let told = page.notifications.into_iter().filter(|news| news.kind() == NotificationKind::Assigned);
        ids.extend(told.map(|news| news.ticket_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            ids.sort();
            return ids;
        }
    }
}
