//! Who gets which ticket: round robin, waiting, coming and going, and the reasons for it all.

use std::collections::BTreeMap;

use mesh_core::db::Engine;
use proto::workflow::v1::{DropReason, GetAgentLoadRequest, ListQueuesRequest, Presence, SetPresenceRequest};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, reason};

/// How many tickets each of them has.
async fn shares(tickets: &[String], witness: &Client) -> BTreeMap<String, usize> {
    let mut shares = BTreeMap::new();
    for id in tickets {
        *shares.entry(witness.ticket(id).await.assignee_id).or_default() += 1;
    }
    shares
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn agents_who_are_online_take_turns(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let mut online = vec![];
    for _ in 0..3 {
        online.push(desk.online_agent(&department).await.id);
    }
    let offline = desk.agent(&department).await;
    let requester = desk.requester();
    let mut tickets = vec![];
    for _ in 0..7 {
        tickets.push(desk.file(&requester, &department).await.id);
    }

    let shares = shares(&tickets, &requester).await;
    online.sort();
    assert_eq!(shares.keys().cloned().collect::<Vec<_>>(), online);
    assert!(shares.values().all(|share| (2..=3).contains(share)), "{shares:?}");

    let explained = offline.explain(&tickets[0]).await;
    assert_eq!((explained.candidates.len(), explained.candidates[0].message.as_str()), (4, "chosen"));
    let dropped = explained.candidates.last().expect("four");
    assert_eq!((dropped.user_id.as_str(), dropped.dropped()), (offline.id.as_str(), DropReason::Offline));
    assert_eq!((dropped.message.as_str(), dropped.display_name.is_empty()), ("is offline", false));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_waits_for_somebody_and_goes_to_the_first_who_comes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department).await;
    let requester = desk.requester();
    let tickets = [desk.file(&requester, &department).await.id, desk.file(&requester, &department).await.id];
    assert_eq!(shares(&tickets, &requester).await, BTreeMap::from([(String::new(), 2)]));
    assert_eq!(agent.explain(&tickets[0]).await.summary, "nobody could take it: 1 offline, 0 not available");
    let queues = agent
        .routing
        .clone()
        .list_queues(ListQueuesRequest::default())
        .await
        .expect("queues")
        .into_inner()
        .queues;
    assert_eq!((queues.len(), queues[0].waiting, queues[0].online_agents), (1, 2, 0));

    agent.be(Presence::Busy).await;
    desk.world.settle().await;
    assert_eq!(shares(&tickets, &requester).await, BTreeMap::from([(String::new(), 2)]));
    agent.be(Presence::Online).await;
    desk.world.settle().await;
    assert_eq!(shares(&tickets, &requester).await, BTreeMap::from([(agent.id.clone(), 2)]));

    let load = agent
        .routing
        .clone()
        .get_agent_load(GetAgentLoadRequest::default())
        .await
        .expect("a load")
        .into_inner();
    assert_eq!((load.agents.len(), load.agents[0].active, load.agents[0].waiting), (1, 2, 0));
    agent.press(&tickets[0], "ask", "Which one?").await;
    let load = agent
        .routing
        .clone()
        .get_agent_load(GetAgentLoadRequest::default())
        .await
        .expect("a load")
        .into_inner();
    assert_eq!((load.agents[0].active, load.agents[0].waiting), (1, 1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_his_own_ticket(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let id = desk.file(&agent, &department).await.id;
    assert_eq!(agent.ticket(&id).await.assignee_id, "");
    assert_eq!(agent.explain(&id).await.candidates[0].dropped(), DropReason::Requester);

    let colleague = desk.online_agent(&department).await;
    desk.world.settle().await;
    assert_eq!(agent.ticket(&id).await.assignee_id, colleague.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_loses_access_loses_his_tickets_to_the_others(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let anna = desk.online_agent(&department).await;
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;
    let ben = desk.online_agent(&department).await;

    desk.grant(&anna.id, 2, &[]).await;
    assert_eq!(requester.ticket(&id).await.assignee_id, ben.id);
    let ask = SetPresenceRequest { user_id: anna.id.clone(), presence: Presence::Online.into() };
    let refused = desk.administrator().routing.clone().set_presence(ask).await.expect_err("she is no agent");
    assert_eq!(reason(&refused), "NOT_AN_AGENT");
    desk.grant(&anna.id, 1, &[&department]).await;
    assert!(
        ben.routing
            .clone()
            .get_agent_load(GetAgentLoadRequest::default())
            .await
            .expect("a load")
            .into_inner()
            .agents
            .len()
            == 1
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_those_in_charge_set_the_presence_of_others(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (anna, ben) = (desk.agent(&department).await, desk.agent(&department).await);
    let ask = |presence: i32| SetPresenceRequest { user_id: anna.id.clone(), presence };
    let refused = ben
        .routing
        .clone()
        .set_presence(ask(Presence::Online.into()))
        .await
        .expect_err("a colleague may not");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let set = desk
        .administrator()
        .routing
        .clone()
        .set_presence(ask(Presence::Online.into()))
        .await
        .expect("in charge");
    assert_eq!(set.into_inner().presence(), Presence::Online);
    for nonsense in [0, 9] {
        assert_eq!(
            anna.routing.clone().set_presence(ask(nonsense)).await.expect_err("unknown").code(),
            Code::InvalidArgument
        );
    }
    let newcomer =
        desk.client(&desk.world.person(&desk.id("usr")).grants(crate::support::AGENT, Some(&department)));
    let met = newcomer.be(Presence::Online).await;
    assert_eq!(met.department_ids, [department]);
}
