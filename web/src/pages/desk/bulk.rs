//! Changing many tickets: the bar under the list, and the dialog that asks what to do, tries it, does it, tells what was passed over
//! and why, and takes it back.

mod asks;

use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local;

use crate::app::App;
use crate::desk::bulk::Tally;
use crate::parts::{
    Act, Bones, Button, ChosenBar, Failed, Form, Icon, Kind, Modal, Selection, Shape, T, form_foot, refusal,
};
use crate::store::bulk::{Bulk, Stage};
use crate::store::list::TicketList;
use crate::text::t;
use asks::Asks;
pub(super) use asks::macro_choices;

/// What can be done with many, in the order of the bar: key of its words, and its icon.
const KINDS: [(&str, &str); 7] = [
    ("assign", "user"),
    ("priority", "priority-high"),
    ("sort", "building"),
    ("move", "arrow-right"),
    ("tags", "ticket"),
    ("comment", "speech"),
    ("macro", "bolt"),
];

/// The bar, hidden while nothing is chosen.
#[component(inline_props)]
pub(super) fn BulkBar(app: App, selection: Selection, list: TicketList) -> View {
    let doing = create_signal(None::<(&'static str, Vec<String>)>);
    let whole = Whole::of(app, selection, list);
    let ids = move || whole.ids.get_clone().unwrap_or_else(|| selection.ids());
    let buttons = KINDS.map(|(kind, icon)| {
        let label = t!(&format!("bulk-{kind}"));
        view! { Button(icon=icon, label=label, data-size="small", on:click=move |_| doing.set(Some((kind, ids())))) }
    });
    let buttons = View::from(buttons.into_iter().collect::<Vec<_>>());
    let close = move || {
        doing.set(None);
        list.reload();
    };
    view! {
        ChosenBar(selection=selection) { (buttons) (whole.offer()) }
        (match doing.get_clone() {
            Some((kind, ids)) => view! { BulkDialog(app=app, kind=kind, ids=ids, on_close=move |()| close()) },
            None => View::new(),
        })
    }
}

/// Everything in the list, when not only what it shows shall be changed.
#[derive(Clone, Copy)]
struct Whole {
    app: App,
    list: TicketList,
    /// None while what is chosen is what was ticked.
    ids: Signal<Option<Vec<String>>>,
    asking: Signal<bool>,
}

impl Whole {
    /// What is ticked, until the rest is asked for; another choice begins anew.
    fn of(app: App, selection: Selection, list: TicketList) -> Self {
        let whole = Self { app, list, ids: create_signal(None), asking: create_signal(false) };
        let chosen = create_selector(move || selection.ids());
        create_effect(on(chosen, move || whole.ids.set(None)));
        whole
    }

    fn ask(self) {
        self.asking.set(true);
        spawn_local(async move {
            let answer = self.list.whole().await;
            if !self.ids.is_alive() {
                return;
            }
            self.asking.set(false);
            match answer {
                Ok(ids) => self.ids.set(Some(ids)),
                Err(trouble) => self.app.toasts.fail(&trouble),
            }
        });
    }

    /// The button that takes the rest along, and afterwards how many there are.
    fn offer(self) -> View {
        view! {
            (match self.ids.with(|ids| ids.as_ref().map(Vec::len)) {
                Some(count) => { let words = t!("chosen-whole", count = count); view! { span(role="status") { (words) } } }
                None if self.list.has_more() => {
                    let label = t!("choose-whole", count = self.list.total().get());
                    view! { Button(kind=Kind::Quiet, label=label, disabled=self.asking.get(), on:click=move |_| self.ask()) }
                }
                None => View::new(),
            })
        }
    }
}

/// The change from its question to its report.
#[component(inline_props)]
fn BulkDialog(app: App, kind: &'static str, ids: Vec<String>, #[prop(setter(into))] on_close: Act) -> View {
    let asks = Asks::new(app, kind, ids.clone());
    let bulk = Bulk::of(app, ids);
    let title = t!(&format!("bulk-{kind}-title"), count = bulk.count());
    let close = on_close.clone();
    view! {
        Modal(title=title, shape=Shape::Wide, on_close=move |()| on_close.now()) {
            (match bulk.stage().get_clone() {
                Stage::Asking => { let close = close.clone(); view! { Asking(asks=asks, bulk=bulk, on_close=close) } }
                Stage::Trying => view! { div(class="body") { p(class="muted") { T(id="bulk-trying") } Bones(rows=3, text=true) } },
                Stage::Tried(tally) => tried(app, bulk, &tally),
                Stage::Working(tally) => working(&tally),
                Stage::Done(tally) => done(app, bulk, &tally, close.clone()),
                Stage::Failed(trouble) => view! { div(class="body") { Failed(trouble=trouble, retry=move |()| bulk.ask_again()) } },
            })
        }
    }
}

/// What shall be done. What was entered stays when one comes back from trying.
#[component(inline_props)]
fn Asking(asks: Asks, bulk: Bulk, #[prop(setter(into))] on_close: Act) -> View {
    let form = Form::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match asks.deed() {
            Ok(deed) => bulk.try_out(deed),
            Err(wrong) => form.refuse_all(wrong),
        }
    };
    let fields = asks.fields(form);
    let foot = form_foot(form, &t!("continue"), move |()| on_close.now());
    view! {
        form(novalidate=true, on:submit=submit) {
            div(class="body stack") { (refusal(form)) (fields) p(class="small muted") { T(id="bulk-tries-first") } }
            (foot)
        }
    }
}

/// What would happen; only then it does.
fn tried(app: App, bulk: Bulk, tally: &Tally) -> View {
    let (count, skipped) = (tally.done, skipped(app, &tally.skipped));
    let words = t!("bulk-would", count = count);
    let deed = t!("bulk-go", count = count);
    view! {
        div(class="body stack") { p(role="status") { (words) } (skipped) }
        footer {
            Button(label=t!("back"), on:click=move |_| bulk.ask_again())
            Button(kind=Kind::Primary, label=deed, disabled=count == 0, "autofocus"="", on:click=move |_| bulk.go())
        }
    }
}

fn working(tally: &Tally) -> View {
    let (percent, words) =
        (tally.percent().to_string(), t!("bulk-working", done = tally.done, total = tally.total));
    view! {
        div(class="body stack") {
            progress(class="wide", max="100", value=percent, aria-label=t!("bulk-progress")) {}
            p(role="status") { (words) }
            p(class="small muted") { T(id="bulk-working-text") }
        }
    }
}

fn done(app: App, bulk: Bulk, tally: &Tally, close: Act) -> View {
    let skipped = skipped(app, &tally.skipped);
    let words = t!("bulk-done", count = tally.done);
    let away = close.clone();
    let undo = if bulk.can_undo(tally) {
        let tally = tally.clone();
        view! { Button(icon="undo", label=t!("undo"), on:click=move |_| { bulk.undo(&tally); away.now(); }) }
    } else {
        View::new()
    };
    view! {
        div(class="body stack") { p(class="line", role="status") { Icon(name="done") (words) } (skipped) }
        footer {
            (undo)
            Button(kind=Kind::Primary, label=t!("done"), "autofocus"="", on:click=move |_| close.now())
        }
    }
}

/// What is passed over, each with its number and the reason.
fn skipped(app: App, skipped: &[(String, String)]) -> View {
    if skipped.is_empty() {
        return View::new();
    }
    let lines = skipped.iter().map(|(id, reason)| {
        let ticket = app.tickets.find(id).map(|ticket| ticket.get_clone_untracked());
        let (number, subject) =
            ticket.map(|ticket| (ticket.number.clone(), ticket.subject.clone())).unwrap_or_default();
        let reason = crate::text::sentence(reason);
        view! { li { span(class="number") { (number) } span(class="one-line") { (subject) } span(class="muted") { (reason) } } }
    });
    let lines = View::from(lines.collect::<Vec<_>>());
    let head = t!("bulk-skipped", count = skipped.len());
    view! {
        section(class="skipped") {
            h3 { Icon(name="info") (head) }
            ul { (lines) }
        }
    }
}
