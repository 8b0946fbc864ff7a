//! The run of a ticket that was merged into another one.

use crate::support::{Client, Desk, fresh, reason};
use jiff::SignedDuration;
use mesh_core::{db::Engine, testing::Place};
use proto::{
    tickets::v1::{Merge, MergeTicketsRequest, Status, Ticket, UndoMergeRequest},
    workflow::v1::{EndReason, run_history_entry::Change},
};
use rstest::rstest;

async fn merge(boss: &Client, source: &str, target: &str) -> Merge {
    let merge = Merge { target_id: target.into(), source_ids: vec![source.into()], ..Merge::default() };
    let ask = MergeTicketsRequest { merge: Some(merge), request_id: fresh(), comment: String::new() };
    boss.tickets.clone().merge_tickets(ask).await.expect("merged").into_inner()
}

async fn undo(boss: &Client, merge: Merge) {
    let ask = UndoMergeRequest { id: merge.id, request_id: fresh() };
    boss.tickets.clone().undo_merge(ask).await.expect("undone");
}

/// A ticket but for what each change moves on.
fn unversioned(ticket: Ticket) -> Ticket {
    Ticket { etag: String::new(), run_version: 0, update_time: None, ..ticket }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_is_over_while_the_merge_stands_and_goes_on_as_it_was(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let desk = Desk::open(place).await;
    let department = desk.department();
    let (agent, requester, boss) =
        (desk.online_agent(&department).await, desk.requester(), desk.administrator());
    let (source, target) =
        (desk.file(&requester, &department).await, desk.file(&requester, &department).await);
    agent.press(&source.id, "ask", "Which printer?").await;
    desk.world.settle().await;
    let before = (unversioned(agent.ticket(&source.id).await), agent.run(&source.id).await);

    let merged = merge(&boss, &source.id, &target.id).await;
    desk.world.settle().await;
    assert!(agent.run(&source.id).await.end_time.is_some());
    assert!(agent.options(&source.id).await.is_empty());
    let refused =
        agent.try_press(agent.pressing(&source.id, "resume", "").await).await.expect_err("it is over");
    assert_eq!((reason(&refused).as_str(), refused.message().contains("merged")), ("RUN_ENDED", true));
    let ended =
        agent.history(&source.id).await.into_iter().filter_map(|entry| entry.change).any(
            |change| matches!(change, Change::Ended(ended) if ended.reason() == EndReason::TicketMerged),
        );
    assert!(ended);

    undo(&boss, merged).await;
    desk.world.settle().await;
    let after = agent.run(&source.id).await;
    assert_eq!(unversioned(agent.ticket(&source.id).await), before.0);
    let (version, etag) = (before.1.version, before.1.etag.clone());
    assert_eq!(proto::workflow::v1::Run { version, etag, ..after }, before.1);
    requester.say(&source.id, "The red one.").await;
    desk.world.settle().await;
    assert_eq!(agent.ticket(&source.id).await.status(), Status::Open, "it hears answers again");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_an_agent_waits_on_or_finds_one(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let desk = Desk::open(place).await;
    let department = desk.department();
    let (requester, boss) = (desk.requester(), desk.administrator());
    let (source, target) =
        (desk.file(&requester, &department).await, desk.file(&requester, &department).await);
    let merged = merge(&boss, &source.id, &target.id).await;
    desk.world.settle().await;
    let agent = desk.online_agent(&department).await;
    desk.world.settle().await;
    assert_eq!(agent.ticket(&target.id).await.assignee_id, agent.id);
    assert_eq!(agent.ticket(&source.id).await.assignee_id, "", "a stub is nobody's work");
    undo(&boss, merged).await;
    desk.world.settle().await;
    assert_eq!(agent.ticket(&source.id).await.assignee_id, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stub_neither_closes_nor_wakes(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester, boss) =
        (desk.online_agent(&department).await, desk.requester(), desk.administrator());
    let (source, target) =
        (desk.file(&requester, &department).await, desk.file(&requester, &department).await);
    agent.press(&source.id, "resolve", "").await;
    desk.world.settle().await;
    let merged = merge(&boss, &source.id, &target.id).await;
    desk.world.settle().await;
    desk.world.advance(SignedDuration::from_hours(100)).await;
    assert_eq!(agent.run(&source.id).await.stage_key, "resolved");
    undo(&boss, merged).await;
    desk.world.settle().await;
    assert_eq!(requester.ticket(&source.id).await.status(), Status::Closed, "its time is over by now");
}
