//! Bulk changes: what they change, pass over, and undo.

use mesh_core::db::Engine;
use proto::{
    identity::v1::Permission,
    tickets::v1::{
        BulkSkip, BulkUpdateRequest, BulkUpdateResponse, Comment, CommentKind, Macro, Priority,
        SetWatchersRequest, Sharing, SharingKind, Status, Ticket, TicketQuery, UndoBulkRequest,
        UndoBulkResponse, timeline_entry,
    },
};
use rstest::rstest;
use tonic::{Code, Status as Refusal};

use crate::support::{AGENT, Client, Desk, fresh, reason, wrong_fields};

type Answer<T> = Result<T, Refusal>;

/// What a bulk change said in all.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Report {
    pub(crate) bulk_id: String,
    pub(crate) total: i32,
    pub(crate) done: i32,
    pub(crate) skipped: Vec<BulkSkip>,
    pub(crate) changed_ids: Vec<String>,
    pub(crate) transition_key: String,
}

impl Report {
    pub(crate) fn reasons(&self) -> Vec<(&str, &str)> {
        self.skipped.iter().map(|skip| (skip.ticket_id.as_str(), skip.reason.as_str())).collect()
    }
}

impl Client {
    pub(crate) async fn bulk(&self, ask: BulkUpdateRequest) -> Answer<Report> {
        let mut stream = self.raw().bulk_update(ask).await?.into_inner();
        let mut report = Report::default();
        while let Some(said) = stream.message().await? {
            let BulkUpdateResponse { bulk_id, total, done, skipped, changed_ids, transition_key } = said;
            assert!(done >= report.done, "progress goes on");
            (report.bulk_id, report.total, report.done) = (bulk_id, total, done);
            report.transition_key = transition_key;
            report.skipped.extend(skipped);
            report.changed_ids.extend(changed_ids);
        }
        Ok(report)
    }

    pub(crate) async fn undo_bulk(&self, ask: UndoBulkRequest) -> Answer<Report> {
        let mut stream = self.raw().undo_bulk(ask).await?.into_inner();
        let mut report = Report::default();
        while let Some(UndoBulkResponse { total, done, skipped }) = stream.message().await? {
            (report.total, report.done) = (total, done);
            report.skipped.extend(skipped);
        }
        Ok(report)
    }

    pub(crate) async fn undo_all(&self, report: &Report) -> Report {
        let ask = UndoBulkRequest { bulk_id: report.bulk_id.clone(), request_id: fresh() };
        self.undo_bulk(ask).await.expect("undoes")
    }
}

/// Somebody who works in these departments and may change many tickets at once.
pub(crate) fn changer(desk: &Desk, departments: &[&str]) -> Client {
    let held: Vec<_> = AGENT.into_iter().chain([Permission::TicketBulk]).collect();
    let grants: Vec<_> = departments.iter().map(|id| (*id, &held[..])).collect();
    desk.somebody(&grants)
}

/// Makes tickets urgent.
pub(crate) fn raise(ids: &[&Ticket]) -> BulkUpdateRequest {
    BulkUpdateRequest {
        ids: ids.iter().map(|ticket| ticket.id.clone()).collect(),
        ticket: Some(Ticket { priority: Priority::Urgent.into(), ..Ticket::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["priority".into()] }),
        request_id: fresh(),
        ..BulkUpdateRequest::default()
    }
}

/// Adds tags and takes others away.
fn retag(ids: &[&Ticket], add: &[&str], remove: &[&str]) -> BulkUpdateRequest {
    let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    BulkUpdateRequest {
        ticket: None,
        update_mask: None,
        add_tags: owned(add),
        remove_tags: owned(remove),
        ..raise(ids)
    }
}

pub(crate) fn says(kind: CommentKind, text: &str) -> Comment {
    Comment { kind: kind.into(), text: text.to_owned(), ..Comment::default() }
}

pub(crate) async fn priority(client: &Client, ticket: &Ticket) -> Priority {
    client.get(&ticket.id).await.expect("read").priority()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn each_ticket_is_changed_under_its_own_permission_and_version(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let (agent, requester) = (changer(&desk, &[&here]), desk.requester());
    let (first, second) = (requester.file(&here, "One").await, requester.file(&here, "Two").await);
    let unseen = requester.file(&there, "Elsewhere").await;
    let watched = requester.file(&there, "Watched").await;
    let watch = SetWatchersRequest {
        ticket_id: watched.id.clone(),
        add_ids: vec![agent.id.clone()],
        remove_ids: vec![],
    };
    desk.administrator().raw().set_watchers(watch).await.expect("watched");
    let stale = requester.file(&here, "Stale").await;
    requester.reply(&stale, "more").await;

    let ask = BulkUpdateRequest {
        etags: [&first, &second, &unseen, &watched, &stale].map(|_| "1".to_owned()).to_vec(),
        cause: "Power failure".into(),
        ..raise(&[&first, &second, &unseen, &watched, &stale])
    };
    let rehearsed = agent
        .bulk(BulkUpdateRequest { dry_run: true, etags: vec![], ..ask.clone() })
        .await
        .expect("rehearsed");
    assert_eq!((rehearsed.bulk_id.as_str(), rehearsed.total, rehearsed.done), ("", 5, 3));
    assert_eq!(priority(&agent, &first).await, Priority::Normal, "nothing is written");

    let report = agent.bulk(ask.clone()).await.expect("changes");
    assert_eq!((report.total, report.done), (5, 2));
    assert_eq!(report.changed_ids, [first.id.clone(), second.id.clone()]);
    let skipped = [(&unseen, "NOT_FOUND"), (&watched, "PERMISSION_DENIED"), (&stale, "STALE_ETAG")];
    assert_eq!(report.reasons(), skipped.map(|(ticket, reason)| (ticket.id.as_str(), reason)));
    assert!(report.skipped[1].message.contains("ticket.update"), "{:?}", report.skipped[1]);
    assert_eq!(priority(&agent, &first).await, Priority::Urgent);
    let told = agent.timeline(&first).await.expect("a timeline").pop().expect("an entry");
    assert_eq!(told.cause, "Power failure");

    assert_eq!(agent.bulk(ask.clone()).await.expect("repeats"), report, "a repetition reports the same");
    assert_eq!(agent.get(&first.id).await.expect("read").etag, "2", "and does nothing");
    let other = BulkUpdateRequest { cause: String::new(), ..ask };
    assert_eq!(reason(&agent.bulk(other).await.expect_err("refused")), "REQUEST_ID_REUSED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tags_come_and_go_whatever_others_a_ticket_has(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, requester) = (changer(&desk, &[&here]), desk.requester());
    let tickets = [requester.file(&here, "One").await, requester.file(&here, "Two").await];
    let all: Vec<_> = tickets.iter().collect();
    agent.bulk(retag(&all[..1], &["old", "vpn"], &[])).await.expect("tagged");
    let report = agent.bulk(retag(&all, &["vip", "vpn"], &["old"])).await.expect("tagged");
    let tags = async |ticket: &Ticket| agent.get(&ticket.id).await.expect("read").tags;
    assert_eq!((report.done, tags(all[0]).await), (2, vec!["vpn".to_owned(), "vip".to_owned()]));
    assert_eq!(tags(all[1]).await, ["vip", "vpn"]);
    let many: Vec<_> = (0..49).map(|number| format!("t{number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let full = agent.bulk(retag(&all[..1], &many, &[])).await.expect("tried");
    assert_eq!((full.done, full.reasons()), (0, vec![(all[0].id.as_str(), "INVALID_FIELDS")]));
    assert_eq!(agent.undo_all(&report).await.done, 2);
    assert_eq!((tags(all[0]).await.len(), tags(all[1]).await.len()), (2, 0));
    assert_eq!(tags(all[0]).await, ["old", "vpn"], "as they were");
    let wrong = agent.bulk(retag(&all, &["two words"], &[])).await.expect_err("refused");
    assert_eq!(wrong_fields(&wrong), ["add_tags[0]"]);
    let mask = Some(prost_types::FieldMask { paths: vec!["tags".into()] });
    let twice = BulkUpdateRequest { update_mask: mask, ..retag(&all, &["vip"], &["vip"]) };
    let wrong = agent.bulk(twice).await.expect_err("refused");
    assert_eq!(wrong_fields(&wrong), ["add_tags", "remove_tags"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_settled_at_the_start_and_moves_nobody_in_or_out(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, requester) = (changer(&desk, &[&here]), desk.requester());
    let mut filed = vec![];
    for _ in 0..60 {
        filed.push(requester.file(&here, "Printer").await);
    }
    let query = TicketQuery { filter: "priority == \"NORMAL\"".into(), ..TicketQuery::default() };
    let ask = BulkUpdateRequest { query: Some(query.clone()), ..raise(&[]) };
    let report = agent.bulk(ask.clone()).await.expect("changes");
    assert_eq!((report.total, report.done, agent.count(query.clone()).await), (60, 60, 0));
    let late = requester.file(&here, "Late").await;
    assert_eq!(agent.bulk(ask).await.expect("repeats"), report, "a repetition settles nothing anew");
    assert_eq!(priority(&agent, &late).await, Priority::Normal);
    let undone = agent.undo_all(&report).await;
    assert_eq!((undone.total, undone.done, agent.count(query).await), (60, 60, 61));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_goes_on_with_the_same_request_and_does_nothing_twice(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, requester) = (changer(&desk, &[&here]), desk.requester());
    let mut filed = vec![];
    for _ in 0..80 {
        filed.push(requester.file(&here, "Printer").await);
    }
    let all: Vec<_> = filed.iter().collect();
    let ask = BulkUpdateRequest { comment: Some(says(CommentKind::Public, "We know.")), ..raise(&all) };
    let mut stream = agent.raw().bulk_update(ask.clone()).await.expect("begins").into_inner();
    let begun = stream.message().await.expect("a message").expect("the first");
    let batch = stream.message().await.expect("a message").expect("the second");
    assert_eq!((begun.done, batch.done), (0, 25));
    drop(stream);

    let report = agent.bulk(ask).await.expect("goes on");
    assert_eq!((report.bulk_id.as_str(), report.total, report.done), (begun.bulk_id.as_str(), 80, 80));
    for ticket in &filed {
        let ticket = agent.get(&ticket.id).await.expect("read");
        assert_eq!((ticket.comment_count, ticket.priority()), (1, Priority::Urgent));
    }
    let undo = UndoBulkRequest { bulk_id: report.bulk_id.clone(), request_id: fresh() };
    let mut stream = agent.raw().undo_bulk(undo.clone()).await.expect("begins").into_inner();
    stream.message().await.expect("a message");
    stream.message().await.expect("a message");
    drop(stream);
    let undone = agent.undo_bulk(undo.clone()).await.expect("goes on");
    assert_eq!((undone.total, undone.done), (80, 80));
    assert_eq!(agent.undo_bulk(undo).await.expect("repeats"), undone);
    for ticket in &filed {
        let ticket = agent.get(&ticket.id).await.expect("read");
        assert_eq!((ticket.comment_count, ticket.priority()), (0, Priority::Normal));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_sent_twice_at_once_changes_each_ticket_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, requester) = (changer(&desk, &[&here]), desk.requester());
    let mut filed = vec![];
    for _ in 0..30 {
        filed.push(requester.file(&here, "Printer").await);
    }
    let all: Vec<_> = filed.iter().collect();
    let ask = BulkUpdateRequest { comment: Some(says(CommentKind::Internal, "We know.")), ..raise(&all) };
    let (one, two) = tokio::join!(agent.bulk(ask.clone()), agent.bulk(ask));
    assert_eq!(one.expect("changes"), two.expect("changes"));
    for ticket in &filed {
        let ticket = agent.get(&ticket.id).await.expect("read");
        assert_eq!((ticket.note_count, ticket.etag.as_str()), (1, "2"));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_macro_is_filled_in_for_each_ticket_and_its_transition_is_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let agent = changer(&desk, &[&here]);
    let mut filed = vec![];
    for name in ["Grace Hopper", "Alan Turing"] {
        let requester = desk.requester();
        desk.directory.name_person(&requester.id, name);
        filed.push(requester.file(&here, "Printer").await);
    }
    let canned = Macro {
        name: "Done".into(),
        sharing: Some(Sharing { kind: SharingKind::Personal.into(), ..Sharing::default() }),
        ticket: Some(Ticket { priority: Priority::Low.into(), language: "en".into(), ..Ticket::default() }),
        paths: vec!["priority".into(), "language".into()],
        comment: Some(says(CommentKind::Public, "{{requester.first_name}}: {{ticket.priority}}")),
        transition_key: "resolve".into(),
        ..Macro::default()
    };
    let macro_id = agent.keep(canned).await.expect("kept").id;
    let report =
        agent.bulk(BulkUpdateRequest { macro_id, ..raise(&[&filed[0], &filed[1]]) }).await.expect("changes");
    assert_eq!((report.done, report.transition_key.as_str()), (2, "resolve"));
    for (ticket, said) in filed.iter().zip(["Grace: urgent", "Alan: urgent"]) {
        let now = agent.get(&ticket.id).await.expect("read");
        assert_eq!(
            (now.priority(), now.language.as_str(), now.status()),
            (Priority::Urgent, "en", Status::New)
        );
        let entries = agent.timeline(ticket).await.expect("a timeline");
        let texts: Vec<_> = entries
            .into_iter()
            .filter_map(|entry| match entry.what {
                Some(timeline_entry::What::Comment(comment)) => Some(comment.text),
                _ => None,
            })
            .collect();
        assert_eq!(texts, [said]);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_bulk_change_is_named_and_nothing_begins(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let agent = changer(&desk, &[&here]);
    let ticket = desk.requester().file(&here, "Printer").await;
    let twice = raise(&[&ticket, &ticket]);
    let nothing = BulkUpdateRequest { ticket: None, update_mask: None, ..raise(&[&ticket]) };
    let unknown = prost_types::FieldMask { paths: vec!["status".into()] };
    let reply = Comment { parent_id: desk.id("cmt"), ..says(CommentKind::Unspecified, "") };
    let wrong = vec![
        (raise(&[]), vec!["ids"]),
        (BulkUpdateRequest { query: Some(TicketQuery::default()), ..raise(&[&ticket]) }, vec!["ids"]),
        (twice, vec!["ids[1]"]),
        (BulkUpdateRequest { ids: vec!["x".into(); 10_001], ..raise(&[]) }, vec![]),
        (BulkUpdateRequest { etags: vec!["1".into(); 2], ..raise(&[&ticket]) }, vec!["etags"]),
        (BulkUpdateRequest { update_mask: Some(unknown), ..raise(&[&ticket]) }, vec!["update_mask"]),
        (nothing, vec!["update_mask"]),
        (
            BulkUpdateRequest { comment: Some(reply), ..raise(&[&ticket]) },
            vec!["comment.kind", "comment.text", "comment.parent_id"],
        ),
        (
            BulkUpdateRequest {
                query: Some(TicketQuery { filter: "no".into(), ..TicketQuery::default() }),
                ..raise(&[])
            },
            vec!["query.filter"],
        ),
    ];
    for (ask, fields) in wrong {
        let refusal = agent.bulk(ask).await.expect_err("refused");
        assert_eq!(refusal.code(), Code::InvalidArgument);
        if !fields.is_empty() {
            assert_eq!(wrong_fields(&refusal), fields);
        }
    }
    let missing = BulkUpdateRequest { macro_id: desk.id("mac"), ..raise(&[&ticket]) };
    assert_eq!(agent.bulk(missing).await.expect_err("refused").code(), Code::NotFound);
    let refusal = desk.agent(&here).bulk(raise(&[&ticket])).await.expect_err("refused");
    assert_eq!(reason(&refusal), "PERMISSION_DENIED");
    assert_eq!(priority(&agent, &ticket).await, Priority::Normal);
}
