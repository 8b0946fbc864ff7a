//! The page as a whole: what every part of it shares, and which area is shown.

use std::ops::Deref;

use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;
use sycamore_router::{HistoryIntegration, Router};

use crate::live::Live;
use crate::pages;
use crate::parts::{Asker, Questions, Toaster, Toasts};
use crate::prefs::Prefs;
use crate::program::Program;
use crate::routes::{self, Area, Place};
use crate::session::{Session, State};
use crate::store::approvals::Approvals;
use crate::store::drafts::Drafts;
use crate::store::inbox::Inbox;
use crate::store::people::People;
use crate::store::places::Departments;
use crate::store::tickets::Tickets;
use crate::{browser, keys, text};

/// How often relative times are told anew, in milliseconds.
const TICK: u32 = 20_000;

/// What every part of the page shares. It lives as long as the page, so a handle of it is free to copy.
#[derive(Clone, Copy)]
pub(crate) struct App(&'static Shared);

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        self.0
    }
}

/// The things shared, each a handle of signals.
pub(crate) struct Shared {
    pub(crate) session: Session,
    pub(crate) prefs: Prefs,
    pub(crate) live: Live,
    pub(crate) tickets: Tickets,
    pub(crate) people: People,
    pub(crate) departments: Departments,
    pub(crate) inbox: Inbox,
    pub(crate) approvals: Approvals,
    pub(crate) drafts: Drafts,
    pub(crate) toasts: Toasts,
    pub(crate) questions: Questions,
    /// The time in milliseconds, as fine as relative times need it.
    pub(crate) now: ReadSignal<f64>,
}

impl App {
    /// An app that has asked nobody anything.
    pub(crate) fn new(now: ReadSignal<f64>) -> Self {
        Self(Box::leak(Box::new(Shared {
            session: Session::new(),
            prefs: Prefs::load(),
            live: Live::new(),
            tickets: Tickets::new(),
            people: People::new(),
            departments: Departments::new(),
            inbox: Inbox::new(),
            approvals: Approvals::new(),
            drafts: Drafts::new(),
            toasts: Toasts::new(),
            questions: Questions::new(),
            now,
        })))
    }
}

/// Everything there is to see in a program.
pub(crate) fn root(program: Program) -> View {
    program.begin();
    if let Some(root) = browser::root() {
        root.set_attribute("lang", text::tag()).ok();
    }
    let app = App::new(clock());
    provide_context(app);
    keys::listen();
    browser::when_leaving(move || app.drafts.leave());
    keep_up(app);
    spawn_local_scoped(async move { app.session.find_out().await });
    view! {
        Router(integration=HistoryIntegration::new(), view=move |place: ReadSignal<Place>| view! {
            div(id="app") {
                Shown(app=app, program=program, place=place)
                Asker(app=app)
                Toaster(toasts=app.toasts)
            }
        })
    }
}

/// A signal of the time.
fn clock() -> ReadSignal<f64> {
    let now = create_signal(browser::now());
    spawn_local_scoped(async move {
        loop {
            gloo_timers::future::TimeoutFuture::new(TICK).await;
            now.set(browser::now());
        }
    });
    *now
}

/// While somebody is signed in: the stream, and what every page needs.
fn keep_up(app: App) {
    app.live.listen(move |envelope| {
        app.tickets.hear(envelope);
        app.people.hear(envelope);
        app.departments.hear(envelope);
        app.inbox.hear(envelope);
        app.approvals.hear(&app.session.me_now().id, envelope);
    });
    let somebody = create_selector(move || matches!(app.session.state().get_clone(), State::SignedIn(_)));
    create_effect(move || match app.session.state().get_clone() {
        State::SignedIn(me) => {
            app.people.put(&me.user);
            app.drafts.belong_to(&me.id);
        }
        State::SignedOut { ended: false } => {
            app.drafts.forget();
            app.approvals.forget();
        }
        _ => {}
    });
    create_effect(move || {
        if somebody.get() {
            spawn_local_scoped(async move { app.live.keep(app.session).await });
        }
    });
    create_effect(move || {
        app.live.resets().track();
        if somebody.get() {
            spawn_local_scoped(async move { app.departments.load().await });
            spawn_local_scoped(async move { app.inbox.load().await });
            spawn_local_scoped(async move { app.approvals.load().await });
        }
    });
}

/// The area of the present place; within one, a change of place redraws only what differs.
#[component(inline_props)]
fn Shown(app: App, program: Program, place: ReadSignal<Place>) -> View {
    let area = create_selector(move || allowed(&place.get_clone(), &app.session.state().get_clone()));
    create_effect(move || lead_on(app, &place.get_clone(), &app.session.state().get_clone()));
    view! {
        (match area.get() {
            Shows::Area(Area::SignIn) => view! { pages::SignIn() },
            Shows::Area(Area::Nowhere) => view! { pages::NotFound() },
            Shows::Area(area) => (program.page)(area, place),
            Shows::Nothing => View::new(),
            Shows::Unreachable => view! { pages::Unreachable() },
        })
    }
}

/// What the page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    Area(Area),
    /// On the way somewhere else.
    Nothing,
    /// The server cannot be asked who this is.
    Unreachable,
}

/// What a place shows in a state of the session.
fn allowed(place: &Place, state: &State) -> Shows {
    match (place.area(), state) {
        (Area::SignIn, State::SignedIn(_)) => Shows::Nothing,
        (area @ (Area::SignIn | Area::Door | Area::Kit | Area::Nowhere), _) => Shows::Area(area),
        (_, State::Unreachable(_)) => Shows::Unreachable,
        (Area::Help, State::SignedOut { .. }) => Shows::Area(Area::Help),
        (_, State::Unknown | State::SignedOut { .. }) => Shows::Nothing,
        (Area::Desk, State::SignedIn(me)) if !me.grants.is_staff() => Shows::Area(Area::Nowhere),
        (Area::Admin | Area::Work, State::SignedIn(me)) if !me.grants.is_admin() => {
            Shows::Area(Area::Nowhere)
        }
        (Area::Team, State::SignedIn(me)) if !me.grants.is_staff() && !is_for_everybody(place) => {
            Shows::Area(Area::Nowhere)
        }
        (area, State::SignedIn(_)) => Shows::Area(area),
    }
}

/// Whether a place of the team is one of requesters too: anybody can be asked to approve something.
const fn is_for_everybody(place: &Place) -> bool {
    matches!(place, Place::Approvals | Place::Decided)
}

/// Leads on from places that are none for this person, once what is happening now has settled.
fn lead_on(app: App, place: &Place, state: &State) {
    let Some(mut to) = leads_to(place, state) else {
        return;
    };
    match (place, state) {
        (Place::SignIn, State::SignedIn(_)) => to = app.session.wanted(),
        (_, State::SignedOut { .. }) => app.session.want(place.clone()),
        _ => {}
    }
    while let Some(further) = leads_to(&to, state) {
        to = further;
    }
    sycamore::web::queue_microtask(move || routes::lead_on(&to));
}

/// The place one step further from a place that only leads on.
fn leads_to(place: &Place, state: &State) -> Option<Place> {
    match (place, state) {
        (Place::SignIn, State::SignedIn(_)) => Some(Place::Home),
        (place, State::SignedOut { .. })
            if !matches!(
                place.area(),
                Area::SignIn | Area::Door | Area::Help | Area::Kit | Area::Nowhere
            ) =>
        {
            Some(Place::SignIn)
        }
        (Place::Home, State::SignedIn(me)) if me.grants.is_staff() => Some(Place::Desk),
        (Place::Home, State::SignedIn(_)) => Some(Place::Requests),
        (Place::Ticket { id }, State::SignedIn(me)) if me.grants.is_staff() => {
            Some(Place::DeskTicket { view: "all".to_owned(), ticket: id.clone() })
        }
        (Place::Ticket { id }, State::SignedIn(_)) => Some(Place::Request { id: id.clone() }),
        (Place::FormerMacros, State::SignedIn(_)) => Some(Place::Macros),
        (Place::FormerReports, State::SignedIn(_)) => Some(Place::Reports),
        (Place::FormerReportsOf { days, department }, State::SignedIn(_)) => {
            Some(Place::ReportsOf { days: days.clone(), department: department.clone() })
        }
        (Place::Desk, State::SignedIn(_)) => Some(Place::DeskView { view: "mine".to_owned() }),
        (Place::Account, State::SignedIn(_)) => Some(Place::Profile),
        (Place::Admin, State::SignedIn(me)) => Some(pages::first_of_admin(&me.grants)),
        _ => None,
    }
}

/// Draws something as the page would, on the host and without a browser or a server.
#[cfg(test)]
pub(crate) fn drawn(draw: impl Fn() -> View + 'static) -> String {
    sycamore::render_to_string(move || {
        provide_context(App::new(*create_signal(0.0)));
        draw()
    })
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Shows, allowed, leads_to};
    use crate::routes::{Area, Place};
    use crate::session::{Me, State};

    #[test]
    fn a_requester_sees_the_portal_and_neither_desk_nor_administration() {
        let state = State::SignedIn(Rc::new(Me::default()));
        assert_eq!(allowed(&Place::Requests, &state), Shows::Area(Area::Portal));
        assert_eq!(allowed(&Place::Desk, &state), Shows::Area(Area::Nowhere));
        assert_eq!(allowed(&Place::People, &state), Shows::Area(Area::Nowhere));
        assert_eq!(allowed(&Place::Team, &state), Shows::Area(Area::Nowhere));
        assert_eq!(allowed(&Place::Approvals, &state), Shows::Area(Area::Team), "anybody may be asked");
    }

    #[test]
    fn whoever_is_signed_out_is_led_to_the_door_and_back_to_what_was_wanted() {
        let out = State::SignedOut { ended: true };
        assert_eq!(leads_to(&Place::Requests, &out), Some(Place::SignIn));
        assert_eq!(leads_to(&Place::SignIn, &out), None);
        let requester = State::SignedIn(Rc::new(Me::default()));
        assert_eq!(leads_to(&Place::Home, &requester), Some(Place::Requests));
        let ticket = Place::Ticket { id: "TX-1".to_owned() };
        assert_eq!(leads_to(&ticket, &requester), Some(Place::Request { id: "TX-1".to_owned() }));
    }

    #[test]
    fn links_to_where_reports_and_macros_were_lead_to_where_they_are() {
        let state = State::SignedIn(Rc::new(Me::default()));
        assert_eq!(leads_to(&Place::of("/desk/reports"), &state), Some(Place::Reports));
        assert_eq!(leads_to(&Place::of("/desk/macros"), &state), Some(Place::Macros));
        let led = leads_to(&Place::of("/desk/reports/7/all"), &state);
        assert_eq!(led.map(|place| place.path()), Some("/team/reports/7/all".to_owned()));
    }

    #[test]
    fn what_is_public_is_read_without_a_session() {
        let out = State::SignedOut { ended: false };
        let article = Place::Article { id: "art_1".to_owned() };
        assert_eq!(allowed(&article, &out), Shows::Area(Area::Help));
        assert_eq!(leads_to(&article, &out), None);
        assert_eq!(allowed(&article, &State::Unknown), Shows::Nothing, "the frame depends on who looks");
    }

    #[test]
    fn links_that_open_an_account_work_whoever_is_signed_in() {
        let place = Place::Setup { token: "x".to_owned() };
        assert_eq!(allowed(&place, &State::Unknown), Shows::Area(Area::Door));
        assert_eq!(allowed(&place, &State::SignedOut { ended: false }), Shows::Area(Area::Door));
    }
}
