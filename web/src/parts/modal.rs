//! Dialogs and drawers, both the browser's own modal: focus stays inside, Escape closes, the page behind is inert.

use sycamore::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use super::{Act, Button, Kind};
use crate::text::t;

/// What a modal looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    #[default]
    Dialog,
    Wide,
    /// Nearly the whole page, for what is to be looked at.
    Full,
    /// At the side, over the whole height.
    Drawer,
}

/// Shown as long as it is part of the view: draw it while it should be open, and stop drawing it in `on_close`. The children are
/// a `.body` and, where something is to be pressed, a `footer`.
#[component(inline_props)]
pub(crate) fn Modal(
    #[prop(setter(into))] title: String,
    #[prop(setter(into))] on_close: Act,
    #[prop(default)] shape: Shape,
    children: Children,
) -> View {
    let node = create_node_ref();
    let dialog = move || node.try_get().and_then(|node| node.dyn_into::<HtmlDialogElement>().ok());
    on_mount(move || {
        if let Some(dialog) = dialog() {
            dialog.show_modal().ok();
        }
    });
    // Closing before it is taken away gives the focus back to where it was.
    on_cleanup(move || {
        if cfg!(target_arch = "wasm32")
            && let Some(dialog) = dialog()
        {
            dialog.close();
        }
    });
    let class = if shape == Shape::Drawer { "drawer" } else { "dialog" };
    let size = match shape {
        Shape::Wide => "wide",
        Shape::Full => "full",
        Shape::Dialog | Shape::Drawer => "normal",
    };
    let name = title.clone();
    let close = on_close.clone();
    view! {
        dialog(r#ref=node, class=class, data-size=size, aria-label=name, on:close=move |_| on_close.now()) {
            header {
                h2(class="grow") { (title) }
                Button(kind=Kind::Quiet, icon="x", aria-label=t!("close"), on:click=move |_| close.now())
            }
            (children)
        }
    }
}
