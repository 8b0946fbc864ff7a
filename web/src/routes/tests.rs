//! Every place has an address and a program.

use super::{Area, Name, Place};

#[expect(clippy::too_many_lines, reason = "a table with a line for each place")]
fn every_place() -> Vec<Place> {
    let id = || "TX-1042".to_owned();
    vec![
        Place::Home,
        Place::SignIn,
        Place::Setup { token: id() },
        Place::Invitation { token: id() },
        Place::SignUp,
        Place::ForgotPassword,
        Place::ResetPassword { token: id() },
        Place::Rate { token: id() },
        Place::Account,
        Place::Profile,
        Place::Password,
        Place::Sessions,
        Place::SecondFactor,
        Place::ApiKeys,
        Place::Requests,
        Place::NewRequest,
        Place::Request { id: id() },
        Place::Desk,
        Place::FormerMacros,
        Place::FormerReports,
        Place::FormerReportsOf { days: "7".to_owned(), department: id() },
        Place::DeskView { view: id() },
        Place::DeskTicket { view: "open".to_owned(), ticket: id() },
        Place::Ticket { id: id() },
        Place::Admin,
        Place::People,
        Place::Person { id: id() },
        Place::Invitations,
        Place::Roles,
        Place::Departments,
        Place::PeopleIn { department: id() },
        Place::Access,
        Place::Protection,
        Place::Providers,
        Place::Provider { key: "+".to_owned() },
        Place::Programs,
        Place::Program { id: id() },
        Place::Audit,
        Place::AuditOf { target: id() },
        Place::Help,
        Place::Article { id: id() },
        Place::Catalogue,
        Place::Category { id: id() },
        Place::Fields,
        Place::Priorities,
        Place::Approvals,
        Place::Decided,
        Place::Team,
        Place::TeamOf { department: id() },
        Place::Reports,
        Place::ReportsOf { days: "7".to_owned(), department: id() },
        Place::Today,
        Place::Macros,
        Place::Queues,
        Place::Levels,
        Place::Automations,
        Place::Workflows,
        Place::Workflow { id: id() },
        Place::Knowledge,
        Place::ArticleEditor { id: id() },
        Place::Transfer,
        Place::Kit,
    ]
}

#[test]
fn every_place_is_found_by_its_address() {
    for place in every_place() {
        assert_eq!(Place::of(&place.path()), place);
    }
}

/// The program of an address by `programs.txt`, which decides what the browser is given.
fn served_by(path: &str) -> &'static str {
    let lines = include_str!("../../programs.txt").lines().filter(|line| !line.starts_with('#'));
    let programs: Vec<Vec<_>> = lines.map(|line| line.split_whitespace().collect()).collect();
    let word = path.split('/').nth(1).unwrap_or_default();
    let has = |program: &&Vec<_>| program[1..].contains(&word);
    programs.iter().find(has).unwrap_or(&programs[0])[0]
}

#[test]
fn the_browser_is_given_the_program_that_has_the_place() {
    for place in every_place() {
        let expected = match place.area().program() {
            Some(Name::Front) | None => "front",
            Some(Name::Desk) => "desk",
            Some(Name::Back) => "back",
            Some(Name::Work) => "work",
            Some(Name::Team) => "team",
        };
        assert_eq!(served_by(&place.path()), expected, "{place:?}");
    }
    assert_eq!(Area::SignIn.program(), None, "whoever is signed out of the desk or the back signs in there");
}

#[test]
fn an_address_of_nothing_is_not_found() {
    assert_eq!(Place::of("/no/such/place"), Place::NotFound);
}
