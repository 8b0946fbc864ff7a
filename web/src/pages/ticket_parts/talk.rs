//! The conversation of a ticket and the pen below it.

use std::collections::BTreeSet;
use std::rc::Rc;

use prost::Message as _;
use proto::tickets::v1::timeline_entry::What;
use proto::tickets::v1::{Attachment, Comment, CommentKind, DraftKind, Ticket, TimelineEntry};
use sycamore::prelude::*;
use sycamore::web::events::KeyboardEvent;

use super::deeds::{Asked as AskedFirst, Deeds};
use super::mentions;
use crate::api::{self, Answer};
use crate::app::App;
use crate::browser;
use crate::parts::{
    Act, Attached, Avatar, Bones, Button, Composer, Enclosed, Entry, Failed, Form, Icon, Kind, Mode, Naming,
    Person, T, TimeAgo, prose, refusal,
};
use crate::store::Load;
use crate::store::open_ticket::OpenTicket;
use crate::store::uploads::Uploads;
use crate::text::t;

/// What scrolls.
const TALK: &str = ".talk > .scroll";

/// What was asked, and everything since.
#[component(inline_props)]
pub(in crate::pages) fn Conversation(open: OpenTicket, ticket: Signal<Rc<Ticket>>) -> View {
    let app = use_context::<App>();
    let deeds = Deeds { app, open, ticket, asking: create_signal(None) };
    let loaded = create_signal(false);
    let seen = create_signal(BTreeSet::<String>::new());
    let entries = create_memo(move || match open.entries().get_clone() {
        Load::Ready(entries) => entries.to_vec(),
        _ => Vec::new(),
    });
    create_effect(move || {
        if !matches!(open.entries().get_clone(), Load::Ready(_)) {
            return;
        }
        // Entries that come after the first answer are new to whoever reads; they light up.
        let first = !loaded.replace_silent(true);
        let scroll = if first { browser::scroll_to_end } else { browser::stay_at_end };
        sycamore::web::queue_microtask(move || scroll(TALK));
    });
    view! {
        ol(class="timeline", aria-label=t!("timeline")) {
            Asked(open=open, ticket=ticket)
            Keyed(list=entries, key=move |entry| key(open, entry), view=move |entry| {
                // What is only drawn anew, edited or reacted to, is not news.
                let is_new = seen.update_silent(|seen| seen.insert(entry.id.clone()));
                let fresh = is_new && loaded.get_untracked();
                let (deeds, answers) = (deeds.of(&entry), answered(open, &entry));
                view! { Entry(entry=entry, fresh=fresh, answers=answers) { (deeds) } }
            })
        }
        (match open.entries().get_clone() {
            Load::Waiting => view! { Bones(rows=4, text=true) },
            Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| again(open)) },
            Load::Ready(_) => View::new(),
        })
        AskedFirst(deeds=deeds)
    }
}

/// The comment an entry replies to.
fn answered(open: OpenTicket, entry: &TimelineEntry) -> Option<Comment> {
    match &entry.what {
        Some(What::Comment(comment)) if !comment.parent_id.is_empty() => open.comment(&comment.parent_id),
        _ => None,
    }
}

fn again(open: OpenTicket) {
    if let Some(id) = open.id() {
        open.reload(id);
    }
}

/// Changes whenever an entry must be drawn anew.
fn key(open: OpenTicket, entry: &TimelineEntry) -> (String, Vec<u8>) {
    match &entry.what {
        Some(What::Comment(comment)) => (entry.id.clone(), comment.encode_to_vec()),
        // What can be undone shows that no more once it is.
        Some(What::Merged(merged)) => (entry.id.clone(), vec![u8::from(open.is_unmerged(&merged.merge_id))]),
        _ => (entry.id.clone(), Vec::new()),
    }
}

/// The request itself, as its requester wrote it.
#[component(inline_props)]
fn Asked(open: OpenTicket, ticket: Signal<Rc<Ticket>>) -> View {
    let known = ticket.get_clone_untracked();
    let (requester, name, time) = (known.requester_id.clone(), known.requester_id.clone(), known.create_time);
    let words = create_selector(move || {
        ticket.with(|ticket| (ticket.description_html.clone(), ticket.description.clone()))
    });
    let own_files = create_selector(move || open.files().with(|files| own(files)));
    view! {
        li(class="entry", data-kind="reply") {
            Avatar(id=requester)
            article(class="said") {
                header { b { Person(id=name, bare=true) } span(class="end") { TimeAgo(time=time, stop=true) } }
                (words.with(|(html, plain)| asked(html, plain)))
                (attached(own_files.get_clone()))
            }
        }
    }
}

/// The files of the ticket itself.
fn own(files: &[Attachment]) -> Vec<Attachment> {
    files.iter().filter(|file| file.comment_id.is_empty()).cloned().collect()
}

fn attached(files: Vec<Attachment>) -> View {
    view! { Attached(files=files) }
}

fn asked(html: &str, plain: &str) -> View {
    if html.is_empty() && plain.is_empty() {
        return view! { p(class="prose faint") { T(id="no-description") } };
    }
    prose(html, plain)
}

/// The files that go along, in each mode.
fn enclosed(app: App, ticket_id: &str) -> Enclosed {
    let files = |kind| app.drafts.files(ticket_id, kind);
    Enclosed { reply: files(DraftKind::Reply), note: files(DraftKind::Note) }
}

/// The composer with what sends it.
#[component(inline_props)]
pub(in crate::pages) fn Pen(
    app: App,
    open: OpenTicket,
    ticket: Signal<Rc<Ticket>>,
    mode: Signal<Mode>,
    modes: Vec<Mode>,
    #[prop(default, setter(into))] on_slash: Act<KeyboardEvent>,
    #[prop(default, setter(into))] on_sent: Act,
    children: Children,
) -> View {
    let known = ticket.get_clone_untracked();
    let reply = app.drafts.of(&known.id, DraftKind::Reply);
    let note = app.drafts.of(&known.id, DraftKind::Note);
    let files = enclosed(app, &known.id);
    let (form, naming) = (Form::new(), Naming::new());
    mentions::follow(naming);
    let request_id = create_signal(api::request_id());
    let send = Act::from(move |()| {
        let (text, kind, draft) = match mode.get() {
            Mode::Note => (note, CommentKind::Internal, DraftKind::Note),
            Mode::Reply => (reply, CommentKind::Public, DraftKind::Reply),
        };
        let text = text.get_clone().trim().to_owned();
        if text.is_empty() {
            return;
        }
        let along = files.of(mode.get());
        let (ticket_id, attachment_ids) = (ticket.with(|ticket| ticket.id.clone()), along.ids());
        let said = Comment { ticket_id, kind: kind.into(), text, attachment_ids, ..Comment::default() };
        let said = Comment { parent_id: parent(open, kind), ..said };
        let call = sent((app, draft), said, naming.chosen(), along, request_id.get_clone());
        let on_sent = on_sent.clone();
        form.send(app, call, move |comment| {
            request_id.set(api::request_id());
            open.answering().set(None);
            open.add(comment);
            browser::scroll_to_end(TALK);
            on_sent.now();
        });
    });
    let requester = app.people.get(&known.requester_id);
    let own = known.requester_id == app.session.me_now().id;
    let to =
        create_memo(move || if own { String::new() } else { requester.with(|person| person.name.clone()) });
    view! {
        (refusal(form))
        (answering(open, mode))
        Composer(mode=mode, reply=reply, note=note, modes=modes, files=files, naming=Some(naming), busy=form.busy(), on_send=send, to=to, on_slash=on_slash) { (children) }
    }
}

/// Says it with everybody it names, and forgets the draft of it.
async fn sent(
    (app, draft): (App, DraftKind),
    said: Comment,
    known: Vec<(String, String)>,
    along: Uploads,
    request_id: String,
) -> Answer<Comment> {
    let mention_ids = mentions::settle(known, &said.text).await;
    let comment = api::tickets::say(Comment { mention_ids, ..said }, request_id).await?;
    app.drafts.sent(&comment.ticket_id, draft);
    along.sent();
    Ok(comment)
}

/// The comment this will reply to: the one that is answered, where as many read it. There is one level of replies.
fn parent(open: OpenTicket, kind: CommentKind) -> String {
    open.answering().with_untracked(|answered| {
        let answered = answered.as_ref().filter(|answered| answered.kind() == kind);
        answered.map(|answered| thread(answered).to_owned()).unwrap_or_default()
    })
}

/// The comment that the replies to this one are kept under.
fn thread(answered: &Comment) -> &str {
    if answered.parent_id.is_empty() { &answered.id } else { &answered.parent_id }
}

/// Says which comment is answered, and lets one answer none.
fn answering(open: OpenTicket, mode: Signal<Mode>) -> View {
    let shown = create_selector(move || {
        let kind = if mode.get() == Mode::Note { CommentKind::Internal } else { CommentKind::Public };
        open.answering().get_clone().filter(|answered| answered.kind() == kind)
    });
    view! {
        (match shown.get_clone() {
            Some(answered) => {
                let name = answered.author.clone().unwrap_or_default().display_name;
                let words = t!("answering", name = name);
                let begins = answered.text.lines().next().unwrap_or_default().to_owned();
                view! {
                    p(class="answering", role="status") {
                        Icon(name="reply")
                        span(class="one-line grow") { b { (words) } " " (begins) }
                        Button(kind=Kind::Quiet, icon="x", aria-label=t!("answering-not"), data-size="small", on:click=move |_| open.answering().set(None))
                    }
                }
            }
            None => View::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Comment;

    use super::thread;

    #[test]
    fn an_answer_to_a_reply_stands_beside_it() {
        let first = Comment { id: "cmt_1".into(), ..Comment::default() };
        let reply = Comment { id: "cmt_2".into(), parent_id: "cmt_1".into(), ..Comment::default() };
        assert_eq!((thread(&first), thread(&reply)), ("cmt_1", "cmt_1"));
    }
}
