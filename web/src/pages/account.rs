//! One's own account: who one is, how one gets in, and what else may come in by one's name.

mod api_keys;
mod password;
mod picture;
mod profile;
mod second_factor;
mod sessions;

use sycamore::prelude::*;

use super::frame::Frame;
use super::sections::{Section, sections};
use crate::routes::{Area, Place};
use api_keys::ApiKeys;
use password::ChangePassword;
use profile::Profile;
use second_factor::SecondFactors;
use sessions::Sessions;

pub(super) use second_factor::Codes;

/// The page of a place in the account.
#[component(inline_props)]
pub(crate) fn AccountArea(place: ReadSignal<Place>) -> View {
    view! {
        Frame(area=Area::Account) {
            div(class="admin") {
                (sections("account-own", SECTIONS.into_iter(), place))
                div(class="scroll") {
                    (match place.get_clone() {
                        Place::Password => view! { ChangePassword() },
                        Place::Sessions => view! { Sessions() },
                        Place::SecondFactor => view! { SecondFactors() },
                        Place::ApiKeys => view! { ApiKeys() },
                        _ => view! { Profile() },
                    })
                }
            }
        }
    }
}

/// The pages of the account.
const SECTIONS: [Section; 5] = [
    (Place::Profile, "user", "profile"),
    (Place::Password, "lock", "password"),
    (Place::SecondFactor, "shield", "second-factor-title"),
    (Place::Sessions, "screen", "sessions"),
    (Place::ApiKeys, "key", "api-keys"),
];
