//! The times of a transition: after which it is taken, or within which it can be. Each is a length, a setting of the installation, or none.

use proto::workflow::v1::{Period, Transition};
use sycamore::prelude::*;

use super::pen::{Pen, later};
use super::words::periods;
use crate::parts::{Form, SelectField, SpanField};
use crate::text::t;
use crate::time::{from_units, in_units};

/// A time as it is first offered.
const DAY: i64 = 86_400;

/// A time of a transition as it is typed: the setting that says it, a length, or neither.
#[derive(Clone, Copy)]
struct Time {
    period: Signal<String>,
    count: Signal<String>,
    unit: Signal<String>,
}

impl Time {
    fn of(period: Period, length: Option<&prost_types::Duration>) -> Self {
        let chosen = match (period, length) {
            (Period::Unspecified, None) => "",
            (Period::Unspecified, Some(_)) => "length",
            (period, _) => period.as_str_name(),
        };
        let (count, unit) = in_units(length.map_or(DAY, |length| length.seconds));
        Self {
            period: create_signal(chosen.to_owned()),
            count: create_signal(count.to_string()),
            unit: create_signal(unit.key().to_owned()),
        }
    }

    fn typed(self) -> (Period, Option<prost_types::Duration>) {
        let seconds = from_units(&self.count.get_clone_untracked(), &self.unit.get_clone_untracked());
        let length = prost_types::Duration { seconds: seconds.unwrap_or(-1), nanos: 0 };
        match self.period.get_clone_untracked().as_str() {
            "" => (Period::Unspecified, None),
            "length" => (Period::Unspecified, Some(length)),
            name => (Period::from_str_name(name).unwrap_or_default(), None),
        }
    }

    fn follow(self, act: impl Fn(Period, Option<prost_types::Duration>) + Clone + 'static) {
        for field in [self.period, self.count, self.unit] {
            let act = act.clone();
            later(field, move |_| {
                let (period, length) = self.typed();
                act(period, length);
            });
        }
    }

    /// The fields; `none` is what it means that nothing is said.
    fn fields(self, name: &'static str, label: &str, none: &str, form: Form) -> View {
        let mut options = vec![(String::new(), t!(none)), ("length".to_owned(), t!("flow-time-length"))];
        options.extend(periods().into_iter().skip(1));
        let (label, choice) = (t!(label), format!("{name}_period"));
        view! {
            SelectField(name=choice, label=label, value=self.period, options=options, form=form)
            (if self.period.with(|period| period == "length") {
                view! { SpanField(name=name, label=t!("flow-time"), count=self.count, unit=self.unit, form=form) }
            } else {
                View::new()
            })
        }
    }
}

/// How long it can be taken.
pub(super) fn within(pen: &Pen<Transition>, way: &Transition) -> View {
    let time = Time::of(way.within_period(), way.within.as_ref());
    let written = pen.bind("within", (Period::Unspecified, None), |way, (period, length)| {
        way.within_period = period.into();
        way.within = length;
    });
    time.follow(move |period, length| written.set((period, length)));
    time.fields("within", "flow-within", "flow-within-none", pen.form)
}

/// After which time it is taken.
pub(super) fn after(pen: &Pen<Transition>, way: &Transition) -> View {
    let time = Time::of(way.after_period(), way.after.as_ref());
    let written = pen.bind("after", (Period::Unspecified, None), |way, (period, length)| {
        way.after_period = period.into();
        way.after = length;
    });
    time.follow(move |period, length| written.set((period, length)));
    time.fields("after", "flow-after", "flow-after-none", pen.form)
}
