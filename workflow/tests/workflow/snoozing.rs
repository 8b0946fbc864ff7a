//! Tickets that are set aside for a while.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::{
    tickets::v1::WaitReason,
    workflow::v1::{Run, SnoozeTicketRequest, run_history_entry::Change, snooze_ticket_request::Until},
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, fresh};

async fn snooze(
    client: &Client,
    ticket_id: &str,
    hours: i64,
    wake_on_reply: bool,
) -> Result<Run, tonic::Status> {
    let delay = prost_types::Duration { seconds: hours * 3_600, nanos: 0 };
    let ask = SnoozeTicketRequest {
        request_id: fresh(),
        ticket_id: ticket_id.into(),
        etag: client.run(ticket_id).await.etag,
        until: Some(Until::Delay(delay)),
        wake_on_reply,
    };
    client.runs.clone().snooze_ticket(ask).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_was_set_aside_needs_nobody_until_its_time_is_over(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) =
        (desk.online_agent(&department).await, desk.administrator(), desk.requester());
    boss.limit(&agent.id, 1).await;
    let id = desk.file(&requester, &department).await.id;
    let waiting = desk.file(&requester, &department).await.id;
    let run = snooze(&agent, &id, 2, false).await.expect("it is his");
    assert_eq!((run.assignee_id.as_str(), run.snoozed_until.is_some()), (agent.id.as_str(), true));
    desk.world.settle().await;
    assert_eq!(agent.run(&waiting).await.assignee_id, agent.id, "there is room meanwhile");
    let load = agent.load(&agent.id).await;
    assert_eq!((load.active, load.waiting, load.units), (1, 1, 1));
    let shown = requester.ticket(&id).await;
    assert_eq!((shown.wait_reason(), shown.wait_until_time), (WaitReason::UntilDate, run.snoozed_until));

    requester.say(&id, "Well?").await;
    desk.world.settle().await;
    assert!(agent.run(&id).await.snoozed_until.is_some(), "an answer was not to wake it");
    desk.world.advance(SignedDuration::from_hours(2)).await;
    let run = agent.run(&id).await;
    assert_eq!((run.snoozed_until, run.assignee_id), (None, agent.id.clone()));
    assert_eq!(requester.ticket(&id).await.wait_reason(), WaitReason::Unspecified);
    let last = agent.history(&id).await.pop().and_then(|entry| entry.change);
    assert!(matches!(last, Some(Change::Woken(_))));
    let names = desk.ear.names(&id);
    assert_eq!(&names[2..], ["workflow.run.snoozed", "workflow.run.snoozed"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_or_a_press_wakes_a_ticket(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let id = desk.file(&requester, &department).await.id;
    snooze(&agent, &id, 2, true).await.expect("it is his");
    requester.say(&id, "It burns again.").await;
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.snoozed_until, None);
    snooze(&agent, &id, 2, true).await.expect("once more");
    agent.press(&id, "start", "").await;
    assert_eq!(agent.run(&id).await.snoozed_until, None);
    desk.world.advance(SignedDuration::from_hours(2)).await;
    let last = agent.history(&id).await.pop().and_then(|entry| entry.change);
    assert!(matches!(last, Some(Change::Moved(_))), "its alarm was taken back");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_who_works_on_a_ticket_sets_it_aside_and_only_for_a_while(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let id = desk.file(&requester, &department).await.id;
    let denied = snooze(&requester, &id, 2, true).await.expect_err("it is not work of his");
    assert_eq!(denied.code(), Code::PermissionDenied);
    for hours in [0, -1, 24 * 367] {
        let refused = snooze(&agent, &id, hours, true).await.expect_err("not for so long");
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("delay"), "{}", refused.message());
    }
}
