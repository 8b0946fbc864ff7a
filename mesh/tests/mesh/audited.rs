//! The audit log of the whole mesh: what administrators do in any service, and what leaves it, stands there.

use futures::StreamExt as _;
use mesh_core::testing::eventually;
use proto::{
    identity::v1::{AuditEvent, ListAuditEventsRequest},
    tickets::v1::{CreateFieldRequest, ExportTicketsRequest, Field, FieldType},
    workflow::v1::{CreateQueueRequest, Queue, RoutingMethod},
};
use rstest::rstest;

use crate::{
    deeds::fresh,
    people::{Office, Person, sign_in},
    running::{ADMIN, Mesh, Mode},
};

impl Person {
    /// The first line about an action, once it is there.
    async fn line(&self, action: &str) -> AuditEvent {
        eventually(action, async || {
            let ask = ListAuditEventsRequest { action: action.into(), ..ListAuditEventsRequest::default() };
            let found = self.security().list_audit_events(ask).await.expect("a list").into_inner();
            found.audit_events.into_iter().next()
        })
        .await
    }

    async fn add_field(&self, key: &str) -> Field {
        let field =
            Field { key: key.into(), label: key.into(), r#type: FieldType::Text.into(), ..Field::default() };
        let ask = CreateFieldRequest { field: Some(field), request_id: fresh() };
        self.catalogue().create_field(ask).await.expect("a field").into_inner()
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_in_any_service_is_in_the_log_with_who_did_it_and_from_where(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mesh = Mesh::start(mode).await;
    let department_id = Office::open(&mesh).await.department_id;
    let admin = sign_in(&mesh, ADMIN).await;
    let field = admin.add_field("model").await;
    let queue = Queue {
        name: "Second line".into(),
        department_id,
        order: 10,
        method: RoutingMethod::RoundRobin.into(),
        ..Queue::default()
    };
    let ask = CreateQueueRequest { request_id: fresh(), queue: Some(queue) };
    let queue = admin.routing().create_queue(ask).await.expect("a queue").into_inner();
    let mut rows = admin
        .tickets()
        .export_tickets(ExportTicketsRequest::default())
        .await
        .expect("an export")
        .into_inner();
    while rows.next().await.is_some() {}

    for (action, target) in
        [("field.created", field.id), ("queue.created", queue.id), ("ticket.exported", String::new())]
    {
        let line = admin.line(action).await;
        let who = (line.actor_id.as_str(), line.actor_name.as_str(), line.address.as_str());
        assert_eq!((who, line.target), ((admin.id.as_str(), "Administrator", "127.0.0.1"), target));
        assert!(!line.session_id.is_empty() && !line.hash.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_while_identity_is_away_is_in_the_log_once_it_is_back() {
    let mut mesh = Mesh::start(Mode::Roles).await;
    let admin = sign_in(&mesh, ADMIN).await;
    admin.add_field("before").await;
    admin.line("field.created").await;
    mesh.kill("identity").await;
    let field = admin.add_field("meanwhile").await;
    mesh.start_again("identity").await;
    let found = eventually("the second line", async || {
        let ask = ListAuditEventsRequest { action: "field".into(), ..ListAuditEventsRequest::default() };
        let lines = admin.security().list_audit_events(ask).await.ok()?.into_inner().audit_events;
        (lines.len() == 2).then_some(lines)
    })
    .await;
    assert_eq!(found[0].target, field.id);
}
