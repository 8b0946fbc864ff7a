//! The audit log of the whole mesh: what administrators do in any service, and what leaves it, stands there.

use std::{collections::BTreeSet, sync::Arc};

use futures::StreamExt as _;
use mesh_core::{
    clock::{SharedClock, SystemClock},
    db::{Assembly, Db},
    id::Ids,
    testing::eventually,
};
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
    upkeep::{SERVICES, says},
};

impl Person {
    /// The first line about an action, once it is there.
    pub(crate) async fn line(&self, action: &str) -> AuditEvent {
        eventually(action, async || {
            let ask = ListAuditEventsRequest { action: action.into(), ..ListAuditEventsRequest::default() };
            let found = self.security().list_audit_events(ask).await.expect("a list").into_inner();
            found.audit_events.into_iter().next()
        })
        .await
    }

    /// The lines about an action, or a noun, once there are so many.
    async fn lines(&self, action: &str, many: usize) -> Vec<AuditEvent> {
        eventually(action, async || {
            let ask = ListAuditEventsRequest { action: action.into(), ..ListAuditEventsRequest::default() };
            let lines = self.security().list_audit_events(ask).await.ok()?.into_inner().audit_events;
            (lines.len() == many).then_some(lines)
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
    let found = admin.lines("field", 2).await;
    assert_eq!(found[0].target, field.id);
}

/// A dead letter in the database of a service.
async fn give_up(url: &str, id: &str) {
    let clock: SharedClock = Arc::new(SystemClock);
    let db = Db::open(url, &Ids::system(clock.clone()), &clock).expect("opens");
    let mut tx = db.begin().await.expect("begins");
    let mut letter =
        Assembly::new("insert into dead_letters (id, subject, envelope, attempts, reason, died_at) values (");
    letter.bind(id.to_owned()).push(", 'tkt_1', ").bind(Vec::<u8>::new());
    letter.push(", 12, 'it makes no sense', 1000000)");
    letter.execute(tx.conn()).await.expect("is written");
    tx.commit().await.expect("commits");
    db.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_commands_do_to_any_database_is_in_the_log_once_its_role_runs(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mut mesh = Mesh::laid_out(mode).await;
    says(mesh.with_databases(["migrate"])).await;
    for service in SERVICES {
        give_up(&mesh.database_url(service), &format!("evt_{service}")).await;
    }
    says(mesh.with_databases(["dead", "discard", "--all"])).await;
    says(mesh.with_databases(["backup", "--to", "copies"])).await;
    if matches!(mode, Mode::All) {
        says(mesh.beside("all", ["rebuild-projections"])).await;
    }
    mesh.open().await;
    if matches!(mode, Mode::Roles) {
        says(mesh.beside("workflow", ["rebuild-projections"])).await;
        says(mesh.beside("tickets", ["rebuild-projections"])).await;
    }

    let admin = sign_in(&mesh, ADMIN).await;
    let dropped = admin.lines("dead", SERVICES.len()).await;
    let about = |line: &AuditEvent| (line.action.clone(), line.target.clone());
    let expected = SERVICES.map(|service| ("dead.discarded".to_owned(), format!("evt_{service}")));
    assert_eq!(dropped.iter().map(about).collect::<BTreeSet<_>>(), BTreeSet::from(expected));
    let rebuilt = admin.lines("projection.rebuilt", 2).await;
    let targets: BTreeSet<_> = rebuilt.iter().map(|line| line.target.as_str()).collect();
    assert_eq!(targets, BTreeSet::from(["tickets", "workflow"]));
    let copied = admin.lines("backup.made", 1).await;
    assert!(copied[0].after_json.contains(r#""folder":"copies""#), "{:?}", copied[0]);
    for line in dropped.iter().chain(&rebuilt).chain(&copied) {
        let who = (line.actor_name.as_str(), line.address.as_str(), line.session_id.as_str());
        assert_eq!(who, ("command line", "", ""), "{line:?}");
    }
    assert!(dropped.iter().all(|line| line.reason == "it makes no sense"), "{dropped:?}");
}
