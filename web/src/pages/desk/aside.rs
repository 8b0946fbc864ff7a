//! Setting a ticket aside for a while, and the answer to one that is offered.

use std::rc::Rc;

use proto::tickets::v1::Ticket;
use sycamore::prelude::*;

use super::props::{change_run, prop};
use crate::api;
use crate::app::App;
use crate::parts::{Button, Choice, Kind, Picker, T};
use crate::store::open_ticket::OpenTicket;
use crate::text::t;
use crate::time;

/// For how long, in seconds, and what that is called.
const SPANS: [(i64, &str); 5] = [
    (3_600, "aside-hour"),
    (4 * 3_600, "aside-hours"),
    (24 * 3_600, "aside-day"),
    (72 * 3_600, "aside-days"),
    (168 * 3_600, "aside-week"),
];

/// Until when it is set aside; chosen by whoever may hand it on, while there is work on it.
#[component(inline_props)]
pub(super) fn Aside(app: App, open: OpenTicket, ticket: Signal<Rc<Ticket>>) -> View {
    let may = create_selector(move || ticket.with(|ticket| ticket.abilities.is_none_or(|may| may.assign)));
    let goes_on = create_selector(move || {
        open.run().with(|run| run.as_ref().is_some_and(|run| run.end_time.is_none()))
    });
    let until =
        create_selector(move || open.run().with(|run| run.as_ref().and_then(|run| run.snoozed_until)));
    let choices = create_signal(choices());
    let choose =
        move |seconds: String| {
            let (Some(id), Ok(seconds)) = (open.id(), seconds.parse()) else { return };
            let etag = open.run_etag();
            change_run(app, open, |_| t!("aside-said"), async move {
                api::runs::set_aside(id, etag, seconds).await
            });
        };
    let face = move || match until.get() {
        Some(until) => {
            let until = time::exact(&until);
            view! { span(class="one-line") { (until) } }
        }
        None => view! { span(class="faint") { T(id="aside-not") } },
    };
    view! {
        (if may.get() && goes_on.get() {
            prop(t!("aside"), view! {
                Picker(label=t!("aside"), choices=*choices, chosen="", on_choose=choose, id="aside-picker") { (face()) }
            })
        } else {
            View::new()
        })
    }
}

fn choices() -> Vec<Choice> {
    let choice = |(seconds, words): (i64, &str)| Choice {
        value: seconds.to_string(),
        label: t!(words),
        ..Choice::default()
    };
    SPANS.map(choice).to_vec()
}

/// That it is offered to whoever looks at it, and the way to decline; it is taken as any ticket is.
#[component(inline_props)]
pub(super) fn Offered(app: App, open: OpenTicket) -> View {
    let me = app.session.me_now().id.clone();
    let mine = create_selector(move || {
        open.run().with(|run| run.as_ref().is_some_and(|run| run.offered_to_id == me))
    });
    let decline = move || {
        let Some(id) = open.id() else { return };
        let etag = open.run_etag();
        change_run(app, open, |_| t!("offer-declined"), async move { api::runs::decline(id, etag).await });
    };
    view! {
        (if mine.get() {
            view! {
                span(class="muted small") { T(id="offered") }
                Button(kind=Kind::Quiet, icon="x", label=t!("offer-decline"), data-size="small", on:click=move |_| decline())
            }
        } else {
            View::new()
        })
    }
}
