//! Service levels: policies in their order, the calendars they are measured by, and how far open tickets follow the last edit.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::workflow::v1::{Calendar, ListPoliciesResponse, SlaPolicy, SlaReview};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::level_calendar::CalendarForm;
use super::level_policy::PolicyForm;
use super::level_targets::summary;
use super::parts::{deed, head, moved, panel};
use crate::api::{self, Answer};
use crate::app::App;
use crate::parts::{Button, Column, Draw, Icon, Maybe, MenuItem, Pill, Popover, loaded, table};
use crate::store::Load;
use crate::text::t;

/// How long until one looks again how far a review is, in milliseconds.
const LOOK: u32 = 1_500;

/// Policies and calendars.
type Known = Rc<(ListPoliciesResponse, Vec<Calendar>)>;

/// The page and what its parts share.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) app: App,
    known: Signal<Load<Known>>,
    policy: Signal<Maybe<SlaPolicy>>,
    calendar: Signal<Maybe<Calendar>>,
}

const POLICIES: [Column; 5] = [
    ("levels-policy", ""),
    ("levels-calendar", "optional"),
    ("levels-targets", "optional"),
    ("levels-state", ""),
    ("", "number"),
];
const CALENDARS: [Column; 4] = [
    ("levels-calendar", ""),
    ("levels-zone", "optional"),
    ("levels-holidays", "number optional"),
    ("", "number"),
];

/// The lists, and the form over them.
#[component]
pub(super) fn Levels() -> View {
    let app = use_context::<App>();
    let page = Page {
        app,
        known: create_signal(Load::Waiting),
        policy: create_signal(None),
        calendar: create_signal(None),
    };
    page.load();
    let new = move || page.policy.set(Some(SlaPolicy { enabled: true, ..SlaPolicy::default() }));
    let head = head("levels", "levels-text", deed(true, "plus", "levels-policy-new", new));
    let lists = loaded(page.known, move |()| page.load(), move |known| lists(page, &known));
    view! {
        div(class="page wide") { (head) (lists) }
        (match page.policy.get_clone() {
            Some(policy) => view! { PolicyForm(page=page, policy=policy, calendars=page.calendars()) },
            None => View::new(),
        })
        (match page.calendar.get_clone() {
            Some(calendar) => view! { CalendarForm(page=page, calendar=calendar) },
            None => View::new(),
        })
    }
}

impl Page {
    fn load(self) {
        spawn_local(async move { self.fetch().await });
    }

    /// Fetches everything, again and again as long as tickets follow an edit.
    async fn fetch(self) {
        loop {
            let (policies, calendars) = futures::join!(api::levels::policies(), api::levels::calendars());
            let known = policies.and_then(|policies| Ok(Rc::new((policies, calendars?))));
            let goes_on = known.as_ref().is_ok_and(|known| is_under_way(known.0.review.as_ref()));
            if !self.known.is_alive() {
                return;
            }
            self.known.set(known.into());
            if !goes_on {
                return;
            }
            TimeoutFuture::new(LOOK).await;
        }
    }

    fn calendars(self) -> Vec<Calendar> {
        self.known.with_untracked(|known| match known {
            Load::Ready(known) => known.1.clone(),
            _ => Vec::new(),
        })
    }

    /// The form is over; `saved` when something was.
    pub(super) fn done(self, saved: bool) {
        self.policy.set(None);
        self.calendar.set(None);
        if saved {
            self.app.toasts.say(t!("saved"));
            self.load();
        }
    }

    fn change<T: 'static>(self, change: impl Future<Output = Answer<T>> + 'static) {
        spawn_local(async move {
            let answer = change.await;
            if let Err(trouble) = &answer {
                self.app.toasts.fail(trouble);
            }
            if self.known.is_alive() {
                self.fetch().await;
            }
        });
    }
}

fn is_under_way(review: Option<&SlaReview>) -> bool {
    review.is_some_and(|review| review.end_time.is_none())
}

fn lists(page: Page, known: &Known) -> View {
    let (answer, calendars) = (&known.0, &known.1);
    let ids: Rc<Vec<String>> = Rc::new(answer.policies.iter().map(|policy| policy.id.clone()).collect());
    let policies = answer.policies.iter().map(|policy| policy_row(page, policy, calendars, &ids)).collect();
    let rows = calendars.iter().map(|calendar| calendar_row(page, calendar)).collect();
    let new = Calendar { time_zone: "UTC".to_owned(), ..Calendar::default() };
    let add = move |_| page.calendar.set(Some(new.clone()));
    let button =
        view! { Button(icon="plus", label=t!("levels-calendar-new"), data-size="small", on:click=add) };
    let policies = table("policies", &t!("levels-policies"), &POLICIES, policies);
    let rows = table("calendars", &t!("levels-calendars"), &CALENDARS, rows);
    let (progress, calendars) = (progress(answer.review.as_ref()), panel("levels-calendars", button, rows));
    view! { (progress) (policies) (calendars) }
}

/// How far open tickets follow the last edit, while they do.
fn progress(review: Option<&SlaReview>) -> View {
    let Some(review) = review.filter(|review| review.end_time.is_none()) else { return View::new() };
    let text = t!("levels-review", done = review.done, total = review.total);
    view! { p(class="line small muted", role="status") { Icon(name="clock") (text) } }
}

fn policy_row(page: Page, policy: &SlaPolicy, calendars: &[Calendar], ids: &Rc<Vec<String>>) -> View {
    let calendar = calendars.iter().find(|calendar| calendar.id == policy.calendar_id);
    let calendar = calendar.map(|calendar| calendar.name.clone()).unwrap_or_default();
    let rule = if policy.matches.is_empty() { t!("levels-every-ticket") } else { policy.matches.clone() };
    let (name, targets, menu) = (policy.name.clone(), summary(&policy.targets), menu(page, policy, ids));
    let state = if policy.enabled {
        view! { Pill(tone="done", icon="check", label=t!("levels-on")) }
    } else {
        view! { Pill(tone="closed", icon="pause", label=t!("levels-off")) }
    };
    view! {
        tr {
            td { b { (name) } div(class="tiny faint") { (rule) } }
            td(class="optional") { (calendar) }
            td(class="optional small") { (targets) }
            td { (state) }
            td(class="number") { (menu) }
        }
    }
}

fn menu(page: Page, policy: &SlaPolicy, ids: &Rc<Vec<String>>) -> View {
    let (name, policy, ids) = (t!("more-of", name = policy.name.clone()), policy.clone(), Rc::clone(ids));
    let inside = Draw::from(move || {
        let (edited, switched) = (policy.clone(), SlaPolicy { enabled: !policy.enabled, ..policy.clone() });
        let words = if policy.enabled { t!("levels-switch-off") } else { t!("levels-switch-on") };
        let switch = move |_| page.change(api::levels::update_policy(switched.clone(), &["enabled"]));
        let (up, down) = (moved(&ids, &policy.id, -1), moved(&ids, &policy.id, 1));
        let step = move |icon: &'static str, words: String, order: Maybe<Vec<String>>| match order {
            Some(order) => {
                view! { MenuItem(icon=icon, label=words, on:click=move |_| page.change(api::levels::reorder(order.clone()))) }
            }
            None => View::new(),
        };
        view! {
            MenuItem(icon="edit", label=t!("levels-edit"), on:click=move |_| page.policy.set(Some(edited.clone())))
            MenuItem(icon="pause", label=words, on:click=switch)
            (step("chevron-up", t!("move-up"), up.clone()))
            (step("chevron-down", t!("move-down"), down.clone()))
        }
    });
    view! { Popover(inside=inside, button="btn icon-btn", name=name) { Icon(name="dots") } }
}

fn calendar_row(page: Page, calendar: &Calendar) -> View {
    let (name, zone, holidays) =
        (calendar.name.clone(), calendar.time_zone.clone(), calendar.holidays.len().to_string());
    let hours = if calendar.always { t!("levels-always") } else { String::new() };
    let (label, edited) = (t!("levels-calendar-edit", name = name.clone()), calendar.clone());
    let edit = move |_| page.calendar.set(Some(edited.clone()));
    view! {
        tr {
            td { b { (name) } div(class="tiny faint") { (hours) } }
            td(class="optional") { (zone) }
            td(class="number optional") { (holidays) }
            td(class="number") { button(class="btn icon-btn", r#type="button", aria-label=label, on:click=edit) { Icon(name="edit") } }
        }
    }
}
