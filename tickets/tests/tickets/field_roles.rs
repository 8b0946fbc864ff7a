//! Fields that are for some roles of the staff: to everybody else they are nowhere.

use futures::TryStreamExt as _;
use mesh_core::db::Engine;
use proto::tickets::v1::{
    Category, ExportTicketsRequest, Field, FieldType, ListTicketsRequest, Ticket, TicketQuery, TicketView,
    field_value::Value, timeline_entry::What,
};
use rstest::rstest;

use crate::support::{AGENT, Client, Desk, answers, category, field, text, wrong_fields};

const NOTED: [(&str, &str); 3] = [("device", "laptop"), ("risk", "none"), ("salary", "secret")];

fn noted(keys: &[&str]) -> Vec<(&'static str, Value)> {
    NOTED.into_iter().filter(|(key, _)| keys.contains(key)).map(|(key, value)| (key, text(value))).collect()
}

/// A form with a field for everybody, one for the staff and one for leads, and who may see which.
struct Office {
    desk: Desk,
    boss: Client,
    role: String,
    asked: Category,
    salary: Field,
}

impl Office {
    async fn open(engine: Engine) -> Self {
        let desk = Desk::open(engine).await;
        let (boss, department, role) = (desk.administrator(), desk.department(), desk.id("rol"));
        boss.add_field(field("device", FieldType::Text)).await.expect("added");
        let risk = Field { staff_only: true, ..field("risk", FieldType::Text) };
        boss.add_field(risk.clone()).await.expect("added");
        let salary =
            Field { role_ids: vec![role.clone()], key: "salary".into(), label: "Salary".into(), ..risk };
        let salary = boss.add_field(salary).await.expect("added");
        let keys = ["device", "risk", "salary"];
        let asked = boss.add_category(category(&department, "Hiring", &keys)).await.expect("added");
        Self { desk, boss, role, asked, salary }
    }

    /// An agent of the department who holds the role somewhere.
    fn lead(&self, department_id: Option<&str>) -> Client {
        let id = self.desk.id("usr");
        self.desk.directory.add_person(&id);
        let here = Some(self.asked.department_id.as_str());
        let person = self.desk.world.person(&id).grants(AGENT, here).role(&self.role, department_id);
        self.desk.client(id, &person.token())
    }

    fn leader(&self) -> Client {
        self.lead(Some(&self.asked.department_id))
    }

    fn colleague(&self) -> Client {
        self.desk.agent(&self.asked.department_id)
    }

    /// A ticket on which a lead noted everything.
    async fn filed(&self) -> Ticket {
        let ticket = Ticket {
            subject: "A new colleague".into(),
            department_id: self.asked.department_id.clone(),
            category_id: self.asked.id.clone(),
            fields: answers(&noted(&["device"])),
            ..Ticket::default()
        };
        let ticket = self.desk.requester().create(ticket).await.expect("filed");
        self.desk.later().await;
        let lead = self.leader();
        let read = lead.get(&ticket.id).await.expect("read");
        let said = Ticket { fields: answers(&noted(&["risk", "salary"])), ..read };
        lead.update(said, &["fields.risk", "fields.salary"]).await.expect("noted")
    }
}

/// The keys of fields somebody sees of a ticket: read, listed, told, exported.
async fn sees(client: &Client, ticket: &Ticket) -> Vec<Vec<String>> {
    let keys = |ticket: &Ticket| ticket.fields.keys().cloned().collect::<Vec<_>>();
    let ask = ListTicketsRequest { view: TicketView::Full.into(), ..ListTicketsRequest::default() };
    let listed = client.list(ask).await.expect("a list").tickets;
    let told =
        client.timeline(ticket).await.expect("a timeline").into_iter().flat_map(|entry| match entry.what {
            Some(What::Change(change)) => change.fields,
            _ => vec![],
        });
    let told = told.filter_map(|change| change.field.strip_prefix("fields.").map(str::to_owned));
    vec![keys(&client.get(&ticket.id).await.expect("read")), keys(&listed[0]), told.collect()]
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_field_for_some_roles_is_read_listed_and_told_to_their_holders_alone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let office = Office::open(engine).await;
    let ticket = office.filed().await;
    let everything = vec![vec!["device", "risk", "salary"]; 2].into_iter().chain([vec!["risk", "salary"]]);
    for lead in [office.leader(), office.lead(None)] {
        assert_eq!(sees(&lead, &ticket).await, everything.clone().collect::<Vec<_>>());
    }
    let elsewhere = office.desk.department();
    let staffs = vec![vec!["device", "risk"], vec!["device", "risk"], vec!["risk"]];
    for other in [office.colleague(), office.lead(Some(&elsewhere)), office.boss.clone()] {
        assert_eq!(sees(&other, &ticket).await, staffs);
    }
    let mut exported =
        office.boss.raw().export_tickets(ExportTicketsRequest::default()).await.expect("rows").into_inner();
    let row = exported.try_next().await.expect("a row").expect("one").ticket.expect("a ticket");
    assert_eq!(row.fields.keys().collect::<Vec<_>>(), ["device", "risk"]);
    office.desk.world.settle().await;
    let heard = office.desk.ear.heard();
    assert!(heard.iter().all(|envelope| !format!("{envelope:?}").contains("secret")), "{heard:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_fills_it_empties_it_or_is_asked_for_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let office = Office::open(engine).await;
    let (ticket, colleague, lead) = (office.filed().await, office.colleague(), office.leader());
    let required = Field { required_when: "true".into(), ..office.salary.clone() };
    office.boss.change_field(required, &["required_when"]).await.expect("changed");
    let form = async |client: &Client| {
        let form = client.form(&office.asked, &[]).await.expect("a form");
        (form.fields.into_iter().map(|field| field.key).collect::<Vec<_>>(), form.required_keys)
    };
    assert_eq!(form(&lead).await.1, ["salary"]);
    let (keys, asked_for) = form(&colleague).await;
    assert!(keys == ["device", "risk"] && asked_for.is_empty());
    assert_eq!(colleague.field_keys(false).await, ["device", "risk"]);
    assert_eq!(
        office.boss.field_keys(false).await,
        ["device", "risk", "salary"],
        "whoever keeps them lists them"
    );

    let read = colleague.get(&ticket.id).await.expect("read");
    let guess = Ticket { fields: answers(&[("salary", text("mine"))]), ..read.clone() };
    let refusal = colleague.update(guess, &["fields.salary"]).await.expect_err("not his to set");
    assert_eq!(wrong_fields(&refusal), ["ticket.fields.salary"]);
    assert!(refusal.message().contains("is no field of the category's form"), "{}", refusal.message());
    let emptied = Ticket { fields: answers(&noted(&["device"])), ..read };
    colleague.update(emptied, &["fields"]).await.expect("his to empty");
    let now = lead.get(&ticket.id).await.expect("read");
    assert_eq!(now.fields.keys().collect::<Vec<_>>(), ["device", "salary"], "what he does not see stays");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn rules_speak_of_it_only_where_all_who_see_them_see_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let office = Office::open(engine).await;
    office.filed().await;
    let telling = Field {
        staff_only: true,
        visible_when: "fields.salary == \"secret\"".into(),
        ..field("hint", FieldType::Text)
    };
    let refusal = office.boss.add_field(telling.clone()).await.expect_err("the staff would learn");
    assert_eq!(wrong_fields(&refusal), ["field.visible_when"]);
    let among_leads = Field { role_ids: vec![office.role.clone()], ..telling };
    office.boss.add_field(among_leads).await.expect("leads may know");
    let open = Field { role_ids: vec![], ..office.salary.clone() };
    office.boss.change_field(open, &["role_ids"]).await.expect("wider");
    let salary = office.boss.catalogue_field("salary").await;
    let other = Field { role_ids: vec![office.desk.id("rol")], ..salary };
    let refusal = office.boss.change_field(other, &["role_ids"]).await.expect_err("leads speak of it");
    assert_eq!(wrong_fields(&refusal), ["field.role_ids"]);
    for (wrong, field) in [
        (Field { staff_only: false, ..office.salary.clone() }, "field.role_ids"),
        (Field { role_ids: vec!["admin".into()], ..office.salary.clone() }, "field.role_ids[0]"),
    ] {
        let wrong = Field { key: "new".into(), ..wrong };
        assert_eq!(wrong_fields(&office.boss.add_field(wrong).await.expect_err("refused")), [field]);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn lists_are_narrowed_by_it_only_for_who_sees_it_on_all_of_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let office = Office::open(engine).await;
    office.filed().await;
    let id = office.desk.id("usr");
    office.desk.directory.add_person(&id);
    let person = office.desk.world.person(&id).administrator().role(&office.role, None);
    let everywhere = office.desk.client(id, &person.token());
    let ask = |filter: &str| ListTicketsRequest {
        query: Some(TicketQuery { filter: filter.into(), ..TicketQuery::default() }),
        ..ListTicketsRequest::default()
    };
    let found = everywhere.list(ask("fields.salary == \"secret\"")).await.expect("he sees it on all");
    assert_eq!(found.tickets.len(), 1);
    for other in [office.leader(), office.colleague(), office.boss.clone()] {
        let refusal = other.list(ask("fields.salary == \"secret\"")).await.expect_err("no variable");
        assert_eq!(wrong_fields(&refusal), ["query.filter"]);
    }
    assert_eq!(office.boss.list(ask("fields.risk == \"none\"")).await.expect("the staff's").tickets.len(), 1);
}
