//! The stage track: where a ticket has been, is, and may go.

use sycamore::prelude::*;

use super::Icon;
use crate::text::t;

/// One stage on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) label: String,
    pub(crate) visited: bool,
    pub(crate) current: bool,
}

/// The stages in order.
#[component(inline_props)]
pub(crate) fn Track(marks: Vec<Mark>) -> View {
    let stages = View::from(marks.into_iter().map(stage).collect::<Vec<_>>());
    view! { ol(class="track", aria-label=t!("track")) { (stages) } }
}

fn stage(mark: Mark) -> View {
    let Mark { label, visited, current } = mark;
    let state = if current {
        "now"
    } else if visited {
        "past"
    } else {
        "ahead"
    };
    let step = current.then_some("step");
    let dot = if visited && !current {
        view! { Icon(name="check") }
    } else {
        View::new()
    };
    view! {
        li(data-state=state, aria-current=step) {
            span(class="dot", aria-hidden="true") { (dot) }
            (label)
        }
    }
}
