//! Tables made of data, and what stands in their place while there is nothing to put into them.

use std::rc::Rc;

use sycamore::prelude::*;

use super::{Act, Bones, Button, Failed, T};
use crate::store::Load;
use crate::store::paged::Paged;
use crate::text::t;

/// A column: the id of the words at its head, and its class. One of buttons has no words to be seen.
pub(crate) type Column = (&'static str, &'static str);

/// A table under its heads; the rows are `tr`s.
pub(crate) fn table(class: &'static str, name: &str, columns: &[Column], rows: Vec<View>) -> View {
    let heads = columns.iter().map(|(words, class)| {
        let class = *class;
        let words = if words.is_empty() {
            view! { span(class="vh") { T(id="column-deeds") } }
        } else {
            let words = t!(words);
            view! { (words) }
        };
        view! { th(scope="col", class=class) { (words) } }
    });
    let (heads, rows) = (View::from(heads.collect::<Vec<_>>()), View::from(rows));
    // The panel around it may have the name itself; regions are told apart by theirs.
    let (name, class) = (t!("table-of", name = name), format!("table {class}"));
    view! {
        div(class="table-box", tabindex="0", role="region", aria-label=name) {
            table(class=class) {
                thead { tr { (heads) } }
                tbody { (rows) }
            }
        }
    }
}

/// What was asked for once it is here, bones and refusals until then.
pub(crate) fn loaded<T: Clone + 'static>(
    from: Signal<Load<T>>,
    again: impl Into<Act>,
    draw: impl Fn(T) -> View + 'static,
) -> View {
    let again = again.into();
    view! {
        (match from.get_clone() {
            Load::Waiting => view! { div(class="panel") { Bones() } },
            Load::Failed(trouble) => {
                let again = again.clone();
                view! { div(class="panel") { Failed(trouble=trouble, retry=move |()| again.now()) } }
            }
            Load::Ready(value) => untrack(|| draw(value)),
        })
    }
}

/// A list in pages: all of it that is here, and a button for more.
pub(crate) fn listed<T: Clone + 'static>(
    list: Paged<T>,
    empty: impl Fn() -> View + 'static,
    draw: impl Fn(&[T]) -> View + 'static,
) -> View {
    let drawn = loaded(
        list.found(),
        move |()| list.load(),
        move |found: Rc<Vec<T>>| {
            if found.is_empty() { empty() } else { draw(&found) }
        },
    );
    view! {
        (drawn)
        (if list.has_more() {
            view! { div(class="list-foot") { Button(label=t!("more"), busy=list.busy(), on:click=move |_| list.more()) } }
        } else {
            View::new()
        })
    }
}
