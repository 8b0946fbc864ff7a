//! Long queues, and how they are shared out.

use mesh_core::{clock, db::Engine};
use proto::{
    tickets::v1::{Priority, Stage, Status, Ticket},
    workflow::v1::Presence,
};
use rstest::rstest;

use crate::support::Desk;

/// How many tickets wait, and how many people come: each takes as many as the others.
const TICKETS: usize = 600;
const AGENTS: usize = 10;

/// A ticket of a department that waits in a queue.
fn waiting(desk: &Desk, department: &str, queue_id: &str) -> Ticket {
    let now = desk.world.process().clock.now();
    Ticket {
        id: desk.id("tkt"),
        run_id: desk.id("run"),
        number: "TX-1".into(),
        subject: "printer on fire".into(),
        department_id: department.into(),
        requester_id: desk.id("usr"),
        priority: Priority::Normal.into(),
        status: Status::New.into(),
        stage: Some(Stage { key: "new".into(), label: "New".into() }),
        queue_id: queue_id.into(),
        create_time: Some(clock::to_proto(now)),
        ..Ticket::default()
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_long_queue_is_empty_when_enough_people_have_come(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (boss, mut agents) = (desk.administrator(), vec![]);
    for number in 0..AGENTS {
        agents.push(desk.agent(&department).await);
        boss.limit(&agents[number].id, i32::try_from(TICKETS / AGENTS).expect("few")).await;
    }
    let seeding =
        workflow::Seeding::open(&desk.workflow_config(), &desk.workflow_deps()).await.expect("opened");
    let queue_id = seeding.queue_of(&department).await.expect("a queue");
    let tickets: Vec<_> = (0..TICKETS).map(|_| waiting(&desk, &department, &queue_id)).collect();
    let untouched: Vec<(&Ticket, &[_])> = tickets.iter().map(|ticket| (ticket, &[][..])).collect();
    seeding.keep(&untouched).await.expect("written");
    assert_eq!(boss.queues(&department).await[0].waiting, i64::try_from(TICKETS).expect("few"));

    for agent in &agents {
        agent.be(Presence::Online).await;
    }
    desk.world.settle().await;
    assert_eq!(boss.queues(&department).await[0].waiting, 0);
    for agent in &agents {
        assert_eq!(boss.load(&agent.id).await.units, i64::try_from(TICKETS / AGENTS).expect("few"));
    }
    seeding.finish().await.expect("closed");
}
