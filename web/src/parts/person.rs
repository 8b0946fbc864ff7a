//! People: an avatar of initials, the name beside it, and whether they are there.

use proto::workflow::v1::Presence;
use sycamore::prelude::*;

use super::{Icon, T, Words};
use crate::app::App;

/// The tints there are.
const TINTS: u32 = 6;

/// The word of a presence for styles and texts.
pub(crate) const fn presence_key(presence: Presence) -> &'static str {
    match presence {
        Presence::Online => "online",
        Presence::Away => "away",
        Presence::Busy => "busy",
        Presence::Offline | Presence::Unspecified => "offline",
    }
}

/// The same person always has the same tint.
fn tint(id: &str) -> u32 {
    id.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % TINTS
}

/// Somebody's picture, or one or two letters on a tint.
#[component(inline_props)]
pub(crate) fn Initials(
    #[prop(setter(into))] id: String,
    #[prop(setter(into))] letters: Words,
    #[prop(default = "".into(), setter(into))] picture: Words,
    #[prop(default = "normal")] size: &'static str,
) -> View {
    let tint = tint(&id).to_string();
    let face = move || {
        let (path, letters) = (picture.get_clone(), letters.clone());
        if path.is_empty() {
            view! { (letters.get_clone()) }
        } else {
            view! { img(src=path, alt="", loading="lazy") }
        }
    };
    view! { span(class="avatar", data-tint=tint, data-size=size, aria-hidden="true") { (face()) } }
}

/// Somebody's avatar, or the place of nobody's. The name is said where it stands beside it, or by `title`.
#[component(inline_props)]
pub(crate) fn Avatar(
    #[prop(setter(into))] id: String,
    #[prop(default = "normal")] size: &'static str,
) -> View {
    if id.is_empty() {
        return view! { span(class="avatar", data-empty="", data-size=size, aria-hidden="true") { Icon(name="user") } };
    }
    let person = use_context::<App>().people.get(&id);
    let letters = create_memo(move || person.with(|person| person.initials.clone()));
    let picture = create_memo(move || person.with(|person| person.picture.clone()));
    view! { Initials(id=id, letters=letters, picture=picture, size=size) }
}

/// Avatar and name; nobody is said in words too.
#[component(inline_props)]
pub(crate) fn Person(#[prop(setter(into))] id: String, #[prop(default)] bare: bool) -> View {
    if id.is_empty() {
        let avatar = if bare {
            View::new()
        } else {
            view! { Avatar(id="") }
        };
        return view! { span(class="person faint") { (avatar) T(id="nobody") } };
    }
    let person = use_context::<App>().people.get(&id);
    let avatar = if bare {
        View::new()
    } else {
        view! { Avatar(id=id) }
    };
    view! {
        span(class="person") {
            (avatar)
            span(class="one-line") { (person.with(|person| person.name.clone())) }
        }
    }
}

/// Whether an agent is there, as a dot; the word stands beside it.
#[component(inline_props)]
pub(crate) fn PresenceDot(#[prop(setter(into))] presence: Words) -> View {
    let key = move || presence.get_clone();
    view! { span(class="presence", data-state=key, aria-hidden="true") {} }
}

#[cfg(test)]
mod tests {
    use super::{TINTS, tint};

    #[test]
    fn a_person_keeps_the_tint_and_people_differ() {
        let tints: std::collections::BTreeSet<u32> = (0..50).map(|n| tint(&format!("usr_{n}"))).collect();
        assert_eq!(tint("usr_1"), tint("usr_1"));
        assert!(tints.len() == TINTS as usize && tints.iter().all(|tint| *tint < TINTS));
    }
}
