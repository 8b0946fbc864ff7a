//! What the audit log hears of tickets: settings, what is shared, what leaves, what is deleted for good.

use mesh_core::db::Engine;
use proto::{
    identity::v1::Permission,
    tickets::v1::{
        Category, DeleteTicketRequest, FieldType, Priority, PriorityMatrix, Sharing, SharingKind,
        TicketQuery, View,
    },
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    importing::row,
    support::{AGENT, Desk, category, field, fresh},
    views::{personal, sharing},
};

fn told(json: &str) -> Value {
    serde_json::from_str(json).expect("a JSON object")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_changed_the_catalogue_and_how_is_in_the_log(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, department) = (desk.administrator(), desk.department());
    let made = boss.add_category(category(&department, "Printers", &[])).await.expect("added");
    let moved = Category { name: "Printing".into(), ..made.clone() };
    let moved = boss.change_category(moved, &["name"]).await.expect("changed");
    boss.change_category(moved.clone(), &["name"]).await.expect("as it was");
    boss.archive_category(&moved).await.expect("archived");
    let model = boss.add_field(field("model", FieldType::Text)).await.expect("added");
    boss.archive_field(&model).await.expect("archived");
    let PriorityMatrix { mut cells, etag } = boss.matrix().await;
    for cell in &mut cells {
        cell.priority = Priority::High.into();
    }
    boss.change_matrix(PriorityMatrix { cells, etag }).await.expect("changed");
    desk.world.settle().await;

    let ledger = &desk.directory.ledger;
    let expected = [
        "category.created",
        "category.updated",
        "category.archived",
        "field.created",
        "field.archived",
        "priority_matrix.updated",
    ];
    assert_eq!(ledger.actions(), expected, "an edit that changes nothing is no deed");
    let line = ledger.latest("category.updated");
    assert_eq!((line.actor_id, line.target), (boss.id.clone(), made.id.clone()));
    assert!(!line.session_id.is_empty() && line.time.is_some());
    assert_eq!(told(&line.before_json), json!({"name": "Printers"}));
    assert_eq!(told(&line.after_json), json!({"name": "Printing"}));
    assert_eq!(told(&ledger.latest("category.archived").after_json)["category_ids"], json!([made.id]));
    assert_eq!(told(&ledger.latest("field.created").after_json)["key"], "model");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_deed_that_is_sent_again_is_told_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (boss, department) = (desk.administrator(), desk.department());
    let ask = proto::tickets::v1::CreateCategoryRequest {
        category: Some(category(&department, "Printers", &[])),
        request_id: fresh(),
    };
    for _ in 0..2 {
        boss.catalogue().create_category(ask.clone()).await.expect("added");
    }
    boss.add_category(category(&department, "printers", &[])).await.expect_err("is taken");
    desk.world.settle().await;
    assert_eq!(desk.directory.ledger.actions(), ["category.created"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_others_use_is_told_and_what_is_personal_is_not(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let held: Vec<_> = AGENT.into_iter().chain([Permission::ViewShare]).collect();
    let agent = desk.somebody(&[(&department, &held)]);
    let own = agent.save(personal("Mine", "")).await.expect("saved");
    agent.save(personal("Mine, too", "")).await.expect("saved");
    let there = sharing(SharingKind::Department, &department);
    let shared = agent.change(View { sharing: Some(there), ..own }, &["sharing"]).await.expect("shared");
    let back = Some(Sharing { kind: SharingKind::Personal.into(), ..Sharing::default() });
    let own = agent.change(View { sharing: back, ..shared }, &["sharing"]).await.expect("taken back");
    agent.drop_view(&own).await.expect("deleted");
    desk.world.settle().await;
    let ledger = &desk.directory.ledger;
    assert_eq!(ledger.actions(), ["view.updated", "view.updated"]);
    let line = ledger.latest("view.updated");
    assert_eq!((line.target, line.actor_id), (own.id, agent.id));
    assert_eq!(told(&line.before_json)["sharing"]["department_id"], department.as_str());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_and_goes_out_is_told_and_so_is_who_deleted_what_and_why(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, department) = (desk.administrator(), desk.department());
    boss.import(vec![row("1", &department), row("2", "dep_nowhere")]).await.expect("reported");
    boss.import(vec![row("1", &department)]).await.expect("nothing new");
    let query = TicketQuery { department_ids: vec![department.clone()], ..TicketQuery::default() };
    boss.export(query).await.expect("exported");
    let ticket = boss.file(&department, "My salary").await;
    let delete = DeleteTicketRequest {
        id: ticket.id.clone(),
        etag: ticket.etag,
        request_id: fresh(),
        reason: "a private matter".into(),
    };
    boss.raw().delete_ticket(delete).await.expect("deleted");
    desk.world.settle().await;

    let ledger = &desk.directory.ledger;
    assert_eq!(ledger.actions(), ["import.begun", "import.finished", "ticket.exported", "ticket.deleted"]);
    let came = told(&ledger.latest("import.finished").after_json);
    assert_eq!((&came["created"], &came["refused"]), (&json!(1), &json!(1)));
    let asked = told(&ledger.latest("ticket.exported").after_json);
    assert_eq!(
        (&asked["query"]["department_ids"], &asked["with_comments"]),
        (&json!([department]), &json!(true))
    );
    let gone = ledger.latest("ticket.deleted");
    assert_eq!((gone.target, gone.reason), (ticket.id, "a private matter".into()));
    assert_eq!(told(&gone.before_json)["number"], ticket.number.as_str());
    assert!(!gone.before_json.contains("salary"), "its words are gone");
}
