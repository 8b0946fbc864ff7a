//! The rail of views, and whether one is there to work.

use sycamore::prelude::*;

use super::counts::Counts;
use super::name;
use super::presence::PresenceSwitch;
use crate::app::App;
use crate::desk::View as DeskView;
use crate::parts::{Icon, T};
use crate::routes::Place;
use crate::text::t;

/// The views with their numbers.
#[component(inline_props)]
pub(super) fn Views(app: App, view: ReadSignal<DeskView>, counts: Counts) -> View {
    let links = View::from(DeskView::ALL.map(|of| link(of, view, counts)).into_iter().collect::<Vec<_>>());
    let switch = if app.session.me_now().grants.is_agent() {
        view! { PresenceSwitch(app=app) }
    } else {
        View::new()
    };
    view! {
        nav(class="views", aria-label=t!("views")) {
            h2 { T(id="views") }
            (links)
            div(class="foot") { (switch) }
        }
    }
}

fn link(of: DeskView, view: ReadSignal<DeskView>, counts: Counts) -> View {
    let href = Place::DeskView { view: of.key().to_owned() }.path();
    let current = move || (view.get() == of).then_some("page");
    view! {
        a(class="view", href=href, aria-current=current) {
            Icon(name=of.icon())
            span(class="one-line") { (name(of)) }
            span(class="count") { (counts.of(of).map(|count| count.to_string()).unwrap_or_default()) }
        }
    }
}
