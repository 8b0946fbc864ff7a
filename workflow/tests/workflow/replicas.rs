//! Several workflow services over one database, and one that starts again.

use std::collections::BTreeMap;

use crate::support::{Client, Desk, fresh, queue, user};
use futures::future::join_all;
use mesh_core::db::Engine;
use proto::{
    identity::v1::UserStatus,
    workflow::v1::{
        AssignmentOrigin, ClaimTicketRequest, GetAgentLoadRequest, Presence, Queue, QueueTier, RoutingMethod,
        run_history_entry::Change,
    },
};
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn eight_workers_never_give_a_ticket_twice(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let requester = desk.requester();
    for _ in 1..8 {
        desk.add_replica().await;
    }
    let mut agents = vec![];
    for _ in 0..4 {
        agents.push(desk.agent(&department).await);
    }
    // Half of them wait for somebody to come, half come while eight workers hear of everything.
    let waiting: Vec<_> = join_all(
        (0..20).map(|number| requester.file(&department, if number % 2 == 0 { "one" } else { "two" })),
    )
    .await;
    join_all(agents.iter().map(|agent| agent.be(Presence::Online))).await;
    let coming: Vec<_> = join_all((0..20).map(|_| requester.file(&department, "three"))).await;
    desk.world.settle().await;

    let mut shares: BTreeMap<String, i32> = BTreeMap::new();
    for ticket in waiting.iter().chain(&coming) {
        let history = agents[0].history(&ticket.id).await;
        let given: Vec<_> = history
            .iter()
            .filter_map(|entry| match entry.change.as_ref()? {
                Change::AssigneeChanged(changed) if changed.origin() == AssignmentOrigin::Routed => {
                    Some(changed.to_id.clone())
                }
                _ => None,
            })
            .collect();
        assert_eq!(given.len(), 1, "{history:#?}");
        assert_eq!(requester.ticket(&ticket.id).await.assignee_id, given[0]);
        assert_eq!(
            history.iter().filter(|entry| matches!(entry.change, Some(Change::Started(_)))).count(),
            1
        );
        *shares.entry(given[0].clone()).or_default() += 1;
    }
    assert_eq!(shares.values().sum::<i32>(), 40);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn eight_workers_of_two_queues_fill_every_place_and_none_twice(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (first, second) = (desk.department(), desk.department());
    let (boss, requester) = (desk.administrator(), desk.requester());
    for _ in 1..8 {
        desk.add_replica().await;
    }
    // Both queues ask the same people, so that workers of different queues meet in their rows.
    let tiers = || vec![QueueTier { department_ids: vec![first.clone(), second.clone()], after: None }];
    let method = RoutingMethod::LeastLoaded.into();
    boss.make(Queue { tiers: tiers(), method, ..queue("One", &first) }).await;
    boss.make(Queue { tiers: tiers(), ..queue("Two", &second) }).await;
    let mut agents = vec![];
    for number in 0..3 {
        agents.push(desk.agent(if number % 2 == 0 { &first } else { &second }).await);
        boss.limit(&agents[number].id, 3).await;
    }
    let file =
        |number: usize| requester.file(if number.is_multiple_of(2) { &first } else { &second }, "work");
    let waiting = join_all((0..6).map(file)).await;
    join_all(agents.iter().map(|agent| agent.be(Presence::Online))).await;
    let coming = join_all((0..6).map(file)).await;
    desk.world.settle().await;
    let load = async |agent: &Client| boss.load(&agent.id).await.units;
    for agent in &agents {
        assert_eq!(load(agent).await, 3);
    }
    // Nine are given out, three wait; each that is done lets one of them in.
    let given = async |id: &str| boss.run(id).await.assignee_id;
    let mut done = 0;
    for ticket in waiting.iter().chain(&coming) {
        if done < 3 && !given(&ticket.id).await.is_empty() {
            boss.press(&ticket.id, "resolve", "").await;
            done += 1;
        }
    }
    desk.world.settle().await;
    for agent in &agents {
        assert_eq!(load(agent).await, 3);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_many_who_claim_at_once_one_gets_it(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let id = desk.file(&desk.requester(), &department).await.id;
    let mut agents = vec![];
    for _ in 0..8 {
        agents.push(desk.agent(&department).await);
    }
    let claims = agents.iter().map(|agent| async {
        let ask = ClaimTicketRequest { request_id: fresh(), ticket_id: id.clone(), etag: String::new() };
        agent.runs.clone().claim_ticket(ask).await.is_ok()
    });
    let won = join_all(claims).await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let winner = &agents[won.iter().position(|won| *won).expect("one")];
    assert_eq!(winner.run(&id).await.assignee_id, winner.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn copies_are_made_anew_from_what_the_others_know(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let anna = desk.online_agent(&department).await;
    desk.directory.put_person(user(&anna.id, &[&department]));
    let id = desk.file(&desk.requester(), &department).await.id;
    let before = (anna.timeline(&id).await, anna.ticket(&id).await);
    desk.later().await;

    let ben =
        desk.client(&desk.world.person(&desk.id("usr")).grants(crate::support::AGENT, Some(&department)));
    desk.directory.put_person(user(&ben.id, &[&department]));
    let mut gone = user(&desk.id("usr"), &[&department]);
    gone.status = UserStatus::Suspended.into();
    desk.directory.put_person(gone);
    let rebuilt =
        workflow::rebuild_projections(&desk.workflow_config(), &desk.workflow_deps()).await.expect("rebuilt");
    assert_eq!((rebuilt.people, rebuilt.departments, rebuilt.runs), (4, 1, 1));
    desk.add_replica().await;
    desk.world.settle().await;

    assert_eq!((anna.timeline(&id).await, anna.ticket(&id).await), before, "tickets ignore what they know");
    let load = anna
        .routing
        .clone()
        .get_agent_load(GetAgentLoadRequest::default())
        .await
        .expect("a load")
        .into_inner();
    let mut known: Vec<_> =
        load.agents.into_iter().filter_map(|load| load.agent).map(|agent| agent.user_id).collect();
    known.sort();
    let mut expected = vec![anna.id.clone(), ben.id.clone()];
    expected.sort();
    assert_eq!(known, expected);
    assert_eq!(anna.run(&id).await.assignee_id, anna.id);
}
