//! The door: signing in, asking for an account, opening one by a link, and the way back after a forgotten password; rating by a
//! link, which needs none.

mod enter;
mod forgot;
mod open_account;
mod others;
mod rate;
mod reset;
mod second_factor;
mod sign_in;
mod sign_up;

use sycamore::prelude::*;

use super::frame::languages;
use crate::browser;
use crate::parts::{Draw, Empty, Icon, Maybe, Words};
use crate::routes::Place;
use crate::text::t;
use forgot::ForgotPassword;
use open_account::OpenAccount;
use rate::RateByLink;
use reset::ResetPassword;
use sign_up::SignUp;

pub(super) use second_factor::Answer;
pub(crate) use sign_in::SignIn;

/// Everything else that needs no session.
#[component(inline_props)]
pub(crate) fn Door(place: ReadSignal<Place>) -> View {
    view! {
        (match place.get_clone() {
            Place::Setup { token } => view! { OpenAccount(token=token, first=true) },
            Place::Invitation { token } => view! { OpenAccount(token=token, first=false) },
            Place::SignUp => view! { SignUp() },
            Place::ForgotPassword => view! { ForgotPassword() },
            Place::ResetPassword { token } => view! { ResetPassword(token=token) },
            Place::Rate { token } => view! { RateByLink(token=token) },
            _ => View::new(),
        })
    }
}

/// A card in the middle of an empty page. Its text says what to do, so there is none once there is nothing to do.
#[component(inline_props)]
fn Card(title: String, #[prop(setter(into))] text: Words, children: Children) -> View {
    super::title(&title);
    on_mount(|| {
        browser::focus(".door [autofocus]");
    });
    let text = move || {
        let text = text.get_clone();
        if text.is_empty() {
            View::new()
        } else {
            view! { p(class="muted") { (text) } }
        }
    };
    view! {
        main(class="door", id="main") {
            div(class="card") {
                div(class="brand") {
                    span(class="mark", aria-hidden="true") { Icon(name="logo") }
                    h1 { (title) }
                    (text())
                }
                (children)
                p(class="foot") { (languages()) }
            }
        }
    }
}

/// What became of something, and one way on.
fn outcome(icon: &'static str, title: String, text: String, on: Maybe<Draw>) -> View {
    let on = on.map_or_else(sign_in_link, |on| on.view());
    view! { div(class="panel") { Empty(icon=icon, title=title, text=text) { (on) } } }
}

fn sign_in_link() -> View {
    view! { a(class="btn", href="/sign-in") { (t!("sign-in")) } }
}
