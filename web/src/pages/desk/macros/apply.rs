//! A macro applied, call by call, and taken back.
//!
//! Invariant: whatever was done is said and can be taken back, also where the rest was refused; what somebody else changed since
//! stays, and so does a step.

use std::rc::Rc;

use proto::tickets::v1::{ApplyMacroResponse, Comment, Ticket};
use proto::workflow::v1::TransitionRequest;
use sycamore_futures::spawn_local;

use super::named;
use crate::api::{self, Answer, Kind, Trouble};
use crate::app::App;
use crate::desk::edit::{self, TakenBack};
use crate::store::open_ticket::OpenTicket;
use crate::text::t;

/// How often a ticket that is changed all the time is read anew before giving up.
const ATTEMPTS: usize = 3;

/// A macro and the ticket it is used on.
#[derive(Clone)]
pub(super) struct Use {
    pub(super) app: App,
    pub(super) open: OpenTicket,
    pub(super) before: Rc<Ticket>,
    pub(super) tried: Rc<ApplyMacroResponse>,
}

/// How far it came.
#[derive(Clone, Default)]
struct Done {
    /// The ticket with the fields set.
    set: Option<Ticket>,
    said: Option<Comment>,
    moved: bool,
}

/// Sets the fields, says the words, takes the step. Where nothing came about at all the refusal is the form's to show; else it is said
/// how far it came, and that can be taken back.
pub(super) async fn apply(used: Use) -> Answer<()> {
    let mut done = Done::default();
    let outcome = go_through(&used, &mut done).await;
    used.open.refresh();
    let stands = stands(&done);
    match outcome {
        Err(trouble) if stands.is_empty() => return Err(trouble),
        Err(trouble) => {
            let words = t!("macro-stopped", what = stands.join(", "), reason = trouble.sentence);
            used.app.toasts.stop(words, move |()| take_back(used.clone(), done.clone()));
        }
        Ok(()) if done.set.is_none() && done.said.is_none() => used.app.toasts.say(t!("macro-applied")),
        Ok(()) => {
            let words = if done.moved { t!("macro-applied-moved") } else { t!("macro-applied") };
            used.app.toasts.offer_undo(words, move |()| take_back(used.clone(), done.clone()));
        }
    }
    Ok(())
}

/// What of it can be taken back, in words.
fn stands(done: &Done) -> Vec<String> {
    let parts = [(done.set.is_some(), "macro-part-fields"), (done.said.is_some(), "macro-part-words")];
    parts.into_iter().filter(|(stands, _)| *stands).map(|(_, words)| t!(words)).collect()
}

async fn go_through(used: &Use, done: &mut Done) -> Answer<()> {
    let Use { app, open, before, tried } = used;
    let paths: Vec<&str> = tried.paths.iter().map(String::as_str).collect();
    if !paths.is_empty() {
        let wanted = tried.ticket.clone().unwrap_or_default();
        let now = api::tickets::update(Ticket { etag: before.etag.clone(), ..wanted }, &paths).await?;
        app.tickets.put(now.clone());
        done.set = Some(now);
    }
    if let Some(comment) = &tried.comment {
        let said = api::tickets::add(&before.id, comment).await?;
        open.add(said.clone());
        done.said = Some(said);
    }
    if !tried.transition_key.is_empty() {
        take(*open, &before.id, &tried.transition_key).await?;
        done.moved = true;
    }
    Ok(())
}

async fn take(open: OpenTicket, ticket_id: &str, key: &str) -> Answer<()> {
    // The run may have moved by what was just said.
    let etag = api::runs::get(ticket_id.to_owned()).await?.etag;
    let asked = TransitionRequest {
        request_id: api::request_id(),
        ticket_id: ticket_id.to_owned(),
        transition_key: key.to_owned(),
        etag,
        ..TransitionRequest::default()
    };
    open.put_run(api::runs::transition(asked).await?);
    Ok(())
}

/// Takes words and fields back, each by itself, and says what stays.
fn take_back(used: Use, done: Done) {
    spawn_local(async move {
        let mut left = Vec::new();
        if let Some(comment) = done.said
            && let Err(trouble) = api::tickets::delete_comment(comment.id).await
        {
            left.push(t!("macro-left", what = t!("macro-part-words"), reason = trouble.sentence));
        }
        if let Some(after) = &done.set {
            match reset(&used, after).await {
                Ok(kept) => left
                    .extend(kept.iter().map(|path| {
                        t!("macro-left", what = named(path), reason = t!("macro-changed-since"))
                    })),
                Err(trouble) => {
                    left.push(t!("macro-left", what = t!("macro-part-fields"), reason = trouble.sentence));
                }
            }
        }
        if done.moved {
            left.push(t!("macro-part-step"));
        }
        used.open.refresh();
        used.app.toasts.say(if left.is_empty() {
            t!("macro-undone")
        } else {
            t!("macro-undone-but", what = left.join(", "))
        });
    });
}

/// Sets the fields back that are as the macro left them; answers the others.
async fn reset(used: &Use, after: &Ticket) -> Answer<Vec<String>> {
    let mut refused = Trouble::nothing_there();
    for _ in 0..ATTEMPTS {
        let now = api::tickets::get(used.before.id.clone()).await?;
        let TakenBack { ticket, paths, kept } = edit::take_back(&used.tried.paths, &used.before, after, &now);
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        if paths.is_empty() {
            return Ok(kept);
        }
        match api::tickets::update(ticket, &paths).await {
            Ok(now) => {
                used.app.tickets.put(now);
                return Ok(kept);
            }
            Err(trouble) if trouble.kind == Kind::Stale => refused = trouble,
            Err(trouble) => return Err(trouble),
        }
    }
    Err(refused)
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Comment, Ticket};

    use super::{Done, stands};

    #[test]
    fn it_is_said_how_far_a_macro_came() {
        let mut done = Done { set: Some(Ticket::default()), ..Done::default() };
        assert_eq!(stands(&done), ["the fields"]);
        done.said = Some(Comment::default());
        assert_eq!(stands(&done), ["the fields", "what was said"]);
        assert!(stands(&Done { moved: true, ..Done::default() }).is_empty(), "a step cannot be taken back");
    }
}
