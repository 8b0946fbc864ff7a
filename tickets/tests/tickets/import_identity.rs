//! What is exported and imported into an empty store is exported from there as it was.

use mesh_core::db::Engine;
use proptest::prelude::*;
use proto::tickets::v1::{
    Comment, CommentKind, ExportTicketsResponse, Impact, ImportLink, ImportTicketsRequest, Priority,
    Satisfaction, Source, Status, Ticket, TicketQuery, Urgency, WaitReason,
};
use rstest::rstest;

use crate::{
    exporting::taken,
    importing::{at, said},
    support::{AGENT, Client, Desk},
};

/// A ticket with a past, by indices of people.
#[derive(Clone, Debug)]
struct Past {
    status: i32,
    priority: i32,
    ranked: (i32, i32),
    people: (usize, usize),
    words: String,
    source: i32,
    times: (i64, i64),
    said: Vec<(bool, usize, String, bool)>,
    score: i32,
    /// With which row before it, whether it goes out from here, and of which kind.
    link: Option<(usize, bool, i32)>,
}

fn past() -> impl Strategy<Value = Past> {
    let said = (any::<bool>(), 0..3_usize, "[a-zA-Zäß,\"\n*]{1,20}[a-z]", any::<bool>());
    let kind = (1..=8_i32, 0..=4_i32, (0..=3_i32, 0..=3_i32), 1..=5_i32, 0..=5_i32);
    let rest = ((0..3_usize, 0..3_usize), "[a-z][a-zA-Zäß ,;\"'\\\\]{0,30}", (0..50_i64, 0..50_i64));
    let link = prop::option::of((0..5_usize, any::<bool>(), 1..=5_i32));
    (kind, rest, prop::collection::vec(said, 0..4), link).prop_map(|(kind, rest, said, link)| {
        let (status, priority, ranked, source, score) = kind;
        let (people, words, times) = rest;
        Past { status, priority, ranked, people, words, source, times, said, score, link }
    })
}

impl Past {
    fn row(&self, external_id: usize, department_id: &str, people: &[String]) -> ImportTicketsRequest {
        let (created, later) = self.times;
        let ticket = Ticket {
            subject: self.words.clone(),
            description: format!("{}\r\n\t\"{}\"", self.words, self.words),
            requester_id: people[self.people.0].clone(),
            assignee_id: if self.people.1 == 0 { String::new() } else { people[self.people.1].clone() },
            watcher_ids: vec![people[self.people.1].clone()],
            department_id: department_id.into(),
            priority: Priority::try_from(self.priority).unwrap_or_default().into(),
            impact: Impact::try_from(self.ranked.0).unwrap_or_default().into(),
            urgency: Urgency::try_from(self.ranked.1).unwrap_or_default().into(),
            source: Source::try_from(self.source).unwrap_or_default().into(),
            status: self.status,
            wait_reason: match Status::try_from(self.status) {
                Ok(Status::OnHold) => WaitReason::Change.into(),
                _ => 0,
            },
            satisfaction: (self.score > 0).then(|| Satisfaction {
                score: self.score,
                comment: self.words.clone(),
                rate_time: at(created + later),
            }),
            create_time: at(created),
            update_time: at(created + later),
            first_response_time: (later > 20).then(|| at(created + 1)).flatten(),
            language: "de-AT".into(),
            tags: vec!["ä-1".into(), "b.c".into()],
            ..Ticket::default()
        };
        ImportTicketsRequest {
            external_id: name(external_id),
            system: "other".into(),
            ticket: Some(ticket),
            comments: self.comments(created, people),
            dry_run: false,
            links: self.link.iter().filter(|(to, ..)| *to < external_id).map(linked).collect(),
        }
    }

    fn comments(&self, created: i64, people: &[String]) -> Vec<Comment> {
        let comment = |(index, (internal, author, text, replies)): (usize, &(bool, usize, String, bool))| {
            let kind = if *internal { CommentKind::Internal } else { CommentKind::Public };
            let parent_id = if *replies && index > 0 { "first".into() } else { String::new() };
            let id = if index == 0 { "first".into() } else { String::new() };
            Comment { id, kind: kind.into(), parent_id, ..said(&people[*author], "", text, created) }
        };
        self.said.iter().enumerate().map(comment).collect()
    }
}

/// What a row is called.
fn name(number: usize) -> String {
    format!("{number} \"x\", y")
}

fn linked(&(to, outward, kind): &(usize, bool, i32)) -> ImportLink {
    ImportLink { kind, outward, external_id: name(to), system: String::new() }
}

/// What an export says, without what a store gives its own names to.
fn comparable(exported: &[ExportTicketsResponse]) -> Vec<ExportTicketsResponse> {
    exported.iter().cloned().map(nameless).collect()
}

fn nameless(mut exported: ExportTicketsResponse) -> ExportTicketsResponse {
    if let Some(ticket) = exported.ticket.as_mut() {
        (ticket.id, ticket.number) = (String::new(), String::new());
    }
    let ids: Vec<_> = exported.comments.iter().map(|comment| comment.id.clone()).collect();
    let place =
        |id: &str| ids.iter().position(|known| known == id).map_or_else(String::new, |at| at.to_string());
    for comment in &mut exported.comments {
        comment.parent_id = place(&comment.parent_id);
        (comment.id, comment.ticket_id) = (place(&comment.id), String::new());
    }
    exported
}

/// Another store that knows the same people and departments.
async fn beside(desk: &Desk, engine: Engine) -> (Desk, Client) {
    let other = Desk::open_knowing(engine, desk.directory.clone()).await;
    let admin = other.administrator();
    (other, admin)
}

fn check(engine: Engine, pasts: &[Past]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let desk = Desk::open(engine).await;
        let (admin, department_id) = (desk.administrator(), desk.department());
        let people: Vec<_> = (0..3).map(|_| desk.somebody(&[(&department_id, &AGENT)]).id).collect();
        let rows = pasts.iter().enumerate().map(|(index, past)| past.row(index, &department_id, &people));
        let done = admin.import(rows.collect()).await.expect("imported");
        assert_eq!((done.refused, done.passed_links), (0, 0), "{done:?}");
        let first = admin.export(TicketQuery::default()).await.expect("exported");
        assert_eq!(first.len(), pasts.len());
        let (_other, admin) = beside(&desk, engine).await;
        let done = admin.import(first.iter().cloned().map(taken).collect()).await.expect("imported");
        assert_eq!((done.refused, done.known, done.passed_links), (0, 0, 0), "{done:?}");
        let second = admin.export(TicketQuery::default()).await.expect("exported");
        assert_eq!(comparable(&first), comparable(&second));
    });
}

#[rstest]
fn export_then_import_then_export_is_the_identity(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&prop::collection::vec(past(), 1..6), |pasts| {
        check(engine, &pasts);
        Ok(())
    });
    outcome.expect("nothing is lost on the way");
}
