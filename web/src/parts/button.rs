//! The button.

use sycamore::prelude::*;

use super::Icon;

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The one thing to do here.
    Primary,
    #[default]
    Plain,
    /// Hardly there until it is wanted.
    Quiet,
    /// Cannot be taken back easily.
    Danger,
    /// Writes an internal note.
    Note,
}

impl Kind {
    const fn key(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Plain => "plain",
            Self::Quiet => "quiet",
            Self::Danger => "danger",
            Self::Note => "note",
        }
    }
}

/// A button with a word, an icon, or both; while busy it turns and takes no press. With only an icon give an `aria-label`.
#[component(inline_props)]
pub(crate) fn Button(
    #[prop(default)] kind: Kind,
    #[prop(default)] icon: &'static str,
    #[prop(default, setter(into))] label: String,
    #[prop(default = MaybeDyn::Static(false), setter(into))] busy: MaybeDyn<bool>,
    #[prop(default = "button")] r#type: &'static str,
    #[prop(attributes(html, button))] attributes: Attributes,
) -> View {
    let shape = if label.is_empty() { "icon" } else { "word" };
    let turning = busy.clone();
    let is_busy = move || busy.get().to_string();
    let face = if icon.is_empty() {
        View::new()
    } else {
        view! { Icon(name=icon) }
    };
    view! {
        button(class="btn", r#type=r#type, data-kind=kind.key(), data-shape=shape, aria-busy=is_busy, ..attributes) {
            (if turning.get() { view! { Icon(name="spinner", class="icon spin") } } else { View::new() })
            (face)
            (label)
        }
    }
}
