//! Who is named in what one writes: found while one types, and once more when it is sent.

use gloo_timers::future::TimeoutFuture;
use proto::identity::v1::User;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::parts::{Choice, Naming, named_in, unknown_in};

/// How long nobody types until somebody is looked for, in milliseconds.
const CALM: u32 = 120;
/// The most that are offered.
const MOST: i32 = 6;
/// The most names that are looked up when it is sent.
const LOOKED_UP: usize = 10;

/// Offers people in the present scope whenever a name is begun.
pub(super) fn follow(naming: Naming) {
    let typed = create_selector(move || naming.typed().get_clone());
    create_effect(move || {
        let Some(words) = typed.get_clone() else { return };
        spawn_local_scoped(async move {
            TimeoutFuture::new(CALM).await;
            if typed.get_clone_untracked().as_ref() != Some(&words) {
                return;
            }
            let users = api::directory::by_name(words.clone(), MOST).await.unwrap_or_default();
            if typed.get_clone_untracked().as_ref() == Some(&words) {
                naming.offer(users.iter().map(choice).collect());
            }
        });
    });
}

fn choice(user: &User) -> Choice {
    Choice { value: user.id.clone(), label: user.display_name.clone(), ..Choice::default() }
}

/// The ids of everybody the text names. Names that were not chosen here, typed by hand or before a reload, are looked up.
pub(super) async fn settle(mut known: Vec<(String, String)>, text: &str) -> Vec<String> {
    for words in unknown_in(text, &known).into_iter().take(LOOKED_UP) {
        let first = words.split(' ').next().unwrap_or_default().to_owned();
        let mut users = api::directory::by_name(words.clone(), MOST).await.unwrap_or_default();
        if users.is_empty() && first != words {
            users = api::directory::by_name(first, MOST).await.unwrap_or_default();
        }
        known.extend(users.into_iter().map(|user| (user.display_name, user.id)));
    }
    named_in(text, &known)
}
