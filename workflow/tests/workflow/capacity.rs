//! How much agents take: capacity, skills, weights, and absence that was announced.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use mesh_core::{clock, db::Engine};
use proto::{
    tickets::v1::Source,
    workflow::v1::{
        AgentProfile, AgentSkill, AssignTicketRequest, DropReason, Presence, Queue, RoutingMethod, SkillNeed,
        SourceCapacity,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, fresh, queue, reason, seconds};

/// Why somebody could not take a ticket.
async fn dropped(witness: &Client, ticket_id: &str, user_id: &str) -> DropReason {
    let candidates = witness.explain(ticket_id).await.candidates;
    candidates.iter().find(|candidate| candidate.user_id == user_id).expect("looked at").dropped()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_full_gets_the_next_ticket_when_one_is_off_the_table(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) =
        (desk.online_agent(&department).await, desk.administrator(), desk.requester());
    assert_eq!(boss.limit(&agent.id, 1).await.capacity, 1);
    let mut tickets = vec![];
    for _ in 0..3 {
        tickets.push(desk.file(&requester, &department).await.id);
    }
    assert_eq!(agent.run(&tickets[0]).await.assignee_id, agent.id);
    assert_eq!(agent.run(&tickets[1]).await.assignee_id, "");
    assert_eq!(dropped(&agent, &tickets[1], &agent.id).await, DropReason::Full);

    agent.press(&tickets[0], "ask", "Which one?").await;
    desk.world.settle().await;
    assert_eq!(
        agent.run(&tickets[1]).await.assignee_id,
        agent.id,
        "what waits for somebody else does not count"
    );
    agent.press(&tickets[1], "resolve", "").await;
    desk.world.settle().await;
    assert_eq!(agent.run(&tickets[2]).await.assignee_id, agent.id);
    let load = agent.load(&agent.id).await;
    assert_eq!((load.active, load.waiting, load.units), (1, 1, 1));
    assert_eq!(load.source_units.iter().map(|source| source.units).sum::<i32>(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn people_may_assign_more_than_capacity_and_it_shows(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) =
        (desk.online_agent(&department).await, desk.administrator(), desk.requester());
    boss.limit(&agent.id, 1).await;
    desk.file(&requester, &department).await;
    let id = desk.file(&requester, &department).await.id;
    let assign = AssignTicketRequest {
        request_id: fresh(),
        ticket_id: id.clone(),
        assignee_id: agent.id.clone(),
        etag: boss.run(&id).await.etag,
        reason: "at once".into(),
    };
    boss.runs.clone().assign_ticket(assign).await.expect("people decide");
    let load = boss.load(&agent.id).await;
    assert_eq!((load.units, load.agent.expect("a profile").capacity), (2, 1));
    boss.limit(&agent.id, 3).await;
    let third = desk.file(&requester, &department).await.id;
    assert_eq!(agent.run(&third).await.assignee_id, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn more_room_or_another_skill_is_filled_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) =
        (desk.online_agent(&department).await, desk.administrator(), desk.requester());
    let skills = vec![SkillNeed { skill: "french".into(), level: 3, mandatory: true, timeout: None }];
    boss.make(Queue { skills, ..queue("French", &department) }).await;
    let id = desk.file(&requester, &department).await.id;
    assert_eq!(dropped(&agent, &id, &agent.id).await, DropReason::Skill);
    let french = |level| {
        move |profile: &mut AgentProfile| {
            profile.skills = vec![AgentSkill { skill: "french".into(), level }];
        }
    };
    boss.describe(&agent.id, &["skills"], french(2)).await;
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.assignee_id, "");
    boss.describe(&agent.id, &["skills"], french(3)).await;
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_skill_is_preferred_when_it_is_no_longer_needed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) =
        (desk.online_agent(&department).await, desk.administrator(), desk.requester());
    let skills =
        vec![SkillNeed { skill: "french".into(), level: 1, mandatory: false, timeout: Some(seconds(300)) }];
    boss.make(Queue { skills, ..queue("French", &department) }).await;
    let id = desk.file(&requester, &department).await.id;
    desk.world.advance(SignedDuration::from_secs(299)).await;
    assert_eq!(agent.run(&id).await.assignee_id, "");
    desk.world.advance(SignedDuration::from_secs(1)).await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_source_has_a_limit_of_its_own(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) =
        (desk.online_agent(&department).await, desk.administrator(), desk.requester());
    let none = |source: Source| {
        move |profile: &mut AgentProfile| {
            profile.source_capacities = vec![SourceCapacity { source: source.into(), units: 0 }];
        }
    };
    let filed = desk.file(&requester, &department).await;
    let own = filed.source();
    boss.describe(&agent.id, &["source_capacities"], none(own)).await;
    let id = desk.file(&requester, &department).await.id;
    assert_eq!(dropped(&agent, &id, &agent.id).await, DropReason::Full);
    boss.describe(&agent.id, &["source_capacities"], none(Source::Import)).await;
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn weights_share_the_work(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (boss, requester) = (desk.administrator(), desk.requester());
    let (anna, ben) = (desk.online_agent(&department).await, desk.online_agent(&department).await);
    boss.make(Queue { method: RoutingMethod::Weighted.into(), ..queue("Shared", &department) }).await;
    boss.describe(&anna.id, &["weight"], |profile| profile.weight = 3).await;
    let mut shares: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..8 {
        let id = desk.file(&requester, &department).await.id;
        *shares.entry(anna.run(&id).await.assignee_id).or_default() += 1;
    }
    assert_eq!(shares, BTreeMap::from([(anna.id.clone(), 6), (ben.id.clone(), 2)]));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_out_of_office_gets_nothing_until_back(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let until = desk.world.process().clock.now() + SignedDuration::from_hours(48);
    let away = |profile: &mut AgentProfile| profile.away_until = Some(clock::to_proto(until));
    agent.describe(&agent.id, &["away_until"], away).await;
    let id = desk.file(&requester, &department).await.id;
    assert_eq!(dropped(&agent, &id, &agent.id).await, DropReason::OutOfOffice);
    desk.world.advance(SignedDuration::from_hours(48)).await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_requester_stays_with_who_knows_him_or_with_the_delegate(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (boss, requester) = (desk.administrator(), desk.requester());
    boss.make(Queue { requester_affinity: true, ..queue("Known", &department) }).await;
    let anna = desk.online_agent(&department).await;
    desk.file(&requester, &department).await;
    let (ben, clara) = (desk.online_agent(&department).await, desk.online_agent(&department).await);
    desk.later().await;
    let second = desk.file(&requester, &department).await.id;
    assert_eq!(anna.run(&second).await.assignee_id, anna.id, "others have waited longer");

    let until = desk.world.process().clock.now() + SignedDuration::from_hours(48);
    let away = |profile: &mut AgentProfile| {
        profile.away_until = Some(clock::to_proto(until));
        profile.delegate_id.clone_from(&clara.id);
    };
    anna.describe(&anna.id, &["away_until", "delegate_id"], away).await;
    let third = desk.file(&requester, &department).await.id;
    assert_eq!(ben.run(&third).await.assignee_id, clara.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_those_in_charge_say_what_agents_take(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (anna, boss) = (desk.agent(&department).await, desk.administrator());
    let read = boss.load(&anna.id).await.agent.expect("a profile");
    let more = AgentProfile { capacity: 9, ..read.clone() };
    let denied = anna.try_describe(more.clone(), &["capacity"]).await.expect_err("not for oneself");
    assert_eq!(denied.code(), Code::PermissionDenied);
    boss.try_describe(more.clone(), &["capacity"]).await.expect("in charge");
    let stale = boss.try_describe(more.clone(), &["capacity"]).await.expect_err("read before");
    assert_eq!(stale.code(), Code::Aborted);
    let unnamed = AgentProfile { etag: String::new(), ..more.clone() };
    let unnamed = boss.try_describe(unnamed, &["capacity"]).await.expect_err("a person has read something");
    assert_eq!(reason(&unnamed), "ETAG_REQUIRED");
    let nobody =
        AgentProfile { delegate_id: desk.requester().id, etag: anna.be(Presence::Online).await.etag, ..read };
    let refused = boss.try_describe(nobody, &["delegate_id"]).await.expect_err("no agent");
    assert_eq!(reason(&refused), "NOT_AN_AGENT");
}
