//! What the pages of the administration share: heads, panels, facts, the words for accounts and roles.

use std::rc::Rc;

use prost_types::Timestamp;
use proto::identity::v1::{Role, UserStatus};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Button, CopyField, Form, Icon, Kind, Notice, Pill, T, TimeAgo, Tone};
use crate::routes::Place;
use crate::text::t;

/// The head of a page: what it is, what it is for, and the one thing to do.
pub(super) fn head(words: &str, text: &str, deed: View) -> View {
    let (name, text) = (t!(words), t!(text));
    title(&name);
    view! { header(class="page-head") { div { h1 { (name) } p(class="muted") { (text) } } (deed) } }
}

/// The button of a head, for whoever may press it.
pub(super) fn deed(may: bool, icon: &'static str, words: &str, press: impl Fn() + 'static) -> View {
    if !may {
        return View::new();
    }
    let label = t!(words);
    view! { Button(kind=Kind::Primary, icon=icon, label=label, on:click=move |_| press()) }
}

/// A panel with a name, and what is to be done there at its end.
pub(super) fn panel(words: &str, deeds: View, body: View) -> View {
    let name = t!(words);
    let label = name.clone();
    view! {
        section(class="panel", aria-label=label) {
            header { h2(class="grow") { (name) } (deeds) }
            (body)
        }
    }
}

/// The way back to the list a page belongs to.
pub(super) fn way_back(to: &Place, words: &str) -> View {
    let (href, words) = (to.path(), t!(words));
    view! { a(class="line small", href=href) { Icon(name="arrow-left") (words) } }
}

/// Facts by the ids of their names.
pub(super) fn facts(facts: Vec<(&str, View)>) -> View {
    let facts = facts.into_iter().map(|(words, fact)| {
        let words = t!(words);
        view! { div(class="prop") { dt { (words) } dd { (fact) } } }
    });
    let facts = View::from(facts.collect::<Vec<_>>());
    view! { dl(class="body props") { (facts) } }
}

/// A fact in words; says so where there is none.
pub(super) fn fact(text: impl Into<String>) -> View {
    let text: String = text.into();
    if text.is_empty() {
        return view! { span(class="faint") { T(id="nothing") } };
    }
    view! { (text) }
}

/// When something was; never is said in words.
pub(super) fn when(time: Option<Timestamp>) -> View {
    if time.is_none() {
        return view! { span(class="faint") { T(id="never") } };
    }
    view! { TimeAgo(time=time, stop=true) }
}

/// A link or key that is shown this once, to be copied.
pub(super) fn shown_once(words: &str, text: &str, secret: String) -> View {
    let (label, text) = (t!(words), t!(text));
    view! {
        p(class="muted small") { (text) }
        CopyField(label=label, value=secret)
    }
}

/// All roles, as soon as they are here.
pub(super) fn known_roles() -> Signal<Rc<Vec<Role>>> {
    let roles = create_signal(Rc::default());
    spawn_local_scoped(async move {
        roles.set(Rc::new(api::directory::roles().await.unwrap_or_default()));
    });
    roles
}

/// The name of a role; blank while unknown.
pub(super) fn role_name(roles: Signal<Rc<Vec<Role>>>, id: &str) -> String {
    roles.with(|roles| {
        roles.iter().find(|role| role.id == id).map(|role| role.display_name.clone()).unwrap_or_default()
    })
}

/// A role and where it holds.
pub(super) fn role_tag(
    app: App,
    roles: Signal<Rc<Vec<Role>>>,
    role_id: String,
    department_id: String,
    take: View,
) -> View {
    view! {
        span(class="tag") {
            (role_name(roles, &role_id))
            span(class="where") { (place_name(app, &department_id)) }
            (take)
        }
    }
}

/// Where a role holds, in words.
pub(super) fn place_name(app: App, department_id: &str) -> String {
    if department_id.is_empty() { t!("everywhere") } else { app.departments.name(department_id) }
}

/// Roles to choose from; `first` is what is chosen when none is.
pub(super) fn role_options(roles: &[Role], first: &str) -> Vec<(String, String)> {
    let first = (String::new(), t!(first));
    std::iter::once(first)
        .chain(roles.iter().map(|role| (role.id.clone(), role.display_name.clone())))
        .collect()
}

/// Departments to choose from; `first` is what is chosen when none is.
pub(super) fn department_options(app: App, first: &str) -> Vec<(String, String)> {
    let first = (String::new(), t!(first));
    std::iter::once(first).chain(app.departments.paths()).collect()
}

/// The status of an account, with icon and word.
pub(super) fn status_pill(status: UserStatus) -> View {
    let (tone, icon, words) = match status {
        UserStatus::Active | UserStatus::Unspecified => ("done", "done", "user-status-active"),
        UserStatus::Pending => ("new", "clock", "user-status-pending"),
        UserStatus::Suspended => ("wait", "pause", "user-status-suspended"),
        UserStatus::Deactivated => ("closed", "rejected", "user-status-deactivated"),
    };
    view! { Pill(tone=tone, icon=icon, label=t!(words)) }
}

/// What is wrong with a form and stands beside no field of these.
pub(super) fn elsewhere(form: Form, placed: &'static [&'static str]) -> View {
    view! {
        (match form.unplaced(|path| placed.iter().any(|field| path.ends_with(field))) {
            Some(sentence) => view! { Notice(tone=Tone::Late, text=sentence) },
            None => View::new(),
        })
    }
}

/// The order after one went a step up or down; none where there is no further.
pub(super) fn moved(ids: &[String], id: &str, by: isize) -> Option<Vec<String>> {
    let at = ids.iter().position(|known| known == id)?;
    let to = at.checked_add_signed(by).filter(|to| *to < ids.len())?;
    let mut order = ids.to_vec();
    order.swap(at, to);
    Some(order)
}

/// A list as it is typed, one a line; blank lines and spaces around do not count.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{lines, moved};

    #[test]
    fn a_member_of_an_order_goes_a_step_up_or_down_and_not_over_the_edge() {
        let ids = ["a", "b", "c"].map(str::to_owned);
        let order = |by| moved(&ids, "b", by).map(|order| order.concat());
        assert_eq!((order(-1).as_deref(), order(1).as_deref()), (Some("bac"), Some("acb")));
        assert_eq!((moved(&ids, "a", -1), moved(&ids, "c", 1)), (None, None));
    }

    #[test]
    fn a_list_is_typed_one_a_line() {
        assert_eq!(lines(" example.org \n\n example.com"), ["example.org", "example.com"]);
        assert!(lines(" \n").is_empty());
    }
}
