//! The rail of views: the standing ones, the saved ones, each with its number; and whether one is there to work.

use proto::identity::v1::Permission;
use proto::tickets::v1::{SharingKind, View as Kept};
use sycamore::prelude::*;

use super::counts::Counts;
use super::name;
use super::presence::PresenceSwitch;
use super::view_form::ViewForm;
use crate::api;
use crate::app::App;
use crate::desk::{Shown, View as DeskView};
use crate::parts::{Button, Icon, Kind, MenuItem, Popover, Question, T};
use crate::routes::Place;
use crate::store::Load;
use crate::store::names::Names;
use crate::store::views::SavedViews;
use crate::text::t;

/// What is being made or changed.
#[derive(Clone, PartialEq)]
enum Editing {
    New,
    Known(Box<Kept>),
}

/// What a line of the rail needs.
#[derive(Clone, Copy)]
struct Rail {
    app: App,
    /// The view on the screen.
    view: ReadSignal<Shown>,
    saved: SavedViews,
    editing: Signal<Option<Editing>>,
}

/// The views with their numbers.
#[component(inline_props)]
pub(super) fn Views(
    app: App,
    view: ReadSignal<Shown>,
    counts: Counts,
    saved: SavedViews,
    names: Names,
) -> View {
    let rail = Rail { app, view, saved, editing: create_signal(None) };
    let elsewhere = elsewhere(app);
    let links =
        View::from(DeskView::ALL.map(|of| standing(rail, of, counts)).into_iter().collect::<Vec<_>>());
    let switch = if app.session.me_now().grants.is_agent() {
        view! { PresenceSwitch(app=app) }
    } else {
        View::new()
    };
    view! {
        nav(class="views", aria-label=t!("views")) {
            h2 { T(id="views") }
            (links)
            div(class="views-head") {
                h2 { T(id="views-saved") }
                Button(kind=Kind::Quiet, icon="plus", aria-label=t!("view-new"), data-size="small", on:click=move |_| rail.editing.set(Some(Editing::New)))
            }
            (kept(rail))
            div(class="foot") {
                (elsewhere)
                (switch)
            }
        }
        (match rail.editing.get_clone() {
            Some(Editing::New) => view! { ViewForm(app=app, saved=saved, names=names, on_close=move |()| rail.editing.set(None)) },
            Some(Editing::Known(known)) => {
                let known = Some(*known);
                view! { ViewForm(app=app, saved=saved, names=names, view=known, on_close=move |()| rail.editing.set(None)) }
            }
            None => View::new(),
        })
    }
}

/// The ways to the team, its macros, and the reports for those who may read any.
fn elsewhere(app: App) -> View {
    let way = |place: &Place, icon: &'static str, words: &'static str| {
        let href = place.path();
        view! { a(class="view", href=href) { Icon(name=icon) span(class="one-line") { T(id=words) } } }
    };
    let mut ways = vec![way(&Place::Team, "people", "nav-team")];
    if app.session.me_now().grants.anywhere(Permission::ReportRead) {
        ways.push(way(&Place::Reports, "chart", "nav-reports"));
    }
    ways.push(way(&Place::Macros, "bolt", "macros"));
    View::from(ways)
}

fn standing(rail: Rail, of: DeskView, counts: Counts) -> View {
    let shown = Shown::Standing(of);
    let href = Place::DeskView { view: of.key().to_owned() }.path();
    let label = name(&shown, rail.saved);
    let current = move || rail.view.with(|view| *view == shown).then_some("page");
    view! {
        a(class="view", href=href, aria-current=current) {
            Icon(name=of.icon())
            span(class="one-line") { (label) }
            span(class="count") { (counts.of(of).map(|count| count.to_string()).unwrap_or_default()) }
        }
    }
}

/// The saved ones, and what to do where there are none.
fn kept(rail: Rail) -> View {
    let views = create_memo(move || match rail.saved.all().get_clone() {
        Load::Ready(all) => all.to_vec(),
        _ => Vec::new(),
    });
    let is_empty = create_selector(move || {
        views.with(Vec::is_empty) && matches!(rail.saved.all().get_clone(), Load::Ready(_))
    });
    view! {
        (if is_empty.get() { view! { p(class="none small faint") { T(id="views-saved-none") } } } else { View::new() })
        Keyed(list=views, key=|view| (view.id.clone(), view.etag.clone()), view=move |view| line(rail, view))
    }
}

fn line(rail: Rail, view: Kept) -> View {
    let href = Place::DeskView { view: view.id.clone() }.path();
    let (shown, id, wrong_id) = (Shown::Saved(view.id.clone()), view.id.clone(), view.id.clone());
    let (label, whole, icon) = (view.name.clone(), view.name.clone(), icon(&view));
    let current = move || rail.view.with(|view| *view == shown).then_some("page");
    let count = move || rail.saved.count(&id).map(|count| count.to_string()).unwrap_or_default();
    let wrong = move || match rail.saved.problem(&wrong_id) {
        Some(problem) => {
            view! { span(class="late", title=problem) { Icon(name="alert") span(class="vh") { T(id="view-wrong") } } }
        }
        None => View::new(),
    };
    let menu = if may_change(rail.app, &view) { menu(rail, view) } else { View::new() };
    view! {
        div(class="view-line") {
            a(class="view", href=href, title=whole, aria-current=current) {
                Icon(name=icon)
                span(class="one-line") { (label) }
                (wrong())
                span(class="count") { (count()) }
            }
            (menu)
        }
    }
}

/// Whose it is: one's own, a department's, everyone's.
fn icon(view: &Kept) -> &'static str {
    match view.sharing.clone().unwrap_or_default().kind() {
        SharingKind::Department => "building",
        SharingKind::Everyone => "people",
        SharingKind::Personal | SharingKind::Unspecified => "star",
    }
}

/// A personal one is its owner's to change; a shared one takes the permission where it is.
fn may_change(app: App, view: &Kept) -> bool {
    let me = app.session.me_now();
    let sharing = view.sharing.clone().unwrap_or_default();
    match sharing.kind() {
        SharingKind::Personal | SharingKind::Unspecified => view.owner_id == me.id,
        _ => me.grants.holds(Permission::ViewShare, &sharing.department_id),
    }
}

fn menu(rail: Rail, view: Kept) -> View {
    let label = t!("view-menu", name = view.name.clone());
    let inside = move || {
        let (known, gone) = (view.clone(), view.clone());
        view! {
            MenuItem(icon="edit", label=t!("view-edit"), on:click=move |_| rail.editing.set(Some(Editing::Known(Box::new(known.clone())))))
            MenuItem(icon="x", label=t!("view-delete"), kind="danger", on:click=move |_| ask_delete(rail, gone.clone()))
        }
    };
    view! { Popover(inside=inside, button="btn view-menu", name=label) { Icon(name="dots") } }
}

fn ask_delete(rail: Rail, view: Kept) {
    let question = Question {
        title: t!("view-delete"),
        text: t!("view-delete-text", name = view.name.clone()),
        deed: t!("view-delete"),
        kind: Kind::Danger,
        ..Question::default()
    };
    let id = view.id;
    rail.app.questions.ask(question, move |_| {
        let id = id.clone();
        async move {
            api::views::delete(id.clone()).await?;
            rail.saved.remove(&id);
            Ok(())
        }
    });
}
