//! What was said: a reply or a note in its frame, with what it answers and what it said first.

use proto::tickets::v1::{Comment, CommentKind};
use sycamore::prelude::*;

use super::super::{Attached, Avatar, Icon, Maybe, T, TimeAgo};

/// Something said.
#[component(inline_props)]
pub(super) fn Said(comment: Comment, fresh: bool, answers: Maybe<Comment>, children: Children) -> View {
    let internal = comment.kind() == CommentKind::Internal;
    let author = comment.author.clone().unwrap_or_default();
    let (kind, label) = if internal { ("note", note_label()) } else { ("reply", View::new()) };
    let edited = if comment.edit_time.is_some() {
        view! { span(class="tiny faint") { T(id="edited") } }
    } else {
        View::new()
    };
    let name = author.display_name;
    let author_id = author.user_id;
    let fresh = fresh.then_some("");
    let replies = (!comment.parent_id.is_empty()).then_some("");
    let above = if replies.is_some() { answered(answers) } else { View::new() };
    let (body, first, time) = (words(&comment), first_text(&comment), comment.create_time);
    let files = comment.attachments;
    view! {
        li(class="entry", data-kind=kind, data-fresh=fresh, data-replies=replies) {
            Avatar(id=author_id)
            article(class="said") {
                header { b { (name) } (label) (edited) span(class="end") { TimeAgo(time=time, stop=true) } }
                (above)
                (body)
                (first)
                Attached(files=files)
                (children)
            }
        }
    }
}

/// What it replies to: whose words, and how they begin.
fn answered(answers: Maybe<Comment>) -> View {
    let Some(Comment { author, text, .. }) = answers else {
        return view! { p(class="answers") { Icon(name="reply") span { T(id="answers-elsewhere") } } };
    };
    let name = author.unwrap_or_default().display_name;
    let begins = text.lines().next().unwrap_or_default().to_owned();
    view! { p(class="answers") { Icon(name="reply") span(class="one-line") { T(id="answers-whom") " " b { (name) } ": " (begins) } } }
}

/// What an edited comment said first, for those who want to know.
fn first_text(comment: &Comment) -> View {
    if comment.first_text.is_empty() {
        return View::new();
    }
    let text = comment.first_text.clone();
    view! { details(class="first-text") { summary { T(id="first-text") } div(class="prose plain") { (text) } } }
}

fn note_label() -> View {
    view! { span(class="pill", data-tone="note") { Icon(name="lock") T(id="composer-note") } }
}

/// The text as the server rendered it; as it was written where it did not; what is left of it once deleted.
fn words(comment: &Comment) -> View {
    if comment.delete_time.is_some() {
        return view! { p(class="prose faint") { T(id="deleted") } };
    }
    prose(&comment.html, &comment.text)
}

/// Text people wrote: sanitised HTML of the server, or plain.
pub(crate) fn prose(html: &str, plain: &str) -> View {
    if html.is_empty() {
        let plain = plain.to_owned();
        return view! { div(class="prose plain") { (plain) } };
    }
    let html = html.to_owned();
    view! { div(class="prose", dangerously_set_inner_html=html) }
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::Actor;
    use proto::tickets::v1::timeline_entry::What;
    use proto::tickets::v1::{Comment, CommentKind, TimelineEntry};
    use sycamore::prelude::*;

    use super::super::Entry;
    use crate::app::drawn;

    fn said(comment: Comment) -> String {
        let entry = TimelineEntry { what: Some(What::Comment(comment)), ..TimelineEntry::default() };
        drawn(move || {
            let entry = entry.clone();
            view! { Entry(entry=entry) }
        })
    }

    #[test]
    fn a_note_says_in_words_that_it_is_one_and_a_reply_does_not() {
        let note = Comment { kind: CommentKind::Internal.into(), text: "psst".into(), ..Comment::default() };
        let reply = Comment { kind: CommentKind::Public.into(), ..note.clone() };
        assert!(said(note).contains("Internal note"));
        assert!(!said(reply).contains("Internal note"));
    }

    #[test]
    fn of_a_deleted_comment_nothing_is_left_but_that_it_was_there() {
        let delete_time = Some(prost_types::Timestamp::default());
        let comment = Comment { text: "secret".into(), delete_time, ..Comment::default() };
        let html = said(comment);
        assert!(html.contains("This comment was deleted.") && !html.contains("secret"));
    }

    #[test]
    fn an_edited_comment_keeps_what_it_said_first_and_a_reply_says_to_what() {
        let comment =
            Comment { text: "The bearing".into(), first_text: "The berring".into(), ..Comment::default() };
        assert!(said(comment.clone()).contains("The berring"));
        let author = Some(Actor { display_name: "Ann".into(), ..Actor::default() });
        let asked =
            Comment { id: "cmt_1".into(), author, text: "Which?\nPlease".into(), ..Comment::default() };
        let reply = Comment { parent_id: "cmt_1".into(), ..comment };
        let what = Some(What::Comment(reply));
        let entry = TimelineEntry { what, ..TimelineEntry::default() };
        let html = drawn(move || {
            let (entry, asked) = (entry.clone(), Some(asked.clone()));
            view! { Entry(entry=entry, answers=asked) }
        });
        assert!(html.contains("Which?") && !html.contains("Please") && html.contains("Ann"), "{html}");
    }

    #[test]
    fn what_people_wrote_without_markup_stays_text() {
        let author = Some(Actor { display_name: "<b>Eve</b>".into(), ..Actor::default() });
        let html =
            said(Comment { text: "<img src=x onerror=alert(1)>".into(), author, ..Comment::default() });
        assert!(!html.contains("<img") && !html.contains("<b>Eve"), "{html}");
    }
}
