//! Agents who go offline, or fall silent, and what becomes of their tickets.

use std::time::Duration;

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::workflow::v1::{AbsencePolicy, AssignmentOrigin, Presence, Queue};
use rstest::rstest;

use crate::support::{Client, Desk, queue, seconds};

/// A queue with this policy, an agent who has a ticket of it, and the ticket.
async fn left(desk: &Desk, department: &str, policy: AbsencePolicy) -> (Client, String) {
    let rules =
        Queue { absence: policy.into(), absence_grace: Some(seconds(90)), ..queue("Left", department) };
    desk.administrator().make(rules).await;
    let agent = desk.online_agent(department).await;
    let id = desk.file(&desk.requester(), department).await.id;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
    (agent, id)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_goes_back_to_its_queue_when_the_grace_is_over(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, id) = left(&desk, &department, AbsencePolicy::Unassign).await;
    agent.be(Presence::Offline).await;
    desk.world.advance(SignedDuration::from_secs(89)).await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
    desk.world.advance(SignedDuration::from_secs(1)).await;
    assert_eq!(agent.run(&id).await.assignee_id, "");
    agent.be(Presence::Online).await;
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_goes_to_somebody_else_or_stays(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (anna, id) = left(&desk, &department, AbsencePolicy::Reroute).await;
    anna.be(Presence::Offline).await;
    desk.world.advance(SignedDuration::from_secs(90)).await;
    assert_eq!(anna.run(&id).await.assignee_id, anna.id, "nobody else is there");
    let ben = desk.online_agent(&department).await;
    anna.be(Presence::Online).await;
    anna.be(Presence::Offline).await;
    desk.world.advance(SignedDuration::from_secs(90)).await;
    assert_eq!(anna.run(&id).await.assignee_id, ben.id);
    let explained = ben.explain(&id).await;
    assert_eq!((explained.origin(), explained.previous_id), (AssignmentOrigin::Absent, anna.id));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_back_in_time_keeps_everything(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, id) = left(&desk, &department, AbsencePolicy::Unassign).await;
    agent.be(Presence::Offline).await;
    desk.world.advance(SignedDuration::from_secs(60)).await;
    agent.be(Presence::Online).await;
    desk.world.advance(SignedDuration::from_secs(60)).await;
    agent.be(Presence::Offline).await;
    desk.world.advance(SignedDuration::from_secs(60)).await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
    let given = agent.history(&id).await;
    assert_eq!(given.len(), 2, "begun, and given once: {given:#?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_somebody_else_waits_with_who_is_gone_until_it_is_needed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let rules = Queue { absence: AbsencePolicy::Unassign.into(), ..queue("Left", &department) };
    desk.administrator().make(rules).await;
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let id = desk.file(&requester, &department).await.id;
    agent.press(&id, "ask", "Which one?").await;
    agent.be(Presence::Offline).await;
    desk.world.advance(SignedDuration::from_secs(60)).await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
    requester.say(&id, "The blue one.").await;
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
    desk.world.advance(SignedDuration::from_secs(60)).await;
    assert_eq!(agent.run(&id).await.assignee_id, "");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_nothing_any_more_is_away_and_then_offline(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open_with(engine, Duration::from_mins(15)).await;
    let department = desk.department();
    let (agent, boss) = (desk.online_agent(&department).await, desk.administrator());
    let presence = async || boss.load(&agent.id).await.agent.expect("a profile").presence();
    desk.world.advance(SignedDuration::from_mins(14)).await;
    agent.be(Presence::Online).await;
    desk.world.advance(SignedDuration::from_mins(14)).await;
    assert_eq!(presence().await, Presence::Online, "it was said again");
    desk.world.advance(SignedDuration::from_mins(1)).await;
    assert_eq!(presence().await, Presence::Away);
    desk.world.advance(SignedDuration::from_mins(15)).await;
    assert_eq!(presence().await, Presence::Offline);
}
