//! The portal: filing requests and following them.

mod file;
mod rate;
mod requests;
mod ticket;

use sycamore::prelude::*;

use super::frame::Frame;
use crate::routes::{Area, Place};
use file::NewRequest;
use requests::Requests;
use ticket::Request;

/// The page of a place in the portal.
#[component(inline_props)]
pub(crate) fn Portal(place: ReadSignal<Place>) -> View {
    view! {
        Frame(area=Area::Portal) {
            div(class="scroll") {
                (match place.get_clone() {
                    Place::NewRequest => view! { NewRequest() },
                    Place::Request { id } => view! { Request(id=id) },
                    _ => view! { Requests() },
                })
            }
        }
    }
}
