//! What is shown where there is nothing, or nobody answers.

use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::title;
use crate::app::App;
use crate::parts::{Button, Empty, Kind, T};
use crate::text::t;

/// An address that leads nowhere, or nowhere for this person.
#[component]
pub(crate) fn NotFound() -> View {
    title(&t!("not-found"));
    view! {
        main(class="door") {
            Empty(icon="search", page=true, title=t!("not-found"), text=t!("not-found-text")) {
                a(class="btn", href="/") { T(id="go-home") }
            }
        }
    }
}

/// The server did not say who this is.
#[component]
pub(crate) fn Unreachable() -> View {
    let app = use_context::<App>();
    view! {
        main(class="door") {
            Empty(icon="offline", page=true, title=t!("failed-offline"), text=t!("unreachable-text")) {
                Button(kind=Kind::Primary, icon="refresh", label=t!("try-again"),
                    on:click=move |_| spawn_local(async move { app.session.find_out().await }))
            }
        }
    }
}
