//! What people do in a journey, each deed as one call or a few, through the front door.

use mesh_core::testing::eventually;
use proto::{
    event,
    events::v1::Envelope,
    gateway::v1::{WatchRequest, WatchResponse, watch_response::Item},
    tickets::v1::{
        AddCommentRequest, Comment, CommentKind, CreateTicketRequest, GetTicketRequest, ListTicketsRequest,
        ListTimelineRequest, Status, Ticket, TicketQuery, TimelineEntry,
    },
    workflow::v1::{ListTransitionsRequest, Presence, SetPresenceRequest, TransitionRequest},
};
use tonic::{Code, Streaming};

use crate::people::{Person, request_id};

/// A request nobody has made before in a test.
pub(crate) fn fresh() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static LAST: AtomicU32 = AtomicU32::new(1000);
    request_id(LAST.fetch_add(1, Ordering::Relaxed))
}

impl Person {
    pub(crate) async fn file(&self, subject: &str, department_id: &str) -> Ticket {
        let ticket =
            Ticket { subject: subject.into(), department_id: department_id.into(), ..Ticket::default() };
        let ask = CreateTicketRequest {
            ticket: Some(ticket),
            request_id: fresh(),
            ..CreateTicketRequest::default()
        };
        self.tickets().create_ticket(ask).await.expect("a ticket").into_inner()
    }

    pub(crate) async fn see(&self, id: &str) -> Result<Ticket, tonic::Status> {
        let ask = GetTicketRequest { id: id.into(), ..GetTicketRequest::default() };
        Ok(self.tickets().get_ticket(ask).await?.into_inner())
    }

    /// Every ticket he sees.
    pub(crate) async fn all_tickets(&self) -> Vec<Ticket> {
        let mut ask = ListTicketsRequest { page_size: 200, ..ListTicketsRequest::default() };
        let mut tickets = vec![];
        loop {
            let page = self.tickets().list_tickets(ask.clone()).await.expect("a list").into_inner();
            tickets.extend(page.tickets);
            if page.next_page_token.is_empty() {
                return tickets;
            }
            ask.page_token = page.next_page_token;
        }
    }

    pub(crate) async fn say(&self, ticket: &Ticket, kind: CommentKind, text: &str) -> Comment {
        let comment = Comment {
            ticket_id: ticket.id.clone(),
            kind: kind.into(),
            text: text.into(),
            ..Comment::default()
        };
        let ask =
            AddCommentRequest { comment: Some(comment), request_id: fresh(), ..AddCommentRequest::default() };
        self.tickets().add_comment(ask).await.expect("a comment").into_inner()
    }

    /// Presses a button as a person does: when the ticket has just moved on, he looks again and presses again. It is the same
    /// request, so its comment is written once.
    pub(crate) async fn press(&self, ticket: &Ticket, transition_key: &str, comment: &str) {
        let request_id = fresh();
        eventually(&format!("{transition_key} can be pressed"), async || {
            let ask = ListTransitionsRequest { ticket_id: ticket.id.clone() };
            let buttons = self.runs().list_transitions(ask).await.expect("buttons").into_inner();
            buttons.options.iter().find(|option| option.key == transition_key && option.enabled)?;
            let ask = TransitionRequest {
                request_id: request_id.clone(),
                ticket_id: ticket.id.clone(),
                transition_key: transition_key.into(),
                etag: buttons.run_etag,
                comment: comment.into(),
                ..TransitionRequest::default()
            };
            match self.runs().transition(ask).await {
                Err(moved_on) if moved_on.code() == Code::Aborted => None,
                pressed => Some(pressed.expect("the button works")),
            }
        })
        .await;
    }

    pub(crate) async fn come_online(&self) {
        let ask = SetPresenceRequest { user_id: String::new(), presence: Presence::Online.into() };
        self.routing().set_presence(ask).await.expect("presence");
    }

    pub(crate) async fn list(&self, query: TicketQuery) -> Vec<String> {
        let ask = ListTicketsRequest { query: Some(query), ..ListTicketsRequest::default() };
        let page = self.tickets().list_tickets(ask).await.expect("a list").into_inner();
        assert_eq!(page.total, i64::try_from(page.tickets.len()).expect("a page"), "the count is exact");
        page.tickets.into_iter().map(|ticket| ticket.id).collect()
    }

    pub(crate) async fn timeline(&self, ticket: &Ticket) -> Vec<TimelineEntry> {
        let ask = ListTimelineRequest {
            ticket_id: ticket.id.clone(),
            page_size: 200,
            ..ListTimelineRequest::default()
        };
        self.tickets().list_timeline(ask).await.expect("a timeline").into_inner().entries
    }

    pub(crate) async fn watch(&self, last_event_id: &str) -> Stream {
        let ask = WatchRequest { last_event_id: last_event_id.into(), ..WatchRequest::default() };
        Stream(self.live().watch(ask).await.expect("a stream").into_inner())
    }

    /// Waits until the ticket stands there; where it stands comes from workflow a moment later.
    pub(crate) async fn sees_status(&self, ticket: &Ticket, status: Status) -> Ticket {
        eventually(&format!("{} is {status:?}", ticket.number), async || {
            let now = self.see(&ticket.id).await.ok()?;
            (now.status() == status).then_some(now)
        })
        .await
    }
}

/// What somebody sees live.
pub(crate) struct Stream(Streaming<WatchResponse>);

impl Stream {
    /// The next item; none once the stream has broken.
    pub(crate) async fn item(&mut self) -> Option<Item> {
        self.0.message().await.ok()??.item
    }

    /// The next event; none once the stream has broken.
    pub(crate) async fn event(&mut self) -> Option<Envelope> {
        loop {
            match self.item().await? {
                Item::Event(envelope) => return Some(envelope),
                Item::Reset(_) => panic!("events were missed"),
                Item::Ready(_) | Item::Heartbeat(_) => {}
            }
        }
    }

    /// The next event with this name.
    pub(crate) async fn next(&mut self, name: &str) -> Envelope {
        loop {
            let envelope = self.event().await.expect("the stream goes on");
            if envelope.event.as_ref().map(event::name) == Some(name) {
                return envelope;
            }
        }
    }
}
