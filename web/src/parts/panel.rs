//! A titled piece of a page.

use sycamore::prelude::*;

use super::Draw;

/// Title, what it is about, and what is to be done with it at the end of its head; the children are one or more `.body`, or rows.
#[component(inline_props)]
pub(crate) fn Panel(
    #[prop(setter(into))] title: String,
    #[prop(default, setter(into))] text: String,
    #[prop(default = Draw::from(View::new), setter(into))] end: Draw,
    children: Children,
) -> View {
    let name = title.clone();
    let text = if text.is_empty() {
        View::new()
    } else {
        view! { p(class="small muted") { (text) } }
    };
    view! {
        section(class="panel", aria-label=name) {
            header {
                div(class="grow") { h2 { (title) } (text) }
                (end.view())
            }
            (children)
        }
    }
}
