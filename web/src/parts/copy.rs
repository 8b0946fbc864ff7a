//! Something to be taken along: shown whole, copied at a press.

use sycamore::prelude::*;

use super::{Icon, T};
use crate::browser;

/// A line with a button beside it that says when it has done its work.
#[component(inline_props)]
pub(crate) fn CopyField(#[prop(setter(into))] label: String, #[prop(setter(into))] value: String) -> View {
    let shown = value.clone();
    view! {
        div(class="line") {
            input(class="input mono", readonly=true, value=shown, aria-label=label)
            CopyButton(value=value)
        }
    }
}

/// The button alone, for what is shown some other way.
#[component(inline_props)]
pub(crate) fn CopyButton(#[prop(setter(into))] value: String) -> View {
    let copied = create_signal(false);
    let copy = move |_| {
        browser::copy(&value);
        copied.set(true);
    };
    view! {
        button(class="btn", r#type="button", on:click=copy) {
            (if copied.get() {
                view! { Icon(name="check") span(role="status") { T(id="copied") } }
            } else {
                view! { Icon(name="copy") T(id="copy") }
            })
        }
    }
}
