//! Categories: a tree in a department.

use mesh_core::{db::Engine, error::current_of};
use proto::{
    events::v1::envelope::Event,
    identity::v1::Permission,
    tickets::v1::{Category, CreateCategoryRequest, FieldType, Priority, Ticket},
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Desk, ask, category, field, fresh, reason, wrong_fields};

/// Somebody who manages the catalogue of a department.
const MANAGER: [Permission; 1] = [Permission::CatalogManage];

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_tree_is_listed_with_parents_before_their_children_in_order(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let manager = desk.somebody(&[(&department, &MANAGER)]);
    let later = Category { position: 2, ..category(&department, "Others", &[]) };
    manager.add_category(later).await.expect("added");
    let top = manager.add_category(category(&department, " IT Support ", &[])).await.expect("added");
    assert_eq!((top.name.as_str(), top.etag.as_str()), ("IT Support", "1"));
    for (name, position) in [("Printers", 1), ("Accounts", 0)] {
        let below = Category { parent_id: top.id.clone(), position, ..category(&department, name, &[]) };
        manager.add_category(below).await.expect("added");
    }
    let listed = desk.requester().categories(&department, false).await;
    let names: Vec<_> = listed.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["IT Support", "Accounts", "Printers", "Others"]);
    assert!(desk.requester().categories(&desk.department(), false).await.is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_taken_once_below_its_parent_in_any_case(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, elsewhere) = (desk.department(), desk.department());
    let boss = desk.administrator();
    let first = boss.add_category(category(&department, "Printers", &[])).await.expect("added");
    let refusal = boss.add_category(category(&department, "printers", &[])).await.expect_err("taken");
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::AlreadyExists, "ALREADY_EXISTS"));
    boss.add_category(category(&elsewhere, "Printers", &[])).await.expect("another department");
    let below = Category { parent_id: first.id.clone(), ..category(&department, "Printers", &[]) };
    let below = boss.add_category(below).await.expect("another parent");
    let up = Category { parent_id: String::new(), ..below };
    let refusal = boss.change_category(up, &["parent_id"]).await.expect_err("taken there");
    assert_eq!(refusal.code(), Code::AlreadyExists);
    boss.archive_category(&first).await.expect("archived");
    boss.add_category(category(&department, "Printers", &[])).await.expect("free again");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn no_category_stands_below_itself_or_deeper_than_four_levels(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let boss = desk.administrator();
    let mut path: Vec<Category> = vec![];
    for level in 1..=4 {
        let parent_id = path.last().map(|one| one.id.clone()).unwrap_or_default();
        let next = Category { parent_id, ..category(&department, &format!("Level {level}"), &[]) };
        path.push(boss.add_category(next).await.expect("added"));
    }
    let fifth = Category { parent_id: path[3].id.clone(), ..category(&department, "Level 5", &[]) };
    let refusal = boss.add_category(fifth).await.expect_err("too deep");
    assert_eq!(wrong_fields(&refusal), ["category.parent_id"]);
    for below in [&path[0], &path[2]] {
        let circle = Category { parent_id: below.id.clone(), ..path[0].clone() };
        let refusal = boss.change_category(circle, &["parent_id"]).await.expect_err("a circle");
        assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::FailedPrecondition, "LINK_CIRCLE"));
    }
    let other = boss.add_category(category(&department, "Other", &[])).await.expect("added");
    let moved = Category { parent_id: other.id.clone(), ..path[0].clone() };
    let refusal = boss.change_category(moved, &["parent_id"]).await.expect_err("its last one is too deep");
    assert_eq!(wrong_fields(&refusal), ["category.parent_id"]);
    let moved = Category { parent_id: other.id, ..path[1].clone() };
    boss.change_category(moved, &["parent_id"]).await.expect("fits");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_parent_is_in_use_and_of_the_same_department(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, elsewhere) = (desk.department(), desk.department());
    let boss = desk.administrator();
    let foreign = boss.add_category(category(&elsewhere, "Elsewhere", &[])).await.expect("added");
    let gone = boss.add_category(category(&department, "Gone", &[])).await.expect("added");
    boss.archive_category(&gone).await.expect("archived");
    for parent_id in [foreign.id, gone.id, desk.id("cat")] {
        let below = Category { parent_id, ..category(&department, "Below", &[]) };
        let refusal = boss.add_category(below).await.expect_err("no such parent");
        assert_eq!(reason(&refusal), "CATEGORY_UNAVAILABLE");
    }
    let closed = desk.department();
    desk.directory.archive_department(&closed);
    let refusal = boss.add_category(category(&closed, "Late", &[])).await.expect_err("archived");
    assert_eq!(reason(&refusal), "DEPARTMENT_ARCHIVED");
    let refusal = boss.add_category(category(&desk.id("dep"), "Lost", &[])).await.expect_err("unknown");
    assert_eq!(wrong_fields(&refusal), ["category.department_id"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_archived_category_takes_those_below_with_it_and_its_tickets_keep_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (boss, agent) = (desk.administrator(), desk.agent(&department));
    let top = boss.add_category(category(&department, "Top", &[])).await.expect("added");
    let below = Category { parent_id: top.id.clone(), ..category(&department, "Below", &[]) };
    let below = boss.add_category(below).await.expect("added");
    let filed = Ticket { category_id: below.id.clone(), ..ask(&department, "Printer") };
    let ticket = agent.create(filed.clone()).await.expect("filed");
    let archived = boss.archive_category(&top).await.expect("archived");
    assert!(archived.archive_time.is_some());
    assert!(agent.categories(&department, false).await.is_empty());
    let all = agent.categories(&department, true).await;
    assert!(all.len() == 2 && all.iter().all(|one| one.archive_time.is_some()), "{all:?}");
    let refusal = boss.archive_category(&archived).await.expect_err("again");
    assert_eq!(reason(&refusal), "WRONG_STATE");
    let refusal = boss.change_category(archived, &["name"]).await.expect_err("it stays as it is");
    assert_eq!(reason(&refusal), "WRONG_STATE");

    let refusal = agent.create(filed).await.expect_err("no new tickets");
    assert_eq!(
        (refusal.code(), reason(&refusal).as_str()),
        (Code::FailedPrecondition, "CATEGORY_UNAVAILABLE")
    );
    let renamed = Ticket { subject: "Plotter".into(), ..ticket };
    let kept = agent.update(renamed, &["subject", "category_id"]).await.expect("the old one stays");
    assert_eq!(kept.category_id, below.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_who_manages_the_catalogue_of_the_department_changes_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let manager = desk.somebody(&[(&here, &MANAGER)]);
    let mine = manager.add_category(category(&here, "Mine", &[])).await.expect("may");
    let refusal = manager.add_category(category(&there, "Theirs", &[])).await.expect_err("not there");
    assert_eq!(refusal.code(), Code::PermissionDenied);
    let (agent, other) = (desk.agent(&here), desk.somebody(&[(&there, &MANAGER)]));
    for stranger in [agent, other, desk.requester()] {
        let refusals = [
            stranger.add_category(category(&here, "No", &[])).await.expect_err("add"),
            stranger.change_category(mine.clone(), &["name"]).await.expect_err("change"),
            stranger.archive_category(&mine).await.expect_err("archive"),
        ];
        assert!(refusals.iter().all(|refusal| refusal.code() == Code::PermissionDenied), "{refusals:?}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stale_change_is_refused_with_the_category_as_it_is(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    let first = boss.add_category(category(&desk.department(), "Printers", &[])).await.expect("added");
    let renamed = Category { name: "Plotters".into(), ..first.clone() };
    let now = boss.change_category(renamed, &["name"]).await.expect("the first one wins");
    let refusal = boss.change_category(first.clone(), &["name"]).await.expect_err("stale");
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::Aborted, "STALE_ETAG"));
    assert_eq!(current_of::<Category>(&refusal), Some(now.clone()));
    assert_eq!(boss.archive_category(&first).await.expect_err("stale").code(), Code::Aborted);
    let blind = Category { etag: String::new(), ..now.clone() };
    assert_eq!(
        reason(&boss.change_category(blind.clone(), &["name"]).await.expect_err("unread")),
        "ETAG_REQUIRED"
    );
    assert_eq!(desk.program().change_category(blind, &["name"]).await.expect("no change"), now);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_adds_one_category(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (boss, department) = (desk.administrator(), desk.department());
    let once =
        CreateCategoryRequest { category: Some(category(&department, "Once", &[])), request_id: fresh() };
    let first = boss.catalogue().create_category(once.clone()).await.expect("added").into_inner();
    let second = boss.catalogue().create_category(once).await.expect("the same answer").into_inner();
    assert_eq!(first, second);
    assert_eq!(boss.categories(&department, true).await.len(), 1);
    desk.world.settle().await;
    let heard = desk.ear.heard();
    let Some(Event::TicketsCatalogChanged(news)) = &heard[0].event else { panic!("{heard:?}") };
    assert_eq!((news.department_id.as_str(), &news.category_ids), (department.as_str(), &vec![first.id]));
    assert!(heard.len() == 1 && heard[0].audience.as_ref().expect("an audience").everyone);
    assert_eq!(desk.ear.names(), ["tickets.catalog.changed"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_part_of_a_category_is_named_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    boss.add_field(field("device", FieldType::Text)).await.expect("added");
    let wrong = Category {
        department_id: "dep_1".into(),
        parent_id: "top".into(),
        name: "a\u{202e}b".into(),
        description: "x".repeat(501),
        field_keys: vec!["device".into(), "devise".into()],
        default_priority: 9,
        ..Category::default()
    };
    let refusal = boss.add_category(wrong).await.expect_err("refused");
    let mut fields = wrong_fields(&refusal);
    fields.sort();
    assert_eq!(
        fields,
        [
            "category.default_priority",
            "category.department_id",
            "category.description",
            "category.field_keys[1]",
            "category.name",
            "category.parent_id"
        ]
    );
    assert!(refusal.message().contains("did you mean device?"), "{}", refusal.message());
    let department = desk.department();
    let doubled = category(&department, "Twice", &["device", "device"]);
    assert_eq!(wrong_fields(&boss.add_category(doubled).await.expect_err("twice")), ["category.field_keys"]);
    let added = boss.add_category(category(&department, "Fine", &[])).await.expect("added");
    for paths in [&["department_id"][..], &["nonsense"], &[]] {
        let refusal = boss.change_category(added.clone(), paths).await.expect_err("refused");
        assert_eq!(wrong_fields(&refusal), ["update_mask"], "{paths:?}");
    }
    let nobody = Category { id: desk.id("cat"), ..added };
    assert_eq!(boss.change_category(nobody, &["name"]).await.expect_err("unknown").code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_gets_the_priority_of_its_category_unless_it_has_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, elsewhere) = (desk.department(), desk.department());
    let (boss, agent) = (desk.administrator(), desk.agent(&department));
    let urgent = Category { default_priority: Priority::High.into(), ..category(&department, "Outage", &[]) };
    let urgent = boss.add_category(urgent).await.expect("added");
    let calm = boss.add_category(category(&department, "Question", &[])).await.expect("added");
    let filed = |category_id: &str| Ticket { category_id: category_id.into(), ..ask(&department, "Printer") };
    let ticket = agent.create(filed(&urgent.id)).await.expect("filed");
    assert_eq!((ticket.priority(), ticket.priority_by_hand), (Priority::High, false));
    let chosen = Ticket { priority: Priority::Low.into(), ..filed(&urgent.id) };
    let chosen = agent.create(chosen).await.expect("filed");
    assert_eq!((chosen.priority(), chosen.priority_by_hand), (Priority::Low, true));
    let calmed = Ticket { category_id: calm.id.clone(), ..ticket };
    let calmed = agent.update(calmed, &["category_id"]).await.expect("moved");
    assert_eq!(calmed.priority(), Priority::Normal);

    let refusal = agent.create(filed(&desk.id("cat"))).await.expect_err("unknown");
    assert_eq!(reason(&refusal), "CATEGORY_UNAVAILABLE");
    let foreign = boss.add_category(category(&elsewhere, "Elsewhere", &[])).await.expect("added");
    let foreign = Ticket { category_id: foreign.id, ..calmed.clone() };
    let refusal = agent.update(foreign, &["category_id"]).await.expect_err("of another department");
    assert_eq!(reason(&refusal), "CATEGORY_UNAVAILABLE");
    let moved = Ticket { department_id: elsewhere.clone(), ..calmed };
    let moved = boss.update(moved, &["department_id"]).await.expect("moved");
    assert_eq!((moved.department_id, moved.category_id), (elsewhere, String::new()));
}
