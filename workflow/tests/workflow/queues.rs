//! Queues people make: which tickets they take, whom they ask and when, and what is refused.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::{
    tickets::v1::{Priority, UpdateTicketRequest},
    workflow::v1::{
        ClaimTicketRequest, CreateQueueRequest, DropReason, ItemSize, Queue, QueueTier, RoutingMethod,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, fresh, queue, reason, seconds};

/// What only some tickets are.
const URGENT: &str = "ticket.priority == 'URGENT'";

async fn set_priority(client: &Client, id: &str, priority: Priority) {
    let mut ticket = client.ticket(id).await;
    ticket.priority = priority.into();
    let update_mask = Some(prost_types::FieldMask { paths: vec!["priority".into()] });
    let request_id = fresh();
    let ask = UpdateTicketRequest {
        ticket: Some(ticket),
        update_mask,
        request_id,
        ..UpdateTicketRequest::default()
    };
    client.tickets.clone().update_ticket(ask).await.expect("the ticket is changed");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_first_queue_whose_rule_holds_takes_a_ticket(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) = (desk.agent(&department).await, desk.administrator(), desk.requester());
    let urgent = boss.make(Queue { matches: URGENT.into(), ..queue("Urgent", &department) }).await;
    let id = desk.file(&requester, &department).await.id;
    let listed = agent.queues(&department).await;
    let order: Vec<_> = listed.iter().map(|queue| (queue.order, queue.waiting)).collect();
    assert_eq!(order, [(10, 0), (1_000, 1)]);
    assert_eq!(agent.run(&id).await.queue_id, listed[1].id, "its department's own");

    set_priority(&agent, &id, Priority::Urgent).await;
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.queue_id, urgent.id);
    let explained = agent.explain(&id).await;
    assert_eq!((explained.queue_id, explained.candidates.len()), (urgent.id, 1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_new_queue_draws_what_waits_elsewhere_and_a_changed_one_lets_it_go(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) = (desk.agent(&department).await, desk.administrator(), desk.requester());
    let id = desk.file(&requester, &department).await.id;
    let own = agent.run(&id).await.queue_id;
    let all = boss.make(queue("All of it", &department)).await;
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.queue_id, all.id);
    let urgent = Queue { matches: URGENT.into(), ..all.clone() };
    let changed = boss.try_change(urgent, &["matches"]).await.expect("a rule that can be read");
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.queue_id, own);
    assert_eq!((changed.matches.as_str(), changed.name.as_str()), (URGENT, "All of it"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_further_group_joins_when_a_ticket_has_waited(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (first, second) = (desk.department(), desk.department());
    let (boss, requester) = (desk.administrator(), desk.requester());
    let tier = |id: &str, after| QueueTier { department_ids: vec![id.into()], after: Some(seconds(after)) };
    let tiers = vec![tier(&first, 0), tier(&second, 600)];
    boss.make(Queue { tiers, ..queue("Widening", &first) }).await;
    let helper = desk.online_agent(&second).await;
    let id = desk.file(&requester, &first).await.id;
    let early = boss.explain(&id).await;
    assert_eq!((early.assignee_id.as_str(), early.candidates[0].dropped()), ("", DropReason::NotYet));
    assert_eq!(early.candidates[0].message, "is asked when the ticket has waited longer");
    desk.world.advance(SignedDuration::from_secs(599)).await;
    assert_eq!(boss.run(&id).await.assignee_id, "");
    desk.world.advance(SignedDuration::from_secs(1)).await;
    assert_eq!(boss.run(&id).await.assignee_id, helper.id);
    assert_eq!(helper.run(&id).await.assignee_id, helper.id, "and may see it");
    desk.grant(&helper.id, 2, &[&second, &desk.department()]).await;
    assert_eq!(boss.run(&id).await.assignee_id, helper.id, "his queue still asks him");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_queue_without_a_department_takes_from_all_by_its_rule(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, crew) = (desk.department(), desk.department());
    let (boss, requester) = (desk.administrator(), desk.requester());
    let tiers = vec![QueueTier { department_ids: vec![crew.clone()], after: None }];
    let night = Queue { matches: URGENT.into(), tiers, ..queue("Night crew", "") };
    let night = boss.make(night).await;
    let (day, crew) = (desk.online_agent(&department).await, desk.online_agent(&crew).await);
    let usual = desk.file(&requester, &department).await.id;
    assert_eq!(boss.run(&usual).await.assignee_id, day.id);
    day.be(proto::workflow::v1::Presence::Away).await;
    let urgent = desk.file(&requester, &department).await.id;
    set_priority(&boss, &urgent, Priority::Urgent).await;
    desk.world.settle().await;
    let run = boss.run(&urgent).await;
    assert_eq!((run.queue_id, run.assignee_id), (night.id, crew.id));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_large_ticket_takes_the_place_of_several(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) =
        (desk.online_agent(&department).await, desk.administrator(), desk.requester());
    let sizes = vec![ItemSize { matches: "true".into(), units: 3 }];
    boss.make(Queue { sizes, ..queue("Large", &department) }).await;
    boss.limit(&agent.id, 5).await;
    let tickets = [desk.file(&requester, &department).await.id, desk.file(&requester, &department).await.id];
    assert_eq!(agent.run(&tickets[0]).await.assignee_id, agent.id);
    assert_eq!(agent.run(&tickets[1]).await.assignee_id, "", "3 and 3 are more than 5");
    assert_eq!(agent.load(&agent.id).await.units, 3);
    boss.limit(&agent.id, 6).await;
    desk.world.settle().await;
    assert_eq!(agent.run(&tickets[1]).await.assignee_id, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn from_a_manual_queue_people_take_what_they_want(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss) = (desk.online_agent(&department).await, desk.administrator());
    boss.make(Queue { method: RoutingMethod::Manual.into(), ..queue("By hand", &department) }).await;
    let id = desk.file(&desk.requester(), &department).await.id;
    let explained = agent.explain(&id).await;
    assert_eq!(explained.summary, "people take the tickets of this queue themselves");
    let claim = ClaimTicketRequest { request_id: fresh(), ticket_id: id.clone(), etag: String::new() };
    let run = agent.runs.clone().claim_ticket(claim).await.expect("it is free").into_inner();
    assert_eq!(run.assignee_id, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_least_loaded_is_asked_first(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (boss, requester) = (desk.administrator(), desk.requester());
    boss.make(Queue { method: RoutingMethod::LeastLoaded.into(), ..queue("Even", &department) }).await;
    let (anna, ben) = (desk.online_agent(&department).await, desk.online_agent(&department).await);
    let mut given = vec![];
    for _ in 0..2 {
        given.push(desk.file(&requester, &department).await);
    }
    let quick = given.iter().find(|ticket| ticket.assignee_id == ben.id).expect("one each");
    ben.press(&quick.id, "resolve", "").await;
    for _ in 0..2 {
        let id = desk.file(&requester, &department).await.id;
        given.push(anna.ticket(&id).await);
    }
    assert_eq!(given[2].assignee_id, ben.id, "he has nothing to do");
    let explained = anna.explain(&given[2].id).await;
    assert_eq!(
        explained.summary,
        "least loaded: the least work for their capacity of 2 agents who could take it"
    );
    let work: Vec<_> = explained.candidates.iter().map(|candidate| candidate.active).collect();
    assert_eq!(work, [0, 1]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_with_its_reason(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss) = (desk.agent(&department).await, desk.administrator());
    let denied = agent.try_make(queue("Mine", &department)).await.expect_err("agents make no queues");
    assert_eq!(denied.code(), Code::PermissionDenied);

    let ask = CreateQueueRequest { request_id: fresh(), queue: Some(queue("Once", &department)) };
    let made = boss.routing.clone().create_queue(ask.clone()).await.expect("made").into_inner();
    let again = boss.routing.clone().create_queue(ask).await.expect("the same answer").into_inner();
    assert_eq!(made, again);
    let taken = boss.try_make(queue("Once", &department)).await.expect_err("the name is taken");
    assert_eq!(taken.code(), Code::AlreadyExists);
    let unreadable = Queue { matches: "ticket.colour == 'red'".into(), ..queue("Red", &department) };
    assert_eq!(reason(&boss.try_make(unreadable).await.expect_err("no such variable")), "RULE_INVALID");

    let renamed = Queue { name: "Twice".into(), ..made.clone() };
    let renamed = boss.try_change(renamed, &["name"]).await.expect("as it was read");
    assert_eq!((renamed.name.as_str(), renamed.etag != made.etag), ("Twice", true));
    let stale = boss.try_change(made.clone(), &["name"]).await.expect_err("it changed since");
    assert_eq!(mesh_core::error::current_of::<Queue>(&stale).expect("as it is"), renamed);
    let gone = Queue { id: desk.id("que"), ..made };
    assert_eq!(boss.try_change(gone, &["name"]).await.expect_err("nobody made it").code(), Code::NotFound);
}
