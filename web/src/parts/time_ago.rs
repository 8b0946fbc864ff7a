//! A time: relative as read, exact when pointed at or focused.

use prost_types::Timestamp;
use sycamore::prelude::*;

use super::Maybe;
use crate::app::App;
use crate::time;

/// How long ago; goes on by itself. `stop` makes it a stop of the keyboard, for places with few of them.
#[component(inline_props)]
pub(crate) fn TimeAgo(
    time: Maybe<Timestamp>,
    #[prop(default)] stop: bool,
    #[prop(default = "")] class: &'static str,
) -> View {
    let Some(time) = time else { return View::new() };
    let now = use_context::<App>().now;
    let exact = time::exact(&time);
    let machine = time::machine(&time);
    let (tip, title) = if stop { (Some(exact), None) } else { (None, Some(exact)) };
    let tabindex = stop.then_some("0");
    view! {
        time(class=class, datetime=machine, title=title, data-tip=tip, data-align="end", tabindex=tabindex) {
            (time::ago(&time, now.get()))
        }
    }
}
