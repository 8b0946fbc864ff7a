//! Merging tickets: what moves, what is left, who sees it, and what is refused.

use mesh_core::db::Engine;
use proto::{
    events::v1::envelope::Event,
    tickets::v1::{
        CommentKind, DeleteCommentRequest, DeleteTicketRequest, DraftKind, SetWatchersRequest, Status,
        Ticket, TicketQuery, timeline_entry::What,
    },
};
use rstest::rstest;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::support::{Client, Desk, ask, fresh, reason, run, wrong_fields};

/// What was said on a ticket, oldest first, as this person reads it.
async fn said(reader: &Client, ticket: &Ticket) -> Vec<String> {
    let told = |entry: proto::tickets::v1::TimelineEntry| match entry.what {
        Some(What::Comment(comment)) => Some(comment.text),
        _ => None,
    };
    reader.timeline(ticket).await.expect("a timeline").into_iter().filter_map(told).collect()
}

fn open() -> TicketQuery {
    let statuses = [Status::New, Status::Open, Status::Pending, Status::OnHold];
    TicketQuery { statuses: statuses.map(i32::from).to_vec(), ..TicketQuery::default() }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_ticket_was_filed_with_comes_along_and_goes_back(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, lead) = (desk.requester(), desk.lead(&department));
    let mut tickets = vec![];
    for name in ["target.txt", "first.txt", "second.txt"] {
        let file = desk.file_of(&requester, None, name, b"see").await;
        tickets.push(requester.file_with(ask(&department, "Printer"), vec![file.id]).await.expect("filed"));
    }
    let [target, first, second] = &tickets[..] else { panic!("three") };
    let merge = lead.merge(&[first, second], target, "").await.expect("merged");
    let mut names = requester.names(target).await.expect("files");
    names.sort();
    assert_eq!(names, ["first.txt", "second.txt", "target.txt"]);
    assert_eq!(requester.names(first).await.expect("files"), [""; 0]);
    let timeline = lead.timeline(target).await.expect("a timeline");
    let came = timeline.into_iter().filter_map(|entry| match entry.what {
        Some(What::Comment(comment)) => Some(comment),
        _ => None,
    });
    let came: Vec<_> = came.collect();
    assert_eq!(came.iter().map(|comment| comment.attachments.len()).collect::<Vec<_>>(), [1, 1]);
    let gone = DeleteCommentRequest { id: came[0].id.clone(), request_id: fresh() };
    lead.raw().delete_comment(gone).await.expect("deleted");
    assert_eq!(requester.names(target).await.expect("files").len(), 2, "a deleted comment shows no files");

    lead.undo(&merge).await.expect("undone");
    for (ticket, name) in tickets.iter().zip(["target.txt", "first.txt", "second.txt"]) {
        assert_eq!(requester.names(ticket).await.expect("files"), [name]);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_conversation_goes_to_the_target_and_the_source_leads_there(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (first, second, friend) = (desk.requester(), desk.requester(), desk.requester());
    let lead = desk.lead(&department);
    let target = first.file(&department, "Printer").await;
    let asked = Ticket { cc_ids: vec![friend.id.clone()], ..ask(&department, "Printer, again") };
    let source = second.create(asked).await.expect("filed");
    desk.later().await;
    second.reply(&source, "It smokes.").await;
    desk.later().await;
    lead.note(&source, "Known.").await;

    let merge = lead.merge(&[&source], &target, "").await.expect("merged");
    assert_eq!((merge.target_id.as_str(), merge.undo_time), (target.id.as_str(), None));
    let told = said(&lead, &target).await;
    assert_eq!(told, ["Printer, again\n\nIt **smokes**.", "It smokes.", "Known."]);
    assert_eq!(said(&first, &target).await, told[..2]);
    let merged = lead.get(&target.id).await.expect("there");
    assert_eq!((merged.comment_count, merged.note_count), (2, 1));
    assert_eq!(merged.cc_ids, [second.id.clone(), friend.id.clone()]);
    assert!(friend.get(&target.id).await.is_ok(), "who followed the source follows the target");

    let stub = second.get(&source.number).await.expect("its address still answers");
    assert_eq!((stub.merged_into_id.as_str(), stub.status()), (target.id.as_str(), Status::Closed));
    assert_eq!((stub.comment_count, said(&lead, &source).await.len()), (0, 0));
    assert_eq!((lead.count(open()).await, lead.count(TicketQuery::default()).await), (1, 2));
    let named: Vec<_> =
        lead.timeline(&target).await.expect("read").into_iter().filter_map(|entry| entry.what).collect();
    let Some(What::Merged(entry)) = named.iter().find(|what| matches!(what, What::Merged(_))) else {
        panic!("the timeline tells of it")
    };
    assert_eq!(
        (entry.merge_id.as_str(), entry.sources[0].number.as_str()),
        (merge.id.as_str(), source.number.as_str())
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stub_is_not_changed_and_every_refusal_says_where_it_leads(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, lead) = (desk.requester(), desk.lead(&department));
    let (target, source) = (lead.file(&department, "A").await, requester.file(&department, "B").await);
    let other = lead.file(&department, "C").await;
    let comment = lead.reply(&other, "elsewhere").await;
    lead.merge(&[&source], &target, "").await.expect("merged");

    let stub = lead.get(&source.id).await.expect("there");
    let watch = SetWatchersRequest {
        ticket_id: source.id.clone(),
        add_ids: vec![lead.id.clone()],
        remove_ids: vec![],
    };
    let refusals = [
        lead.update(Ticket { subject: "X".into(), ..stub.clone() }, &["subject"]).await.expect_err("update"),
        requester.say(&source, CommentKind::Public, "hi").await.expect_err("reply"),
        lead.say(&source, CommentKind::Internal, "hi").await.expect_err("note"),
        lead.raw().set_watchers(watch).await.expect_err("watch"),
        lead.link(&other, proto::tickets::v1::LinkKind::Related, &source).await.expect_err("link"),
        lead.relocate(&comment, &source).await.expect_err("move a comment there"),
        lead.merge(&[&source], &other, "").await.expect_err("merge it once more"),
        lead.merge(&[&other], &source, "").await.expect_err("merge into it"),
        lead.merge(&[&target], &source, "").await.expect_err("merge in a ring"),
    ];
    for refusal in refusals {
        assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::FailedPrecondition, "TICKET_MERGED"));
        let info = refusal.get_details_error_info().expect("info");
        assert_eq!(info.metadata.get("target_id"), Some(&target.id));
    }
    let abilities = stub.abilities.expect("abilities");
    assert!(!abilities.reply && !abilities.update && !abilities.transition && abilities.merge);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_merged_is_refused_and_nothing_moves(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, elsewhere) = (desk.department(), desk.department());
    let (lead, agent, requester) = (desk.lead(&department), desk.agent(&department), desk.requester());
    let (a, b) = (lead.file(&department, "A").await, lead.file(&department, "B").await);
    let secret = requester.file(&elsewhere, "C").await;

    let refused = lead.merge(&[&a], &a, "").await.expect_err("into itself");
    assert_eq!(reason(&refused), "LINK_CIRCLE");
    assert_eq!(agent.merge(&[&a], &b, "").await.expect_err("no right").code(), Code::PermissionDenied);
    assert_eq!(lead.merge(&[&secret], &b, "").await.expect_err("unseen").code(), Code::NotFound);
    let none = lead.merge(&[], &b, "").await.expect_err("nothing");
    assert_eq!(wrong_fields(&none), ["merge.source_ids"]);
    let twice = lead.merge(&[&a, &a], &b, &"x".repeat(70_000)).await.expect_err("twice");
    assert_eq!(wrong_fields(&twice), ["merge.source_ids[1]", "comment"]);
    let crowd = vec![&a; 51];
    assert!(
        wrong_fields(&lead.merge(&crowd, &b, "").await.expect_err("a crowd"))
            .contains(&"merge.source_ids".into())
    );
    assert_eq!(lead.get(&a.id).await.expect("there").merged_into_id, "");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn merges_are_undone_from_the_last_to_the_first(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let lead = desk.lead(&department);
    let [a, b, c] = [
        lead.file(&department, "A").await,
        lead.file(&department, "B").await,
        lead.file(&department, "C").await,
    ];
    let inner = lead.merge(&[&a], &b, "").await.expect("merged");
    let outer = lead.merge(&[&b], &c, "").await.expect("merged further");
    assert_eq!(said(&lead, &c).await.len(), 2);
    assert_eq!(reason(&lead.undo(&inner).await.expect_err("b leads on")), "NOT_UNDOABLE");
    let undone = lead.undo(&outer).await.expect("the last one");
    assert!(undone.undo_time.is_some());
    lead.undo(&inner).await.expect("then the first");
    assert_eq!(reason(&lead.undo(&inner).await.expect_err("once")), "NOT_UNDOABLE");
    for ticket in [&a, &b, &c] {
        assert_eq!(lead.get(&ticket.id).await.expect("there").merged_into_id, "");
        assert_eq!(said(&lead, ticket).await, Vec::<String>::new());
    }

    let merge = lead.merge(&[&a], &b, "").await.expect("merged again");
    let stub = lead.get(&a.id).await.expect("there");
    let (id, etag, reason_given) = (stub.id, stub.etag, "spam".to_owned());
    let delete = DeleteTicketRequest { id, etag, request_id: fresh(), reason: reason_given };
    lead.raw().delete_ticket(delete).await.expect("a stub can be deleted");
    assert_eq!(reason(&lead.undo(&merge).await.expect_err("it is gone")), "NOT_UNDOABLE");
    assert_eq!(desk.requester().undo(&merge).await.expect_err("a secret").code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn where_the_run_of_a_stub_stands_shows_when_the_merge_is_undone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let lead = desk.lead(&department);
    let (target, source) = (lead.file(&department, "A").await, lead.file(&department, "B").await);
    let before = desk.place(&source, 3, Status::Resolved, &lead.id).await;
    let merge = lead.merge(&[&source], &target, "").await.expect("merged");
    lead.undo(&merge).await.expect("undone");
    let after = lead.get(&source.id).await.expect("there");
    assert_eq!(
        (after.status(), after.resolve_time, after.reopen_count),
        (Status::Resolved, before.resolve_time, 0)
    );

    let merge = lead.merge(&[&source], &target, "").await.expect("merged");
    let late = run(&source.id, "run_01h455vb4pex5vsknk084sn02q", 4, Status::Open, &lead.id);
    let stub = desk.project(late).await.expect("the news was on its way");
    assert_eq!((stub.status(), stub.run_version), (Status::Closed, 4));
    lead.undo(&merge).await.expect("undone");
    let after = lead.get(&source.id).await.expect("there");
    assert_eq!((after.status(), after.reopen_count), (Status::Open, 1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_word_reaches_the_sources_people_and_the_mesh_hears_of_the_merge(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, lead) = (desk.requester(), desk.lead(&department));
    let (target, source) = (lead.file(&department, "A").await, requester.file(&department, "B").await);
    let merge = lead.merge(&[&source], &target, "We go on in A.").await.expect("merged");
    desk.world.settle().await;
    assert_eq!(said(&requester, &source).await, ["We go on in A."]);
    let heard = desk.ear.heard();
    let about = |id: &str| heard.iter().filter(|envelope| envelope.subject == id).collect::<Vec<_>>();
    let names: Vec<_> = about(&source.id)
        .iter()
        .filter_map(|envelope| envelope.event.as_ref())
        .map(proto::event::name)
        .collect();
    assert_eq!(names[1..], ["tickets.ticket.merged", "tickets.ticket.changed", "tickets.comment.added"]);
    let Some(Event::TicketsTicketMerged(merged)) = &about(&source.id)[1].event else {
        panic!("it was named so")
    };
    assert_eq!(
        (merged.target_id.as_str(), merged.merge_id.as_str()),
        (target.id.as_str(), merge.id.as_str())
    );

    lead.undo(&merge).await.expect("undone");
    desk.world.settle().await;
    assert!(desk.ear.names().contains(&"tickets.merge.undone".to_owned()));
    assert_eq!(said(&requester, &source).await, ["We go on in A."], "it stays where it was said");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_merge_sent_twice_is_one(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let lead = desk.lead(&department);
    let (target, source) = (lead.file(&department, "A").await, lead.file(&department, "B").await);
    let merge = proto::tickets::v1::Merge {
        target_id: target.id.clone(),
        source_ids: vec![source.id.clone()],
        ..proto::tickets::v1::Merge::default()
    };
    let ask = proto::tickets::v1::MergeTicketsRequest {
        merge: Some(merge),
        request_id: fresh(),
        comment: String::new(),
    };
    let first = lead.raw().merge_tickets(ask.clone()).await.expect("merged").into_inner();
    assert_eq!(lead.raw().merge_tickets(ask).await.expect("answered as before").into_inner(), first);
    assert_eq!(said(&lead, &target).await.len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn fifty_answers_to_a_ticket_that_is_being_merged_are_all_somewhere(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let lead = desk.lead(&department);
    let (target, source) = (lead.file(&department, "A").await, lead.file(&department, "B").await);
    let answers = (0..50).map(|number| {
        let (lead, source) = (lead.clone(), source.clone());
        let kind = if number % 2 == 0 { CommentKind::Internal } else { CommentKind::Public };
        async move { lead.say(&source, kind, &format!("answer {number}")).await.is_ok() }
    });
    let sources = [&source];
    let (answered, merged) =
        futures::join!(futures::future::join_all(answers), lead.merge(&sources, &target, ""));
    merged.expect("merged");
    let kept = answered.into_iter().filter(|kept| *kept).count();
    assert_eq!(
        said(&lead, &target).await.len(),
        kept + 1,
        "what was acknowledged is on the target, with the opening"
    );
    let merged = lead.get(&target.id).await.expect("there");
    let counted = merged.comment_count + merged.note_count;
    assert_eq!(usize::try_from(counted).expect("few"), kept + 1);
    assert_eq!(said(&lead, &source).await, Vec::<String>::new());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_being_written_is_lost(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, lead, agent) = (desk.requester(), desk.lead(&department), desk.agent(&department));
    let (target, source) = (lead.file(&department, "A").await, requester.file(&department, "B").await);
    let text =
        async |who: &Client, ticket: &Ticket, kind| who.writing(ticket, kind).await.map(|draft| draft.text);
    agent.write(&source, DraftKind::Reply, "Dear").await.expect("kept");
    agent.write(&source, DraftKind::Note, "psst").await.expect("kept");
    agent.write(&target, DraftKind::Note, "hm").await.expect("kept");
    requester.write(&source, DraftKind::Reply, "Hello?").await.expect("kept");

    agent.reply(&source, "Somebody else's reply takes nothing.").await;
    desk.place(&source, 1, Status::Open, &lead.id).await;
    let merge = lead.merge(&[&source], &target, "").await.expect("merged");
    let signed_in_again =
        desk.person_with(agent.id.clone(), &[(department.as_str(), &crate::support::AGENT)]);
    for place in [&target, &source] {
        assert_eq!(text(&signed_in_again, place, DraftKind::Reply).await.as_deref(), Some("Dear"));
        assert_eq!(text(&agent, place, DraftKind::Note).await.as_deref(), Some("hm\n\npsst"));
        assert_eq!(text(&requester, place, DraftKind::Reply).await.as_deref(), Some("Hello?"));
        assert_eq!(text(&lead, place, DraftKind::Reply).await, None);
    }
    agent.write(&source, DraftKind::Reply, "Dear Sir").await.expect("a page that is still open there");
    assert_eq!(text(&agent, &target, DraftKind::Reply).await.as_deref(), Some("Dear Sir"));

    lead.undo(&merge).await.expect("undone");
    assert_eq!(
        text(&agent, &target, DraftKind::Reply).await.as_deref(),
        Some("Dear Sir"),
        "changed since: it stays"
    );
    assert_eq!(text(&agent, &source, DraftKind::Reply).await.as_deref(), Some("Dear"), "and nothing is lost");
    assert_eq!(text(&agent, &target, DraftKind::Note).await.as_deref(), Some("hm"));
    assert_eq!(text(&agent, &source, DraftKind::Note).await.as_deref(), Some("psst"));
    assert_eq!(text(&requester, &target, DraftKind::Reply).await, None);
}
