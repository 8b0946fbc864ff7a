//! Icons and fixed texts: the smallest parts.

use sycamore::prelude::*;

use crate::text::t;

/// A drawing of the sprite. It is decoration: what it means is said in words beside it or in the control's label.
#[component(inline_props)]
pub(crate) fn Icon(name: &'static str, #[prop(default = "icon")] class: &'static str) -> View {
    let href = format!("#icon-{name}");
    view! { svg(class=class, aria-hidden="true") { r#use(href=href) {} } }
}

/// A text that never changes while the page lives.
#[component(inline_props)]
pub(crate) fn T(id: &'static str) -> View {
    let text = t!(id);
    view! { (text) }
}
