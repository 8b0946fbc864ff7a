//! Setting a ticket aside for a while, in one choice; until a time of one's own in a dialog.

use std::rc::Rc;

use proto::tickets::v1::Ticket;
use proto::workflow::v1::snooze_ticket_request::Until;
use sycamore::prelude::*;

use super::hand::{Asking, Hand};
use super::props::{change_run, prop};
use crate::api;
use crate::app::App;
use crate::parts::{Choice, Picker, T};
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

/// The choice of a time of one's own.
const OWN: &str = "own";

/// Until when it is set aside; chosen by whoever may hand it on, while there is work on it.
#[component(inline_props)]
pub(super) fn Aside(app: App, open: OpenTicket, ticket: Signal<Rc<Ticket>>, hand: Hand) -> View {
    let may = create_selector(move || ticket.with(|ticket| ticket.abilities.is_none_or(|may| may.assign)));
    let goes_on = create_selector(move || {
        open.run().with(|run| run.as_ref().is_some_and(|run| run.end_time.is_none()))
    });
    let until =
        create_selector(move || open.run().with(|run| run.as_ref().and_then(|run| run.snoozed_until)));
    let choices = create_signal(choices());
    let choose = move |seconds: String| {
        if seconds == OWN {
            return hand.ask(Asking::SetAside);
        }
        let (Some(id), Ok(seconds)) = (open.id(), seconds.parse()) else { return };
        let etag = open.run_etag();
        change_run(app, open, |_| t!("aside-said"), async move {
            let until = Until::Delay(prost_types::Duration { seconds, nanos: 0 });
            api::runs::set_aside(id, etag, until, true).await
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
    let own = Choice { value: OWN.to_owned(), label: t!("aside-own"), ..Choice::default() };
    SPANS.into_iter().map(choice).chain([own]).collect()
}
