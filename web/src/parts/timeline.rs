//! One thing that happened to a ticket, as a person reads it: said in a frame, done in a line.

mod said;

use proto::identity::v1::{Actor, ActorKind};
use proto::tickets::v1::timeline_entry::What;
use proto::tickets::v1::{
    ApprovalNote, ApprovalOutcome, ApprovalVote, Assignment, Change, Comment, CommentMoved, FieldChange,
    LinkKind, Merged, StageMove, TicketName, TimelineEntry,
};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::{Icon, Maybe, Person, StatusPill, T, TimeAgo};
use crate::api;
use crate::app::App;
use crate::routes::Place;
use crate::text::{self, t};
use said::Said;

pub(crate) use said::prose;

/// An entry of the timeline. `fresh` lights it up once, `answers` is what it replies to as far as that is here; the children are what can
/// be done with it.
#[component(inline_props)]
pub(crate) fn Entry(
    entry: TimelineEntry,
    #[prop(default)] fresh: bool,
    #[prop(default)] answers: Maybe<Comment>,
    children: Children,
) -> View {
    let TimelineEntry { time, actor, cause, what, .. } = entry;
    let actor = actor.unwrap_or_default();
    let (icon, told) = match what {
        Some(What::Comment(comment)) => {
            return view! { Said(comment=comment, fresh=fresh, answers=answers) { (children) } };
        }
        Some(What::Filed(filed)) if filed.on_behalf_of_id.is_empty() => return View::new(),
        Some(What::Filed(filed)) => ("ticket", filed_for(&actor, filed.on_behalf_of_id)),
        Some(What::StageMove(moved)) if moved.from.is_none() => return View::new(),
        Some(What::Change(change)) if is_about_links(&change) => ("link", linked(&actor, &change)),
        Some(What::Change(change)) => ("edit", changed(&actor, change)),
        Some(What::StageMove(moved)) => ("arrow-right", moved_on(&actor, moved)),
        Some(What::Assignment(assignment)) => ("route", assigned(&actor, assignment)),
        Some(What::Merged(merged)) => ("merge", self::merged(&actor, merged)),
        Some(What::CommentMoved(moved)) => ("arrow-right", comment_moved(&actor, moved)),
        Some(What::Approval(note)) => ("check", approval(&actor, note)),
        None => return View::new(),
    };
    let staff = use_context::<App>().session.me_now().grants.is_staff();
    let cause = if !staff || says_nothing_new(&cause, &actor) {
        View::new()
    } else {
        view! { " · " span(class="faint") { (cause) } }
    };
    view! {
        li(class="entry", data-kind="event") {
            span(class="mark") { Icon(name=icon) }
            span {
                (told) (cause) " "
                TimeAgo(time=time, stop=true)
                (children)
            }
        }
    }
}

/// Whether a cause is empty, or says only who did it, which stands there already.
fn says_nothing_new(cause: &str, actor: &Actor) -> bool {
    cause.is_empty() || (!actor.display_name.is_empty() && cause.contains(&actor.display_name))
}

/// Filed for somebody else; that it was filed at all says the request itself.
fn filed_for(actor: &Actor, person: String) -> View {
    let who = who(actor);
    view! { (who) " " T(id="event-filed-for") " " b(class="change") { Person(id=person, bare=true) } }
}

/// Who did it: a person by name, Ticketmesh itself by the part that acted.
fn who(actor: &Actor) -> View {
    let name = match actor.kind() {
        ActorKind::System | ActorKind::Unspecified => t!("event-system"),
        _ => actor.display_name.clone(),
    };
    view! { b(class="change") { (name) } }
}

fn moved_on(actor: &Actor, moved: StageMove) -> View {
    let status = moved.status();
    let to = moved.to.map(|stage| stage.label).unwrap_or_default();
    let who = who(actor);
    view! { (who) " " T(id="event-moved") " " StatusPill(status=status, label=to) }
}

fn assigned(actor: &Actor, assignment: Assignment) -> View {
    let who = who(actor);
    if assignment.to_id.is_empty() {
        return view! { (who) " " T(id="event-released") };
    }
    if actor.user_id == assignment.to_id {
        return view! { (who) " " T(id="event-claimed") };
    }
    view! { (who) " " T(id="event-assigned") " " b(class="change") { Person(id=assignment.to_id, bare=true) } }
}

/// Tickets that became one, or several again.
fn merged(actor: &Actor, merged: Merged) -> View {
    let (who, into) = (who(actor), if merged.undone { "event-unmerged-from" } else { "event-merged-into" });
    let verb = if merged.undone { "event-unmerged" } else { "event-merged" };
    let sources = merged.sources.into_iter().flat_map(|name| [view! { " " }, ticket(name)]);
    let sources = View::from(sources.collect::<Vec<_>>());
    let target = ticket(merged.target.unwrap_or_default());
    view! { (who) " " T(id=verb) (sources) " " T(id=into) " " (target) }
}

fn comment_moved(actor: &Actor, moved: CommentMoved) -> View {
    let who = who(actor);
    let (from, to) = (ticket(moved.from.unwrap_or_default()), ticket(moved.to.unwrap_or_default()));
    view! { (who) " " T(id="event-comment-moved") " " (from) " " T(id="event-comment-moved-to") " " (to) }
}

/// An approval: what became of it, and who said what.
fn approval(actor: &Actor, note: ApprovalNote) -> View {
    let verb = match note.outcome() {
        ApprovalOutcome::Asked | ApprovalOutcome::Unspecified => "event-approval-asked",
        ApprovalOutcome::NextLevel => "event-approval-next",
        ApprovalOutcome::Approved => "event-approval-approved",
        ApprovalOutcome::Rejected => "event-approval-rejected",
        ApprovalOutcome::Cancelled => "event-approval-cancelled",
    };
    let (who, transition) = (who(actor), note.transition);
    let votes = View::from(note.votes.into_iter().map(vote).collect::<Vec<_>>());
    view! { (who) " " T(id=verb) " " b(class="change") { (transition) } (votes) }
}

/// What one person said.
fn vote(vote: ApprovalVote) -> View {
    let verdict = if vote.approved { "event-vote-for" } else { "event-vote-against" };
    let words = if vote.comment.is_empty() { String::new() } else { format!(": {}", vote.comment) };
    view! { " · " Person(id=vote.user_id, bare=true) " " T(id=verdict) (words) }
}

/// The way to a ticket by its number.
fn ticket(name: TicketName) -> View {
    let href = Place::Ticket { id: name.id }.path();
    let number = name.number;
    view! { a(href=href) { (number) } }
}

fn changed(actor: &Actor, change: Change) -> View {
    let who = who(actor);
    let app = use_context::<App>();
    let fields: Vec<View> = change.fields.into_iter().map(|field| field_change(app, &field)).collect();
    let fields = View::from(fields);
    view! { (who) " " T(id="event-changed") (fields) }
}

fn is_about_links(change: &Change) -> bool {
    !change.fields.is_empty() && change.fields.iter().all(|field| field.field == "links")
}

/// A link made or removed, kept as its kind and both ends: `LINK_KIND_PARENT tkt_1 tkt_2`.
fn linked(actor: &Actor, change: &Change) -> View {
    let who = who(actor);
    let links = change.fields.iter().filter_map(|field| {
        let made = !field.new_value.is_empty();
        let (verb, kept) =
            if made { ("event-linked", &field.new_value) } else { ("event-unlinked", &field.old_value) };
        let (relation, from, to) = read_link(kept)?;
        Some(view! { " " T(id=verb) " " TicketRef(id=from) ": " T(id=relation) " " TicketRef(id=to) })
    });
    let links = View::from(links.collect::<Vec<_>>());
    view! { (who) (links) }
}

/// The words of what the first ticket is to the second, and both.
fn read_link(kept: &str) -> Option<(&'static str, String, String)> {
    let mut words = kept.split_whitespace();
    let (kind, from, to) = (words.next()?, words.next()?, words.next()?);
    let relation = match LinkKind::from_str_name(kind)? {
        LinkKind::Parent => "link-parent-of",
        LinkKind::Duplicate => "link-duplicate-of",
        LinkKind::Blocks => "link-blocks",
        LinkKind::FollowUp => "link-follows",
        LinkKind::Related | LinkKind::Unspecified => "link-related",
    };
    Some((relation, from.to_owned(), to.to_owned()))
}

/// The way to a ticket, by its number once that is known.
#[component(inline_props)]
pub(crate) fn TicketRef(id: String) -> View {
    let app = use_context::<App>();
    let known = app.tickets.find(&id).map(|ticket| ticket.with_untracked(|ticket| ticket.number.clone()));
    let number = create_signal(known.unwrap_or_default());
    let href = Place::Ticket { id: id.clone() }.path();
    if number.with_untracked(String::is_empty) && cfg!(target_arch = "wasm32") {
        spawn_local_scoped(async move {
            if let Ok(ticket) = api::tickets::get(id).await {
                number.set(ticket.number.clone());
                app.tickets.put(ticket);
            }
        });
    }
    view! { a(href=href) { (if number.with(String::is_empty) { t!("ticket") } else { number.get_clone() }) } }
}

fn field_change(app: App, change: &FieldChange) -> View {
    let key = change.field.replace(['_', '.'], "-");
    let field = text::maybe(&format!("field-{key}")).unwrap_or_else(|| change.field.clone());
    let (old, new) = (value(app, &change.old_value), value(app, &change.new_value));
    view! { " " (field) ": " span(class="faint") { (old) } " → " b(class="change") { (new) } }
}

/// A value as people read it: enums by their words, ids by their names.
pub(crate) fn value(app: App, raw: &str) -> View {
    let raw = raw.to_owned();
    if raw.is_empty() {
        return view! { T(id="nothing") };
    }
    if raw.starts_with("usr_") {
        return view! { Person(id=raw, bare=true) };
    }
    if raw.starts_with("dep_") {
        return view! { (app.departments.name(&raw)) };
    }
    let words = text::maybe(&enum_text(&raw)).unwrap_or(raw);
    view! { (words) }
}

/// The id of the text for an enum's name: `priority-high` for `PRIORITY_HIGH`.
fn enum_text(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::timeline_entry::What;
    use proto::tickets::v1::{ApprovalNote, ApprovalOutcome, ApprovalVote, TimelineEntry};
    use sycamore::prelude::*;

    use super::{Entry, enum_text, read_link};
    use crate::app::drawn;

    #[test]
    fn an_approval_says_what_became_of_it_and_who_said_what() {
        let vote = |user_id: &str, approved, comment: &str| ApprovalVote {
            user_id: user_id.into(),
            approved,
            comment: comment.into(),
            time: None,
        };
        let note = ApprovalNote {
            transition: "Purchase".into(),
            outcome: ApprovalOutcome::Rejected.into(),
            votes: vec![vote("usr_1", true, ""), vote("usr_2", false, "Too <i>dear</i>.")],
            ..ApprovalNote::default()
        };
        let entry = TimelineEntry { what: Some(What::Approval(note)), ..TimelineEntry::default() };
        let html = drawn(move || {
            let entry = entry.clone();
            view! { Entry(entry=entry) }
        });
        for said in ["the approval was rejected of", "Purchase", "agreed", "was against it", "Too &lt;i"] {
            assert!(html.contains(said), "{said}: {html}");
        }
    }

    #[test]
    fn a_link_is_told_by_what_the_tickets_are_to_each_other() {
        let read = read_link("LINK_KIND_BLOCKS tkt_1 tkt_2");
        assert_eq!(read, Some(("link-blocks", "tkt_1".to_owned(), "tkt_2".to_owned())));
        assert_eq!(read_link("LINK_KIND_BLOCKS tkt_1"), None);
    }

    #[test]
    fn enums_are_named_by_their_texts() {
        assert_eq!(enum_text("PRIORITY_HIGH"), "priority-high");
    }
}
