//! A bulk change and its undoing leave every ticket as it was, whatever was changed.

use std::collections::BTreeMap;

use mesh_core::db::Engine;
use proptest::prelude::*;
use proto::tickets::v1::{
    BulkUpdateRequest, Comment, CommentKind, Field, FieldType, FieldValue, Impact, Macro, Priority, Sharing,
    SharingKind, Status, Ticket, Urgency,
};
use rstest::rstest;

use crate::{
    bulk::changer,
    support::{Client, Desk, answers, ask, category, field, fresh, text},
};

/// What is changed together: a category is its department's.
const PATHS: [&[&str]; 13] = [
    &["subject"],
    &["description"],
    &["requester_id"],
    &["on_behalf_of_id"],
    &["cc_ids"],
    &["department_id", "category_id"],
    &["priority"],
    &["tags"],
    &["language"],
    &["impact"],
    &["urgency"],
    &["fields"],
    &["fields.site"],
];

/// A ticket before the change, by indices of people and departments.
#[derive(Clone, Debug)]
struct Plan {
    department: usize,
    requester: usize,
    behalf: Option<usize>,
    ccs: Vec<usize>,
    /// What stands in the form: where it is, and what only the staff reads.
    form: [Option<u8>; 2],
    urgent: bool,
    tags: Vec<String>,
    answered: bool,
    placed: bool,
}

/// What is changed, by index of [`PATHS`], and said.
#[derive(Clone, Debug)]
struct Deed {
    paths: Vec<usize>,
    to: Plan,
    said: Option<bool>,
    by_macro: bool,
}

fn plan() -> impl Strategy<Value = Plan> {
    let tags =
        prop::collection::vec(prop::sample::select(&["vip", "vpn", "ä"][..]).prop_map(str::to_owned), 0..3);
    let truths = (any::<bool>(), any::<bool>(), any::<bool>());
    let people = (0..3_usize, prop::option::of(0..3_usize), prop::collection::vec(0..3_usize, 0..3));
    let form = [prop::option::of(0..2_u8), prop::option::of(0..2_u8)];
    (0..2_usize, people, form, tags, truths).prop_map(
        |(department, (requester, behalf, ccs), form, tags, (urgent, answered, placed))| Plan {
            department,
            requester,
            behalf,
            ccs,
            form,
            urgent,
            tags,
            answered,
            placed,
        },
    )
}

fn deed() -> impl Strategy<Value = Deed> {
    let paths = prop::collection::btree_set(0..PATHS.len(), 1..5).prop_map(Vec::from_iter);
    (paths, plan(), prop::option::of(any::<bool>()), any::<bool>())
        .prop_map(|(paths, to, said, by_macro)| Deed { paths, to, said, by_macro })
}

/// What a form says.
fn filled(form: [Option<u8>; 2]) -> BTreeMap<String, FieldValue> {
    let said = ["site", "risk"].into_iter().zip(form).filter_map(|(key, said)| Some((key, said?)));
    answers(&said.map(|(key, said)| (key, text(&format!("{key} {said}")))).collect::<Vec<_>>())
}

struct Town {
    desk: Desk,
    departments: Vec<String>,
    /// One of each department.
    categories: Vec<String>,
    people: Vec<String>,
    agent: Client,
}

impl Town {
    async fn build(engine: Engine) -> Self {
        let desk = Desk::open(engine).await;
        let departments: Vec<_> = (0..2).map(|_| desk.department()).collect();
        let people = (0..3).map(|_| desk.requester().id).collect();
        let agent = changer(&desk, &departments.iter().map(String::as_str).collect::<Vec<_>>());
        let boss = desk.administrator();
        boss.add_field(field("site", FieldType::Text)).await.expect("added");
        let risk = Field { staff_only: true, ..field("risk", FieldType::Text) };
        boss.add_field(risk).await.expect("added");
        let mut categories = vec![];
        for department in &departments {
            let known = boss.add_category(category(department, "Known", &["site", "risk"])).await;
            categories.push(known.expect("added").id);
        }
        Self { desk, departments, categories, people, agent }
    }

    fn ticket(&self, plan: &Plan) -> Ticket {
        Ticket {
            requester_id: self.people[plan.requester].clone(),
            on_behalf_of_id: plan.behalf.map(|index| self.people[index].clone()).unwrap_or_default(),
            category_id: self.categories[plan.department].clone(),
            fields: filled(plan.form),
            cc_ids: plan.ccs.iter().map(|index| self.people[*index].clone()).collect(),
            priority: match (plan.urgent, plan.answered) {
                (true, _) => Priority::Urgent,
                (false, true) => Priority::Unspecified,
                (false, false) => Priority::Low,
            }
            .into(),
            impact: if plan.placed { Impact::High } else { Impact::Unspecified }.into(),
            urgency: if plan.tags.is_empty() { Urgency::Unspecified } else { Urgency::High }.into(),
            tags: plan.tags.clone(),
            description: format!("It **smokes** with {} others.", plan.ccs.len()),
            language: if plan.answered { "de" } else { "" }.to_owned(),
            ..ask(&self.departments[plan.department], if plan.placed { "Printer" } else { "Screen" })
        }
    }

    async fn file(&self, plan: &Plan) -> Ticket {
        let ticket = self.agent.create(self.ticket(plan)).await.expect("filed");
        if plan.answered {
            self.agent.reply(&ticket, "hello").await;
            self.agent.note(&ticket, "secret").await;
        }
        if plan.placed {
            self.desk.place(&ticket, 1, Status::Open, &self.agent.id).await;
        }
        ticket
    }

    /// Every ticket but for what counts its changes.
    async fn state(&self, filed: &[Ticket]) -> Vec<Ticket> {
        let mut tickets = vec![];
        for ticket in filed {
            let ticket = self.agent.get(&ticket.id).await.expect("read");
            tickets.push(Ticket { etag: String::new(), update_time: None, ..ticket });
        }
        tickets
    }

    /// Everything else but what counts changes, and what people may see: their lists.
    async fn lists(&self) -> Vec<Vec<String>> {
        let mut lists = vec![];
        for id in &self.people {
            let mut ids = self.desk.person_with(id.clone(), &[]).all().await;
            ids.sort();
            lists.push(ids);
        }
        lists
    }

    /// The change, said in the request or kept in a macro.
    async fn change(&self, deed: &Deed, comment: Option<Comment>) -> BulkUpdateRequest {
        let paths =
            deed.paths.iter().flat_map(|index| PATHS[*index]).map(|path| (*path).to_owned()).collect();
        let ticket = Some(self.ticket(&deed.to));
        if !deed.by_macro {
            let update_mask = Some(prost_types::FieldMask { paths });
            return BulkUpdateRequest { ticket, update_mask, comment, ..BulkUpdateRequest::default() };
        }
        let sharing = Some(Sharing { kind: SharingKind::Personal.into(), ..Sharing::default() });
        let name = "Many".to_owned();
        let kept = self.agent.keep(Macro { name, sharing, ticket, paths, comment, ..Macro::default() });
        BulkUpdateRequest { macro_id: kept.await.expect("kept").id, ..BulkUpdateRequest::default() }
    }

    async fn check(&self, plans: &[Plan], deed: &Deed) {
        let mut filed = vec![];
        for plan in plans {
            filed.push(self.file(plan).await);
        }
        self.desk.later().await;
        let (before, lists) = (self.state(&filed).await, self.lists().await);
        let comment = deed.said.map(|internal| Comment {
            kind: if internal { CommentKind::Internal } else { CommentKind::Public }.into(),
            text: "We know.".into(),
            ..Comment::default()
        });
        let said = comment.clone();
        let change = BulkUpdateRequest {
            ids: filed.iter().map(|ticket| ticket.id.clone()).collect(),
            request_id: fresh(),
            ..self.change(deed, comment).await
        };
        let report = self.agent.bulk(change).await.expect("changes");
        assert_eq!((report.done, &report.skipped[..]), (report.total, &[][..]));
        for (now, was) in self.state(&filed).await.iter().zip(&before) {
            let added = i32::from(said.is_some());
            assert_eq!(now.comment_count + now.note_count, was.comment_count + was.note_count + added);
        }
        self.desk.later().await;
        let undone = self.agent.undo_all(&report).await;
        assert_eq!((undone.done, &undone.skipped[..]), (undone.total, &[][..]));
        assert_eq!(self.state(&filed).await, before);
        assert_eq!(self.lists().await, lists);
    }
}

#[rstest]
fn undoing_a_bulk_change_is_as_if_it_had_never_been(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let town = runtime.block_on(Town::build(engine));
    let config = ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&(prop::collection::vec(plan(), 1..4), deed()), |(plans, deed)| {
        runtime.block_on(town.check(&plans, &deed));
        Ok(())
    });
    outcome.expect("undoing undoes");
}
