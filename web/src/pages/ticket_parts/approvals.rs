//! Approvals on the screen: who is asked and has voted, the two buttons of whoever is asked, and what a ticket waits for.

use std::rc::Rc;

use proto::workflow::v1::{Approval, Decision, Vote};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local;

use crate::api;
use crate::app::App;
use crate::parts::{AreaField, Button, Form, Icon, Kind, Modal, Person, form_foot, refusal};
use crate::store::approvals::waits_for;
use crate::store::open_ticket::OpenTicket;
use crate::text::t;
use crate::time;

/// Voting: the buttons stand wherever an approval is shown, the dialog beside all of it, so that nothing typed is lost when news come.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Voting {
    app: App,
    asked: Signal<Option<(Rc<Approval>, Decision)>>,
}

impl Voting {
    pub(in crate::pages) fn new(app: App) -> Self {
        Self { app, asked: create_signal(None) }
    }

    /// The buttons, for whoever has not voted yet.
    pub(in crate::pages) fn buttons(self, approval: &Rc<Approval>) -> View {
        if !waits_for(approval, &self.app.session.me_now().id) {
            return View::new();
        }
        let (agreed, rejected) = (Rc::clone(approval), Rc::clone(approval));
        let ask = move |approval: &Rc<Approval>, decision: Decision| {
            self.asked.set(Some((Rc::clone(approval), decision)));
        };
        view! {
            span(class="line wrap vote") {
                Button(kind=Kind::Primary, icon="check", label=t!("approval-approve"), on:click=move |_| ask(&agreed, Decision::Approve))
                Button(icon="x", label=t!("approval-reject"), on:click=move |_| ask(&rejected, Decision::Reject))
            }
        }
    }

    /// The dialog, while one votes.
    pub(in crate::pages) fn dialog(self) -> View {
        view! {
            (match self.asked.get_clone() {
                Some((approval, decision)) => view! { Ballot(voting=self, approval=approval, decision=decision) },
                None => View::new(),
            })
        }
    }
}

/// What one says along with a vote.
#[component(inline_props)]
fn Ballot(voting: Voting, approval: Rc<Approval>, decision: Decision) -> View {
    let (app, form) = (voting.app, Form::new());
    let comment = create_signal(String::new());
    let request_id = api::request_id();
    let must = decision == Decision::Reject && approval.comment_on_reject;
    let (deed, said) = deed(decision);
    let (about, me) = (about(&approval), app.session.me_now().id.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let words = comment.get_clone().trim().to_owned();
        if must && words.is_empty() {
            return form.refuse("comment", t!("approval-comment-missing"));
        }
        let (approval, said) = (Rc::clone(&approval), said.clone());
        let call = vote(app, approval, decision, words, request_id.clone());
        let me = me.clone();
        form.send(app, call, move |decided| {
            app.approvals.put(&me, &decided);
            app.toasts.say(said);
            voting.asked.set(None);
        });
    };
    let away = move |()| voting.asked.set(None);
    let foot = form_foot(form, &deed, away);
    view! {
        Modal(title=deed, on_close=away) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") {
                    (refusal(form))
                    p { (about) }
                    AreaField(name="comment", label=t!("approval-comment"), value=comment, form=form, hint=t!("approval-comment-hint"), optional=!must, rows="3", "autofocus"="")
                }
                (foot)
            }
        }
    }
}

/// What a vote is called, and what is said once it counts.
fn deed(decision: Decision) -> (String, String) {
    if decision == Decision::Reject {
        (t!("approval-reject"), t!("approval-said-reject"))
    } else {
        (t!("approval-approve"), t!("approval-said-approve"))
    }
}

/// Votes on the approval as it is known now; where somebody was faster, it is asked for again so that the next press is about it as it is.
async fn vote(
    app: App,
    approval: Rc<Approval>,
    decision: Decision,
    words: String,
    request_id: String,
) -> api::Answer<Approval> {
    let now = app.approvals.find(&approval.id).unwrap_or_else(|| Approval::clone(&approval));
    let answer = api::approvals::decide(&now, decision, words, request_id).await;
    if answer.is_err() {
        spawn_local(async move { app.approvals.load().await });
    }
    answer
}

/// What is asked for, in a line.
fn about(approval: &Approval) -> String {
    let (number, subject) = (approval.ticket_number.clone(), approval.ticket_subject.clone());
    let step = approval.transition_label.clone();
    t!("approval-about", step = step, number = number, subject = subject)
}

/// By which rule, which level, and until when.
pub(in crate::pages) fn terms(approval: &Approval) -> String {
    let asked = i64::try_from(approval.votes.len()).unwrap_or_default();
    let needed = i64::from(approval.needed);
    let quorum = match needed {
        _ if asked < 2 || needed < 1 => String::new(),
        1 => t!("approval-one", count = asked),
        _ if needed == asked => t!("approval-all", count = asked),
        _ => t!("approval-some", needed = needed, count = asked),
    };
    let level = if approval.level_count > 1 {
        t!("approval-level", level = i64::from(approval.level) + 1, count = i64::from(approval.level_count))
    } else {
        String::new()
    };
    let due = approval.due_time.map(|due| t!("approval-due", date = time::exact(&due)));
    let parts = [level, quorum, due.unwrap_or_default()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Who is asked in this level, and what each has said.
pub(in crate::pages) fn votes(approval: &Approval) -> View {
    let lines = View::from(approval.votes.iter().map(line).collect::<Vec<_>>());
    view! { ul(class="votes") { (lines) } }
}

fn line(vote: &Vote) -> View {
    let (tone, icon, words) = match vote.decision() {
        Decision::Approve => ("done", "done", t!("approval-agreed")),
        Decision::Reject => ("late", "rejected", t!("approval-rejected")),
        Decision::Unspecified => ("wait", "clock", t!("approval-not-yet")),
    };
    let comment = if vote.comment.is_empty() {
        View::new()
    } else {
        let comment = vote.comment.clone();
        view! { p(class="said") { (comment) } }
    };
    let id = vote.user_id.clone();
    view! {
        li {
            Person(id=id)
            span(class="vote-state", data-tone=tone) { Icon(name=icon) (words) }
            (comment)
        }
    }
}

/// What the ticket waits for: who is asked, how far it is, and the buttons of whoever is asked.
#[component(inline_props)]
pub(in crate::pages) fn Awaited(app: App, open: OpenTicket) -> View {
    let voting = Voting::new(app);
    let approval = create_memo(move || open.approval().get_clone());
    view! {
        (match approval.get_clone() {
            Some(approval) => waiting(voting, &approval),
            None => View::new(),
        })
        (voting.dialog())
    }
}

fn waiting(voting: Voting, approval: &Rc<Approval>) -> View {
    let words = t!("approval-waits", step = approval.transition_label.clone());
    let (terms, votes, buttons) = (terms(approval), votes(approval), voting.buttons(approval));
    let terms = if terms.is_empty() {
        View::new()
    } else {
        view! { p(class="small") { (terms) } }
    };
    view! {
        div(class="notice awaited", data-tone="wait", role="status") {
            Icon(name="clock")
            div(class="grow stack tight") {
                p { b { (words) } }
                (terms)
                (votes)
            }
            (buttons)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use proto::workflow::v1::{Approval, ApprovalState, Decision, Vote};

    use super::{Voting, terms, waiting};
    use crate::app::{App, drawn};

    fn approval(asked: usize, needed: i32) -> Approval {
        let vote = |number: usize| Vote { user_id: format!("usr_{number}"), ..Vote::default() };
        Approval {
            state: ApprovalState::Open.into(),
            transition_label: "Order".into(),
            votes: (0..asked).map(vote).collect(),
            needed,
            level_count: 1,
            ..Approval::default()
        }
    }

    #[test]
    fn the_rule_is_said_where_more_than_one_is_asked() {
        assert_eq!(terms(&approval(1, 1)), "");
        assert_eq!(terms(&approval(3, 1)), "One of 3 suffices");
        assert_eq!(terms(&approval(3, 2)), "2 of 3 must agree");
        let levels = Approval { level: 1, level_count: 2, ..approval(2, 2) };
        assert_eq!(terms(&levels), "Level 2 of 2 · All 2 must agree");
    }

    #[test]
    fn whoever_is_not_asked_sees_who_is_and_no_buttons() {
        let mut asked = approval(2, 2);
        asked.votes[0].decision = Decision::Approve.into();
        let asked = Rc::new(asked);
        let html = drawn(move || waiting(Voting::new(sycamore::prelude::use_context::<App>()), &asked));
        assert!(html.contains("Waits for approval: Order") && html.contains("agreed"), "{html}");
        assert!(html.contains("not yet") && !html.contains("<button"), "{html}");
    }
}
