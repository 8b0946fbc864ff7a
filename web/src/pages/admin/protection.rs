//! Sign-in protection: who is blocked now, and the limits that decide it, in a form made of a table of them.

use prost_types::Duration;
use proto::identity::v1::SignInProtection;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local;

use super::blocks::Blocks;
use super::parts::{head, panel};
use crate::api;
use crate::app::App;
use crate::parts::{Button, Form, Kind, SpanField, TextField, loaded, refusal};
use crate::store::Load;
use crate::text::t;
use crate::time::{self, Unit};

/// Where a limit is in the settings.
#[derive(Clone, Copy)]
enum Of {
    Count(fn(&mut SignInProtection) -> &mut i32),
    Time(fn(&mut SignInProtection) -> &mut Option<Duration>),
}

/// A limit: its path, its default as a count or in seconds, and where it is. Its words are `limit-` and its path.
type Limit = (&'static str, i64, Of);

/// The limits by what they are about.
const GROUPS: [(&str, &[Limit]); 4] = [
    (
        "limits-address",
        &[
            ("address_limit", 10, Of::Count(|limits| &mut limits.address_limit)),
            ("address_block", 30 * 60, Of::Time(|limits| &mut limits.address_block)),
        ],
    ),
    (
        "limits-device",
        &[
            ("device_challenge_limit", 5, Of::Count(|limits| &mut limits.device_challenge_limit)),
            ("device_limit", 8, Of::Count(|limits| &mut limits.device_limit)),
            ("device_block", 20 * 60, Of::Time(|limits| &mut limits.device_block)),
        ],
    ),
    (
        "limits-account",
        &[
            ("account_limit", 10, Of::Count(|limits| &mut limits.account_limit)),
            ("account_lock", 15 * 60, Of::Time(|limits| &mut limits.account_lock)),
            ("account_warning_limit", 5, Of::Count(|limits| &mut limits.account_warning_limit)),
        ],
    ),
    (
        "limits-all",
        &[
            ("counter_lifetime", 24 * 60 * 60, Of::Time(|limits| &mut limits.counter_lifetime)),
            ("challenge_difficulty", 18, Of::Count(|limits| &mut limits.challenge_difficulty)),
        ],
    ),
];

/// What is blocked, and the limits.
#[component]
pub(super) fn Protection() -> View {
    let app = use_context::<App>();
    let limits = create_signal(Load::Waiting);
    let load = move || {
        spawn_local(async move {
            let found = api::security::protection().await.into();
            if limits.is_alive() {
                limits.set(found);
            }
        });
    };
    load();
    let head = head("protection", "protection-text", View::new());
    let form =
        loaded(limits, move |()| load(), move |known| view! { Limits(app=app, known=known, limits=limits) });
    view! {
        div(class="page") {
            (head)
            Blocks(app=app)
            (form)
        }
    }
}

/// A limit as it is typed: number, and unit where it is a time.
#[derive(Clone, Copy)]
struct Typed {
    limit: Limit,
    count: Signal<String>,
    unit: Signal<String>,
}

impl Typed {
    fn new(limit: Limit, known: &mut SignInProtection) -> Self {
        let (count, unit) = match limit.2 {
            Of::Count(of) => (i64::from(*of(known)), Unit::Minutes),
            Of::Time(of) => time::in_units(of(known).as_ref().map_or(0, |time| time.seconds)),
        };
        Self { limit, count: create_signal(count.to_string()), unit: create_signal(unit.key().to_owned()) }
    }

    /// Writes it into the settings; false if it is no number.
    fn fill(self, limits: &mut SignInProtection) -> bool {
        let (count, unit) = (self.count.get_clone(), self.unit.get_clone());
        match self.limit.2 {
            Of::Count(of) => count.trim().parse().map(|count| *of(limits) = count).is_ok(),
            Of::Time(of) => time::from_units(&count, &unit)
                .map(|seconds| *of(limits) = Some(Duration { seconds, nanos: 0 }))
                .is_some(),
        }
    }
}

#[component(inline_props)]
fn Limits(app: App, known: SignInProtection, limits: Signal<Load<SignInProtection>>) -> View {
    let form = Form::new();
    let mut read = known.clone();
    let mut typed = Vec::new();
    let groups = GROUPS.map(|(words, group)| {
        let fields: Vec<Typed> = group.iter().map(|limit| Typed::new(*limit, &mut read)).collect();
        typed.extend(fields.iter().copied());
        fieldset(words, &fields, form)
    });
    let groups = View::from(groups.into_iter().collect::<Vec<_>>());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let mut wanted = known.clone();
        if let Some(wrong) = typed.iter().find(|typed| !typed.fill(&mut wanted)) {
            return form.refuse(wrong.limit.0, t!("number-missing"));
        }
        let paths: Vec<_> = typed.iter().map(|typed| typed.limit.0).collect();
        let call = async move { api::security::update_protection(wanted, &paths).await };
        form.send(app, call, move |saved| {
            app.toasts.say(t!("saved"));
            limits.set(Load::Ready(saved));
        });
    };
    let panel = panel("limits", View::new(), view! { div(class="body form") { (refusal(form)) (groups) } });
    view! {
        form(class="form", novalidate=true, on:submit=submit) {
            (panel)
            div(class="save-line") { Button(kind=Kind::Primary, label=t!("save"), r#type="submit", busy=form.busy()) }
        }
    }
}

fn fieldset(words: &str, fields: &[Typed], form: Form) -> View {
    let (name, about) = (t!(words), t!(&format!("{words}-text")));
    let fields = View::from(fields.iter().map(|typed| field(*typed, form)).collect::<Vec<_>>());
    view! {
        fieldset(class="part") {
            legend { (name) }
            p(class="muted small") { (about) }
            div(class="triple") { (fields) }
        }
    }
}

fn field(typed: Typed, form: Form) -> View {
    let (name, default, of) = typed.limit;
    let label = t!(&limit_words(name));
    match of {
        Of::Count(_) => {
            let hint = t!("default", value = default);
            view! { TextField(name=name, label=label, value=typed.count, form=form, hint=hint, inputmode="numeric", required=true) }
        }
        Of::Time(_) => {
            let (count, unit) = time::in_units(default);
            let hint = t!("default", value = format!("{count} {}", t!(unit.words())));
            view! { SpanField(name=name, label=label, count=typed.count, unit=typed.unit, form=form, hint=hint) }
        }
    }
}

fn limit_words(name: &str) -> String {
    format!("limit-{}", name.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::SignInProtection;

    use super::{GROUPS, limit_words};
    use crate::text;

    #[test]
    fn every_limit_and_every_group_of_them_has_words() {
        for (group, limits) in GROUPS {
            let has = |id: &str| text::maybe(id).is_some();
            assert!(has(group) && has(&format!("{group}-text")), "{group}");
            for (name, ..) in limits {
                assert!(has(&limit_words(name)), "{name}");
            }
        }
    }

    #[test]
    fn every_limit_is_a_field_of_its_own() {
        let mut limits = SignInProtection::default();
        let places = GROUPS.iter().flat_map(|(_, limits)| limits.iter()).map(|(.., of)| match of {
            super::Of::Count(of) => std::ptr::from_mut(of(&mut limits)) as usize,
            super::Of::Time(of) => std::ptr::from_mut(of(&mut limits)) as usize,
        });
        let places: Vec<usize> = places.collect();
        let different: std::collections::BTreeSet<_> = places.iter().collect();
        assert_eq!((places.len(), different.len()), (10, 10));
    }
}
