//! The map: which address shows which page, and which program has it.
//!
//! A new page is a line in [`Place`], in `path` and in `area`; nothing else knows addresses. Where it belongs:
//!
//! | area | addresses | page | texts |
//! |---|---|---|---|
//! | portal: filing, own requests, rating | `/requests/…` | `pages/portal` | `portal.ftl` |
//! | knowledge, as it is read | `/help/…` | `pages/help` | `help.ftl` |
//! | desk: views, search, bulk, using macros, merging, files | `/desk/…` | `pages/desk` | `desk.ftl`; with the portal `ticket.ftl` |
//! | team: one's day, approvals, load, reports, keeping macros | `/team/…` | `pages/team` | a file for each |
//! | account | `/account/…` | `pages/account` | `account.ftl` |
//! | administration, form builder and knowledge editor too | `/admin/…` | `pages/admin` | a file for each subject |
//!
//! The address decides which program is loaded (`programs.txt`), so a page of the back lies below a word of the back's.

use sycamore_router::Route;

use crate::browser;
use crate::program::{self, Name};

/// A place in the UI. State that a link should carry is part of the path, never of a query.
#[derive(Route, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    #[to("/")]
    Home,
    #[to("/sign-in")]
    SignIn,
    #[to("/setup/<token>")]
    Setup { token: String },
    #[to("/invitation/<token>")]
    Invitation { token: String },
    #[to("/sign-up")]
    SignUp,
    #[to("/forgot-password")]
    ForgotPassword,
    #[to("/reset/<token>")]
    ResetPassword { token: String },
    /// The link of a letter; it works without a session, once.
    #[to("/rate/<token>")]
    Rate { token: String },
    #[to("/account")]
    Account,
    #[to("/account/profile")]
    Profile,
    #[to("/account/password")]
    Password,
    #[to("/account/sessions")]
    Sessions,
    #[to("/account/second-factor")]
    SecondFactor,
    #[to("/account/keys")]
    ApiKeys,
    #[to("/requests")]
    Requests,
    #[to("/requests/new")]
    NewRequest,
    #[to("/requests/<id>")]
    Request { id: String },
    /// The knowledge base; what is public there needs no session.
    #[to("/help")]
    Help,
    #[to("/help/<id>")]
    Article { id: String },
    #[to("/desk")]
    Desk,
    /// Where macros were once; leads on.
    #[to("/desk/macros")]
    FormerMacros,
    /// Where reports were once; leads on.
    #[to("/desk/reports")]
    FormerReports,
    #[to("/desk/reports/<days>/<department>")]
    FormerReportsOf { days: String, department: String },
    #[to("/desk/<view>")]
    DeskView { view: String },
    #[to("/desk/<view>/<ticket>")]
    DeskTicket { view: String, ticket: String },
    /// A ticket by id or number alone, for links in mails and notifications; leads on by what the person may see.
    #[to("/tickets/<id>")]
    Ticket { id: String },
    #[to("/admin")]
    Admin,
    #[to("/admin/people")]
    People,
    #[to("/admin/people/<id>")]
    Person { id: String },
    #[to("/admin/invitations")]
    Invitations,
    #[to("/admin/roles")]
    Roles,
    #[to("/admin/departments")]
    Departments,
    #[to("/admin/departments/<department>/people")]
    PeopleIn { department: String },
    #[to("/admin/access")]
    Access,
    #[to("/admin/protection")]
    Protection,
    #[to("/admin/sso")]
    Providers,
    /// `+` in place of a key makes a new one.
    #[to("/admin/sso/<key>")]
    Provider { key: String },
    #[to("/admin/service-accounts")]
    Programs,
    #[to("/admin/service-accounts/<id>")]
    Program { id: String },
    #[to("/admin/audit")]
    Audit,
    /// The lines on one person or thing.
    #[to("/admin/audit/<target>")]
    AuditOf { target: String },
    /// Every category of every department.
    #[to("/admin/catalogue")]
    Catalogue,
    /// One category with its form.
    #[to("/admin/catalogue/<id>")]
    Category { id: String },
    #[to("/admin/fields")]
    Fields,
    #[to("/admin/priorities")]
    Priorities,
    /// What one is asked to approve.
    #[to("/team/approvals")]
    Approvals,
    /// What one was asked for and is decided.
    #[to("/team/approvals/decided")]
    Decided,
    /// The agents of every department one may see, with what they have to do.
    #[to("/team/load")]
    Team,
    /// Those of one department.
    #[to("/team/load/<department>")]
    TeamOf { department: String },
    /// The last thirty days of every department.
    #[to("/team/reports")]
    Reports,
    /// So many days (`7`), and one department or `all`.
    #[to("/team/reports/<days>/<department>")]
    ReportsOf { days: String, department: String },
    /// One's own day.
    #[to("/team/today")]
    Today,
    /// What is kept ready for use on tickets.
    #[to("/team/macros")]
    Macros,
    #[to("/work/queues")]
    Queues,
    #[to("/work/service-levels")]
    Levels,
    /// What happens by itself.
    #[to("/work/automations")]
    Automations,
    #[to("/work/workflows")]
    Workflows,
    /// One workflow as it is drawn.
    #[to("/work/workflows/<id>")]
    Workflow { id: String },
    #[to("/admin/knowledge")]
    Knowledge,
    #[to("/admin/knowledge/<id>")]
    ArticleEditor { id: String },
    /// Tickets in from other systems, and out as files.
    #[to("/admin/transfer")]
    Transfer,
    #[to("/kit")]
    Kit,
    #[not_found]
    NotFound,
}

/// The parts of the UI: within one, a change of place keeps the frame and what is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// Signing in, wherever one was signed out.
    SignIn,
    /// What else needs no session: sign up, set up, invitations, forgotten passwords, rating by a link.
    Door,
    /// One's own account.
    Account,
    Portal,
    /// The knowledge base, for whoever comes.
    Help,
    Desk,
    Admin,
    /// The part of the administration that says how work goes.
    Work,
    /// What is asked of one, and how everybody is doing: approvals, load, reports.
    Team,
    Kit,
    Nowhere,
}

impl Area {
    /// The program that has the area; none where all do.
    pub(crate) const fn program(self) -> Option<Name> {
        match self {
            Self::Door | Self::Portal | Self::Help | Self::Account => Some(Name::Front),
            Self::Desk => Some(Name::Desk),
            Self::Admin => Some(Name::Back),
            Self::Work => Some(Name::Work),
            // The pattern book has parts of all of them, and there is room.
            Self::Team | Self::Kit => Some(Name::Team),
            Self::SignIn | Self::Nowhere => None,
        }
    }
}

impl Place {
    /// The place at an address.
    pub(crate) fn of(path: &str) -> Self {
        Self::default().match_path(path)
    }

    /// The address of the place.
    #[expect(clippy::too_many_lines, reason = "a table with a line for each place")]
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Home | Self::NotFound => "/".to_owned(),
            Self::SignIn => "/sign-in".to_owned(),
            Self::Setup { token } => format!("/setup/{token}"),
            Self::Invitation { token } => format!("/invitation/{token}"),
            Self::SignUp => "/sign-up".to_owned(),
            Self::ForgotPassword => "/forgot-password".to_owned(),
            Self::ResetPassword { token } => format!("/reset/{token}"),
            Self::Rate { token } => format!("/rate/{token}"),
            Self::Account => "/account".to_owned(),
            Self::Profile => "/account/profile".to_owned(),
            Self::Password => "/account/password".to_owned(),
            Self::Sessions => "/account/sessions".to_owned(),
            Self::SecondFactor => "/account/second-factor".to_owned(),
            Self::ApiKeys => "/account/keys".to_owned(),
            Self::Requests => "/requests".to_owned(),
            Self::NewRequest => "/requests/new".to_owned(),
            Self::Request { id } => format!("/requests/{id}"),
            Self::Help => "/help".to_owned(),
            Self::Article { id } => format!("/help/{id}"),
            Self::Desk => "/desk".to_owned(),
            Self::FormerMacros => "/desk/macros".to_owned(),
            Self::FormerReports => "/desk/reports".to_owned(),
            Self::FormerReportsOf { days, department } => format!("/desk/reports/{days}/{department}"),
            Self::DeskView { view } => format!("/desk/{view}"),
            Self::DeskTicket { view, ticket } => format!("/desk/{view}/{ticket}"),
            Self::Ticket { id } => format!("/tickets/{id}"),
            Self::Admin => "/admin".to_owned(),
            Self::People => "/admin/people".to_owned(),
            Self::Person { id } => format!("/admin/people/{id}"),
            Self::Invitations => "/admin/invitations".to_owned(),
            Self::Roles => "/admin/roles".to_owned(),
            Self::Departments => "/admin/departments".to_owned(),
            Self::PeopleIn { department } => format!("/admin/departments/{department}/people"),
            Self::Access => "/admin/access".to_owned(),
            Self::Protection => "/admin/protection".to_owned(),
            Self::Providers => "/admin/sso".to_owned(),
            Self::Provider { key } => format!("/admin/sso/{key}"),
            Self::Programs => "/admin/service-accounts".to_owned(),
            Self::Program { id } => format!("/admin/service-accounts/{id}"),
            Self::Audit => "/admin/audit".to_owned(),
            Self::AuditOf { target } => format!("/admin/audit/{target}"),
            Self::Catalogue => "/admin/catalogue".to_owned(),
            Self::Category { id } => format!("/admin/catalogue/{id}"),
            Self::Fields => "/admin/fields".to_owned(),
            Self::Priorities => "/admin/priorities".to_owned(),
            Self::Approvals => "/team/approvals".to_owned(),
            Self::Decided => "/team/approvals/decided".to_owned(),
            Self::Team => "/team/load".to_owned(),
            Self::TeamOf { department } => format!("/team/load/{department}"),
            Self::Reports => "/team/reports".to_owned(),
            Self::ReportsOf { days, department } => format!("/team/reports/{days}/{department}"),
            Self::Today => "/team/today".to_owned(),
            Self::Macros => "/team/macros".to_owned(),
            Self::Queues => "/work/queues".to_owned(),
            Self::Levels => "/work/service-levels".to_owned(),
            Self::Automations => "/work/automations".to_owned(),
            Self::Workflows => "/work/workflows".to_owned(),
            Self::Workflow { id } => format!("/work/workflows/{id}"),
            Self::Knowledge => "/admin/knowledge".to_owned(),
            Self::ArticleEditor { id } => format!("/admin/knowledge/{id}"),
            Self::Transfer => "/admin/transfer".to_owned(),
            Self::Kit => "/kit".to_owned(),
        }
    }

    /// The part of the UI it belongs to.
    #[expect(clippy::too_many_lines, reason = "a table with a line for each place")]
    pub(crate) const fn area(&self) -> Area {
        match self {
            Self::SignIn => Area::SignIn,
            Self::Setup { .. }
            | Self::Invitation { .. }
            | Self::SignUp
            | Self::ForgotPassword
            | Self::ResetPassword { .. }
            | Self::Rate { .. } => Area::Door,
            Self::Account
            | Self::Profile
            | Self::Password
            | Self::Sessions
            | Self::SecondFactor
            | Self::ApiKeys => Area::Account,
            Self::Home | Self::Ticket { .. } | Self::Requests | Self::NewRequest | Self::Request { .. } => {
                Area::Portal
            }
            Self::Help | Self::Article { .. } => Area::Help,
            Self::Desk
            | Self::FormerMacros
            | Self::FormerReports
            | Self::FormerReportsOf { .. }
            | Self::DeskView { .. }
            | Self::DeskTicket { .. } => Area::Desk,
            Self::Admin
            | Self::People
            | Self::Person { .. }
            | Self::Invitations
            | Self::Roles
            | Self::Departments
            | Self::PeopleIn { .. }
            | Self::Access
            | Self::Protection
            | Self::Providers
            | Self::Provider { .. }
            | Self::Programs
            | Self::Program { .. }
            | Self::Audit
            | Self::AuditOf { .. }
            | Self::Catalogue
            | Self::Category { .. }
            | Self::Fields
            | Self::Priorities
            | Self::Knowledge
            | Self::ArticleEditor { .. }
            | Self::Transfer => Area::Admin,
            Self::Queues | Self::Levels | Self::Automations | Self::Workflows | Self::Workflow { .. } => {
                Area::Work
            }
            Self::Approvals
            | Self::Decided
            | Self::Team
            | Self::TeamOf { .. }
            | Self::Reports
            | Self::ReportsOf { .. }
            | Self::Today
            | Self::Macros => Area::Team,
            Self::Kit => Area::Kit,
            Self::NotFound => Area::Nowhere,
        }
    }
}

/// Goes there, as a link would.
pub(crate) fn go(place: &Place) {
    if program::leads_out(place) {
        browser::visit(&place.path());
    } else {
        sycamore_router::navigate(&place.path());
    }
}

/// Goes there in place of the present entry of the history, for places that only lead on.
pub(crate) fn lead_on(place: &Place) {
    if program::leads_out(place) {
        browser::visit_instead(&place.path());
    } else {
        sycamore_router::navigate_replace(&place.path());
    }
}

#[cfg(test)]
mod tests;
