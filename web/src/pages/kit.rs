//! The pattern book: every part in every state, on made-up data. Always built, linked nowhere.

mod specimens;

use sycamore::prelude::*;

use crate::app::App;
use crate::parts::{Button, Kind};
use crate::prefs::Theme;

/// A name and what is shown under it.
type Shelf = (&'static str, fn() -> View);

const SHELVES: [Shelf; 25] = [
    ("Colour", specimens::colours),
    ("Buttons", specimens::buttons),
    ("Fields", specimens::fields),
    ("One of many", specimens::combos),
    ("Fields of a form, by type", specimens::form_fields),
    ("Rules", specimens::rules),
    ("Markdown", specimens::markdown),
    ("Files", specimens::files),
    ("Files that came", specimens::attached),
    ("Stars", specimens::stars),
    ("Choosing a password, taking something along", specimens::secrets),
    ("Second factor at the door", specimens::second_factor),
    ("Status and priority", specimens::pills),
    ("People", specimens::people),
    ("Menus and pickers", specimens::menus),
    ("Dialogs, drawers, toasts", specimens::floats),
    ("Tabs", specimens::tabs),
    ("Choosing many", specimens::selection),
    ("Lists that grow", specimens::rows),
    ("Notices", specimens::notices),
    ("Charts", specimens::charts),
    ("Stage track", specimens::track),
    ("Timeline", specimens::timeline),
    ("Composer", specimens::composer),
    ("Empty, loading, failed", specimens::states),
];

/// The whole book.
#[component]
pub(crate) fn Kit() -> View {
    super::title("Kit");
    let app = use_context::<App>();
    let shelves = View::from(SHELVES.map(shelf).into_iter().collect::<Vec<_>>());
    view! {
        main(class="scroll", id="main") {
            div(class="page wide kit") {
                header(class="page-head") {
                    div { h1 { "Pattern book" } p(class="muted") { "Every part in every state." } }
                    div(class="group", role="group", aria-label="Theme") {
                        Button(icon="screen", label="System", on:click=move |_| app.prefs.theme.set(Theme::System))
                        Button(icon="sun", label="Light", on:click=move |_| app.prefs.theme.set(Theme::Light))
                        Button(icon="moon", label="Dark", on:click=move |_| app.prefs.theme.set(Theme::Dark))
                    }
                    Button(kind=Kind::Plain, label="Density", on:click=move |_| app.prefs.comfortable.set(!app.prefs.comfortable.get()))
                }
                (shelves)
            }
        }
    }
}

fn shelf((name, show): Shelf) -> View {
    let shown = show();
    view! { section(aria-label=name) { h2 { (name) } (shown) } }
}
