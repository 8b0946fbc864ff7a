//! Handing a ticket on: to another agent or department, up as its stage says, or aside until a time. Each says why or until when in a
//! dialog, which shows what the server refuses and keeps what was typed.

use std::rc::Rc;

use proto::tickets::v1::Ticket;
use proto::workflow::v1::snooze_ticket_request::Until;
use proto::workflow::v1::{AssignTicketRequest, EscalateTicketRequest, Run, TransferTicketRequest};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::props::choices;
use crate::api::{self, Answer};
use crate::app::App;
use crate::keys;
use crate::parts::{
    AreaField, CheckField, Choice, ComboField, Form, MenuItem, Modal, SelectField, TextField, form_foot,
    refusal,
};
use crate::store::open_ticket::OpenTicket;
use crate::text::t;
use crate::time;

/// The values of the choice to whom.
const AGENT: &str = "agent";
const DEPARTMENT: &str = "department";

/// Which dialog is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    HandOn,
    Escalate,
    SetAside,
}

/// The open ticket as far as it is handed on, and the dialog that is open.
#[derive(Clone, Copy)]
pub(super) struct Hand {
    pub(super) app: App,
    open: OpenTicket,
    ticket: Signal<Rc<Ticket>>,
    asking: Signal<Option<Asking>>,
}

impl Hand {
    /// In the present scope; `f` hands on, `h` sets aside.
    pub(super) fn new(app: App, open: OpenTicket, ticket: Signal<Rc<Ticket>>) -> Self {
        let hand = Self { app, open, ticket, asking: create_signal(None) };
        keys::take(move |key| {
            let asking = match key {
                "f" => Asking::HandOn,
                "h" => Asking::SetAside,
                _ => return false,
            };
            let may = hand.may_now();
            if may {
                hand.ask(asking);
            }
            may
        });
        hand
    }

    /// Whether it can be handed on by this person now; follows ticket and run.
    pub(super) fn may(self) -> bool {
        self.open.run().track();
        self.ticket.track();
        self.may_now()
    }

    /// The same without following: a key is pressed outside of any view.
    fn may_now(self) -> bool {
        let goes_on =
            self.open.run().with_untracked(|run| run.as_ref().is_some_and(|run| run.end_time.is_none()));
        goes_on && self.ticket.with_untracked(|ticket| ticket.abilities.is_none_or(|may| may.assign))
    }

    pub(super) fn ask(self, asking: Asking) {
        self.asking.set(Some(asking));
    }

    /// The lines of the ticket's menu.
    pub(super) fn items(self) -> View {
        if !self.may_now() {
            return View::new();
        }
        view! {
            MenuItem(icon="arrow-right", label=t!("hand-on"), on:click=move |_| self.ask(Asking::HandOn))
            MenuItem(icon="chevron-up", label=t!("escalate"), on:click=move |_| self.ask(Asking::Escalate))
            MenuItem(icon="clock", label=t!("aside"), on:click=move |_| self.ask(Asking::SetAside))
        }
    }

    /// The dialog, while one is open.
    pub(super) fn dialogs(self) -> View {
        view! {
            (match self.asking.get() {
                Some(Asking::HandOn) => view! { HandOn(hand=self) },
                Some(Asking::Escalate) => view! { Escalate(hand=self) },
                Some(Asking::SetAside) => view! { SetAside(hand=self) },
                None => View::new(),
            })
        }
    }

    fn close(self) {
        self.asking.set(None);
    }

    /// Whose version the change is of.
    fn of(self) -> (String, String) {
        (self.open.id().unwrap_or_default(), self.open.run_etag())
    }

    /// Sends a change of the run; what was refused may be because it is not as it was, so it is read again.
    fn send(self, form: Form, said: String, change: impl Future<Output = Answer<Run>> + 'static) {
        let call = async move {
            let answer = change.await;
            if answer.is_err() {
                self.open.refresh_all();
            }
            answer
        };
        form.send(self.app, call, move |run| {
            self.app.toasts.say(said);
            self.open.put_run(run);
            self.close();
        });
    }
}

/// A dialog of a form with its foot.
fn dialog(hand: Hand, form: Form, title: String, submit: impl Fn() + 'static, fields: View) -> View {
    let foot = form_foot(form, &title, move |()| hand.close());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        submit();
    };
    view! {
        Modal(title=title, on_close=move |()| hand.close()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") { (refusal(form)) (fields) }
                (foot)
            }
        }
    }
}

/// What is typed to hand a ticket on.
#[derive(Clone, Copy)]
struct Sketch {
    kind: Signal<String>,
    agent: Signal<String>,
    department: Signal<String>,
    reason: Signal<String>,
}

impl Sketch {
    fn new() -> Self {
        let blank = || create_signal(String::new());
        Self { kind: create_signal(AGENT.to_owned()), agent: blank(), department: blank(), reason: blank() }
    }

    /// To whom, and why; says at the fields what is missing.
    fn read(self, form: Form) -> Option<(String, String)> {
        let (field, to) = if self.kind.with(|kind| kind == AGENT) {
            ("assignee_id", self.agent.get_clone())
        } else {
            ("department_id", self.department.get_clone())
        };
        let reason = self.reason.get_clone().trim().to_owned();
        let mut missing = Vec::new();
        if to.is_empty() {
            missing.push((field.to_owned(), t!("hand-to-missing")));
        }
        if reason.is_empty() {
            missing.push(("reason".to_owned(), t!("hand-reason-missing")));
        }
        if missing.is_empty() {
            return Some((to, reason));
        }
        form.refuse_all(missing);
        None
    }
}

/// To another agent of the department, or to another department.
#[component(inline_props)]
fn HandOn(hand: Hand) -> View {
    let (form, sketch) = (Form::new(), Sketch::new());
    let submit = move || {
        let Some((to, reason)) = sketch.read(form) else { return };
        if sketch.kind.with(|kind| kind == DEPARTMENT) {
            to_department(hand, form, to, reason);
        } else {
            to_agent(hand, form, to, reason);
        }
    };
    let fields = fields(hand, form, sketch);
    dialog(hand, form, t!("hand-on"), submit, fields)
}

fn fields(hand: Hand, form: Form, sketch: Sketch) -> View {
    let may_move = hand.ticket.with_untracked(|ticket| ticket.abilities.is_none_or(|may| may.update));
    let kinds = [(AGENT, "hand-to-agent"), (DEPARTMENT, "hand-to-department")];
    let kinds = kinds.into_iter().filter(|(kind, _)| may_move || *kind == AGENT);
    let kinds: Vec<_> = kinds.map(|(kind, words)| (kind.to_owned(), t!(words))).collect();
    let to_agent = create_selector(move || sketch.kind.with(|kind| kind == AGENT));
    let (agents, departments) = (agents(hand), departments(hand));
    view! {
        SelectField(name="kind", label=t!("hand-to"), value=sketch.kind, options=kinds, form=form)
        (if to_agent.get() {
            view! { ComboField(name="assignee_id", label=t!("hand-agent"), value=sketch.agent, choices=agents, form=form) }
        } else {
            view! { ComboField(name="department_id", label=t!("field-department-id"), value=sketch.department, choices=departments, form=form, hint=t!("hand-department-hint")) }
        })
        AreaField(name="reason", label=t!("reason"), value=sketch.reason, form=form, hint=t!("hand-reason-hint"), rows="3", maxlength="500")
    }
}

/// The agents of its department but whoever has it, those who are there first.
fn agents(hand: Hand) -> ReadSignal<Vec<Choice>> {
    let found = create_signal(Vec::new());
    let (department, holder) =
        hand.ticket.with_untracked(|ticket| (ticket.department_id.clone(), ticket.assignee_id.clone()));
    spawn_local_scoped(async move {
        let agents = api::runs::agents(department).await.unwrap_or_default();
        let others = choices(&agents).into_iter();
        let others = others.filter(|choice| !choice.value.is_empty() && choice.value != holder);
        found.set(others.collect());
    });
    *found
}

fn departments(hand: Hand) -> ReadSignal<Vec<Choice>> {
    let here = hand.ticket.with_untracked(|ticket| ticket.department_id.clone());
    create_memo(move || {
        let others = hand.app.departments.paths().into_iter().filter(|(id, _)| *id != here);
        others.map(|(value, label)| Choice { value, label, ..Choice::default() }).collect()
    })
}

/// From whoever has it, or, where nobody has, as an assignment.
fn to_agent(hand: Hand, form: Form, assignee_id: String, reason: String) {
    let (ticket_id, etag) = hand.of();
    let request_id = api::request_id();
    let is_held = hand.ticket.with_untracked(|ticket| !ticket.assignee_id.is_empty());
    let call = async move {
        if is_held {
            let asked = TransferTicketRequest { request_id, ticket_id, assignee_id, etag, reason };
            return api::runs::transfer(asked).await;
        }
        let asked = AssignTicketRequest { request_id, ticket_id, assignee_id, etag, reason };
        api::runs::assign_because(asked).await
    };
    hand.send(form, t!("handed-on"), call);
}

/// Into another department, where routing looks for somebody.
fn to_department(hand: Hand, form: Form, department_id: String, reason: String) {
    let ticket = Ticket::clone(&hand.ticket.get_clone_untracked());
    let ticket = Ticket { department_id, ..ticket };
    let call = async move {
        let answer = api::tickets::update_because(ticket, &["department_id"], reason).await;
        if answer.is_err() {
            hand.open.refresh_all();
        }
        answer
    };
    form.send(hand.app, call, move |ticket| {
        hand.app.tickets.put(ticket);
        hand.app.toasts.say(t!("handed-on"));
        hand.close();
        hand.open.refresh();
    });
}

/// Up, as the stage says.
#[component(inline_props)]
fn Escalate(hand: Hand) -> View {
    let (form, reason) = (Form::new(), create_signal(String::new()));
    let submit = move || {
        let reason = reason.get_clone().trim().to_owned();
        if reason.is_empty() {
            return form.refuse("reason", t!("hand-reason-missing"));
        }
        let (ticket_id, etag) = hand.of();
        let asked = EscalateTicketRequest { request_id: api::request_id(), ticket_id, etag, reason };
        hand.send(form, t!("escalated"), api::runs::escalate(asked));
    };
    let fields = view! {
        p(class="muted") { (t!("escalate-text")) }
        AreaField(name="reason", label=t!("reason"), value=reason, form=form, hint=t!("hand-reason-hint"), rows="3", maxlength="1000", "autofocus"="")
    };
    dialog(hand, form, t!("escalate"), submit, fields)
}

/// Until a time.
#[component(inline_props)]
fn SetAside(hand: Hand) -> View {
    let (form, until, wakes) = (Form::new(), create_signal(String::new()), create_signal(true));
    let submit = move || {
        let Some(time) = time::instant(&until.get_clone()) else {
            return form.refuse("time", t!("aside-until-missing"));
        };
        let (ticket_id, etag) = hand.of();
        let call = api::runs::set_aside(ticket_id, etag, Until::Time(time), wakes.get());
        hand.send(form, t!("aside-until-said", time = time::exact(&time)), call);
    };
    let fields = view! {
        p(class="muted") { (t!("aside-text")) }
        TextField(name="time", label=t!("aside-until"), value=until, form=form, r#type="datetime-local", "autofocus"="")
        CheckField(label=t!("aside-wakes"), value=wakes)
    };
    dialog(hand, form, t!("aside"), submit, fields)
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::{DEPARTMENT, Sketch};
    use crate::parts::Form;

    #[test]
    fn all_that_is_missing_is_said_at_once() {
        let _root = create_root(|| {
            let (form, sketch) = (Form::new(), Sketch::new());
            assert_eq!(sketch.read(form), None);
            assert!(form.wrong("assignee_id").is_some() && form.wrong("reason").is_some());
            sketch.kind.set(DEPARTMENT.to_owned());
            sketch.reason.set(" Theirs. ".to_owned());
            assert_eq!(sketch.read(form), None);
            assert!(form.wrong("department_id").is_some() && form.wrong("reason").is_none());
            sketch.department.set("dep_1".to_owned());
            assert_eq!(sketch.read(form), Some(("dep_1".to_owned(), "Theirs.".to_owned())));
        });
    }
}
