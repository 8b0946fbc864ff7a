//! The administration: people and roles.

mod departments;
mod invite;
mod people;
mod person;
mod role_form;
mod roles;

use sycamore::prelude::*;

use super::frame::Frame;
use crate::parts::{Icon, T};
use crate::routes::{Area, Place};
use crate::text::t;
use departments::Departments;
use people::People;
use person::PersonPage;
use roles::Roles;

/// The page of a place in the administration.
#[component(inline_props)]
pub(crate) fn Admin(place: ReadSignal<Place>) -> View {
    view! {
        Frame(area=Area::Admin) {
            div(class="admin") {
                (sections(place))
                div(class="scroll") {
                    (match place.get_clone() {
                        Place::Roles => view! { Roles() },
                        Place::Departments => view! { Departments() },
                        Place::Person { id } => view! { PersonPage(id=id) },
                        _ => view! { People() },
                    })
                }
            }
        }
    }
}

/// The pages of the administration.
const SECTIONS: [(Place, &str, &str); 3] = [
    (Place::People, "people", "people"),
    (Place::Roles, "shield", "roles"),
    (Place::Departments, "building", "departments"),
];

fn sections(place: ReadSignal<Place>) -> View {
    let links = View::from(SECTIONS.map(|section| link(section, place)).into_iter().collect::<Vec<_>>());
    view! { nav(class="views", aria-label=t!("nav-admin")) { h2 { T(id="nav-admin") } (links) } }
}

fn link((to, icon, words): (Place, &'static str, &'static str), place: ReadSignal<Place>) -> View {
    let href = to.path();
    let here = move || {
        place.with(|place| *place == to || (to == Place::People && matches!(place, Place::Person { .. })))
    };
    let current = move || here().then_some("page");
    view! { a(class="view", href=href, aria-current=current) { Icon(name=icon) (t!(words)) } }
}
