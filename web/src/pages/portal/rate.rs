//! On a request that is done: the invitation to say how it went, and what was said.

use std::rc::Rc;

use proto::tickets::v1::{RateTicketRequest, Satisfaction, Ticket};
use sycamore::prelude::*;

use crate::api;
use crate::app::App;
use crate::pages::rating::{RatingForm, Verdict};
use crate::parts::{Form, Panel, StarsGiven};
use crate::text::t;

/// The form for whoever may rate, the rating once there is one; nothing before.
#[component(inline_props)]
pub(super) fn Rating(app: App, ticket: Signal<Rc<Ticket>>) -> View {
    let said = create_selector(move || ticket.with(|ticket| ticket.satisfaction.clone()));
    let may = create_selector(move || ticket.with(|ticket| ticket.abilities.is_some_and(|may| may.rate)));
    view! {
        (match said.get_clone() {
            Some(said) => given(said),
            None if may.get() => view! { Invitation(app=app, ticket=ticket) },
            None => View::new(),
        })
    }
}

#[component(inline_props)]
fn Invitation(app: App, ticket: Signal<Rc<Ticket>>) -> View {
    let form = Form::new();
    let request_id = api::request_id();
    let send = move |(score, comment): Verdict| {
        let ticket_id = ticket.with_untracked(|ticket| ticket.id.clone());
        let asked = RateTicketRequest { ticket_id, score, comment, request_id: request_id.clone() };
        form.send(app, api::tickets::rate(asked), move |ticket| {
            app.tickets.put(ticket);
            app.toasts.say(t!("rate-thanks"));
        });
    };
    view! {
        Panel(title=t!("rate-title"), text=t!("rate-text")) {
            div(class="body") { RatingForm(form=form, on_send=send) }
        }
    }
}

fn given(Satisfaction { score, comment, .. }: Satisfaction) -> View {
    view! {
        section(class="panel rated", aria-label=t!("rate-yours")) {
            span(class="muted") { (t!("rate-yours")) }
            StarsGiven(score=score)
            span(class="said") { (comment) }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use proto::tickets::v1::{Satisfaction, Ticket, TicketAbilities};
    use sycamore::prelude::*;

    use super::Rating;
    use crate::app::{App, drawn};

    fn html(ticket: Ticket) -> String {
        drawn(move || {
            let (app, ticket) = (use_context::<App>(), create_signal(Rc::new(ticket.clone())));
            view! { Rating(app=app, ticket=ticket) }
        })
    }

    #[test]
    fn who_may_rate_is_asked_and_who_has_rated_sees_it() {
        let abilities = Some(TicketAbilities { rate: true, ..TicketAbilities::default() });
        let satisfaction =
            Some(Satisfaction { score: 4, comment: "Quick.".to_owned(), ..Satisfaction::default() });
        assert!(!html(Ticket::default()).contains("form"));
        assert!(html(Ticket { abilities, ..Ticket::default() }).contains("Send rating"));
        let rated = html(Ticket { abilities, satisfaction, ..Ticket::default() });
        assert!(rated.contains("4 of 5 stars") && rated.contains("Quick."), "{rated}");
        assert!(!rated.contains("Send rating"), "{rated}");
    }
}
