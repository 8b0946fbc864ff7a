//! Automations: what they do, when they stop, and who sets them up.

use jiff::SignedDuration;
use mesh_core::{db::Engine, testing::Place};
use proto::{
    events::v1::envelope::Event,
    tickets::v1::{Priority, timeline_entry::What},
    workflow::v1::{
        Automation, AutomationOutcome, AutomationRun, CreateAutomationRequest, DryRunAutomationRequest,
        Effect, ListAutomationRunsRequest, ListAutomationsRequest, NotifyPeople, ReorderAutomationsRequest,
        SetField, UpdateAutomationRequest, automation::Trigger, effect::Effect as Does,
    },
};
use rstest::rstest;
use tonic::{Code, Response, Status as Refusal};

use crate::support::{
    Client, Desk, fresh,
    promises::{FIRST_REPLY, hours, policy, target},
    reason,
};

fn on(event: &str, condition: &str, effects: Vec<Does>) -> Automation {
    Automation {
        name: format!("{event} {condition}").chars().take(100).collect(),
        enabled: true,
        trigger: Some(Trigger::Event(event.into())),
        condition: condition.into(),
        effects: effects.into_iter().map(|effect| Effect { effect: Some(effect) }).collect(),
        ..Automation::default()
    }
}

fn set(field: &str, value: &str) -> Does {
    Does::SetField(SetField { field: field.into(), value: value.into() })
}

impl Client {
    async fn try_automate(&self, automation: Automation) -> Result<Automation, Refusal> {
        let ask = CreateAutomationRequest { request_id: fresh(), automation: Some(automation) };
        self.automations.clone().create_automation(ask).await.map(Response::into_inner)
    }

    async fn automate(&self, automation: Automation) -> Automation {
        self.try_automate(automation).await.expect("an automation")
    }

    /// Changes one field of one.
    async fn change(&self, automation: Automation, path: &str) -> Automation {
        let ask = UpdateAutomationRequest {
            automation: Some(automation),
            update_mask: Some(prost_types::FieldMask { paths: vec![path.into()] }),
        };
        self.automations.clone().update_automation(ask).await.expect("it is changed").into_inner()
    }

    /// What one did, the newest first.
    async fn did(&self, automation: &Automation) -> Vec<AutomationRun> {
        let ask = ListAutomationRunsRequest {
            automation_id: automation.id.clone(),
            page_size: 200,
            ..ListAutomationRunsRequest::default()
        };
        self.automations.clone().list_automation_runs(ask).await.expect("runs").into_inner().runs
    }

    async fn outcomes(&self, automation: &Automation) -> Vec<AutomationOutcome> {
        self.did(automation).await.iter().map(AutomationRun::outcome).collect()
    }

    async fn automation(&self, id: &str) -> Automation {
        let ask = ListAutomationsRequest::default();
        let all =
            self.automations.clone().list_automations(ask).await.expect("a list").into_inner().automations;
        all.into_iter().find(|known| known.id == id).expect("it is kept")
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_meets_the_condition_is_done_once_and_the_trace_says_why(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let effects =
        vec![Does::AddTag("fire".into()), set("priority", r#"ticket.unassigned ? "URGENT" : "HIGH""#)];
    let kept =
        boss.automate(on("tickets.ticket.created", r#"ticket.subject.contains("fire")"#, effects)).await;
    assert_eq!((kept.order, kept.owner_id.as_str()), (1, boss.id.as_str()));

    let burning = desk.file(&requester, &department).await;
    desk.world.settle().await;
    let burning = boss.ticket(&burning.id).await;
    assert_eq!(
        (burning.tags.as_slice(), burning.priority()),
        (["fire".to_owned()].as_slice(), Priority::Urgent)
    );
    desk.later().await;
    let quiet = requester.file(&department, "no sound").await;
    desk.world.settle().await;
    assert!(boss.ticket(&quiet.id).await.tags.is_empty());

    let did = boss.did(&kept).await;
    let outcomes: Vec<_> = did.iter().map(AutomationRun::outcome).collect();
    assert_eq!(outcomes, [AutomationOutcome::Skipped, AutomationOutcome::Done]);
    assert_eq!(did[1].ticket_id, burning.id);
    let trace = "tickets.ticket.created happened; the condition holds; adds the tag fire; sets priority to \"URGENT\"";
    assert_eq!(did[1].trace.join("; "), trace);
    assert!(did[1].causation_id.starts_with("evt_"));

    for envelope in desk.ear.about(&burning.id) {
        desk.repeat(&envelope).await;
    }
    assert_eq!(boss.did(&kept).await, did, "news told twice does nothing more");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_looks_at_every_open_ticket_when_its_time_comes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let ids = [desk.file(&requester, &department).await.id, desk.file(&requester, &department).await.id];
    let late = r#"ticket.created < now - duration("2h") && !("late" in ticket.tags)"#;
    let automation = Automation {
        trigger: Some(Trigger::Schedule("0 * * * *".into())),
        time_zone: "Europe/Berlin".into(),
        ..on("late", late, vec![Does::AddTag("late".into())])
    };
    let kept = boss.automate(automation).await;
    desk.world.advance(SignedDuration::from_mins(90)).await;
    assert!(boss.did(&kept).await.is_empty(), "what is left alone is not told each time");
    for _ in 0..3 {
        desk.world.advance(SignedDuration::from_hours(1)).await;
    }
    for id in &ids {
        assert_eq!(boss.ticket(id).await.tags, ["late"]);
    }
    assert_eq!(boss.outcomes(&kept).await, [AutomationOutcome::Done; 2]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_that_set_each_other_off_are_stopped_and_pause(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let changed = "tickets.ticket.changed";
    let once = |automation| Automation { error_budget: 1, ..automation };
    let adds = once(on(changed, r#"!("a" in ticket.tags)"#, vec![Does::AddTag("a".into())]));
    let takes = once(on(changed, r#""a" in ticket.tags"#, vec![Does::RemoveTag("a".into())]));
    let (adds, takes) = (boss.automate(adds).await, boss.automate(takes).await);
    desk.file(&requester, &department).await;
    desk.world.settle().await;

    let kept = [boss.automation(&adds.id).await, boss.automation(&takes.id).await];
    let paused: Vec<_> = kept.iter().filter(|kept| !kept.enabled).collect();
    assert!(!paused.is_empty(), "{kept:?}");
    assert!(paused[0].paused_because.contains("goes round"), "{}", paused[0].paused_because);
    assert!(boss.outcomes(paused[0]).await.contains(&AutomationOutcome::Loop));
    let told = desk.ear.event(&paused[0].id, "workflow.automation.paused");
    assert_eq!(told.audience.expect("an audience").user_ids, std::slice::from_ref(&boss.id));

    let again = boss.change(Automation { enabled: true, ..paused[0].clone() }, "enabled").await;
    assert_eq!((again.enabled, again.paused_because.as_str()), (true, ""));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_conversation_is_no_loop(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let said = on("tickets.comment.added", r#"event.comment == "PUBLIC""#, vec![Does::AddTag("said".into())]);
    let kept = boss.automate(said).await;
    let id = desk.file(&requester, &department).await.id;
    for _ in 0..12 {
        requester.say(&id, "And another thing.").await;
        desk.world.settle().await;
    }
    assert_eq!(boss.outcomes(&kept).await, [AutomationOutcome::Done; 12]);
    assert_eq!(boss.ticket(&id).await.tags, ["said"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_runs_out_sets_one_off_and_the_timeline_says_so(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    boss.promise(policy("Everybody", &[target(FIRST_REPLY, 4)])).await;
    let rule = r#"event.metric == "FIRST_REPLY" && event.percent >= 75"#;
    let warned = Automation {
        name: "Hurry".into(),
        ..on("workflow.clock.warned", rule, vec![set("priority", r#""URGENT""#)])
    };
    let kept = boss.automate(warned).await;
    let id = desk.file(&requester, &department).await.id;
    desk.world.advance(hours(2)).await;
    assert_eq!(boss.ticket(&id).await.priority(), Priority::Normal);
    desk.world.advance(hours(1)).await;
    assert_eq!(boss.ticket(&id).await.priority(), Priority::Urgent);
    assert_eq!(boss.outcomes(&kept).await, [AutomationOutcome::Done, AutomationOutcome::Skipped]);
    let timeline = boss.timeline(&id).await;
    let causes = timeline.iter().filter(|entry| matches!(entry.what, Some(What::Change(_))));
    let causes: Vec<_> = causes.map(|entry| entry.cause.as_str()).collect();
    assert!(causes.contains(&"as an automation says"), "{causes:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_tickets_refuse_counts_against_the_budget(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let wrong = vec![set("priority", r#""VERY""#)];
    let two = Automation { error_budget: 2, ..on("tickets.ticket.created", "", wrong) };
    let kept = boss.automate(two).await;
    for left in [true, false] {
        desk.file(&requester, &department).await;
        desk.world.settle().await;
        assert_eq!(boss.automation(&kept.id).await.enabled, left);
    }
    let again = Automation { enabled: true, ..boss.automation(&kept.id).await };
    desk.later().await;
    assert!(boss.change(again, "enabled").await.enabled);
    desk.file(&requester, &department).await;
    desk.world.settle().await;
    assert!(boss.automation(&kept.id).await.enabled, "what failed before it was enabled is forgiven");
    let failed = boss.did(&kept).await.into_iter().filter(|run| run.outcome() == AutomationOutcome::Failed);
    assert!(
        failed.clone().count() == 3
            && failed.into_iter().all(|run| run.error.starts_with("asked for what was refused: priority"))
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whom_a_rule_names_is_told_once_and_nobody_else(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let desk = Desk::open(place).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let tell = |recipients: &str| {
        let (recipients, message) = (recipients.to_owned(), "We have it".to_owned());
        Does::Notify(NotifyPeople { recipients, message, ..NotifyPeople::default() })
    };
    // Nobody has it yet, so the second message is for nobody.
    let kept = boss
        .automate(on("tickets.ticket.created", "", vec![tell("ticket.requester"), tell("ticket.assignee")]))
        .await;
    let id = desk.file(&requester, &department).await.id;
    for envelope in desk.ear.about(&id) {
        desk.repeat(&envelope).await;
    }
    assert_eq!(desk.ear.names(&id).iter().filter(|name| **name == "workflow.notice.sent").count(), 1);
    let told = desk.ear.event(&id, "workflow.notice.sent");
    assert_eq!(told.audience.expect("an audience").user_ids, std::slice::from_ref(&requester.id));
    let Some(Event::WorkflowNoticeSent(notice)) = told.event else { panic!("a notice") };
    assert_eq!((notice.user_ids, notice.message.as_str()), (vec![requester.id.clone()], "We have it"));
    let line = format!("tells {}: We have it", requester.id);
    assert_eq!(boss.did(&kept).await[0].trace.last(), Some(&line));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_be_done_and_does_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let agent = desk.online_agent(&department).await;
    let ticket = desk.file(&requester, &department).await;
    agent.press(&ticket.id, "start", "").await;
    desk.world.settle().await;
    let tag = vec![Does::AddTag("begun".into())];
    let automation = on("workflow.run.moved", r#"event.transition == "start""#, tag);
    let ask = DryRunAutomationRequest { automation: Some(automation), events: 0 };
    let told = boss.automations.clone().dry_run_automation(ask).await.expect("a dry run").into_inner().runs;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].outcome(), told[0].ticket_id.as_str()),
        (AutomationOutcome::Done, ticket.id.as_str())
    );
    assert_eq!(told[0].trace.last().map(String::as_str), Some("adds the tag begun"));
    desk.world.settle().await;
    assert!(boss.ticket(&ticket.id).await.tags.is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn they_act_in_their_order_and_are_put_in_order_whole(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let created = "tickets.ticket.created";
    let first = boss.automate(on(created, "", vec![set("priority", r#""HIGH""#)])).await;
    let second = boss.automate(on(created, "1 == 1", vec![set("priority", r#""LOW""#)])).await;
    let priority = async || {
        let id = desk.file(&requester, &department).await.id;
        desk.world.settle().await;
        boss.ticket(&id).await.priority()
    };
    assert_eq!(priority().await, Priority::Low, "the last one has the last word");
    let order = |ids: &[&String]| ReorderAutomationsRequest {
        automation_ids: ids.iter().map(|id| (*id).clone()).collect(),
    };
    let lacking =
        boss.automations.clone().reorder_automations(order(&[&first.id])).await.expect_err("one lacks");
    assert_eq!(reason(&lacking), "INVALID_FIELDS");
    let all = boss.automations.clone().reorder_automations(order(&[&second.id, &first.id])).await;
    let names: Vec<_> =
        all.expect("in order").into_inner().automations.into_iter().map(|kept| kept.id).collect();
    assert_eq!(names, [second.id.clone(), first.id]);
    assert_eq!(priority().await, Priority::High);
    let taken = boss.try_automate(second).await.expect_err("the name is taken");
    assert_eq!(taken.code(), Code::AlreadyExists);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_whoever_may_everywhere_sets_them_up_and_mistakes_are_named(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let sound = on("tickets.ticket.created", "", vec![Does::AddTag("a".into())]);
    let here = [proto::identity::v1::Permission::AutomationManage];
    let head = desk.client(&desk.world.person(&desk.id("usr")).grants(here, Some(&desk.department())));
    assert_eq!(
        head.try_automate(sound.clone()).await.expect_err("of one department").code(),
        Code::PermissionDenied
    );

    let boss = desk.administrator();
    let wrong = Automation {
        trigger: Some(Trigger::Schedule("61 * * * *".into())),
        time_zone: "Nowhere".into(),
        effects: vec![],
        ..sound.clone()
    };
    let refused = boss.try_automate(wrong).await.expect_err("much is wrong");
    for field in ["automation.schedule", "automation.time_zone", "automation.effects"] {
        assert!(refused.message().contains(field), "{}", refused.message());
    }
    let rule = Automation { condition: "ticket.prio == 1".into(), ..sound };
    let refused = boss.try_automate(rule).await.expect_err("no such variable");
    assert_eq!(reason(&refused), "RULE_INVALID");
}
