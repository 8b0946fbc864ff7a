//! The list at the side of an area that has several pages; on a phone it is a row above them.

use sycamore::prelude::*;

use crate::browser;
use crate::parts::Icon;
use crate::routes::Place;
use crate::text::t;

/// A page, its icon, and the id of its name.
pub(super) type Section = (Place, &'static str, &'static str);

/// Links to all pages under the area's name; the one that is shown, or that what is shown belongs to, is marked.
pub(super) fn sections(
    name: &'static str,
    all: impl Iterator<Item = Section>,
    place: ReadSignal<Place>,
) -> View {
    // On a phone it may stand beyond the edge.
    on_mount(|| browser::reveal(".views [aria-current]"));
    let links = View::from(all.map(|section| link(section, place)).collect::<Vec<_>>());
    view! { nav(class="views", aria-label=t!(name)) { h2 { (t!(name)) } (links) } }
}

fn link((to, icon, words): Section, place: ReadSignal<Place>) -> View {
    let href = to.path();
    let current = move || place.with(|place| belongs(place, &to)).then_some("page");
    view! { a(class="view", href=href, aria-current=current) { Icon(name=icon) (t!(words)) } }
}

/// Whether a place is that page, or stands below it.
fn belongs(place: &Place, page: &Place) -> bool {
    let (place, page) = (place.path(), page.path());
    place.strip_prefix(&page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::belongs;
    use crate::routes::Place;

    #[test]
    fn a_page_is_marked_for_what_stands_below_it_too() {
        assert!(belongs(&Place::People, &Place::People));
        assert!(belongs(&Place::Person { id: "usr_1".to_owned() }, &Place::People));
        assert!(!belongs(&Place::Roles, &Place::People));
    }
}
