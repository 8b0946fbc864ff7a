//! What tickets have in the fields of their forms.

use mesh_core::db::Engine;
use proto::{
    events::v1::envelope::Event,
    tickets::v1::{
        Category, Choices, CreateTicketRequest, Field, FieldType, FieldValue, ListTicketsRequest, Money,
        Status, Ticket, TicketView, TimelineEntry, UpdateTicketRequest, field_value::Value,
        timeline_entry::What,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::support::{
    Client, Desk, answers, ask, category, choice, field, fresh, reason, text, wrong_fields,
};

/// A desk whose form asks for a device, with what goes with another one; the agent also says how risky it is.
async fn desk(engine: Engine) -> (Desk, Client, Client, Category) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (boss, agent) = (desk.administrator(), desk.agent(&department));
    let is_other = "fields.device == 'other'";
    for one in [
        Field { required_when: "true".into(), ..choice("device", &["laptop", "other"]) },
        Field {
            visible_when: is_other.into(),
            required_when: is_other.into(),
            ..field("device_other", FieldType::Text)
        },
        Field {
            default_value: Some(FieldValue { value: Some(Value::Boolean(false)) }),
            staff_only: true,
            ..field("risky", FieldType::Bool)
        },
        Field {
            staff_only: true,
            required_when: "priority == 'URGENT'".into(),
            ..field("approval", FieldType::Text)
        },
    ] {
        boss.add_field(one).await.expect("added");
    }
    let keys = ["device", "device_other", "risky", "approval"];
    let asked = boss.add_category(category(&department, "Devices", &keys)).await.expect("added");
    (desk, boss, agent, asked)
}

fn filed(asked: &Category, given: &[(&str, Value)]) -> Ticket {
    Ticket { category_id: asked.id.clone(), fields: answers(given), ..ask(&asked.department_id, "Printer") }
}

fn with(ticket: &Ticket, given: &[(&str, Value)]) -> Ticket {
    Ticket { fields: answers(given), ..ticket.clone() }
}

/// What a timeline says of changes: field, old, new.
fn told(timeline: &[TimelineEntry]) -> Vec<(String, String, String)> {
    let changes = timeline.iter().filter_map(|entry| match &entry.what {
        Some(What::Change(change)) => Some(change.fields.clone()),
        _ => None,
    });
    changes.flatten().map(|one| (one.field, one.old_value, one.new_value)).collect()
}

fn line(field: &str, old: &str, new: &str) -> (String, String, String) {
    (field.to_owned(), old.to_owned(), new.to_owned())
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn values_of_every_type_come_back_as_they_were(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let several = Field { r#type: FieldType::MultiChoice.into(), ..choice("several", &["a", "b", "c"]) };
    let given = [
        (field("line", FieldType::Text), text("日本語 'quotes' 🖨️")),
        (field("lines", FieldType::LongText), text(&"ä\n".repeat(20_000))),
        (field("number", FieldType::Number), Value::Number(-0.125)),
        (
            field("cost", FieldType::Money),
            Value::Money(Money { currency_code: "EUR".into(), units: -12, nanos: -500_000_000 }),
        ),
        (field("day", FieldType::Date), Value::Date("2026-02-28".into())),
        (field("truth", FieldType::Bool), Value::Boolean(false)),
        (choice("one", &["a", "b"]), text("b")),
        (several, Value::Choices(Choices { keys: vec!["c".into(), "a".into()] })),
        (field("person", FieldType::User), text(&requester.id)),
        (field("asset", FieldType::Asset), text("IV-1107")),
        (field("link", FieldType::Url), text("https://example.org/page?q=1")),
    ];
    for (one, _) in &given {
        boss.add_field(one.clone()).await.expect("added");
    }
    let keys: Vec<_> = given.iter().map(|(field, _)| field.key.as_str()).collect();
    let asked = boss.add_category(category(&department, "Everything", &keys)).await.expect("added");
    let given: Vec<_> = given.iter().map(|(field, value)| (field.key.as_str(), value.clone())).collect();
    let ticket = requester.create(filed(&asked, &given)).await.expect("filed");
    assert_eq!(ticket.fields, answers(&given));
    assert_eq!(requester.get(&ticket.id).await.expect("read"), ticket);
    let list = |view: TicketView| ListTicketsRequest { view: view.into(), ..ListTicketsRequest::default() };
    let basic = requester.list(list(TicketView::Unspecified)).await.expect("listed");
    assert!(basic.tickets[0].fields.is_empty());
    let full = requester.list(list(TicketView::Full)).await.expect("listed");
    assert_eq!(full.tickets[0].fields, ticket.fields);
    let agent = desk.agent(&department);
    let emptied = agent.update(with(&ticket, &[]), &["fields"]).await.expect("emptied");
    assert!(emptied.fields.is_empty());
    let timeline = told(&agent.timeline(&ticket).await.expect("timeline"));
    assert!(timeline.contains(&line("fields.cost", "EUR -12.50", "")), "{timeline:?}");
    assert!(timeline.contains(&line("fields.several", "c, a", "")), "{timeline:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_form_shows_and_demands_is_held_when_a_ticket_is_filed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (desk, _, agent, asked) = desk(engine).await;
    let requester = desk.requester();
    let refusal = requester.create(filed(&asked, &[])).await.expect_err("a device is required");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.device"]);
    assert!(refusal.message().contains("is missing"), "{}", refusal.message());
    let refusal =
        requester.create(filed(&asked, &[("device", text("other"))])).await.expect_err("which one?");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.device_other"]);
    let hidden = [("device", text("laptop")), ("device_other", text("a plotter"))];
    let refusal = requester.create(filed(&asked, &hidden)).await.expect_err("it is not asked for");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.device_other"]);
    let whole = [("device", text("other")), ("device_other", text("a plotter"))];
    let ticket = requester.create(filed(&asked, &whole)).await.expect("filed");
    assert_eq!(ticket.fields, answers(&whole));
    let urgent = Ticket { priority: 4, ..filed(&asked, &[("device", text("laptop"))]) };
    requester.create(urgent.clone()).await.expect("approval is not his to give");
    let refusal = agent.create(urgent).await.expect_err("but an agent's");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.approval"]);
    let nowhere = Ticket { category_id: String::new(), ..filed(&asked, &whole) };
    let refusal = requester.create(nowhere).await.expect_err("no category, no form");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.device", "ticket.fields.device_other"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_fields_is_in_ticket_timeline_and_news(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (desk, _, agent, asked) = desk(engine).await;
    let requester = desk.requester();
    let whole = [("device", text("other")), ("device_other", text("a plotter"))];
    let ticket = requester.create(filed(&asked, &whole)).await.expect("filed");
    let laptop = with(&ticket, &[("device", text("laptop"))]);
    let changed = agent.update(laptop, &["fields.device"]).await.expect("changed");
    let risky = ("risky", Value::Boolean(false));
    assert_eq!(changed.fields, answers(&[("device", text("laptop")), risky]));
    let timeline = requester.timeline(&ticket).await.expect("timeline");
    assert_eq!(
        told(&timeline),
        [line("fields.device", "other", "laptop"), line("fields.device_other", "a plotter", "")]
    );
    desk.world.settle().await;
    let heard = desk.ear.heard();
    let Some(Event::TicketsTicketChanged(news)) = &heard.last().expect("news").event else {
        panic!("{heard:?}")
    };
    assert_eq!(news.changed_fields, ["fields.device", "fields.device_other"]);
    let then = news.ticket.as_ref().expect("the ticket as of then");
    assert_eq!(then.fields, answers(&[("device", text("laptop"))]), "nothing of the staff");

    for (sent, mask, wrong) in [
        (vec![], "fields.device", "ticket.fields.device"),
        (vec![("device", text("other"))], "fields.device", "ticket.fields.device_other"),
        (vec![("devise", text("x"))], "fields.devise", "ticket.fields.devise"),
        (vec![("device", text("x"))], "fields", "ticket.fields.device"),
    ] {
        let refusal = agent.update(with(&changed, &sent), &[mask]).await.expect_err("refused");
        assert_eq!(wrong_fields(&refusal), [wrong], "{sent:?}");
    }
    let same = agent.update(changed.clone(), &["fields"]).await.expect("no change");
    assert_eq!(same.etag, changed.etag);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_staff_says_in_its_fields_is_nowhere_for_the_requester(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (desk, _, agent, asked) = desk(engine).await;
    let requester = desk.requester();
    let ticket = requester.create(filed(&asked, &[("device", text("laptop"))])).await.expect("filed");
    let secret = [("risky", Value::Boolean(true)), ("approval", text("secret"))];
    for key in ["risky", "nonsense"] {
        let guess = [("device", text("laptop")), (key, Value::Boolean(true))];
        let refusal = requester.create(filed(&asked, &guess)).await.expect_err("not his to set");
        assert_eq!(wrong_fields(&refusal), [format!("ticket.fields.{key}")]);
        assert!(
            refusal.message().contains("is no field of the category's form; leave it out"),
            "{}",
            refusal.message()
        );
    }
    let read = agent.get(&ticket.id).await.expect("read");
    assert_eq!(read.fields["risky"], FieldValue { value: Some(Value::Boolean(false)) }, "the default");
    desk.later().await;
    let noted =
        agent.update(with(&read, &secret), &["fields.risky", "fields.approval"]).await.expect("noted");
    assert_eq!(noted.fields.len(), 3);
    let seen = requester.get(&ticket.id).await.expect("read");
    assert_eq!((seen.fields, seen.update_time), (ticket.fields.clone(), ticket.update_time));
    assert!(told(&requester.timeline(&ticket).await.expect("timeline")).is_empty());
    let entries = agent.timeline(&ticket).await.expect("timeline");
    let lines = [line("fields.approval", "", "secret"), line("fields.risky", "false", "true")];
    assert!(told(&entries) == lines && entries.last().expect("an entry").internal, "{entries:?}");
    desk.world.settle().await;
    let heard = desk.ear.heard();
    let last = heard.last().expect("news");
    assert!(!last.audience.as_ref().expect("an audience").user_ids.contains(&requester.id), "{last:?}");
    assert!(heard.iter().all(|envelope| !format!("{envelope:?}").contains("secret")), "{heard:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_requesters_change_neither_shows_nor_takes_what_he_does_not_see(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (desk, _, agent, asked) = desk(engine).await;
    let requester = desk.requester();
    let ticket = requester.create(filed(&asked, &[("device", text("laptop"))])).await.expect("filed");
    let secret = [("approval", text("secret"))];
    agent.update(with(&ticket, &secret), &["fields.approval"]).await.expect("noted");
    let seen = requester.get(&ticket.id).await.expect("read");
    let other = [("device", text("other")), ("device_other", text("a plotter"))];
    let changed = requester.update(with(&seen, &other), &["fields"]).await.expect("still NEW");
    assert_eq!(changed.fields, answers(&other));
    assert_eq!(agent.get(&ticket.id).await.expect("read").fields["approval"], answers(&secret)["approval"]);
    let guess = with(&changed, &[("approval", text("mine"))]);
    let refusal = requester.update(guess, &["fields.approval"]).await.expect_err("not his to set");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.approval"]);
    let opened = desk.place(&changed, 1, Status::Open, "").await;
    let refusal = requester.update(with(&opened, &other), &["fields"]).await.expect_err("somebody looked");
    assert_eq!(refusal.code(), Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_becomes_the_staffs_takes_its_past_along(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let room = boss.add_field(field("room", FieldType::Text)).await.expect("added");
    let asked = boss.add_category(category(&department, "Rooms", &["room"])).await.expect("added");
    let ticket = requester.create(filed(&asked, &[("room", text("1.14"))])).await.expect("filed");
    let ticket =
        requester.update(with(&ticket, &[("room", text("2.03"))]), &["fields.room"]).await.expect("changed");
    assert_eq!(told(&requester.timeline(&ticket).await.expect("timeline")).len(), 1);
    boss.change_field(Field { staff_only: true, ..room }, &["staff_only"]).await.expect("changed");
    assert!(requester.get(&ticket.id).await.expect("read").fields.is_empty());
    assert!(told(&requester.timeline(&ticket).await.expect("timeline")).is_empty());
    assert_eq!(boss.get(&ticket.id).await.expect("read").fields, ticket.fields);
    assert_eq!(told(&boss.timeline(&ticket).await.expect("timeline")).len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_change_makes_nothing_lacking_and_holds_up_nobody_for_what_lacked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (_desk, boss, agent, asked) = desk(engine).await;
    let ticket = agent.create(filed(&asked, &[("device", text("laptop"))])).await.expect("filed");
    let urgent = Ticket { priority: 4, ..ticket.clone() };
    let refusal =
        agent.update(urgent.clone(), &["priority"]).await.expect_err("that makes approval required");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.approval"]);
    let approved = Ticket { fields: answers(&[("approval", text("by the lead"))]), ..urgent };
    let urgent = agent.update(approved, &["priority", "fields.approval"]).await.expect("both at once");

    boss.add_field(Field { required_when: "true".into(), ..field("site", FieldType::Text) })
        .await
        .expect("added");
    let keys = vec!["device".into(), "device_other".into(), "risky".into(), "approval".into(), "site".into()];
    let wider =
        boss.change_category(Category { field_keys: keys, ..asked }, &["field_keys"]).await.expect("changed");
    let tagged =
        Ticket { tags: vec!["old".into()], fields: answers(&[("device", text("laptop"))]), ..urgent };
    let tagged = agent.update(tagged, &["tags", "fields.device"]).await.expect("it lacked the site before");
    let refusal =
        agent.create(filed(&wider, &[("device", text("laptop"))])).await.expect_err("a new one needs it");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.site"]);

    let device = boss.form(&wider, &[]).await.expect("a form").fields.remove(0);
    boss.archive_field(&device).await.expect("archived");
    let kept = agent.get(&tagged.id).await.expect("read");
    assert_eq!(kept.fields["device"], answers(&[("device", text("laptop"))])["device"]);
    let refusal = agent
        .update(with(&kept, &[("device", text("other"))]), &["fields.device"])
        .await
        .expect_err("out of use");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.device"]);
    let emptied = agent.update(with(&kept, &[]), &["fields.device"]).await.expect("it may go");
    assert!(!emptied.fields.contains_key("device"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn values_stay_on_a_ticket_that_goes_to_another_category(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (desk, boss, agent, asked) = desk(engine).await;
    boss.add_field(Field { required_when: "true".into(), ..field("room", FieldType::Text) })
        .await
        .expect("added");
    let rooms = boss.add_category(category(&asked.department_id, "Rooms", &["room"])).await.expect("added");
    let ticket = agent.create(filed(&asked, &[("device", text("laptop"))])).await.expect("filed");
    let moved = Ticket { category_id: rooms.id.clone(), ..ticket.clone() };
    let refusal = agent.update(moved.clone(), &["category_id"]).await.expect_err("the new form needs a room");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.room"]);
    let mut both = moved;
    both.fields.extend(answers(&[("room", text("1.14"))]));
    let moved = agent.update(both.clone(), &["category_id", "fields"]).await.expect("moved");
    assert_eq!(moved.fields, both.fields, "what was said is not lost");
    let foreign = [("device", text("other"))];
    let refusal =
        agent.update(with(&moved, &foreign), &["fields.device"]).await.expect_err("not of this form");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.device"]);
    let gone = Ticket { category_id: desk.id("cat"), ..moved };
    assert_eq!(
        reason(&agent.update(gone, &["category_id"]).await.expect_err("unknown")),
        "CATEGORY_UNAVAILABLE"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn values_of_a_ticket_have_a_limit_together(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, department) = (desk.administrator(), desk.department());
    let keys = ["a", "b", "c", "d", "e"];
    for key in keys {
        boss.add_field(field(key, FieldType::LongText)).await.expect("added");
    }
    let asked = boss.add_category(category(&department, "Novels", &keys)).await.expect("added");
    let given: Vec<_> = keys.iter().map(|key| (*key, text(&"x".repeat(65_536)))).collect();
    boss.create(filed(&asked, &given[..4])).await.expect("so much fits");
    let refusal = boss.create(filed(&asked, &given)).await.expect_err("too much");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_call_gets_its_first_answer_whatever_the_form_is_by_now(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (desk, boss, agent, asked) = desk(engine).await;
    let requester = desk.requester();
    let ticket = Some(filed(&asked, &[("device", text("laptop"))]));
    let file = CreateTicketRequest { ticket, request_id: fresh(), ..CreateTicketRequest::default() };
    let ticket = requester.raw().create_ticket(file.clone()).await.expect("filed").into_inner();
    let other = [("device", text("other")), ("device_other", text("a plotter"))];
    let change = UpdateTicketRequest {
        ticket: Some(with(&ticket, &other)),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["fields.device_other".into(), "fields.device".into()],
        }),
        request_id: fresh(),
        cause: String::new(),
    };
    let changed = agent.raw().update_ticket(change.clone()).await.expect("changed").into_inner();
    boss.archive_category(&asked).await.expect("archived");
    boss.archive_field(&boss.form(&asked, &[]).await.expect("a form").fields[0]).await.expect("archived");
    assert_eq!(requester.raw().create_ticket(file).await.expect("the first answer").into_inner(), ticket);
    assert_eq!(agent.raw().update_ticket(change).await.expect("the first answer").into_inner(), changed);
    assert_eq!(agent.all().await.len(), 1);
}
