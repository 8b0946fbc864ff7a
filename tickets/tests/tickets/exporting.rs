//! Exporting: what a list shows, whole, as an import takes it.

use futures::TryStreamExt as _;
use mesh_core::db::Engine;
use proto::{
    identity::v1::Permission,
    tickets::v1::{ExportTicketsRequest, ExportTicketsResponse, ImportTicketsRequest, Status, TicketQuery},
};
use rstest::rstest;
use tonic::{Code, Status as Refusal};

use crate::{
    importing::row,
    support::{AGENT, Client, Desk},
};

impl Client {
    pub(crate) async fn export(&self, query: TicketQuery) -> Result<Vec<ExportTicketsResponse>, Refusal> {
        let ask = ExportTicketsRequest { query: Some(query), with_comments: true };
        self.raw().export_tickets(ask).await?.into_inner().try_collect().await
    }
}

/// What each exported ticket is called.
fn names(exported: &[ExportTicketsResponse]) -> Vec<(&str, &str)> {
    exported.iter().map(|one| (one.system.as_str(), one.external_id.as_str())).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_every_ticket_once_in_the_order_of_numbers_with_what_was_said(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (admin, department_id) = (desk.administrator(), desk.department());
    let filed = admin.file(&department_id, "Filed here").await;
    admin.reply(&filed, "An answer.").await;
    let rows: Vec<_> = (0..230).map(|number| row(&format!("{number:03}"), &department_id)).collect();
    admin.import(rows).await.expect("imported");
    let exported = admin.export(TicketQuery::default()).await.expect("exported");
    let expected: Vec<_> = (0..230).map(|number| format!("{number:03}")).collect();
    let expected: Vec<_> = std::iter::once(("ticketmesh", filed.id.as_str()))
        .chain(expected.iter().map(|id| ("zendesk", id.as_str())))
        .collect();
    assert_eq!(names(&exported), expected);
    assert_eq!(
        exported[0].comments.iter().map(|said| said.text.as_str()).collect::<Vec<_>>(),
        ["An answer."]
    );
    let again = admin.import(exported.into_iter().map(taken).collect()).await.expect("reported");
    assert_eq!((again.created, again.known), (0, 231), "an export brought back adds nothing");
    let open = TicketQuery { statuses: vec![Status::New.into()], ..TicketQuery::default() };
    assert_eq!(admin.export(open).await.expect("exported").len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_what_its_caller_may_see_where_he_may_export(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let admin = desk.administrator();
    let [own, other] = [desk.department(), desk.department()];
    let held = [AGENT.as_slice(), &[Permission::TicketExport]].concat();
    let lead = desk.somebody(&[(&own, &held), (&other, &AGENT)]);
    let theirs = admin.file(&own, "In his department").await;
    admin.file(&other, "Where he may not export").await;
    let exported = lead.export(TicketQuery::default()).await.expect("exported");
    assert_eq!(names(&exported), [("ticketmesh", theirs.id.as_str())]);
    let elsewhere = TicketQuery { department_ids: vec![other], ..TicketQuery::default() };
    for refused in [lead.export(elsewhere).await, desk.agent(&own).export(TicketQuery::default()).await] {
        assert_eq!(refused.expect_err("refused").code(), Code::PermissionDenied);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_export_without_the_right_to_read_notes_has_none(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (admin, department_id) = (desk.administrator(), desk.department());
    let exporter = desk.somebody(&[(&department_id, &[Permission::TicketExport])]);
    let ticket = exporter.file(&department_id, "His own").await;
    admin.note(&ticket, "Not for him.").await;
    admin.reply(&ticket, "For him.").await;
    let exported = exporter.export(TicketQuery::default()).await.expect("exported");
    let said: Vec<_> = exported[0].comments.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(said, ["For him."]);
    assert_eq!(exported[0].ticket.as_ref().map(|ticket| ticket.note_count), Some(0));
}

/// An exported ticket as a row of an import.
pub(crate) fn taken(exported: ExportTicketsResponse) -> ImportTicketsRequest {
    let ExportTicketsResponse { ticket, comments, external_id, system, links } = exported;
    ImportTicketsRequest { external_id, system, ticket, comments, dry_run: false, links }
}
