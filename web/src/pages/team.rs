//! One's own day, and what concerns a team: what one is asked to approve, how much everybody has to do, how it went, and which macros it has.
//!
//! Approvals are asked of anybody, so requesters see that page, in their own frame and without the others beside it.

mod approvals;
mod load;
mod macros;
mod reports;
mod today;

use proto::identity::v1::Permission;
use sycamore::prelude::*;

use super::frame::Frame;
use super::sections::{Section, sections};
use crate::app::App;
use crate::routes::{Area, Place};
use crate::session::Grants;

/// The page of a place of the team.
#[component(inline_props)]
pub(crate) fn Team(place: ReadSignal<Place>) -> View {
    let app = use_context::<App>();
    let page = page(app, place);
    let beside = seen(&app.session.me_now().grants);
    if beside.len() < 2 {
        return view! { Frame(area=Area::Team) { div(class="scroll") { (page) } } };
    }
    let sections = sections("nav-team-all", beside.into_iter(), place);
    view! { Frame(area=Area::Team) { div(class="admin") { (sections) (page) } } }
}

/// Which page a place is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Approvals { decided: bool },
    Team,
    Reports,
    Macros,
    Today,
}

impl Page {
    const fn of(place: &Place) -> Self {
        match place {
            Place::Decided => Self::Approvals { decided: true },
            Place::Team | Place::TeamOf { .. } => Self::Team,
            Place::Reports | Place::ReportsOf { .. } => Self::Reports,
            Place::Macros => Self::Macros,
            Place::Today => Self::Today,
            _ => Self::Approvals { decided: false },
        }
    }
}

/// The page; what changes within it, it follows itself.
fn page(app: App, place: ReadSignal<Place>) -> View {
    let page = create_selector(move || place.with(Page::of));
    view! {
        (match page.get() {
            Page::Approvals { decided } => view! { div(class="scroll") { approvals::Approvals(app=app, decided=decided) } },
            Page::Team => view! { div(class="scroll") { load::TeamBoard(app=app, place=place) } },
            Page::Today => view! { div(class="scroll") { today::Today(app=app) } },
            Page::Macros => view! { div(class="scroll") { macros::Macros(app=app) } },
            Page::Reports => view! { reports::Reports(app=app, place=place) },
        })
    }
}

/// The pages somebody may see.
fn seen(grants: &Grants) -> Vec<Section> {
    let staff = grants.is_staff();
    let reads = grants.anywhere(Permission::ReportRead);
    let all = [
        ((Place::Today, "sun", "nav-today"), staff),
        ((Place::Approvals, "done", "nav-approvals"), true),
        ((Place::Team, "people", "nav-team"), staff),
        ((Place::Reports, "chart", "nav-reports"), staff && reads),
        ((Place::Macros, "bolt", "macros"), staff),
    ];
    all.into_iter().filter(|(_, may)| *may).map(|(section, _)| section).collect()
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::{Grant, Permission};

    use super::seen;
    use crate::session::Grants;

    #[test]
    fn requesters_have_approvals_alone_and_reports_are_for_those_who_may_read_them() {
        let pages = |permissions: &[Permission]| {
            let permissions = permissions.iter().map(|permission| (*permission).into()).collect();
            let grant = Grant { department_id: String::new(), permissions };
            seen(&Grants::from([grant].as_slice())).len()
        };
        assert_eq!(pages(&[]), 1);
        assert_eq!(pages(&[Permission::TicketRead]), 4);
        assert_eq!(pages(&[Permission::TicketRead, Permission::ReportRead]), 5);
    }
}
