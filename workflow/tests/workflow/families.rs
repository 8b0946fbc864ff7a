//! Children and blockers: what resolving waits for, and what comes along.

use crate::support::{Client, Desk, fresh, reason};
use mesh_core::db::Engine;
use proto::{
    tickets::v1::{LinkKind, LinkTicketsRequest, Status, TicketLink},
    workflow::v1::{ChildrenChoice, RefusalCode, TransitionRequest},
};
use rstest::rstest;
use tonic::Code;

async fn link(client: &Client, from: &str, kind: LinkKind, to: &str) {
    let link =
        TicketLink { from_id: from.into(), to_id: to.into(), kind: kind.into(), ..TicketLink::default() };
    let ask = LinkTicketsRequest { link: Some(link), request_id: fresh() };
    client.tickets.clone().link_tickets(ask).await.expect("linked");
}

async fn along(client: &Client, id: &str, comment: &str) -> TransitionRequest {
    let ask = client.pressing(id, "resolve", comment).await;
    TransitionRequest { children: ChildrenChoice::Cascade.into(), ..ask }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_parent_waits_for_its_children_and_names_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, elsewhere) = (desk.department(), desk.department());
    let (agent, requester, boss) =
        (desk.online_agent(&department).await, desk.requester(), desk.administrator());
    let parent = desk.file(&requester, &department).await;
    let (child, secret) = (desk.file(&requester, &department).await, desk.file(&boss, &elsewhere).await);
    link(&boss, &parent.id, LinkKind::Parent, &child.id).await;
    link(&boss, &child.id, LinkKind::Parent, &secret.id).await;

    let refused =
        agent.try_press(agent.pressing(&parent.id, "resolve", "").await).await.expect_err("two are open");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "TRANSITION_REFUSED"));
    assert!(
        refused.message().ends_with(&format!("{}, a ticket you may not see", child.number)),
        "{refused:?}"
    );
    assert!(!refused.message().contains(&secret.number));
    let offered = agent.options(&parent.id).await;
    let resolve = offered.iter().find(|option| option.key == "resolve").expect("shown");
    assert_eq!(resolve.refusals[0].code(), RefusalCode::ChildrenOpen);
    let unseen = agent.try_press(along(&agent, &parent.id, "").await).await.expect_err("not his to resolve");
    assert_eq!(reason(&unseen), "TRANSITION_REFUSED");

    let far = desk.online_agent(&elsewhere).await;
    desk.world.settle().await;
    far.press(&secret.id, "resolve", "").await;
    agent.press(&child.id, "resolve", "").await;
    agent.press(&parent.id, "resolve", "").await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn children_come_along_all_or_none(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let mut ids = vec![];
    for _ in 0..3 {
        ids.push(desk.file(&requester, &department).await.id);
    }
    let [parent, child, grandchild] = &ids[..] else { panic!("three") };
    link(&agent, parent, LinkKind::Parent, child).await;
    link(&agent, child, LinkKind::Parent, grandchild).await;
    let statuses = async || {
        let mut statuses = vec![];
        for id in &ids {
            statuses.push(requester.ticket(id).await.status());
        }
        statuses
    };
    let blocker = desk.file(&requester, &department).await;
    link(&agent, &blocker.id, LinkKind::Blocks, grandchild).await;
    let ask = along(&agent, parent, "All done.").await;
    let refused = agent.try_press(ask.clone()).await.expect_err("one is blocked");
    let number = requester.ticket(grandchild).await.number;
    assert!(
        refused.message().starts_with(&number) && refused.message().ends_with(&blocker.number),
        "{refused:?}"
    );
    desk.world.settle().await;
    assert_eq!(statuses().await, [Status::New; 3], "none went");

    agent.press(&blocker.id, "resolve", "").await;
    let first = agent.try_press(ask.clone()).await.expect("all go");
    assert_eq!(agent.try_press(ask).await.expect("answered as before"), first);
    desk.world.settle().await;
    assert_eq!(statuses().await, [Status::Resolved; 3]);
    let history = agent.history(child).await;
    assert_eq!(history.last().expect("an entry").reason, "along with its parent");
    assert_eq!(requester.ticket(child).await.comment_count, 0, "the words stand on the parent");
    assert_eq!(requester.ticket(parent).await.comment_count, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_ticket_is_resolved_after_what_blocks_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let (first, second) =
        (desk.file(&requester, &department).await, desk.file(&requester, &department).await);
    link(&agent, &first.id, LinkKind::Blocks, &second.id).await;
    let refused = agent.try_press(along(&agent, &second.id, "").await).await.expect_err("it is blocked");
    assert!(refused.message().ends_with(&first.number));
    agent.press(&first.id, "reject", "No.").await;
    agent.press(&second.id, "resolve", "").await;
}
