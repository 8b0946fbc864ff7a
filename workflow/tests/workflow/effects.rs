//! What a drawn workflow demands of a press and does to its ticket.

use crate::{
    drawing::{button, short, stage},
    support::{Client, Desk, fresh, reason},
};
use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::{
    tickets::v1::{
        Category, CommentKind, CreateCategoryRequest, CreateFieldRequest, CreateTicketRequest, Field,
        FieldType, LinkKind, ListLinksRequest, Priority, Status, Ticket, UpdateTicketRequest,
        field_value::Value, timeline_entry::What,
    },
    workflow::v1::{
        CreateChild, Dwell, Effect, FieldFlag, Graph, Guard, Input, NotifyPeople, SetField, Transition,
        TransitionKind, TransitionRequest, WriteComment, dwell::Then, effect::Effect as Does,
    },
};
use rstest::rstest;
use tonic_types::StatusExt as _;

fn does(effect: Does) -> Effect {
    Effect { effect: Some(effect) }
}

fn guard(rule: &str, message: &str) -> Guard {
    Guard { rule: rule.into(), message: message.into(), ..Guard::default() }
}

async fn tag(person: &Client, ticket_id: &str, tags: &[&str]) {
    let ticket = person.ticket(ticket_id).await;
    let ask = UpdateTicketRequest {
        ticket: Some(Ticket { tags: tags.iter().map(|&tag| tag.into()).collect(), ..ticket }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["tags".into()] }),
        request_id: fresh(),
        ..UpdateTicketRequest::default()
    };
    person.tickets.clone().update_ticket(ask).await.expect("tagged");
}

/// What was said on a ticket, oldest first.
async fn said(person: &Client, ticket_id: &str) -> Vec<(String, CommentKind)> {
    let comments = person.timeline(ticket_id).await.into_iter().filter_map(|entry| match entry.what? {
        What::Comment(comment) => Some((comment.text.clone(), comment.kind())),
        _ => None,
    });
    comments.collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_guard_that_fails_is_told_on_the_button_and_by_the_press(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let mut graph = short();
    graph.transitions[0].guards = vec![
        guard("\"checked\" in ticket.tags", "tag it “checked”"),
        guard("ticket.priority == \"HIGH\"", "raise its priority"),
        guard("caller.is_assignee", "take it yourself"),
    ];
    desk.administrator().published("Checked", "", graph).await;
    let id = desk.file(&requester, &department).await.id;
    let offered = agent.options(&id).await.remove(0);
    let reasons: Vec<_> = offered.refusals.iter().map(|refusal| refusal.message.as_str()).collect();
    assert_eq!((offered.enabled, reasons), (false, vec!["tag it “checked”", "raise its priority"]));
    let refused = agent.try_press(agent.pressing(&id, "finish", "").await).await.expect_err("not yet");
    assert_eq!(reason(&refused), "TRANSITION_REFUSED");
    assert_eq!(refused.message(), "tag it “checked”; raise its priority");

    tag(&agent, &id, &["checked"]).await;
    desk.world.settle().await;
    let offered = agent.options(&id).await.remove(0);
    assert_eq!(offered.refusals.len(), 1, "the run has heard of the tag");
}

/// Everything a workflow does to a ticket.
fn busy() -> Graph {
    let mut graph = short();
    graph.stages[0].on_enter = vec![does(Does::AddTag("seen".into()))];
    graph.stages[0].on_exit = vec![does(Does::RemoveTag("seen".into()))];
    let set = SetField { field: "priority".into(), value: "ticket.unassigned ? \"LOW\" : \"URGENT\"".into() };
    let child = CreateChild { subject: "Clean up".into(), ..CreateChild::default() };
    graph.transitions[0].effects = vec![
        does(Does::SetField(set)),
        does(Does::Comment(WriteComment { text: "It is done.".into(), internal: false })),
        does(Does::Comment(WriteComment { text: "Clean up after it.".into(), internal: true })),
        does(Does::CreateChild(child)),
    ];
    graph.stages[1].on_enter = vec![does(Does::AddTag("finished".into()))];
    graph
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_workflow_does_to_its_ticket_is_done_once_and_in_order(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    desk.administrator().published("Busy", "ticket.subject != \"Clean up\"", busy()).await;
    let id = desk.file(&requester, &department).await.id;
    assert_eq!(requester.ticket(&id).await.status(), Status::New);
    assert_eq!(agent.ticket(&id).await.tags, ["seen"]);
    agent.press(&id, "finish", "").await;
    desk.world.settle().await;
    for envelope in desk.ear.about(&id) {
        desk.repeat(&envelope).await;
    }
    let ticket = agent.ticket(&id).await;
    assert_eq!((ticket.tags, ticket.priority), (vec!["finished".to_owned()], Priority::Urgent.into()));
    assert_eq!(
        said(&agent, &id).await,
        [
            ("It is done.".to_owned(), CommentKind::Public),
            ("Clean up after it.".to_owned(), CommentKind::Internal)
        ]
    );
    let ask = ListLinksRequest { ticket_id: id.clone() };
    let links = agent.tickets.clone().list_links(ask).await.expect("links").into_inner().links;
    let [linked] = &links[..] else { panic!("one child, not {links:?}") };
    let child = linked.ticket.as_ref().expect("the child");
    assert_eq!(linked.link.as_ref().expect("a link").kind(), LinkKind::Parent);
    assert_eq!((child.subject.as_str(), child.requester_id.as_str()), ("Clean up", requester.id.as_str()));
    assert_eq!(agent.run(&child.id).await.workflow_id, "wfl_simple");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_tells_people_what_it_has_to_say_when_it_moves(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let (recipients, message) = ("ticket.requester".into(), "Come and get it".into());
    let notify = Does::Notify(NotifyPeople { recipients, message, ..NotifyPeople::default() });
    let mut graph = short();
    graph.transitions[0].effects = vec![does(notify)];
    desk.administrator().published("Talkative", "", graph).await;
    let id = desk.file(&requester, &department).await.id;
    assert!(!desk.ear.names(&id).contains(&"workflow.notice.sent"));
    agent.press(&id, "finish", "").await;
    desk.world.settle().await;
    let told = desk.ear.event(&id, "workflow.notice.sent");
    assert_eq!(told.audience.expect("an audience").user_ids, [requester.id]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_takes_the_children_it_files_comes_to_an_end(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let mut graph = short();
    let child = CreateChild { subject: "One more".into(), ..CreateChild::default() };
    graph.stages[0].on_enter = vec![does(Does::CreateChild(child))];
    graph.stages[1].on_enter = vec![does(Does::CloseChildren("The parent is done.".into()))];
    desk.administrator().published("Broom", "", graph).await;
    let id = desk.file(&requester, &department).await.id;
    let links = async |id: &str| {
        let ask = ListLinksRequest { ticket_id: id.to_owned() };
        agent.tickets.clone().list_links(ask).await.expect("links").into_inner().links
    };
    let of_parent = links(&id).await;
    assert_eq!(of_parent.len(), 1);
    let child = of_parent[0].ticket.as_ref().expect("the child").id.clone();
    assert_eq!(links(&child).await.len(), 1, "only its parent");
    agent.press(&id, "finish", "").await;
    desk.world.settle().await;
    assert_eq!(agent.ticket(&child).await.status(), Status::Closed, "its own button was taken");
    assert_eq!(said(&agent, &child).await, [("The parent is done.".to_owned(), CommentKind::Public)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_by_itself_when_what_it_waits_for_has_happened(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let requester = desk.requester();
    let auto = |key: &str, from: &str, to: &str, rule: &str| Transition {
        kind: TransitionKind::Auto.into(),
        pressers: vec![],
        guards: vec![guard(rule, "not yet")],
        ..button(key, from, to)
    };
    let graph = Graph {
        stages: vec![
            stage("look", "Look", Status::New),
            stage("work", "Work", Status::Open),
            stage("done", "Done", Status::Closed),
        ],
        transitions: vec![
            auto("begin", "look", "work", "!ticket.unassigned"),
            auto("finish", "work", "done", "\"done\" in ticket.tags"),
        ],
    };
    desk.administrator().published("By itself", "", graph).await;
    let id = desk.file(&requester, &department).await.id;
    assert_eq!(requester.ticket(&id).await.status(), Status::New);
    let agent = desk.online_agent(&department).await;
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.stage_key, "work", "whoever comes online gets it, and it goes on");
    tag(&agent, &id, &["done"]).await;
    desk.world.settle().await;
    let ticket = requester.ticket(&id).await;
    assert_eq!((ticket.status(), ticket.stage.expect("a stage").key.as_str()), (Status::Closed, "done"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stage_does_something_about_those_who_stay_too_long(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let after = |hours: i64| Some(prost_types::Duration { seconds: hours * 3600, nanos: 0 });
    let mut graph = short();
    graph.stages[0].dwell =
        Some(Dwell { maximum: after(1), then: Some(Then::TransitionKey("up".into())), ..Dwell::default() });
    let late = does(Does::AddTag("late".into()));
    let mut hurry = stage("hurry", "Hurry", Status::Open);
    hurry.dwell = Some(Dwell { maximum: after(2), then: Some(Then::Effect(late)), ..Dwell::default() });
    graph.stages.insert(1, hurry);
    graph.transitions.extend([button("up", "look", "hurry"), button("finish_fast", "hurry", "done")]);
    desk.administrator().published("In a hurry", "", graph).await;
    let id = desk.file(&requester, &department).await.id;
    desk.world.advance(SignedDuration::from_mins(61)).await;
    assert_eq!(agent.run(&id).await.stage_key, "hurry");
    assert!(agent.ticket(&id).await.tags.is_empty());
    desk.world.advance(SignedDuration::from_mins(121)).await;
    assert_eq!(agent.ticket(&id).await.tags, ["late"]);
    let run = agent.run(&id).await;
    desk.world.advance(SignedDuration::from_hours(24)).await;
    assert_eq!(agent.run(&id).await.version, run.version, "once a visit");
}

/// A category of a department whose form has a serial number and a cost.
async fn assets(desk: &Desk, department_id: &str) -> Category {
    let mut catalogue = desk.catalogue();
    for (key, kind) in [("serial", FieldType::Text), ("cost", FieldType::Number)] {
        let field = Field { key: key.into(), label: key.into(), r#type: kind.into(), ..Field::default() };
        let ask = CreateFieldRequest { field: Some(field), request_id: fresh() };
        catalogue.create_field(ask).await.expect("a field");
    }
    let category = Category {
        department_id: department_id.into(),
        name: "Assets".into(),
        field_keys: vec!["serial".into(), "cost".into()],
        ..Category::default()
    };
    let ask = CreateCategoryRequest { category: Some(category), request_id: fresh() };
    catalogue.create_category(ask).await.expect("a category").into_inner()
}

/// A ticket in a category, taken in by workflow.
async fn filed(desk: &Desk, requester: &Client, category: &Category) -> String {
    let ticket = Ticket {
        subject: "A notebook".into(),
        department_id: category.department_id.clone(),
        category_id: category.id.clone(),
        ..Ticket::default()
    };
    let ask =
        CreateTicketRequest { ticket: Some(ticket), request_id: fresh(), ..CreateTicketRequest::default() };
    let id = requester.tickets.clone().create_ticket(ask).await.expect("filed").into_inner().id;
    desk.world.settle().await;
    id
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_stage_demands_of_the_form_is_given_along_and_kept(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let category = assets(&desk, &department).await;
    let mut graph = short();
    graph.stages[1].fields = [("serial".to_owned(), FieldFlag::Required.into())].into();
    graph.transitions[0].inputs = vec![Input { field: "cost".into(), required: false }];
    graph.transitions[0].guards = vec![guard("ticket.fields.serial != \"S-0\"", "that one is lost")];
    desk.administrator().published("Assets", "", graph).await;
    let id = filed(&desk, &requester, &category).await;
    let asked = agent.options(&id).await.remove(0).inputs;
    let asked: Vec<_> = asked.iter().map(|input| (input.field.as_str(), input.required)).collect();
    assert_eq!(asked, [("cost", false), ("serial", true)]);
    let with = async |inputs: &[(&str, &str)]| {
        let inputs = inputs.iter().map(|&(key, value)| (key.into(), value.into())).collect();
        let pressing = agent.pressing(&id, "finish", "").await;
        agent.try_press(TransitionRequest { inputs, ..pressing }).await
    };
    let missing = with(&[("cost", "12.5")]).await.expect_err("no serial number");
    assert_eq!(
        (reason(&missing).as_str(), missing.message()),
        ("INVALID_FIELDS", "inputs “serial” is missing; fill it in")
    );
    let wrong =
        with(&[("serial", "S-1"), ("cost", "dear"), ("colour", "red")]).await.expect_err("two are wrong");
    let wrong = wrong.get_details_bad_request().expect("violations").field_violations;
    let wrong: Vec<_> = wrong.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(wrong, ["inputs.colour", "inputs.cost"]);
    let lost = with(&[("serial", "S-0")]).await.expect_err("rules see what comes along");
    assert_eq!(lost.message(), "that one is lost");

    let run = with(&[("serial", "S-1"), ("cost", "12.5")]).await.expect("all it asks for");
    assert_eq!(run.category(), Status::Closed);
    let fields = agent.ticket(&id).await.fields;
    assert_eq!(fields["serial"].value, Some(Value::Text("S-1".into())));
    assert_eq!(fields["cost"].value, Some(Value::Number(12.5)));
}
