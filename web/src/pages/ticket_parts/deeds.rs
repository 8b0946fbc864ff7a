//! What can be done with what was said: react to it, correct it, take it back, move it to the ticket it belongs to; and what can be
//! undone of what happened.

use std::rc::Rc;

use proto::identity::v1::ActorKind;
use proto::tickets::v1::timeline_entry::What;
use proto::tickets::v1::{Comment, CommentKind, Emoji, Merged, Reaction, Ticket, TimelineEntry};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local;

use super::finder::Finder;
use crate::api;
use crate::app::App;
use crate::parts::{
    AreaField, Button, Form, Icon, Kind, MenuItem, Modal, Popover, Question, Shape, T, close_popover,
    form_foot, refusal,
};
use crate::store::open_ticket::OpenTicket;
use crate::text::t;
use crate::{browser, keys};

/// How long an author may take a comment back, in seconds; the server has the last word.
const AUTHORS_TIME: f64 = 15.0 * 60.0;

/// The emoji there are: what each is, how it looks, the id of its name.
const EMOJI: [(Emoji, &str, &str); 10] = [
    (Emoji::ThumbsUp, "👍", "emoji-thumbs-up"),
    (Emoji::ThumbsDown, "👎", "emoji-thumbs-down"),
    (Emoji::Heart, "❤️", "emoji-heart"),
    (Emoji::Laugh, "😄", "emoji-laugh"),
    (Emoji::Wow, "😮", "emoji-wow"),
    (Emoji::Sad, "😢", "emoji-sad"),
    (Emoji::Angry, "😠", "emoji-angry"),
    (Emoji::Clap, "👏", "emoji-clap"),
    (Emoji::Celebrate, "🎉", "emoji-celebrate"),
    (Emoji::Fire, "🔥", "emoji-fire"),
];

/// A deed that asks for something first.
#[derive(Clone, PartialEq)]
pub(super) enum Asking {
    Edit(Comment),
    Move(Comment),
}

/// What the deeds need to know.
#[derive(Clone, Copy)]
pub(super) struct Deeds {
    pub(super) app: App,
    pub(super) open: OpenTicket,
    pub(super) ticket: Signal<Rc<Ticket>>,
    pub(super) asking: Signal<Option<Asking>>,
}

impl Deeds {
    /// What can be done with an entry of the timeline.
    pub(super) fn of(self, entry: &TimelineEntry) -> View {
        match &entry.what {
            Some(What::Comment(comment)) if comment.delete_time.is_none() => self.with_comment(comment),
            Some(What::Merged(merged)) if self.may_undo(merged) => self.undo_merge(&merged.merge_id),
            _ => View::new(),
        }
    }

    fn with_comment(self, comment: &Comment) -> View {
        let chips = View::from(
            comment.reactions.iter().filter_map(|reaction| self.chip(comment, reaction)).collect::<Vec<_>>(),
        );
        let known = comment.clone();
        let react = move || self.palette(&known);
        let (answer, menu) = (self.answer(comment), self.menu(comment));
        view! {
            div(class="deeds") {
                (chips)
                Popover(inside=react, button="btn deed", name=t!("react"), class="menu emojis") { Icon(name="smile") }
                (answer)
                (menu)
            }
        }
    }

    /// The way to answer just this, for whoever may write what is read by as many.
    fn answer(self, comment: &Comment) -> View {
        let internal = comment.kind() == CommentKind::Internal;
        let may = self.ticket.with_untracked(|ticket| {
            ticket.abilities.is_none_or(|may| if internal { may.note } else { may.reply })
        });
        if !may {
            return View::new();
        }
        let answered = Rc::new(comment.clone());
        let key = if internal { "n" } else { "r" };
        let press = move |_| {
            self.open.answering().set(Some(Rc::clone(&answered)));
            // The page that has two modes goes to the one of the comment; the others have the reply alone.
            if !keys::press(key) {
                browser::focus("#composer");
            }
        };
        view! { button(class="btn deed", r#type="button", aria-label=t!("answer"), title=t!("answer"), on:click=press) { Icon(name="reply") } }
    }

    /// An emoji somebody chose: how many did, and whether one did oneself. A press joins in, or takes it back.
    fn chip(self, comment: &Comment, reaction: &Reaction) -> Option<View> {
        let (emoji, face, words) = EMOJI.into_iter().find(|(emoji, ..)| *emoji == reaction.emoji())?;
        let mine = reaction.user_ids.contains(&self.app.session.me_now().id);
        let (count, id) = (reaction.user_ids.len(), comment.id.clone());
        let label = t!("reaction-count", name = t!(words), count = count);
        let press = move |_| self.react(id.clone(), emoji, mine);
        Some(view! {
            button(class="chip reaction", r#type="button", aria-pressed=mine.to_string(), aria-label=label, on:click=press) {
                (face) " " (count.to_string())
            }
        })
    }

    fn palette(self, comment: &Comment) -> View {
        let me = self.app.session.me_now().id.clone();
        let buttons = EMOJI.map(|(emoji, face, words)| {
            let mine = comment
                .reactions
                .iter()
                .any(|reaction| reaction.emoji() == emoji && reaction.user_ids.contains(&me));
            let id = comment.id.clone();
            let press = move |_| {
                close_popover();
                self.react(id.clone(), emoji, mine);
            };
            view! { button(class="emoji", r#type="button", role="menuitemcheckbox", aria-checked=mine.to_string(), aria-label=t!(words), on:click=press) { (face) } }
        });
        View::from(buttons.into_iter().collect::<Vec<_>>())
    }

    fn react(self, comment_id: String, emoji: Emoji, takes_back: bool) {
        spawn_local(async move {
            match api::tickets::react(comment_id, emoji, takes_back).await {
                Ok(_) => self.open.refresh(),
                Err(trouble) => self.app.toasts.fail(&trouble),
            }
        });
    }

    /// The rarer deeds; nothing where the person may do none of them.
    fn menu(self, comment: &Comment) -> View {
        let may = self.ticket.with_untracked(|ticket| ticket.abilities.unwrap_or_default());
        let (may_edit, may_delete, may_move) = (self.is_mine(comment), self.may_delete(comment), may.merge);
        if !(may_edit || may_delete || may_move) {
            return View::new();
        }
        let comment = comment.clone();
        let item = |shown: bool, draw: &dyn Fn() -> View| if shown { draw() } else { View::new() };
        let inside = move || {
            let (edited, deleted, moved) = (comment.clone(), comment.clone(), comment.clone());
            let edit = item(may_edit, &|| {
                let known = edited.clone();
                view! { MenuItem(icon="edit", label=t!("comment-edit"), on:click=move |_| self.asking.set(Some(Asking::Edit(known.clone())))) }
            });
            let move_on = item(may_move, &|| {
                let known = moved.clone();
                view! { MenuItem(icon="arrow-right", label=t!("comment-move"), on:click=move |_| self.asking.set(Some(Asking::Move(known.clone())))) }
            });
            let delete = item(may_delete, &|| {
                let id = deleted.id.clone();
                view! { MenuItem(icon="x", label=t!("comment-delete"), kind="danger", on:click=move |_| self.ask_delete(id.clone())) }
            });
            view! { (edit) (move_on) (delete) }
        };
        view! { Popover(inside=inside, button="btn deed", name=t!("comment-deeds")) { Icon(name="dots") } }
    }

    fn is_mine(self, comment: &Comment) -> bool {
        let author = comment.author.clone().unwrap_or_default();
        author.kind() == ActorKind::Person && author.user_id == self.app.session.me_now().id
    }

    fn may_delete(self, comment: &Comment) -> bool {
        let may = self.ticket.with_untracked(|ticket| ticket.abilities.unwrap_or_default());
        may.delete || (self.is_mine(comment) && is_fresh(comment, self.app.now.get_untracked()))
    }

    fn ask_delete(self, id: String) {
        let question = Question {
            title: t!("comment-delete"),
            text: t!("comment-delete-text"),
            deed: t!("comment-delete"),
            kind: Kind::Danger,
            ..Question::default()
        };
        self.app.questions.ask(question, move |_| {
            let id = id.clone();
            async move {
                api::tickets::delete_comment(id).await?;
                self.open.refresh();
                Ok(())
            }
        });
    }

    /// A merge stands until it is undone, and whoever may merge may undo.
    fn may_undo(self, merged: &Merged) -> bool {
        let may = self.ticket.with_untracked(|ticket| ticket.abilities.unwrap_or_default().merge);
        may && !merged.undone && !self.open.is_unmerged(&merged.merge_id)
    }

    fn undo_merge(self, id: &str) -> View {
        let id = id.to_owned();
        let press = move |_| {
            let id = id.clone();
            spawn_local(async move { unmerge(self.app, self.open, id).await });
        };
        view! { " " Button(icon="undo", label=t!("merge-undo"), data-size="small", on:click=press) }
    }
}

/// Takes tickets apart again.
pub(in crate::pages) async fn unmerge(app: App, open: OpenTicket, id: String) {
    match api::tickets::unmerge(id).await {
        Ok(_) => {
            app.toasts.say(t!("merge-undone"));
            open.refresh_all();
        }
        Err(trouble) => app.toasts.fail(&trouble),
    }
}

/// Whether a comment is young enough for its author to take it back.
fn is_fresh(comment: &Comment, now: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are whole")]
    let written = comment.create_time.map_or(0.0, |time| time.seconds as f64);
    now / 1000.0 - written < AUTHORS_TIME
}

/// The dialogs of deeds that ask for something.
#[component(inline_props)]
pub(super) fn Asked(deeds: Deeds) -> View {
    view! {
        (match deeds.asking.get_clone() {
            Some(Asking::Edit(comment)) => view! { Edit(deeds=deeds, comment=comment) },
            Some(Asking::Move(comment)) => view! { Move(deeds=deeds, comment=comment) },
            None => View::new(),
        })
    }
}

#[component(inline_props)]
fn Edit(deeds: Deeds, comment: Comment) -> View {
    let form = Form::new();
    let text = create_signal(comment.text.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let written = text.get_clone().trim().to_owned();
        if written.is_empty() {
            return form.refuse("text", t!("comment-missing"));
        }
        let comment = comment.clone();
        form.send(deeds.app, async move { api::tickets::edit_comment(&comment, written).await }, move |_| {
            deeds.asking.set(None);
            deeds.open.refresh();
        });
    };
    let away = move |()| deeds.asking.set(None);
    let foot = form_foot(form, &t!("save"), away);
    view! {
        Modal(title=t!("comment-edit"), shape=Shape::Wide, on_close=away) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") {
                    (refusal(form))
                    AreaField(name="text", label=t!("comment-text"), value=text, form=form, hint=t!("comment-edit-hint"), rows="8", "autofocus"="")
                }
                (foot)
            }
        }
    }
}

#[component(inline_props)]
fn Move(deeds: Deeds, comment: Comment) -> View {
    let form = Form::new();
    let chosen = create_signal(None::<Rc<Ticket>>);
    let here = deeds.ticket.with_untracked(|ticket| ticket.id.clone());
    let but = here.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(target) = chosen.get_clone() else {
            return form.refuse("target", t!("finder-missing"));
        };
        let (id, here, number) = (comment.id.clone(), here.clone(), target.number.clone());
        let call = api::tickets::move_comment(id.clone(), target.id.clone());
        form.send(deeds.app, call, move |_| {
            deeds.asking.set(None);
            deeds.open.refresh();
            deeds.app.toasts.offer_undo(t!("comment-moved", number = number), move |()| {
                let (id, here) = (id.clone(), here.clone());
                spawn_local(async move {
                    match api::tickets::move_comment(id, here).await {
                        Ok(_) => deeds.open.refresh(),
                        Err(trouble) => deeds.app.toasts.fail(&trouble),
                    }
                });
            });
        });
    };
    let away = move |()| deeds.asking.set(None);
    let foot = form_foot(form, &t!("comment-move-go"), away);
    view! {
        Modal(title=t!("comment-move"), on_close=away) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") {
                    (refusal(form))
                    Finder(label=t!("comment-move-where"), form=form, chosen=chosen, but=but)
                    p(class="small muted") { T(id="comment-move-hint") }
                }
                (foot)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;
    use proto::tickets::v1::Comment;

    use super::is_fresh;

    #[test]
    fn an_author_has_a_quarter_of_an_hour() {
        let comment =
            Comment { create_time: Some(Timestamp { seconds: 1_000, nanos: 0 }), ..Comment::default() };
        assert!(is_fresh(&comment, 1_000_000.0 + 899_000.0));
        assert!(!is_fresh(&comment, 1_000_000.0 + 900_000.0));
    }
}
