//! Tickets of other systems: their runs begin where they say.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::tickets::v1::{ImportTicketsRequest, ListTicketsRequest, Status, Ticket, WaitReason};
use rstest::rstest;

use crate::support::{Client, Desk};

/// A ticket of another system, by its status.
fn row(department_id: &str, status: Status, assignee_id: &str) -> ImportTicketsRequest {
    let time = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let ticket = Ticket {
        subject: format!("{status:?}"),
        department_id: department_id.into(),
        assignee_id: assignee_id.into(),
        status: status.into(),
        create_time: time(1_600_000_000),
        update_time: time(1_600_000_600),
        ..Ticket::default()
    };
    ImportTicketsRequest {
        external_id: format!("{status:?}"),
        system: "old".into(),
        ticket: Some(ticket),
        ..ImportTicketsRequest::default()
    }
}

impl Client {
    /// Imports these rows; the tickets as they are once workflow has taken them in, in the order of the rows.
    async fn import(&self, desk: &Desk, rows: Vec<ImportTicketsRequest>) -> Vec<Ticket> {
        let wanted = rows.len();
        let done = self.tickets.clone().import_tickets(futures::stream::iter(rows)).await;
        let done = done.expect("imported").into_inner();
        assert_eq!(usize::try_from(done.created), Ok(wanted), "{done:?}");
        desk.world.settle().await;
        let ask = ListTicketsRequest { order_by: "number".into(), ..ListTicketsRequest::default() };
        self.tickets.clone().list_tickets(ask).await.expect("a list").into_inner().tickets
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_imported_ticket_stands_in_the_stage_of_its_status_and_its_past_stays(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (admin, department) = (desk.administrator(), desk.department());
    let agent = desk.agent(&department).await;
    let statuses = [
        (Status::New, "new"),
        (Status::Open, "open"),
        (Status::Pending, "pending"),
        (Status::OnHold, "on_hold"),
        (Status::Resolved, "resolved"),
        (Status::Closed, "closed"),
        (Status::Rejected, "rejected"),
        (Status::Withdrawn, "withdrawn"),
    ];
    let rows = statuses.iter().map(|(status, _)| row(&department, *status, &agent.id)).collect();
    let tickets = admin.import(&desk, rows).await;
    for (ticket, (status, stage)) in tickets.iter().zip(statuses) {
        assert_eq!(ticket.stage.as_ref().map(|stage| stage.key.as_str()), Some(stage));
        assert_eq!((ticket.status(), ticket.assignee_id.as_str()), (status, agent.id.as_str()));
        assert_eq!(ticket.update_time.map(|time| time.seconds), Some(1_600_000_600), "{stage}");
        let run = admin.run(&ticket.id).await;
        let is_over = matches!(status, Status::Closed | Status::Rejected | Status::Withdrawn);
        assert_eq!((run.stage_key.as_str(), run.end_time.is_some()), (stage, is_over));
    }
    assert_eq!(tickets[3].wait_reason(), WaitReason::Internal);
    agent.press(&tickets[1].id, "resolve", "Done.").await;
    desk.world.settle().await;
    assert_eq!(admin.ticket(&tickets[1].id).await.status(), Status::Resolved, "and goes on from there");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_resolved_one_closes_after_its_time_from_the_import_on(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (admin, department) = (desk.administrator(), desk.department());
    let resolved = admin.import(&desk, vec![row(&department, Status::Resolved, "")]).await.remove(0);
    desk.world.advance(SignedDuration::from_hours(71)).await;
    assert_eq!(admin.ticket(&resolved.id).await.status(), Status::Resolved);
    desk.world.advance(SignedDuration::from_hours(2)).await;
    assert_eq!(admin.ticket(&resolved.id).await.status(), Status::Closed);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_open_one_of_somebody_who_does_not_work_there_goes_to_whoever_does(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (admin, department) = (desk.administrator(), desk.department());
    let (stranger, agent) = (desk.requester(), desk.online_agent(&department).await);
    let rows =
        vec![row(&department, Status::Open, &stranger.id), row(&department, Status::Closed, &stranger.id)];
    let tickets = admin.import(&desk, rows).await;
    assert_eq!(tickets[0].assignee_id, agent.id);
    assert_eq!(tickets[1].assignee_id, stranger.id, "whoever closed it stays on record");
}
