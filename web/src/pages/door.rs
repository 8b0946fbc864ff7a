//! The door: signing in, and opening an account by a link.

mod open_account;
mod second_factor;
mod sign_in;

use sycamore::prelude::*;

use crate::parts::Icon;
use crate::routes::Place;
use open_account::OpenAccount;
use sign_in::SignIn;

/// Everything that needs no session.
#[component(inline_props)]
pub(crate) fn Door(place: ReadSignal<Place>) -> View {
    view! {
        (match place.get_clone() {
            Place::Setup { token } => view! { OpenAccount(token=token, first=true) },
            Place::Invitation { token } => view! { OpenAccount(token=token, first=false) },
            _ => view! { SignIn() },
        })
    }
}

/// A card in the middle of an empty page.
#[component(inline_props)]
fn Card(title: String, text: String, children: Children) -> View {
    super::title(&title);
    let text = if text.is_empty() {
        View::new()
    } else {
        view! { p(class="muted") { (text) } }
    };
    view! {
        main(class="door", id="main") {
            div(class="card") {
                div(class="brand") {
                    span(class="mark", aria-hidden="true") { Icon(name="logo") }
                    h1 { (title) }
                    (text)
                }
                (children)
            }
        }
    }
}
