//! The catalogue that is shipped, taken into departments.

use mesh_core::db::Engine;
use proto::{
    identity::v1::Permission,
    tickets::v1::{
        AdoptCategoryTemplatesRequest, Category, ListCategoryTemplatesRequest, Money, Ticket,
        field_value::Value,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Desk, answers, ask, category, fresh, text, wrong_fields};

const ALL: [&str; 5] = ["it_support", "asset_check_in", "asset_check_out", "new_budget_proposal", "others"];

/// A ticket in the category of this name.
fn filed(categories: &[Category], name: &str, given: &[(&str, Value)]) -> Ticket {
    let asked = categories.iter().find(|one| one.name == name).expect("there is such a category");
    Ticket { category_id: asked.id.clone(), fields: answers(given), ..ask(&asked.department_id, name) }
}

fn day(day: &str) -> Value {
    Value::Date(day.to_owned())
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_whole_catalogue_is_adopted_once_however_often_it_is_asked_for(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, department) = (desk.administrator(), desk.department());
    let ask = ListCategoryTemplatesRequest {};
    let templates =
        boss.catalogue().list_category_templates(ask).await.expect("lists").into_inner().templates;
    let keys: Vec<_> = templates.iter().map(|template| template.key.as_str()).collect();
    assert_eq!(keys, ALL);
    let below: Vec<_> = templates.iter().map(|template| template.category_names.len()).collect();
    assert_eq!(below, [10, 0, 0, 4, 0]);
    let adopted = boss.adopt(&department, &ALL).await.expect("adopted");
    assert_eq!(adopted.categories.len(), 5 + 10 + 4);
    let listed = boss.categories(&department, false).await;
    assert_eq!(listed, adopted.categories, "a parent before its children, in the order shipped");
    let again = boss.adopt(&department, &ALL).await.expect("nothing new");
    assert_eq!(again, adopted);
    desk.world.settle().await;
    assert_eq!(desk.ear.names(), ["tickets.catalog.changed"]);
    let mut fields: Vec<_> = adopted.fields.iter().map(|field| field.key.clone()).collect();
    let mut of_templates: Vec<_> = templates.into_iter().flat_map(|template| template.field_keys).collect();
    fields.sort();
    of_templates.sort();
    of_templates.dedup();
    assert_eq!(fields, of_templates);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_shipped_forms_ask_what_the_original_asked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let categories = boss.adopt(&department, &ALL).await.expect("adopted").categories;
    let filed = |name: &str, given: &[(&str, Value)]| filed(&categories, name, given);
    let asset = [
        ("asset_product", text("laptop")),
        ("asset", text("IV-1107")),
        ("asset_location", text("warehouse")),
    ];
    let refusal = requester.create(filed("Asset Check In", &asset)).await.expect_err("in which state?");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.asset_issue"]);
    let refusal = requester.create(filed("Asset Check Out", &asset)).await.expect_err("until when?");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.expected_return_date"]);
    let until = [asset.as_slice(), &[("expected_return_date", day("2026-03-01"))]].concat();
    requester.create(filed("Asset Check Out", &until)).await.expect("filed");
    let other = [asset.as_slice(), &[("asset_issue", text("other"))]].concat();
    let refusal = requester.create(filed("Asset Check In", &other)).await.expect_err("which other?");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.asset_issue_other"]);
    let device = [("device_type", text("other")), ("device_other", text("Plotter"))];
    requester.create(filed("Printer/Scanner Setup or Issue", &device)).await.expect("its parent's fields");
    requester.create(filed("Others", &[])).await.expect("it has no fields");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_shipped_budget_proposal_asks_for_its_items_and_its_time(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let categories = boss.adopt(&department, &ALL).await.expect("adopted").categories;
    let filed = |name: &str, given: &[(&str, Value)]| filed(&categories, name, given);
    let refusal =
        requester.create(filed("Capital Expenses (CapEx)", &[])).await.expect_err("much is missing");
    assert_eq!(
        wrong_fields(&refusal),
        [
            "ticket.fields.cost_range",
            "ticket.fields.budget_items",
            "ticket.fields.performance_start",
            "ticket.fields.performance_end",
            "ticket.fields.capex_elements"
        ]
    );
    let elements = Value::Choices(proto::tickets::v1::Choices { keys: vec!["equipment".into()] });
    let total = Value::Money(Money { currency_code: "EUR".into(), units: 5_400, nanos: 0 });
    let budget = [
        ("cost_range", text("up_to_10000")),
        ("budget_items", text("Equipment, 4800, measuring device\nSoftware, 600, yearly care")),
        ("requested_budget", total),
        ("performance_start", day("2026-02-01")),
        ("performance_end", day("2026-12-31")),
        ("prepared_by", text(&requester.id)),
        ("capex_elements", elements),
    ];
    requester.create(filed("Capital Expenses (CapEx)", &budget)).await.expect("filed");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_stays_as_it_is_and_a_manager_adopts_where_he_may(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (first, second) = (desk.department(), desk.department());
    let (boss, manager) = (desk.administrator(), desk.somebody(&[(&second, &[Permission::CatalogManage])]));
    let mine = Category { description: "Ours.".into(), ..category(&second, "IT support", &[]) };
    let mine = boss.add_category(mine).await.expect("added");
    let refusal = manager.adopt(&second, &["it_support"]).await.expect_err("its fields are everywhere's");
    assert_eq!(refusal.code(), Code::PermissionDenied);
    assert_eq!(manager.categories(&second, true).await.len(), 1, "nothing was done by halves");
    boss.adopt(&first, &["it_support"]).await.expect("adopted");
    let adopted = manager.adopt(&second, &["it_support"]).await.expect("the fields are there now");
    assert_eq!((adopted.categories.len(), &adopted.categories[0]), (11, &mine));
    assert_eq!(
        manager.adopt(&first, &["others"]).await.expect_err("not there").code(),
        Code::PermissionDenied
    );
    assert_eq!(wrong_fields(&boss.adopt(&first, &[]).await.expect_err("none")), ["template_keys"]);
    let refusal = boss.adopt("dep_1", &["others", "other"]).await.expect_err("no such template");
    assert_eq!(wrong_fields(&refusal), ["department_id", "template_keys[1]"]);
    let request = AdoptCategoryTemplatesRequest {
        department_id: first,
        template_keys: vec!["others".into()],
        request_id: fresh(),
    };
    let once =
        boss.catalogue().adopt_category_templates(request.clone()).await.expect("adopted").into_inner();
    let twice = boss.catalogue().adopt_category_templates(request).await.expect("the same").into_inner();
    assert_eq!(once, twice);
}
