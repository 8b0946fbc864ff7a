//! The knowledge base as it is read: found by words or looked through, by whoever comes as far as it is public.

mod article;
mod articles;

use sycamore::prelude::*;

use super::frame::{Frame, OpenFrame};
use crate::app::App;
use crate::routes::{Area, Place};
use crate::session::State;

/// The page of a place in the knowledge base, in the frame of whoever looks.
#[component(inline_props)]
pub(crate) fn Help(place: ReadSignal<Place>) -> View {
    let app = use_context::<App>();
    let signed_in = create_selector(move || matches!(app.session.state().get_clone(), State::SignedIn(_)));
    view! {
        (if signed_in.get() {
            view! { Frame(area=Area::Help) { div(class="scroll") { (page(place)) } } }
        } else {
            view! { OpenFrame { div(class="scroll") { (page(place)) } } }
        })
    }
}

fn page(place: ReadSignal<Place>) -> View {
    view! {
        (if let Place::Article { id } = place.get_clone() {
            view! { article::ArticlePage(id=id) }
        } else {
            view! { articles::Articles() }
        })
    }
}
