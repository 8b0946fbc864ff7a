//! The keys of the desk, in one place to look.

use sycamore::prelude::*;

use crate::parts::{Act, Modal};
use crate::text::t;

/// Keys and the ids of what they do.
const KEYS: [(&[&str], &str); 20] = [
    (&["Ctrl", "K"], "palette"),
    (&["j"], "key-next"),
    (&["k"], "key-previous"),
    (&["Enter"], "key-open"),
    (&["Esc"], "key-close"),
    (&["/"], "find-tickets"),
    (&["r"], "key-reply"),
    (&["n"], "key-note"),
    (&["Ctrl", "Enter"], "key-send"),
    (&["a"], "key-assign"),
    (&["p"], "key-priority"),
    (&["f"], "hand-on"),
    (&["h"], "aside"),
    (&["e"], "key-edit"),
    (&["m"], "key-macro"),
    (&["x"], "key-choose"),
    (&["z"], "key-undo"),
    (&["g", "m"], "key-go"),
    (&["[", "]"], "key-fold"),
    (&["?"], "key-help"),
];

/// The keys in a dialog.
#[component(inline_props)]
pub(super) fn Help(#[prop(setter(into))] on_close: Act) -> View {
    let lines = View::from(KEYS.map(|(keys, what)| line(keys, what)).into_iter().collect::<Vec<_>>());
    view! {
        Modal(title=t!("keys"), on_close=move |()| on_close.now()) {
            div(class="body") { table(class="table") { tbody { (lines) } } }
        }
    }
}

fn line(keys: &'static [&'static str], what: &'static str) -> View {
    let caps = View::from(keys.iter().map(|key| view! { kbd { (*key) } }).collect::<Vec<_>>());
    view! { tr { td { (t!(what)) } td { span(class="line tight") { (caps) } } } }
}
