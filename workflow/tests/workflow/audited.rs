//! What the audit log hears of workflow: whoever sets it up, and how.

use mesh_core::db::Engine;
use proto::workflow::v1::{
    Automation, Calendar, CreateAutomationRequest, CreateCalendarRequest, Effect, MigrateRunsRequest,
    PauseWorkflowRequest, Queue, ReorderPoliciesRequest, SetField, SlaPolicy, UpdateCalendarRequest,
    WorkingSpan, automation::Trigger, effect::Effect as Does,
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    drawing::short,
    support::{
        Desk, fresh,
        promises::{RESOLUTION, SHIPPED_POLICY, policy, target},
        queue,
    },
};

fn told(json: &str) -> Value {
    serde_json::from_str(json).expect("a JSON object")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn drawing_and_publishing_are_told_and_saving_a_drawing_is_not(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let author = desk.administrator();
    let draft = author.create("Loans", "").await;
    let drawn = author.try_draw(&draft, short()).await.expect("saved");
    let live = author.try_publish(&drawn).await.expect("published");
    let mut longer = short();
    longer.stages[0].label = "See".into();
    let drawn = author.try_draw(&live, longer).await.expect("saved");
    author.try_publish(&drawn).await.expect("published");
    let migrate = MigrateRunsRequest {
        request_id: fresh(),
        workflow_id: live.id.clone(),
        from_version: 1,
        to_version: 2,
        ..MigrateRunsRequest::default()
    };
    author.workflows.clone().migrate_runs(migrate).await.expect("moved");
    let pause = PauseWorkflowRequest { workflow_id: live.id.clone(), ..PauseWorkflowRequest::default() };
    desk.program().workflows.clone().pause_workflow(pause).await.expect("paused");
    desk.world.settle().await;

    let ledger = &desk.directory.ledger;
    let expected =
        ["created", "published", "published", "migrated", "paused"].map(|deed| format!("workflow.{deed}"));
    assert_eq!(ledger.actions(), expected);
    let published = ledger.latest("workflow.published");
    assert_eq!((published.actor_id, published.target), (author.id.clone(), live.id.clone()));
    assert_eq!(published.reason, "As drawn.");
    assert_eq!(told(&published.before_json), json!({"name": "Loans", "live_version": 1}));
    assert_eq!(told(&published.after_json), json!({"name": "Loans", "live_version": 2}));
    let migrated = told(&ledger.latest("workflow.migrated").after_json);
    assert_eq!(
        (&migrated["from_version"], &migrated["to_version"], &migrated["runs"]),
        (&json!(1), &json!(2), &json!(0))
    );
    let paused = ledger.latest("workflow.paused");
    assert_eq!(
        (paused.session_id.as_str(), told(&paused.after_json)),
        ("", json!({"name": "Loans", "status": "WORKFLOW_STATUS_PAUSED"}))
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn queues_agents_and_automations_are_told(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (department, boss) = (desk.department(), desk.administrator());
    let agent = desk.agent(&department).await;
    let made = boss.make(queue("Urgent", &department)).await;
    boss.try_change(Queue { order: 20, ..made.clone() }, &["order"]).await.expect("changed");
    boss.describe(&agent.id, &["capacity"], |profile| profile.capacity = 3).await;
    let effect = Does::SetField(SetField { field: "priority".into(), value: "\"URGENT\"".into() });
    let automation = Automation {
        name: "Hurry".into(),
        trigger: Some(Trigger::Event("tickets.ticket.created".into())),
        effects: vec![Effect { effect: Some(effect) }],
        ..Automation::default()
    };
    let ask = CreateAutomationRequest { request_id: fresh(), automation: Some(automation) };
    boss.automations.clone().create_automation(ask).await.expect("made");
    desk.world.settle().await;

    let ledger = &desk.directory.ledger;
    let expected = ["queue.created", "queue.updated", "agent.updated", "automation.created"];
    assert_eq!(ledger.actions(), expected);
    let changed = ledger.latest("queue.updated");
    assert_eq!((changed.actor_id, changed.target), (boss.id.clone(), made.id));
    let sides = (told(&changed.before_json), told(&changed.after_json));
    assert_eq!(sides, (json!({"name": "Urgent", "order": 10}), json!({"name": "Urgent", "order": 20})));
    assert_eq!(ledger.latest("agent.updated").target, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn service_levels_and_calendars_are_told(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    let promised = boss.promise(policy("Fast", &[target(RESOLUTION, 4)])).await;
    boss.edit(SlaPolicy { enabled: false, ..promised.clone() }, &["enabled"]).await.expect("switched off");
    let order = ReorderPoliciesRequest { policy_ids: vec![promised.id.clone(), SHIPPED_POLICY.into()] };
    boss.levels.clone().reorder_policies(order).await.expect("ordered");
    let calendar = Calendar {
        name: "Office".into(),
        time_zone: "Europe/Berlin".into(),
        spans: vec![WorkingSpan { weekday: 1, from_minute: 480, to_minute: 1_020 }],
        ..Calendar::default()
    };
    let ask = CreateCalendarRequest { request_id: fresh(), calendar: Some(calendar) };
    let calendar = boss.levels.clone().create_calendar(ask).await.expect("made").into_inner();
    let renamed = UpdateCalendarRequest {
        calendar: Some(Calendar { name: "House".into(), ..calendar }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["name".into()] }),
        ..UpdateCalendarRequest::default()
    };
    boss.levels.clone().update_calendar(renamed).await.expect("renamed");
    desk.world.settle().await;

    let ledger = &desk.directory.ledger;
    let policies = ["created", "updated", "reordered"].map(|deed| format!("sla_policy.{deed}"));
    assert_eq!(ledger.actions()[..3], policies);
    assert_eq!(ledger.actions()[3..], ["calendar.created", "calendar.updated"]);
    let line = ledger.latest("calendar.updated");
    assert_eq!(
        (told(&line.before_json), told(&line.after_json)),
        (json!({"name": "Office"}), json!({"name": "House"}))
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_says_of_himself_is_no_deed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, other) = (desk.agent(&department).await, desk.agent(&department).await);
    agent.describe(&agent.id, &["delegate_id"], |profile| profile.delegate_id = other.id.clone()).await;
    desk.world.settle().await;
    assert_eq!(desk.directory.ledger.actions(), [""; 0]);
}
