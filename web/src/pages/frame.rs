//! The frame around the pages of somebody signed in: a rail for the staff, a bar for requesters, the banner, the way to the main
//! part for those who do not use a mouse.

use sycamore::prelude::*;

use super::account_menu::AccountMenu;
use super::bell::Bell;
use crate::app::App;
use crate::live::Link;
use crate::parts::{Badge, Button, Icon, T};
use crate::routes::{Area, Place};
use crate::text::{self, t};
use crate::{prefs, time};

/// Frame and page.
#[component(inline_props)]
pub(super) fn Frame(area: Area, children: Children) -> View {
    let app = use_context::<App>();
    let staff = app.session.me_now().grants.is_staff();
    let bar = if staff {
        view! { Rail(area=area) }
    } else {
        view! { Top(area=area) }
    };
    let class = if staff { "frame" } else { "column" };
    view! {
        a(class="skip", href="#main") { T(id="skip") }
        Banner(app=app)
        SecondFactorBanner(app=app, area=area)
        div(class=class) {
            (bar)
            main(id="main", class="column", tabindex="-1") { (children) }
        }
    }
}

/// Says that the page is not connected, and what that means.
#[component(inline_props)]
fn Banner(app: App) -> View {
    view! {
        (match app.live.link().get() {
            Link::Offline(since) => {
                let text = t!("offline-banner", time = time::clock(since));
                view! {
                    div(class="app-banner", role="alert") {
                        Icon(name="offline")
                        span { (text) }
                        Button(label=t!("try-now"), on:click=move |_| app.live.try_now())
                    }
                }
            }
            Link::Live | Link::CatchingUp => View::new(),
        })
    }
}

/// Says that a role waits for a second factor, and where to set one up.
#[component(inline_props)]
fn SecondFactorBanner(app: App, area: Area) -> View {
    let needed = create_memo(move || area != Area::Account && app.session.me().needs_second_factor);
    let href = Place::SecondFactor.path();
    view! {
        (if needed.get() {
            let href = href.clone();
            view! {
                div(class="app-banner", role="status") {
                    Icon(name="shield")
                    span { T(id="second-factor-banner") }
                    a(class="btn", href=href) { T(id="second-factor-set-up") }
                }
            }
        } else {
            View::new()
        })
    }
}

/// The rail at the side; at the foot of a phone.
#[component(inline_props)]
fn Rail(area: Area) -> View {
    let app = use_context::<App>();
    let admin = app.session.me_now().grants.is_admin();
    let administration = if admin {
        view! { RailLink(place=Place::Admin, icon="shield", name=t!("nav-admin"), here=matches!(area, Area::Admin | Area::Work)) }
    } else {
        View::new()
    };
    let today = Place::Today.path();
    view! {
        nav(class="rail", aria-label=t!("nav")) {
            a(class="logo", href=today, aria-label=t!("nav-today"), data-tip=t!("nav-today"), data-side="end") { Icon(name="logo", class="icon large") }
            RailLink(place=Place::Desk, icon="inbox", name=t!("nav-desk"), here=area == Area::Desk)
            RailLink(place=Place::Requests, icon="ticket", name=t!("nav-requests"), here=area == Area::Portal)
            ApprovalsLink(app=app, here=area == Area::Team)
            RailLink(place=Place::Help, icon="help", name=t!("nav-help"), here=area == Area::Help)
            (administration)
            span(class="spacer") {}
            Bell(app=app)
            AccountMenu(app=app)
        }
    }
}

#[component(inline_props)]
fn RailLink(place: Place, icon: &'static str, name: String, here: bool) -> View {
    let href = place.path();
    let current = here.then_some("page");
    let tip = name.clone();
    view! {
        a(class="rail-item", href=href, aria-label=name, aria-current=current, data-tip=tip, data-side="end") {
            Icon(name=icon, class="icon large")
        }
    }
}

/// The way to what is asked of one and to the team, with how many approvals wait.
#[component(inline_props)]
fn ApprovalsLink(app: App, here: bool) -> View {
    let waiting = waiting(app);
    let (href, name) = (Place::Approvals.path(), t!("nav-team-all"));
    let current = here.then_some("page");
    let tip = name.clone();
    view! {
        a(class="rail-item", href=href, aria-current=current, data-tip=tip, data-side="end") {
            span(class="vh") { (name) }
            Icon(name="done", class="icon large")
            (count(waiting))
        }
    }
}

/// How many approvals wait for the person's vote.
fn waiting(app: App) -> ReadSignal<i64> {
    let me = app.session.me_now().id.clone();
    create_selector(move || app.approvals.waiting(&me))
}

/// A number to be looked at, and the words that say of what.
fn count(waiting: ReadSignal<i64>) -> View {
    view! {
        (match waiting.get() {
            0 => View::new(),
            count => view! { Badge(count=count, silent=true) span(class="vh") { " " (t!("approvals-waiting", count = count)) } },
        })
    }
}

/// Approvals in the bar of those who only file requests: there while some wait, and on the page of them.
#[component(inline_props)]
fn ApprovalsTab(app: App, area: Area) -> View {
    let waiting = waiting(app);
    let shown = create_selector(move || waiting.get() > 0 || area == Area::Team);
    let href = Place::Approvals.path();
    view! {
        (if shown.get() {
            let href = href.clone();
            view! { a(class="tab", href=href) { Icon(name="done") span(class="word") { T(id="nav-approvals") } (count(waiting)) } }
        } else {
            View::new()
        })
    }
}

/// The bar at the top, for those who only file and follow requests.
#[component(inline_props)]
fn Top(area: Area) -> View {
    let app = use_context::<App>();
    view! {
        header(class="top") {
            a(class="brand", href="/requests") {
                span(class="mark", aria-hidden="true") { Icon(name="logo") }
                span(class="word") { "Ticketmesh" }
            }
            nav(aria-label=t!("nav")) {
                a(class="tab", href="/requests") { Icon(name="ticket") span(class="word") { T(id="nav-requests") } }
                a(class="tab", href="/requests/new") { Icon(name="plus") span(class="word") { T(id="new-request") } }
                ApprovalsTab(app=app, area=area)
                a(class="tab", href="/help") { Icon(name="help") span(class="word") { T(id="nav-help") } }
            }
            span(class="end") {}
            Bell(app=app)
            AccountMenu(app=app)
        }
    }
}

/// The bar at the top for whoever has not signed in: only public pages have it.
#[component(inline_props)]
pub(super) fn OpenFrame(children: Children) -> View {
    view! {
        a(class="skip", href="#main") { T(id="skip") }
        header(class="top") {
            a(class="brand", href="/help") {
                span(class="mark", aria-hidden="true") { Icon(name="logo") }
                span(class="word") { "Ticketmesh" }
            }
            span(class="end") {}
            (languages())
            a(class="btn", href="/sign-in") { T(id="sign-in") }
        }
        main(id="main", class="column", tabindex="-1") { (children) }
    }
}

/// The other languages, each in its own words, for whoever cannot read this one.
pub(super) fn languages() -> View {
    let others = text::LANGUAGES.into_iter().filter(|(tag, _)| *tag != text::tag());
    let buttons = others.map(|(tag, name)| {
        view! { button(class="link-btn", r#type="button", lang=tag, on:click=move |_| prefs::choose_language(tag)) { (name) } }
    });
    View::from(buttons.collect::<Vec<_>>())
}

/// How the page stands with the server, in a word.
#[component]
pub(super) fn LiveMark() -> View {
    let link = use_context::<App>().live.link();
    let key = move || link.get().key();
    view! {
        span(class="live", data-state=key, role="status") {
            i {}
            (t!(&format!("live-{}", link.get().key())))
        }
    }
}
