//! What happens by itself: automations in their order, each with whether it is on, what it waits for and what it does; and, where one
//! paused itself because it failed too often, why, and the way to enable it again.

mod effects;
mod form;
mod runs;
mod words;

use std::rc::Rc;

use proto::workflow::v1::Automation;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::api::{self, Answer};
use crate::app::App;
use crate::browser;
use crate::pages::title;
use crate::parts::{
    Button, Draw, Empty, Icon, Kind, Maybe, MenuItem, Notice, Pill, Popover, T, Tone, loaded,
};
use crate::store::Load;
use crate::text::{self, t};
use form::AutomationForm;
use runs::Runs;
use words::{does, waits_for};

/// The page and what its parts share.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    all: Signal<Load<Rc<Vec<Automation>>>>,
    editing: Signal<Maybe<Automation>>,
    looking: Signal<Maybe<Automation>>,
    /// The button that was pressed last to move one: the list is drawn anew under it, and keeps its focus.
    step: Signal<String>,
}

/// The list, the form and what one did over it.
#[component]
pub(in crate::pages) fn Automations() -> View {
    title(&t!("automations"));
    let app = use_context::<App>();
    let page = Page {
        app,
        all: create_signal(Load::Waiting),
        editing: create_signal(None),
        looking: create_signal(None),
        step: create_signal(String::new()),
    };
    page.load();
    let new = move |_| page.editing.set(Some(words::fresh()));
    let list = loaded(page.all, move |()| page.load(), move |all| list(page, &all));
    view! {
        div(class="page wide") {
            header(class="page-head") {
                div { h1 { T(id="automations") } p(class="muted") { T(id="automations-text") } }
                Button(kind=Kind::Primary, icon="plus", label=t!("automation-new"), on:click=new)
            }
            (list)
        }
        (match page.editing.get_clone() {
            Some(automation) => view! { AutomationForm(page=page, automation=automation) },
            None => View::new(),
        })
        (match page.looking.get_clone() {
            Some(automation) => view! { Runs(page=page, automation=automation) },
            None => View::new(),
        })
    }
}

impl Page {
    fn load(self) {
        spawn_local(async move {
            let all = api::automations::all().await;
            if self.all.is_alive() {
                self.show(Load::from(all).map(Rc::new));
            }
        });
    }

    /// Draws the list anew; the focus stays where it is.
    fn show(self, all: Load<Rc<Vec<Automation>>>) {
        let step = self.step.get_clone_untracked();
        let has_focus = !step.is_empty() && browser::is_there(&format!("{step}:focus"));
        self.all.set(all);
        if has_focus {
            browser::focus(&step);
        }
    }

    /// Makes a change of one; whatever comes of it, the list is as it is on the server afterwards.
    fn change<T: 'static>(self, change: impl Future<Output = Answer<T>> + 'static) {
        spawn_local(async move {
            if let Err(trouble) = change.await {
                self.app.toasts.fail(&trouble);
            }
            if self.all.is_alive() {
                self.load();
            }
        });
    }

    /// Puts one a step further up or down: at once on the page, then on the server.
    fn shift(self, id: &str, by: isize) {
        let Load::Ready(all) = self.all.get_clone_untracked() else { return };
        let Some(order) = moved(&all, id, by) else { return };
        let ids: Vec<String> = order.iter().map(|automation| automation.id.clone()).collect();
        let button = if by < 0 { "up" } else { "down" };
        self.step.set_silent(format!("[data-automation='{id}'] [data-step='{button}']"));
        self.show(Load::Ready(Rc::new(order)));
        self.change(api::automations::reorder(ids));
    }

    fn switch(self, automation: &Automation, enabled: bool) {
        let switched = Automation { enabled, ..automation.clone() };
        self.change(api::automations::update(switched, &["enabled"]));
    }
}

/// The order after one went a step; none where there is no further.
fn moved(all: &[Automation], id: &str, by: isize) -> Option<Vec<Automation>> {
    let at = all.iter().position(|known| known.id == id)?;
    let to = at.checked_add_signed(by).filter(|to| *to < all.len())?;
    let mut order = all.to_vec();
    order.swap(at, to);
    Some(order)
}

fn list(page: Page, all: &[Automation]) -> View {
    if all.is_empty() {
        let (title, text) = (t!("automations-none"), t!("automations-none-text"));
        return view! { div(class="panel") { Empty(icon="bolt", title=title, text=text) } };
    }
    let rows = all.iter().enumerate().map(|(at, automation)| row(page, automation, at, all.len()));
    let rows = View::from(rows.collect::<Vec<_>>());
    view! { ol(class="panel automations", aria-label=t!("automations")) { (rows) } }
}

fn row(page: Page, automation: &Automation, at: usize, count: usize) -> View {
    let id = automation.id.clone();
    let (name, waits, does) = (automation.name.clone(), waits_for(automation), does(automation));
    let (steps, state, menu) =
        (steps(page, automation, at, count), state(automation), menu(page, automation));
    let paused = paused(page, automation);
    view! {
        li(data-automation=id) {
            (steps)
            div(class="grow stack tight") {
                b { (name) }
                p(class="small muted") { (waits) }
                p(class="small muted") { (does) }
                (paused)
            }
            (state)
            (menu)
        }
    }
}

/// The buttons that move it up and down.
fn steps(page: Page, automation: &Automation, at: usize, count: usize) -> View {
    let step = |icon: &'static str, key: &'static str, by: isize, words: String, there_is: bool| {
        let id = automation.id.clone();
        // One that cannot go further stays reachable, so that the focus does not fall off the list.
        let disabled = (!there_is).then_some("true");
        view! {
            Button(kind=Kind::Quiet, icon=icon, aria-label=words, aria-disabled=disabled, data-step=key, on:click=move |_| page.shift(&id, by))
        }
    };
    let name = automation.name.clone();
    let up = step("chevron-up", "up", -1, t!("automation-up", name = name.clone()), at > 0);
    let down = step("chevron-down", "down", 1, t!("automation-down", name = name), at + 1 < count);
    view! { span(class="steps") { (up) (down) } }
}

fn state(automation: &Automation) -> View {
    if !automation.paused_because.is_empty() {
        return view! { Pill(tone="late", icon="alert", label=t!("automation-paused")) };
    }
    if automation.enabled {
        view! { Pill(tone="done", icon="check", label=t!("automation-on")) }
    } else {
        view! { Pill(tone="closed", icon="pause", label=t!("automation-off")) }
    }
}

/// Why it paused itself, and the way to go on.
fn paused(page: Page, automation: &Automation) -> View {
    if automation.paused_because.is_empty() {
        return View::new();
    }
    let (text, again) = (text::sentence(&automation.paused_because), automation.clone());
    view! {
        Notice(tone=Tone::Late, text=text) {
            Button(icon="refresh", label=t!("automation-enable-again"), data-size="small", on:click=move |_| page.switch(&again, true))
        }
    }
}

fn menu(page: Page, automation: &Automation) -> View {
    let (name, automation) = (t!("more-of", name = automation.name.clone()), automation.clone());
    let inside = Draw::from(move || {
        let (edited, seen, switched) = (automation.clone(), automation.clone(), automation.clone());
        let words = if automation.enabled { t!("automation-switch-off") } else { t!("automation-switch-on") };
        view! {
            MenuItem(icon="edit", label=t!("automation-edit"), on:click=move |_| page.editing.set(Some(edited.clone())))
            MenuItem(icon="list", label=t!("automation-runs"), on:click=move |_| page.looking.set(Some(seen.clone())))
            MenuItem(icon="pause", label=words, on:click=move |_| page.switch(&switched, !switched.enabled))
        }
    });
    view! { Popover(inside=inside, button="btn icon-btn", name=name) { Icon(name="dots") } }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::Automation;

    use super::{moved, state};
    use crate::app::drawn;

    #[test]
    fn one_goes_a_step_up_or_down_and_not_over_the_edge() {
        let all = ["a", "b", "c"].map(|id| Automation { id: id.to_owned(), ..Automation::default() });
        let order = |id: &str, by| {
            moved(&all, id, by).map(|order| order.into_iter().map(|known| known.id).collect::<String>())
        };
        assert_eq!((order("b", -1).as_deref(), order("b", 1).as_deref()), (Some("bac"), Some("acb")));
        assert_eq!((order("a", -1), order("c", 1)), (None, None));
    }

    #[test]
    fn one_that_paused_itself_is_not_said_to_be_on() {
        let paused =
            Automation { enabled: true, paused_because: "too many failures".into(), ..Automation::default() };
        let html = drawn(move || state(&paused));
        assert!(html.contains("Paused itself") && !html.contains(">On<"), "{html}");
    }
}
