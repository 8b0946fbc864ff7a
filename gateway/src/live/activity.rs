//! Who is at work where: said to the bus, forgotten by itself.

use std::time::Duration;

use jiff::SignedDuration;
use mesh_core::{
    caller::Caller,
    clock,
    error::{Result, Violations},
    service::Process,
    telemetry,
};
use proto::{
    events::v1::{ActivityChanged, ActivityKind, Audience, Envelope, envelope::Event},
    gateway::v1::SetActivityRequest,
    identity::v1::Permission,
    tickets::v1::Ticket,
};

/// An activity that is not said again is over after this.
const LASTS: Duration = Duration::from_secs(30);

/// Names everything that is wrong with what somebody says of himself.
pub(super) fn check(said: &SetActivityRequest) -> Result<()> {
    let mut wrong = Violations::default();
    wrong.id("ticket_id", &said.ticket_id, "tkt");
    wrong.text("field", &said.field, 0..=64);
    wrong.when(said.kind() == ActivityKind::Unspecified, "kind", "is unknown; use VIEWING, TYPING or GONE");
    wrong.into_result()
}

/// The news of it, for the agents who may read the ticket: a requester is not told who looks at his ticket.
pub(super) fn envelope(
    process: &Process,
    caller: &Caller,
    said: SetActivityRequest,
    ticket: &Ticket,
) -> Result<Envelope> {
    let now = process.clock.now();
    let lasts = SignedDuration::try_from(LASTS).unwrap_or_default();
    let activity = ActivityChanged {
        kind: said.kind,
        user_id: caller.user_id()?.to_owned(),
        display_name: caller.claims()?.name.clone(),
        field: said.field,
        expire_time: Some(clock::to_proto(now + lasts)),
        ticket_id: said.ticket_id.clone(),
    };
    Ok(Envelope {
        id: process.ids.id("evt"),
        time: Some(clock::to_proto(now)),
        actor: Some(caller.actor()),
        causation_id: String::new(),
        correlation_id: caller.request_id().to_owned(),
        traceparent: telemetry::current_traceparent(),
        subject: said.ticket_id,
        version: 0,
        audience: Some(Audience {
            permission: Permission::TicketRead.into(),
            department_ids: vec![ticket.department_id.clone()],
            ..Audience::default()
        }),
        event: Some(Event::GatewayActivityChanged(activity)),
    })
}
