//! The conversation of a ticket and the pen below it.

use std::collections::BTreeSet;
use std::rc::Rc;

use prost::Message as _;
use proto::tickets::v1::{Attachment, CommentKind, DraftKind, Ticket, TimelineEntry};
use sycamore::prelude::*;
use sycamore::web::events::KeyboardEvent;

use super::deeds::{Asked as AskedFirst, Deeds};
use crate::api;
use crate::app::App;
use crate::browser;
use crate::parts::{
    Act, Attached, Avatar, Bones, Composer, Enclosed, Entry, Failed, Form, Mode, Person, T, TimeAgo, prose,
    refusal,
};
use crate::store::Load;
use crate::store::open_ticket::OpenTicket;
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
                let deeds = deeds.of(&entry);
                view! { Entry(entry=entry, fresh=fresh) { (deeds) } }
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

fn again(open: OpenTicket) {
    if let Some(id) = open.id() {
        open.reload(id);
    }
}

/// Changes whenever an entry must be drawn anew.
fn key(open: OpenTicket, entry: &TimelineEntry) -> (String, Vec<u8>) {
    use proto::tickets::v1::timeline_entry::What;
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
    let form = Form::new();
    let request_id = create_signal(api::request_id());
    let send = Act::from(move |()| {
        let (text, kind, draft) = match mode.get() {
            Mode::Note => (note, CommentKind::Internal, DraftKind::Note),
            Mode::Reply => (reply, CommentKind::Public, DraftKind::Reply),
        };
        let said = text.get_clone().trim().to_owned();
        if said.is_empty() {
            return;
        }
        let id = ticket.with(|ticket| ticket.id.clone());
        let along = files.of(mode.get());
        let call = api::tickets::say(id.clone(), kind, said, along.ids(), request_id.get_clone());
        let call = async move {
            let comment = call.await?;
            app.drafts.sent(&id, draft);
            along.sent();
            Ok(comment)
        };
        let on_sent = on_sent.clone();
        form.send(app, call, move |comment| {
            request_id.set(api::request_id());
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
        Composer(mode=mode, reply=reply, note=note, modes=modes, files=files, busy=form.busy(), on_send=send, to=to, on_slash=on_slash) { (children) }
    }
}
