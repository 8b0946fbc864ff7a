//! The priority: by hand, or by impact × urgency.

use mesh_core::{db::Engine, error::current_of};
use proto::tickets::v1::{
    Impact, Priority, PriorityCell, PriorityMatrix, Ticket, Urgency, timeline_entry::What,
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Desk, ask, reason, wrong_fields};

fn hit(ticket: Ticket, impact: Impact, urgency: Urgency) -> Ticket {
    Ticket { impact: impact.into(), urgency: urgency.into(), ..ticket }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn impact_and_urgency_make_the_priority_unless_somebody_sets_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let outage = hit(ask(&department, "Mail is down"), Impact::High, Urgency::High);
    let ticket = requester.create(outage.clone()).await.expect("filed");
    assert_eq!((ticket.priority(), ticket.priority_by_hand), (Priority::Urgent, false));
    assert_eq!((ticket.impact(), ticket.urgency()), (Impact::High, Urgency::High));
    let calmer = Ticket { urgency: Urgency::Low.into(), ..ticket };
    let calmer = agent.update(calmer, &["urgency"]).await.expect("changed");
    assert_eq!(calmer.priority(), Priority::Normal);
    let timeline = agent.timeline(&calmer).await.expect("timeline");
    let Some(What::Change(change)) = &timeline[1].what else { panic!("{timeline:?}") };
    let told: Vec<_> = change.fields.iter().map(|one| (one.field.as_str(), one.new_value.as_str())).collect();
    assert_eq!(told, [("priority", "PRIORITY_NORMAL"), ("urgency", "URGENCY_LOW")]);

    let by_hand = Ticket { priority: Priority::Normal.into(), ..calmer };
    let by_hand = agent.update(by_hand, &["priority"]).await.expect("set");
    assert!(by_hand.priority_by_hand, "also when it is the same");
    let worse = Ticket { urgency: Urgency::High.into(), ..by_hand };
    let worse = agent.update(worse, &["urgency"]).await.expect("changed");
    assert_eq!(worse.priority(), Priority::Normal, "by hand wins");
    let given_back = Ticket { priority: Priority::Unspecified.into(), ..worse };
    let given_back = agent.update(given_back, &["priority"]).await.expect("given back");
    assert_eq!((given_back.priority(), given_back.priority_by_hand), (Priority::Urgent, false));

    let chosen = Ticket { priority: Priority::Low.into(), ..outage };
    assert_eq!(requester.create(chosen).await.expect("filed").priority(), Priority::Low);
    let half = hit(ask(&department, "Half said"), Impact::High, Urgency::Unspecified);
    assert_eq!(requester.create(half).await.expect("filed").priority(), Priority::Normal);
    let wrong = Ticket { impact: 4, urgency: -1, ..ask(&department, "Nonsense") };
    let mut named = wrong_fields(&requester.create(wrong).await.expect_err("refused"));
    named.sort();
    assert_eq!(named, ["ticket.impact", "ticket.urgency"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_can_be_changed_and_tickets_follow_when_they_are_told_anew(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (boss, agent) = (desk.administrator(), desk.agent(&department));
    let before = boss.matrix().await;
    assert_eq!((before.cells.len(), before.etag.as_str()), (9, "1"));
    let old = hit(ask(&department, "Old"), Impact::Low, Urgency::Low);
    let old = agent.create(old).await.expect("filed");
    assert_eq!(old.priority(), Priority::Low);
    let cells = before.cells.iter().map(|cell| PriorityCell { priority: Priority::High.into(), ..*cell });
    let strict = PriorityMatrix { cells: cells.rev().collect(), ..before.clone() };
    let after = boss.change_matrix(strict.clone()).await.expect("changed");
    assert!(after.etag == "2" && after.cells.iter().all(|cell| cell.priority() == Priority::High));
    assert_eq!(agent.matrix().await, after);
    let refusal = boss.change_matrix(strict).await.expect_err("stale");
    assert_eq!(
        (refusal.code(), current_of::<PriorityMatrix>(&refusal)),
        (Code::Aborted, Some(after.clone()))
    );
    let new = hit(ask(&department, "New"), Impact::Low, Urgency::Low);
    assert_eq!(agent.create(new).await.expect("filed").priority(), Priority::High);
    let renamed =
        agent.update(Ticket { subject: "Renamed".into(), ..old }, &["subject"]).await.expect("changed");
    assert_eq!(renamed.priority(), Priority::Low, "nobody told it anew");
    let told = agent.update(hit(renamed, Impact::Low, Urgency::Medium), &["urgency"]).await.expect("changed");
    assert_eq!(told.priority(), Priority::High);
    desk.world.settle().await;
    assert_eq!(desk.ear.names().iter().filter(|name| *name == "tickets.catalog.changed").count(), 1);

    let blind = PriorityMatrix { etag: String::new(), ..after.clone() };
    assert_eq!(reason(&boss.change_matrix(blind).await.expect_err("unread")), "ETAG_REQUIRED");
    let mut wrong = after;
    wrong.cells[1] = wrong.cells[0];
    wrong.cells[2].priority = 0;
    wrong.cells[3].impact = 0;
    wrong.cells.pop();
    let refusal = boss.change_matrix(wrong).await.expect_err("refused");
    assert_eq!(
        wrong_fields(&refusal),
        ["matrix.cells[1]", "matrix.cells[2].priority", "matrix.cells[3]", "matrix.cells"]
    );
}
