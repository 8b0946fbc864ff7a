//! Undoing bulk changes.

use mesh_core::db::Engine;
use proto::tickets::v1::{
    BulkUpdateRequest, CommentKind, DeleteTicketRequest, Field, FieldType, Impact, Priority, PriorityCell,
    PriorityMatrix, Status, Ticket, TicketQuery, UndoBulkRequest, Urgency,
};
use rstest::rstest;
use tonic::Code;

use crate::{
    bulk::{Report, changer, priority, raise, says},
    support::{AGENT, Desk, answers, ask, category, field, fresh, reason, text},
};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn undoing_leaves_what_somebody_has_changed_since(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, requester) = (changer(&desk, &[&here]), desk.requester());
    let mut filed = vec![];
    for subject in ["Untouched", "Renamed", "Answered", "Routed", "Gone"] {
        filed.push(requester.file(&here, subject).await);
    }
    let [untouched, renamed, answered, routed, gone] = &filed[..] else { panic!("five") };
    let before = agent.get(&untouched.id).await.expect("read");
    desk.later().await;
    let ask = BulkUpdateRequest {
        comment: Some(says(CommentKind::Public, "We know.")),
        ..raise(&[untouched, renamed, answered, routed, gone])
    };
    let report = agent.bulk(ask).await.expect("changes");
    desk.later().await;
    let now = agent.get(&renamed.id).await.expect("read");
    agent.update(Ticket { subject: "Other".into(), ..now }, &["subject"]).await.expect("renamed");
    requester.reply(answered, "thanks").await;
    desk.place(routed, 1, Status::Open, &agent.id).await;
    let boss = desk.program();
    let delete = DeleteTicketRequest {
        id: gone.id.clone(),
        request_id: fresh(),
        reason: "spam".into(),
        ..DeleteTicketRequest::default()
    };
    boss.raw().delete_ticket(delete).await.expect("deleted");

    let undone = agent.undo_all(&report).await;
    assert_eq!((undone.total, undone.done), (5, 3));
    assert_eq!(undone.reasons(), [(renamed.id.as_str(), "STALE_ETAG"), (gone.id.as_str(), "NOT_FOUND")]);
    let restored = agent.get(&untouched.id).await.expect("read");
    let (etag, update_time) = (restored.etag.clone(), restored.update_time);
    assert_eq!(restored, Ticket { etag, update_time, ..before });
    assert_eq!(priority(&agent, renamed).await, Priority::Urgent);
    let answered = agent.get(&answered.id).await.expect("read");
    assert_eq!((answered.priority(), answered.comment_count), (Priority::Normal, 1), "the answer stays");
    assert_eq!(answered.first_response_time, None, "the requester's own answer is no response");
    assert_eq!(priority(&agent, routed).await, Priority::Normal, "routing is nobody's change");
    let told = agent.timeline(untouched).await.expect("a timeline");
    assert_eq!(told.last().expect("an entry").cause, "A bulk change was undone.");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn undoing_leaves_what_an_automation_has_changed_since(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, requester) = (changer(&desk, &[&here]), desk.requester());
    let (lowered, tagged) = (requester.file(&here, "Lowered").await, requester.file(&here, "Tagged").await);
    desk.later().await;
    let report = agent.bulk(raise(&[&lowered, &tagged])).await.expect("changes");
    desk.later().await;
    let low = Ticket { priority: Priority::Low.into(), ..lowered.clone() };
    desk.by_itself(low, "priority").await;
    desk.by_itself(Ticket { tags: vec!["vip".into()], ..tagged.clone() }, "tags").await;
    let undone = agent.undo_all(&report).await;
    assert_eq!(undone.reasons(), [(lowered.id.as_str(), "STALE_ETAG")]);
    assert_eq!(priority(&agent, &lowered).await, Priority::Low);
    let tagged = agent.get(&tagged.id).await.expect("read");
    assert_eq!((tagged.priority(), &tagged.tags[..]), (Priority::Normal, &["vip".to_owned()][..]));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_who_made_it_undoes_a_bulk_change_and_not_for_ever(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, colleague) = (changer(&desk, &[&here]), changer(&desk, &[&here]));
    let ticket = desk.requester().file(&here, "Printer").await;
    let report = agent.bulk(raise(&[&ticket])).await.expect("changes");
    let undo = || UndoBulkRequest { bulk_id: report.bulk_id.clone(), request_id: fresh() };
    assert_eq!(colleague.undo_bulk(undo()).await.expect_err("refused").code(), Code::NotFound);
    let unknown = UndoBulkRequest { bulk_id: desk.id("blk"), request_id: fresh() };
    assert_eq!(agent.undo_bulk(unknown).await.expect_err("refused").code(), Code::NotFound);
    desk.world.advance(jiff::SignedDuration::from_hours(24 * 31)).await;
    let agent = desk.person_with(agent.id.clone(), &[(&here, &AGENT)]);
    assert_eq!(reason(&agent.undo_bulk(undo()).await.expect_err("too late")), "NOT_UNDOABLE");
    assert_eq!(priority(&agent, &ticket).await, Priority::Urgent);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn undoing_ends_what_has_not_ended(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (agent, requester) = (changer(&desk, &[&here]), desk.requester());
    let mut filed = vec![];
    for _ in 0..40 {
        filed.push(requester.file(&here, "Printer").await);
    }
    let ask = raise(&filed.iter().collect::<Vec<_>>());
    let mut stream = agent.raw().bulk_update(ask.clone()).await.expect("begins").into_inner();
    let begun = stream.message().await.expect("a message").expect("the first");
    stream.message().await.expect("a message");
    drop(stream);
    let undone = agent.undo_all(&Report { bulk_id: begun.bulk_id, ..Report::default() }).await;
    assert_eq!(undone.total, undone.done);
    let repeated = agent.bulk(ask).await.expect("reports");
    assert_eq!(usize::try_from(repeated.done).expect("few") + repeated.skipped.len(), 40);
    assert!(repeated.skipped.iter().all(|skip| skip.reason == "WRONG_STATE") && !repeated.skipped.is_empty());
    let urgent = TicketQuery { priorities: vec![Priority::Urgent.into()], ..TicketQuery::default() };
    assert_eq!(agent.count(urgent).await, 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn forms_hold_for_bulk_changes_and_undoing_gives_back_what_they_had_and_who_set_the_priority(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let (boss, agent) = (desk.administrator(), changer(&desk, &[&here]));
    boss.add_field(field("site", FieldType::LongText)).await.expect("added");
    let risk = Field { staff_only: true, ..field("risk", FieldType::Text) };
    boss.add_field(risk).await.expect("added");
    let room = Field { required_when: "true".into(), ..field("room", FieldType::Text) };
    let room = boss.add_field(room).await.expect("added");
    let known = boss.add_category(category(&here, "Known", &["site", "risk"])).await.expect("added");
    let strict = boss.add_category(category(&here, "Strict", &["room"])).await.expect("added");
    let told = Ticket {
        category_id: known.id.clone(),
        fields: answers(&[("site", text("north")), ("risk", text("high"))]),
        impact: Impact::Low.into(),
        urgency: Urgency::Low.into(),
        ..ask(&here, "Printer")
    };
    let mut filed = vec![];
    for _ in 0..2 {
        let ticket = agent.create(told.clone()).await.expect("filed");
        filed.push(agent.get(&ticket.id).await.expect("read"));
    }
    let [changed, only_staffs] = &filed[..] else { panic!("two") };
    let matrix = boss.matrix().await;
    let cells = matrix.cells.iter().map(|cell| PriorityCell { priority: Priority::High.into(), ..*cell });
    boss.change_matrix(PriorityMatrix { cells: cells.collect(), ..matrix }).await.expect("changed");
    desk.later().await;

    let change = |ticket: &Ticket, to: Ticket, paths: &[&str]| BulkUpdateRequest {
        ticket: Some(to),
        update_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(|path| (*path).into()).collect(),
        }),
        ..raise(&[ticket])
    };
    let to_strict = Ticket { category_id: strict.id.clone(), ..Ticket::default() };
    let refused = agent.bulk(change(changed, to_strict, &["category_id"])).await.expect("reports");
    assert_eq!(refused.reasons(), [(changed.id.as_str(), "INVALID_FIELDS")], "the room is missing");
    assert!(refused.skipped[0].message.contains(&room.label), "{:?}", refused.skipped);

    let to = Ticket {
        fields: answers(&[("site", text("south"))]),
        urgency: Urgency::High.into(),
        ..Ticket::default()
    };
    let all = agent.bulk(change(changed, to, &["fields", "urgency"])).await.expect("changes");
    let to = Ticket { fields: answers(&[("risk", text("low"))]), ..Ticket::default() };
    let staffs = agent.bulk(change(only_staffs, to, &["fields.risk"])).await.expect("changes");
    assert_eq!((all.done, staffs.done), (1, 1));
    let now = agent.get(&changed.id).await.expect("read");
    assert_eq!((now.priority(), now.fields), (Priority::High, answers(&[("site", text("south"))])));
    let now = agent.get(&only_staffs.id).await.expect("read");
    assert_eq!(now.update_time, only_staffs.update_time, "its requester sees no change");

    for (ticket, report) in [(changed, &all), (only_staffs, &staffs)] {
        let undone = agent.undo_all(report).await;
        assert_eq!((undone.done, &undone.skipped[..]), (1, &[][..]));
        let restored = agent.get(&ticket.id).await.expect("read");
        let (etag, update_time) = (restored.etag.clone(), restored.update_time);
        assert_eq!(restored, Ticket { etag, update_time, ..ticket.clone() });
    }
}
