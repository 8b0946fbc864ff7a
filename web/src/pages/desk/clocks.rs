//! The clocks of a ticket: what is promised, when it is due, and why it is due then.

use std::collections::BTreeMap;

use proto::workflow::v1::{Clock, ClockExplanation, ClockPeriod, ClockState, PolicyTrial};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::parts::{Act, Bones, Failed, Icon, Modal, Pill, T, metric_key};
use crate::store::Load;
use crate::store::open_ticket::OpenTicket;
use crate::text::{self, t};
use crate::time;

/// Nothing where nothing is promised.
#[component(inline_props)]
pub(super) fn Clocks(app: App, open: OpenTicket) -> View {
    let clocks = create_signal(Vec::<Clock>::new());
    let why = create_signal(None::<String>);
    create_effect(move || {
        // What moves a ticket or is said about it may move its clocks; each time all of it is fetched.
        open.run().track();
        open.entries().track();
        let Some(id) = open.id() else { return };
        spawn_local_scoped(async move {
            if let Ok(told) = api::runs::clocks(id).await {
                clocks.set(latest(told));
            }
        });
    });
    view! {
        (if clocks.with(Vec::is_empty) {
            View::new()
        } else {
            let lines = clocks.get_clone().into_iter().map(|clock| line(app, clock, why));
            let lines = View::from(lines.collect::<Vec<_>>());
            view! {
                section(class="side-part", aria-labelledby="clocks-head") {
                    header { h2(id="clocks-head") { T(id="clocks") } }
                    ul(class="clocks") { (lines) }
                }
            }
        })
        (match why.get_clone() {
            Some(id) => view! { Why(id=id, on_close=move |()| why.set(None)) },
            None => View::new(),
        })
    }
}

/// The latest clock of each metric, without those nothing is promised for any more.
fn latest(clocks: Vec<Clock>) -> Vec<Clock> {
    let latest: BTreeMap<_, _> = clocks.into_iter().map(|clock| (clock.metric, clock)).collect();
    latest.into_values().filter(|clock| clock.state() != ClockState::Cancelled).collect()
}

fn line(app: App, clock: Clock, why: Signal<Option<String>>) -> View {
    let (tone, icon) = look(clock.state());
    let name = t!(&format!("metric-{}", metric_key(clock.metric())));
    let (state, due, id) = (clock.state(), clock.due_time, clock.id);
    let exact = due.as_ref().map(time::exact);
    let label = t!("why-due", name = name.clone());
    view! {
        li {
            Pill(tone=tone, icon=icon, label=name)
            span(class="small", data-tip=exact, data-align="end") { (standing(state, due.as_ref(), app.now.get())) }
            button(class="link-btn", r#type="button", aria-label=label, on:click=move |_| why.set(Some(id.clone()))) { T(id="why") }
        }
    }
}

/// Where a clock stands, in a few words.
fn standing(state: ClockState, due: Option<&prost_types::Timestamp>, now: f64) -> String {
    match (state, due) {
        (ClockState::Running, Some(due)) => match time::off(due, now) {
            Some(off) => t!("due-in", time = off),
            None => t!("due-on", date = time::date(due)),
        },
        (ClockState::MissedOpen, Some(due)) => match time::off(due, now) {
            Some(off) => t!("overdue-by", time = off),
            None => t!("overdue-since", date = time::date(due)),
        },
        (ClockState::Paused, _) => t!("clock-paused"),
        (ClockState::Met, _) => t!("clock-met"),
        (ClockState::MissedOpen | ClockState::MissedClosed, _) => t!("clock-missed"),
        _ => String::new(),
    }
}

/// Tone and icon of a state.
const fn look(state: ClockState) -> (&'static str, &'static str) {
    match state {
        ClockState::Running => ("open", "clock"),
        ClockState::Paused => ("wait", "pause"),
        ClockState::Met => ("done", "done"),
        ClockState::MissedOpen | ClockState::MissedClosed => ("late", "alert"),
        ClockState::Unspecified | ClockState::Cancelled => ("closed", "closed"),
    }
}

/// A clock's time line in a dialog.
#[component(inline_props)]
fn Why(id: String, #[prop(setter(into))] on_close: Act) -> View {
    let told = create_signal(Load::<ClockExplanation>::Waiting);
    let ask = move || {
        let id = id.clone();
        spawn_local_scoped(async move { told.set(api::runs::explain_clock(id).await.into()) });
    };
    ask();
    view! {
        Modal(title=t!("clock-line"), on_close=move |()| on_close.now()) {
            div(class="body") {
                (match told.get_clone() {
                    Load::Waiting => view! { Bones(rows=4, text=true) },
                    Load::Failed(trouble) => { let ask = ask.clone(); view! { Failed(trouble=trouble, retry=move |()| ask()) } },
                    Load::Ready(explanation) => explained(explanation),
                })
            }
        }
    }
}

fn explained(explanation: ClockExplanation) -> View {
    let ClockExplanation { summary, periods, trials, .. } = explanation;
    let periods = View::from(periods.iter().map(period).collect::<Vec<_>>());
    let trials = View::from(trials.into_iter().map(trial).collect::<Vec<_>>());
    view! {
        div(class="stack") {
            p { (text::sentence(&summary)) }
            ol(class="clock-periods") { (periods) }
            h3 { T(id="policies-tried") }
            ol(class="stack small") { (trials) }
        }
    }
}

fn period(period: &ClockPeriod) -> View {
    let icon = if period.running { "clock" } else { "pause" };
    let counted = period.counted.map_or(0, |counted| counted.seconds);
    let at = |time: Option<&prost_types::Timestamp>| time.map(time::exact).unwrap_or_default();
    let (from, to) = (at(period.from_time.as_ref()), at(period.to_time.as_ref()));
    let counts = if period.running { t!("counted", time = length(counted)) } else { t!("counts-nothing") };
    let free: Vec<_> = period.holidays.iter().map(|day| format!("{} ({})", day.name, day.date)).collect();
    let free = if free.is_empty() {
        View::new()
    } else {
        let without = t!("without-holidays", names = free.join(", "));
        view! { div(class="small muted") { (without) } }
    };
    let cause = text::sentence(&period.cause);
    view! {
        li {
            Icon(name=icon)
            div {
                div { (counts) " · " span(class="muted") { (cause) } }
                div(class="small faint") { (from) " – " (to) }
                (free)
            }
        }
    }
}

/// A policy that was tried, and why it does not apply.
fn trial(trial: PolicyTrial) -> View {
    let PolicyTrial { policy_name, matched, message, .. } = trial;
    let icon = if matched { "check" } else { "x" };
    let message = if matched { t!("policy-applies") } else { message };
    view! {
        li(class="line") { Icon(name=icon) span(class="change") { (policy_name) } span(class="muted") { (message) } }
    }
}

/// Hours and minutes: `26 h 5 min`.
fn length(seconds: i64) -> String {
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, minutes) => t!("ago-minutes", count = minutes),
        (hours, 0) => t!("ago-hours", count = hours),
        (hours, minutes) => {
            format!("{} {}", t!("ago-hours", count = hours), t!("ago-minutes", count = minutes))
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{Clock, ClockState, SlaMetric};

    use super::latest;

    #[test]
    fn of_each_metric_the_latest_clock_is_shown() {
        let clock = |metric: SlaMetric, instance, state: ClockState| Clock {
            metric: metric.into(),
            instance,
            state: state.into(),
            ..Clock::default()
        };
        let shown = latest(vec![
            clock(SlaMetric::FirstReply, 1, ClockState::Met),
            clock(SlaMetric::NextReply, 1, ClockState::MissedClosed),
            clock(SlaMetric::NextReply, 2, ClockState::Running),
            clock(SlaMetric::Resolution, 1, ClockState::Cancelled),
        ]);
        let shown: Vec<_> = shown.iter().map(|clock| (clock.metric(), clock.instance)).collect();
        assert_eq!(shown, [(SlaMetric::FirstReply, 1), (SlaMetric::NextReply, 2)]);
    }
}
