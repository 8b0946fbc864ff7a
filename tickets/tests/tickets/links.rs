//! How tickets belong together, and what of it is a secret.

use mesh_core::{db::Engine, policy};
use proto::tickets::v1::{
    LinkKind, ListKinRequest, UnlinkTicketsRequest, projection_service_client::ProjectionServiceClient,
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, reason, wrong_fields};

async fn unlink(client: &Client, id: &str) -> Result<(), tonic::Status> {
    client.raw().unlink_tickets(UnlinkTicketsRequest { id: id.to_owned() }).await.map(drop)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn both_ends_show_a_link_until_it_is_removed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department);
    let (a, b) = (agent.file(&department, "A").await, agent.file(&department, "B").await);
    let link = agent.link(&a, LinkKind::Parent, &b).await.expect("linked");
    let (from_a, from_b) = (agent.links(&a).await.expect("lists"), agent.links(&b).await.expect("lists"));
    let other = |links: &[proto::tickets::v1::LinkedTicket]| {
        let ticket = links[0].ticket.clone().expect("the other end");
        (links.len(), ticket.number, ticket.subject)
    };
    assert_eq!(other(&from_a), (1, b.number.clone(), "B".to_owned()));
    assert_eq!(other(&from_b), (1, a.number.clone(), "A".to_owned()));
    assert_eq!(from_a[0].link, Some(link.clone()));

    let again = agent.link(&a, LinkKind::Parent, &b).await.expect_err("linked so");
    assert_eq!(again.code(), Code::AlreadyExists);
    agent.link(&a, LinkKind::Related, &b).await.expect("in another way");
    let turned = agent.link(&b, LinkKind::Related, &a).await.expect_err("which comes first does not matter");
    assert_eq!(turned.code(), Code::AlreadyExists);
    unlink(&agent, &link.id).await.expect("removed");
    assert_eq!(unlink(&agent, &link.id).await.expect_err("gone").code(), Code::NotFound);
    assert_eq!(agent.links(&a).await.expect("lists").len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn parents_and_blockers_never_go_round(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department);
    let mut tickets = vec![];
    for subject in ["A", "B", "C"] {
        tickets.push(agent.file(&department, subject).await);
    }
    let [a, b, c] = &tickets[..] else { panic!("three") };
    for kind in [LinkKind::Parent, LinkKind::Blocks] {
        agent.link(a, kind, b).await.expect("linked");
        agent.link(b, kind, c).await.expect("linked");
        for (from, to) in [(c, a), (b, a), (a, a)] {
            let refused = agent.link(from, kind, to).await.expect_err("round");
            assert_eq!(
                (refused.code(), reason(&refused).as_str()),
                (Code::FailedPrecondition, "LINK_CIRCLE")
            );
        }
    }
    agent.link(c, LinkKind::Duplicate, a).await.expect("other kinds may");
    let both = futures::join!(agent.link(a, LinkKind::Related, c), agent.link(c, LinkKind::Related, a));
    assert_eq!(usize::from(both.0.is_ok()) + usize::from(both.1.is_ok()), 1, "at the same moment, once");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_ticket_one_may_not_see_shows_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let (boss, agent, requester) = (desk.administrator(), desk.agent(&here), desk.requester());
    let (seen, secret) = (requester.file(&here, "A").await, boss.file(&there, "B").await);
    let before = requester.get(&seen.id).await.expect("read");
    let link = boss.link(&seen, LinkKind::Blocks, &secret).await.expect("linked");
    desk.world.settle().await;

    assert!(agent.links(&seen).await.expect("lists").is_empty());
    assert!(requester.links(&seen).await.expect("lists").is_empty());
    assert_eq!(boss.links(&seen).await.expect("lists").len(), 1);
    assert_eq!(agent.links(&secret).await.expect_err("unseen").code(), Code::NotFound);
    assert_eq!(unlink(&agent, &link.id).await.expect_err("a secret").code(), Code::NotFound);
    assert_eq!(
        agent.link(&seen, LinkKind::Related, &secret).await.expect_err("unseen").code(),
        Code::NotFound
    );
    let refused = requester.link(&seen, LinkKind::Related, &seen).await.expect_err("no right");
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(requester.get(&seen.id).await.expect("read"), before);
    assert_eq!(requester.timeline(&seen).await.expect("read").len(), 1, "its entry is the staff's");
    let heard = desk.ear.heard();
    let told = heard.iter().rfind(|envelope| envelope.subject == seen.id).expect("news of the link");
    let audience = told.audience.as_ref().expect("an audience");
    assert!(!policy::sees(&desk.world.person(&requester.id).caller(), audience));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_field_by_field_and_a_hundred_links_are_enough(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department);
    let hub = agent.file(&department, "Hub").await;
    let mut nonsense = hub.clone();
    nonsense.id = "TX-1".into();
    let refused = agent.link(&nonsense, LinkKind::Unspecified, &nonsense).await.expect_err("nonsense");
    assert_eq!(wrong_fields(&refused), ["link.from_id", "link.to_id", "link.kind"]);
    for number in 0..100 {
        let spoke = agent.file(&department, &format!("Spoke {number}")).await;
        agent.link(&hub, LinkKind::Parent, &spoke).await.expect("there is room");
    }
    let one_more = agent.file(&department, "One more").await;
    assert_eq!(reason(&agent.link(&one_more, LinkKind::Related, &hub).await.expect_err("full")), "TOO_MANY");

    let mut mesh = ProjectionServiceClient::new(desk.service.as_mesh());
    agent.link(&one_more, LinkKind::Parent, &agent.file(&department, "Child").await).await.expect("linked");
    let kin = mesh.list_kin(ListKinRequest { ticket_id: hub.id.clone() }).await.expect("kin").into_inner();
    assert_eq!((kin.descendants.len(), kin.blocker_ids.len()), (100, 0));
    let mut person =
        ProjectionServiceClient::new(desk.service.with_token(&desk.world.person(&agent.id).token()));
    let refused = person.list_kin(ListKinRequest { ticket_id: hub.id }).await.expect_err("the mesh's own");
    assert_eq!(reason(&refused), "MESH_ONLY");
}
