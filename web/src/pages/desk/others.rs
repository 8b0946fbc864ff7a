//! Who else looks at the ticket, and who writes: said while it lasts, forgotten by itself.

use gloo_timers::future::TimeoutFuture;
use proto::events::v1::envelope::Event;
use proto::events::v1::{ActivityChanged, ActivityKind};
use sycamore::prelude::*;
use sycamore_futures::{spawn_local, spawn_local_scoped};

use super::macros::Pen;
use crate::api;
use crate::app::App;
use crate::browser;
use crate::parts::{Avatar, Icon};
use crate::text::t;

/// How often it is said again; the server forgets after 30 seconds.
const AGAIN: u32 = 20_000;
/// How long after the last letter one no longer counts as writing, in milliseconds.
const LETTERS_LAST: f64 = 8_000.0;

/// The others, as avatars with what they do.
#[component(inline_props)]
pub(super) fn Others(app: App, ticket_id: String, pen: Pen) -> View {
    let others = create_signal(Vec::<ActivityChanged>::new());
    let me = app.session.me_now().id.clone();
    let heard_id = ticket_id.clone();
    app.live.listen(move |envelope| {
        if let Some(Event::GatewayActivityChanged(changed)) = &envelope.event
            && changed.ticket_id == heard_id
            && changed.user_id != me
        {
            others.update(|others| hear(others, changed.clone()));
        }
    });
    say_so(ticket_id, pen, others);
    let shown = create_selector(move || {
        let now = app.now.get();
        others.with(|others| others.iter().filter(|other| lasts(other, now)).cloned().collect::<Vec<_>>())
    });
    view! {
        span(class="others", role="status") {
            (View::from(shown.get_clone().iter().map(face).collect::<Vec<_>>()))
        }
    }
}

/// Says what one does: at once, again before it is forgotten, when one begins to write, and when one leaves.
fn say_so(ticket_id: String, pen: Pen, others: Signal<Vec<ActivityChanged>>) {
    let typed_at = create_signal(0.0_f64);
    let say = {
        let ticket_id = ticket_id.clone();
        move |kind: ActivityKind, field: &'static str| {
            let ticket_id = ticket_id.clone();
            async move {
                if let Ok(there) = api::activity::say(ticket_id, kind, field).await
                    && others.is_alive()
                {
                    others.update(|others| there.into_iter().for_each(|other| hear(others, other)));
                }
            }
        }
    };
    let beginning = say.clone();
    for (text, field) in [(pen.reply, "reply"), (pen.note, "note")] {
        let say = beginning.clone();
        create_effect(on(text, move || {
            let begins = browser::now() - typed_at.get_untracked() > LETTERS_LAST;
            if text.with_untracked(|text| !text.is_empty()) && browser::is_there("#composer:focus") {
                typed_at.set_silent(browser::now());
                if begins {
                    spawn_local(say(ActivityKind::Typing, field));
                }
            }
        }));
    }
    spawn_local_scoped(async move {
        loop {
            let writes = browser::now() - typed_at.get_untracked() < LETTERS_LAST;
            let (kind, field) =
                if writes { (ActivityKind::Typing, "reply") } else { (ActivityKind::Viewing, "") };
            say(kind, field).await;
            TimeoutFuture::new(AGAIN).await;
        }
    });
    on_cleanup(move || {
        spawn_local(async move { drop(api::activity::say(ticket_id, ActivityKind::Gone, "").await) });
    });
}

/// Takes what somebody does now in place of what he did.
fn hear(others: &mut Vec<ActivityChanged>, changed: ActivityChanged) {
    others.retain(|other| other.user_id != changed.user_id);
    if changed.kind() != ActivityKind::Gone {
        others.push(changed);
    }
}

fn lasts(other: &ActivityChanged, now: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are whole")]
    let until = other.expire_time.map_or(f64::MAX, |time| time.seconds as f64 * 1_000.0);
    until > now
}

fn face(other: &ActivityChanged) -> View {
    let name = other.display_name.clone();
    let words = match (other.kind(), other.field.as_str()) {
        (ActivityKind::Typing, "note") => t!("others-note", name = name),
        (ActivityKind::Typing, _) => t!("others-reply", name = name),
        _ => t!("others-look", name = name),
    };
    let writes = other.kind() == ActivityKind::Typing;
    let (id, said, mark) = (other.user_id.clone(), words.clone(), writes.then_some(""));
    let pen = if writes {
        view! { Icon(name="edit") }
    } else {
        View::new()
    };
    view! { span(class="other", data-tip=words, data-side="below", data-align="end", data-writes=mark) { Avatar(id=id) (pen) span(class="vh") { (said) } } }
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;
    use proto::events::v1::{ActivityChanged, ActivityKind};

    use super::{hear, lasts};

    fn does(user: &str, kind: ActivityKind) -> ActivityChanged {
        ActivityChanged { user_id: user.into(), kind: kind.into(), ..ActivityChanged::default() }
    }

    #[test]
    fn the_last_word_of_each_counts_and_whoever_leaves_is_gone() {
        let mut others = Vec::new();
        hear(&mut others, does("a", ActivityKind::Viewing));
        hear(&mut others, does("b", ActivityKind::Viewing));
        hear(&mut others, does("a", ActivityKind::Typing));
        let known: Vec<_> = others.iter().map(|other| (other.user_id.as_str(), other.kind())).collect();
        assert_eq!(known, [("b", ActivityKind::Viewing), ("a", ActivityKind::Typing)]);
        hear(&mut others, does("b", ActivityKind::Gone));
        assert_eq!(others.len(), 1);
    }

    #[test]
    fn what_is_not_said_again_is_forgotten() {
        let expire_time = Some(Timestamp { seconds: 30, nanos: 0 });
        let other = ActivityChanged { expire_time, ..does("a", ActivityKind::Viewing) };
        assert!(lasts(&other, 29_000.0) && !lasts(&other, 30_000.0));
    }
}
