//! Fields of forms: adding, changing, putting away, and who sees which.

use mesh_core::{db::Engine, error::current_of};
use proto::{
    events::v1::envelope::Event,
    identity::v1::Permission,
    tickets::v1::{
        Category, CreateFieldRequest, Field, FieldType, FieldValue, Money, Option as Choice,
        field_value::Value,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Desk, category, choice, field, fresh, reason, text, wrong_fields};

fn starting_with(value: Value, field: Field) -> Field {
    Field { default_value: Some(FieldValue { value: Some(value) }), ..field }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_form_has_the_fields_of_the_categories_above_first_each_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, department) = (desk.administrator(), desk.department());
    for key in ["site", "device", "serial", "gone"] {
        boss.add_field(field(key, FieldType::Text)).await.expect("added");
    }
    let top = boss.add_category(category(&department, "Top", &["site", "gone"])).await.expect("added");
    let below =
        Category { parent_id: top.id, ..category(&department, "Below", &["device", "site", "serial"]) };
    let below = boss.add_category(below).await.expect("added");
    let gone = boss.form(&below, &[]).await.expect("a form").fields.remove(1);
    boss.archive_field(&gone).await.expect("archived");
    let form = desk.requester().form(&below, &[]).await.expect("a form");
    let keys: Vec<_> = form.fields.iter().map(|field| field.key.as_str()).collect();
    assert_eq!(keys, ["site", "device", "serial"]);
    assert_eq!(form.visible_keys, keys);
    assert!(form.required_keys.is_empty());
    assert_eq!(boss.field_keys(false).await, ["device", "serial", "site"]);
    assert_eq!(boss.field_keys(true).await, ["device", "gone", "serial", "site"]);
    let nowhere = Category { id: desk.id("cat"), ..below };
    assert_eq!(boss.form(&nowhere, &[]).await.expect_err("unknown").code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn fields_come_back_as_they_were_written_and_change_but_for_key_and_type(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    let device = Field { help: "What it is.".into(), ..choice("device", &["laptop", "other"]) };
    let device = boss.add_field(starting_with(text("laptop"), device)).await.expect("added");
    assert!(device.id.starts_with("fld_") && device.etag == "1", "{device:?}");
    let mut options = device.options.clone();
    options[0].retired = true;
    options.push(Choice { key: "monitor".into(), label: "Monitor".into(), retired: false });
    let sent = Field {
        label: "Which device".into(),
        options: options.clone(),
        default_value: None,
        key: "ignored".into(),
        r#type: FieldType::Bool.into(),
        ..device.clone()
    };
    let changed = boss.change_field(sent, &["label", "options", "default_value"]).await.expect("changed");
    assert_eq!(
        changed,
        Field {
            label: "Which device".into(),
            options,
            default_value: None,
            etag: "2".into(),
            ..device.clone()
        }
    );
    let refusal = boss.change_field(device.clone(), &["label"]).await.expect_err("stale");
    assert_eq!((refusal.code(), current_of::<Field>(&refusal)), (Code::Aborted, Some(changed.clone())));
    for paths in [&["key"][..], &["type"], &[]] {
        let refusal = boss.change_field(changed.clone(), paths).await.expect_err("refused");
        assert_eq!(wrong_fields(&refusal), ["update_mask"], "{paths:?}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn options_are_retired_and_fields_put_away_but_nothing_is_removed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    let device = boss.add_field(choice("device", &["laptop", "other"])).await.expect("added");
    let fewer = Field { options: device.options[1..].to_vec(), ..device.clone() };
    let refusal = boss.change_field(fewer, &["options"]).await.expect_err("tickets may have it");
    assert!(refusal.message().contains("retire it instead"), "{}", refusal.message());
    let archived = boss.archive_field(&device).await.expect("archived");
    assert!(archived.archive_time.is_some());
    assert_eq!(reason(&boss.archive_field(&archived).await.expect_err("again")), "WRONG_STATE");
    assert_eq!(reason(&boss.change_field(archived, &["label"]).await.expect_err("it stays")), "WRONG_STATE");
    let again = field("device", FieldType::Text);
    assert_eq!(boss.add_field(again).await.expect_err("the key is kept").code(), Code::AlreadyExists);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_part_of_a_field_is_named_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    let wrong = Field {
        key: "Device".into(),
        label: " ".into(),
        help: "x".repeat(501),
        options: vec![Choice { key: "a b".into(), label: String::new(), retired: false }],
        required_when: "true &&".into(),
        visible_when: "x".repeat(1_001),
        ..Field::default()
    };
    let refusal = boss.add_field(wrong).await.expect_err("refused");
    let mut fields = wrong_fields(&refusal);
    fields.sort();
    assert_eq!(
        fields,
        [
            "field.help",
            "field.key",
            "field.label",
            "field.options[0].key",
            "field.options[0].label",
            "field.required_when",
            "field.type",
            "field.visible_when"
        ]
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn keys_options_and_defaults_fit_the_field(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    for key in ["", "1st", "a-b", "ä", "in", "for", "import", &"x".repeat(65)] {
        let refusal = boss
            .add_field(Field { label: "Any".into(), ..field(key, FieldType::Text) })
            .await
            .expect_err("no key");
        assert_eq!(wrong_fields(&refusal), ["field.key"], "{key}");
    }
    let without = Field { options: vec![], ..choice("device", &["x"]) };
    assert_eq!(
        wrong_fields(&boss.add_field(without).await.expect_err("nothing to choose")),
        ["field.options"]
    );
    let with = Field { options: choice("x", &["y"]).options, ..field("name", FieldType::Text) };
    assert_eq!(wrong_fields(&boss.add_field(with).await.expect_err("no choice")), ["field.options"]);
    let twice = choice("device", &["same", "same"]);
    assert_eq!(wrong_fields(&boss.add_field(twice).await.expect_err("twice")), ["field.options[1].key"]);
    let other = starting_with(text("laptob"), choice("device", &["laptop"]));
    let refusal = boss.add_field(other).await.expect_err("not offered");
    assert_eq!(wrong_fields(&refusal), ["field.default_value"]);
    assert!(refusal.message().contains("did you mean laptop?"), "{}", refusal.message());
    let nobody = starting_with(text(&desk.id("usr")), field("lead", FieldType::User));
    assert_eq!(wrong_fields(&boss.add_field(nobody).await.expect_err("nobody")), ["field.default_value"]);
    assert!(boss.field_keys(true).await.is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_cant_be_asked_is_refused_with_position_and_sentence(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    boss.add_field(choice("device", &["laptop", "other"])).await.expect("added");
    boss.add_field(field("cost", FieldType::Money)).await.expect("added");
    for (rule, said) in [
        (
            "fields.devise == \"other\"",
            "line 1, column 1: there is no variable `fields.devise`; did you mean `fields.device`?",
        ),
        ("fields.cost > \"100\"", "line 1, column 15: a number can't be compared with a text"),
        ("priority = \"HIGH\"", "line 1, column 10: `=` is no operator; compare with `==`"),
        ("size(category)", "line 1, column 1: a rule needs true or false, and this is a whole number"),
    ] {
        let sent = Field { required_when: rule.into(), ..field("other", FieldType::Text) };
        let refusal = boss.add_field(sent).await.expect_err("refused");
        assert_eq!(wrong_fields(&refusal), ["field.required_when"], "{rule}");
        assert!(refusal.message().contains(said), "{rule}: {}", refusal.message());
    }
    let fine = Field {
        visible_when: "fields.device == 'other' && !has(fields.other) && fields.cost >= 1.5 && category != \"\" && now > timestamp(\"2026-01-01T00:00:00Z\")".into(),
        required_when: "priority in ['HIGH', 'URGENT'] || impact == 'HIGH' || urgency == 'LOW' || source == 'PORTAL' || requester_id == on_behalf_of_id || category_id == department_id".into(),
        ..field("other", FieldType::Text)
    };
    boss.add_field(fine).await.expect("rules may speak of all that");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn rules_that_requesters_see_speak_of_no_field_of_the_staff(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    let risk = Field { staff_only: true, ..field("risk", FieldType::Bool) };
    let risk = boss.add_field(risk).await.expect("added");
    let telling = Field { visible_when: "fields.risk".into(), ..field("reason", FieldType::Text) };
    let refusal = boss.add_field(telling.clone()).await.expect_err("it would tell");
    assert_eq!(wrong_fields(&refusal), ["field.visible_when"]);
    let staffs = Field { staff_only: true, ..telling };
    let staffs = boss.add_field(staffs).await.expect("the staff may know");
    let open = Field { staff_only: false, ..staffs };
    assert_eq!(
        wrong_fields(&boss.change_field(open, &["staff_only"]).await.expect_err("told")),
        ["field.visible_when"]
    );
    let device = boss.add_field(field("device", FieldType::Text)).await.expect("added");
    let asked = Field { visible_when: "has(fields.device)".into(), ..field("serial", FieldType::Text) };
    boss.add_field(asked).await.expect("added");
    let hidden = Field { staff_only: true, ..device };
    let refusal = boss.change_field(hidden, &["staff_only"]).await.expect_err("others speak of it");
    assert_eq!(wrong_fields(&refusal), ["field.staff_only"]);
    assert!(refusal.message().contains("visible_when of \"serial\""), "{}", refusal.message());
    boss.archive_field(&risk).await.expect("what rules speak of may be put away");
    boss.change_matrix(boss.matrix().await).await.expect("and the catalogue goes on");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn fields_of_the_staff_are_nowhere_for_requesters(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, elsewhere) = (desk.department(), desk.department());
    let boss = desk.administrator();
    boss.add_field(Field {
        staff_only: true,
        required_when: "true".into(),
        ..field("risk", FieldType::Bool)
    })
    .await
    .expect("added");
    boss.add_field(field("device", FieldType::Text)).await.expect("added");
    let asked = boss.add_category(category(&department, "Device", &["risk", "device"])).await.expect("added");
    let (agent, stranger) = (desk.agent(&department), desk.agent(&elsewhere));
    let form = agent.form(&asked, &[]).await.expect("a form");
    assert_eq!((form.fields.len(), form.required_keys), (2, vec!["risk".to_owned()]));
    assert_eq!(agent.categories(&department, false).await[0].field_keys, ["risk", "device"]);
    for person in [desk.requester(), stranger] {
        let form = person.form(&asked, &[]).await.expect("a form");
        assert_eq!((form.fields.len(), form.visible_keys), (1, vec!["device".to_owned()]));
        assert!(form.required_keys.is_empty());
        assert_eq!(person.categories(&department, false).await[0].field_keys, ["device"]);
    }
    assert_eq!(desk.requester().field_keys(true).await, ["device"]);
    assert_eq!(agent.field_keys(true).await, ["device", "risk"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_form_says_what_is_shown_and_required_for_what_was_entered(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, department) = (desk.administrator(), desk.department());
    boss.add_field(choice("device", &["laptop", "other"])).await.expect("added");
    boss.add_field(field("cost", FieldType::Money)).await.expect("added");
    let other = Field {
        visible_when: "fields.device == 'other'".into(),
        required_when: "fields.cost > 100.0".into(),
        ..field("other", FieldType::Text)
    };
    boss.add_field(other).await.expect("added");
    let asked = boss
        .add_category(category(&department, "Device", &["device", "other", "cost"]))
        .await
        .expect("added");
    let requester = desk.requester();
    let euros = |units| Value::Money(Money { currency_code: "EUR".into(), units, nanos: 0 });
    for (given, visible, required) in [
        (vec![], vec!["device", "cost"], vec![]),
        (vec![("device", text("laptop")), ("cost", euros(500))], vec!["device", "cost"], vec![]),
        (vec![("device", text("other")), ("cost", euros(99))], vec!["device", "other", "cost"], vec![]),
        (
            vec![("device", text("other")), ("cost", euros(101))],
            vec!["device", "other", "cost"],
            vec!["other"],
        ),
        (vec![("device", text("nonsense")), ("x", text("y"))], vec!["device", "cost"], vec![]),
    ] {
        let form = requester.form(&asked, &given).await.expect("a form");
        assert_eq!(
            (
                form.visible_keys.iter().map(String::as_str).collect(),
                form.required_keys.iter().map(String::as_str).collect()
            ),
            (visible, required),
            "{given:?}"
        );
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_who_manages_catalogues_everywhere_changes_fields_once_and_everybody_hears(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (boss, manager) =
        (desk.administrator(), desk.somebody(&[(&department, &[Permission::CatalogManage])]));
    let once = CreateFieldRequest { field: Some(field("device", FieldType::Text)), request_id: fresh() };
    let added = boss.catalogue().create_field(once.clone()).await.expect("added").into_inner();
    assert_eq!(boss.catalogue().create_field(once).await.expect("the same answer").into_inner(), added);
    let refusals = [
        manager.add_field(field("x", FieldType::Text)).await.expect_err("add"),
        manager.change_field(added.clone(), &["label"]).await.expect_err("change"),
        manager.archive_field(&added).await.expect_err("archive"),
        manager.change_matrix(manager.matrix().await).await.expect_err("matrix"),
    ];
    assert!(refusals.iter().all(|refusal| refusal.code() == Code::PermissionDenied), "{refusals:?}");
    desk.world.settle().await;
    let heard = desk.ear.heard();
    let Some(Event::TicketsCatalogChanged(news)) = &heard[0].event else { panic!("{heard:?}") };
    assert_eq!((heard.len(), &news.field_ids, news.department_id.as_str()), (1, &vec![added.id], ""));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_fields_are_in_use_and_not_one_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, department) = (desk.administrator(), desk.department());
    let mut keys = vec![];
    for number in 0..500 {
        let is_chained = (1..20).contains(&number);
        let rule = if is_chained { format!("has(fields.f{})", number - 1) } else { String::new() };
        let one = Field { visible_when: rule, ..field(&format!("f{number}"), FieldType::Text) };
        keys.push(boss.add_field(one).await.expect("added").key);
    }
    let refusal = boss.add_field(field("one_more", FieldType::Text)).await.expect_err("full");
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::FailedPrecondition, "TOO_MANY"));
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let asked = boss.add_category(category(&department, "Everything", &keys)).await.expect("added");
    // Twenty are shown only when the one before is filled: without the first they all go.
    let filled: Vec<_> = keys.iter().map(|key| (*key, text("x"))).collect();
    assert_eq!(boss.form(&asked, &filled).await.expect("a form").visible_keys.len(), 500);
    assert_eq!(boss.form(&asked, &filled[1..]).await.expect("a form").visible_keys.len(), 481);
}
