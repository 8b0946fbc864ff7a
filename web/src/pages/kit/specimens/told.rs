//! A made-up conversation, and the composer in both modes.

use prost_types::Timestamp;
use proto::identity::v1::{Actor, ActorKind};
use proto::tickets::v1::timeline_entry::What;
use proto::tickets::v1::{
    ApprovalNote, ApprovalOutcome, ApprovalVote, Assignment, Attachment, AttachmentState, Change, Comment,
    CommentKind, FieldChange, Stage, StageMove, Status, TimelineEntry,
};
use sycamore::prelude::*;

use crate::app::App;
use crate::parts::{Attached, Composer, Enclosed, Entry, Mode};
use crate::store::uploads::{MOST, Stage as Sent, Uploads};

fn minutes_ago(minutes: i64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
    let now = (use_context::<App>().now.get_untracked() / 1000.0) as i64;
    Timestamp { seconds: now - minutes * 60, nanos: 0 }
}

fn by(name: &str) -> Actor {
    let kind = if name.is_empty() { ActorKind::System } else { ActorKind::Person };
    Actor { kind: kind.into(), display_name: name.to_owned(), ..Actor::default() }
}

fn entry(id: &str, minutes: i64, name: &str, what: What) -> TimelineEntry {
    TimelineEntry {
        id: id.to_owned(),
        time: Some(minutes_ago(minutes)),
        actor: Some(by(name)),
        what: Some(what),
        ..TimelineEntry::default()
    }
}

fn said(id: &str, minutes: i64, name: &str, kind: CommentKind, html: &str) -> TimelineEntry {
    let comment = Comment {
        kind: kind.into(),
        html: html.to_owned(),
        author: Some(by(name)),
        create_time: Some(minutes_ago(minutes)),
        ..Comment::default()
    };
    entry(id, minutes, name, What::Comment(comment))
}

fn stage(label: &str) -> Stage {
    Stage { key: label.to_lowercase(), label: label.to_owned() }
}

fn assigned() -> What {
    What::Assignment(Assignment { to_id: "usr_grace".to_owned(), ..Assignment::default() })
}

fn raised() -> What {
    let (old_value, new_value) = ("PRIORITY_NORMAL".to_owned(), "PRIORITY_HIGH".to_owned());
    What::Change(Change { fields: vec![FieldChange { field: "priority".to_owned(), old_value, new_value }] })
}

fn paused() -> What {
    let (from, to) = (Some(stage("Open")), Some(stage("Pending")));
    What::StageMove(StageMove { from, to, status: Status::Pending.into(), transition: "Wait".to_owned() })
}

fn approved() -> What {
    let vote = |user_id: &str, approved, comment: &str| ApprovalVote {
        user_id: user_id.to_owned(),
        approved,
        comment: comment.to_owned(),
        time: None,
    };
    What::Approval(ApprovalNote {
        transition: "Purchase".to_owned(),
        outcome: ApprovalOutcome::Rejected.into(),
        votes: vec![vote("usr_grace", true, ""), vote("usr_ada", false, "Not before the next quarter.")],
        ..ApprovalNote::default()
    })
}

fn entries() -> Vec<TimelineEntry> {
    let asked = "<p>Which socket is it? The one by the <strong>window</strong> was moved last week.</p>";
    let noted = "<p>Port 14 on the floor switch shows errors. I would swap the cable first.</p>";
    vec![
        entry("1", 61, "", assigned()),
        said("2", 40, "Requester 1", CommentKind::Public, asked),
        said("3", 22, "Agent South", CommentKind::Internal, noted),
        entry("4", 12, "Requester 1", raised()),
        entry("5", 3, "Requester 1", paused()),
        entry("6", 2, "Agent South", approved()),
    ]
}

/// A reply that was edited, with what it replies to.
fn reply() -> (TimelineEntry, Comment) {
    let answered = Comment {
        author: Some(by("Requester 1")),
        text: "Which socket is it?".to_owned(),
        ..Comment::default()
    };
    let reply = Comment {
        kind: CommentKind::Public.into(),
        parent_id: "2".to_owned(),
        html: "<p>The left one.</p>".to_owned(),
        first_text: "The right one.".to_owned(),
        edit_time: Some(minutes_ago(1)),
        author: Some(by("Agent South")),
        create_time: Some(minutes_ago(2)),
        ..Comment::default()
    };
    (entry("6", 2, "Agent South", What::Comment(reply)), answered)
}

pub(in crate::pages::kit) fn timeline() -> View {
    let entries = entries().into_iter().map(|entry| view! { Entry(entry=entry) });
    let (reply, answered) = reply();
    let reply = view! { Entry(entry=reply, answers=Some(answered)) };
    let entries = View::from(entries.chain([reply]).collect::<Vec<_>>());
    view! { div(class="shelf tall") { ol(class="timeline") { (entries) } } }
}

pub(in crate::pages::kit) fn composer() -> View {
    let blank = || create_signal(String::new());
    let (reply, note) = (create_signal(Mode::Reply), create_signal(Mode::Note));
    let both = vec![Mode::Reply, Mode::Note];
    let same = both.clone();
    let written = create_signal("I will come by after lunch.".to_owned());
    let fresh = || Uploads::new(String::new(), MOST);
    let (empty, filled) =
        (Enclosed { reply: fresh(), note: fresh() }, Enclosed { reply: fresh(), note: fresh() });
    filled.reply.show("floor-plan.pdf".to_owned(), 2_000_000, Sent::There(Attachment::default()), None);
    view! {
        div(class="shelf tall") {
            Composer(mode=reply, reply=written, note=blank(), modes=both, files=filled, busy=false, on_send=|()| {}, to="Agent North")
            Composer(mode=note, reply=blank(), note=blank(), modes=same, files=empty, busy=false, on_send=|()| {}, to="")
        }
    }
}

pub(in crate::pages::kit) fn attached() -> View {
    let file = |name: &str, inline: bool, state: AttachmentState| Attachment {
        id: name.to_owned(),
        name: name.to_owned(),
        content_type: "application/pdf".to_owned(),
        size_bytes: 482_000,
        inline,
        state: state.into(),
        ..Attachment::default()
    };
    let files = vec![
        file("floor-plan.pdf", true, AttachmentState::Ready),
        file("switch.log", false, AttachmentState::Ready),
        file("invoice.docx", false, AttachmentState::Scanning),
        file("holiday-pictures.zip", false, AttachmentState::Quarantined),
    ];
    let same = files.clone();
    view! { div(class="shelf tall") { Attached(files=files) Attached(files=same, listed=true) } }
}
