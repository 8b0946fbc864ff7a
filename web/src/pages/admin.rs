//! The administration: who is there, what they may do, how they come in, and what was done.

mod access;
mod account;
mod agent_form;
mod agent_limits;
mod article;
mod article_draft;
mod article_side;
mod article_versions;
mod articles;
mod assignments;
mod audit;
mod audit_line;
mod automations;
mod blocks;
mod catalogue;
mod category;
mod category_form;
mod departments;
mod export;
mod field_form;
mod field_options;
mod field_words;
mod fields;
mod flow;
mod flows;
mod invitations;
mod invite;
mod keys;
mod level_calendar;
mod level_policy;
mod level_targets;
mod levels;
mod mappings;
mod matrix;
mod parts;
mod people;
mod person;
mod priorities;
mod profile;
mod programs;
mod protection;
mod queue_form;
mod queue_lines;
mod queues;
mod role_form;
mod roles;
mod rule_words;
mod sessions;
mod sso;
mod sso_form;
mod sso_trial;
mod templates;
mod transfer;
mod waiting;

use proto::identity::v1::Permission;
use sycamore::prelude::*;

use super::frame::Frame;
use super::sections::{Section, sections};
use crate::app::App;
use crate::routes::{Area, Place};
use crate::session::Grants;

/// The page of a place in the administration.
#[component(inline_props)]
pub(crate) fn Admin(place: ReadSignal<Place>) -> View {
    framed(Area::Admin, place, page(place))
}

/// The page of a place where it is said how work goes; it is a section of the administration in a program of its own.
#[component(inline_props)]
pub(crate) fn Work(place: ReadSignal<Place>) -> View {
    let page = view! {
        (match place.get_clone() {
            Place::Levels => view! { levels::Levels() },
            Place::Automations => view! { automations::Automations() },
            Place::Workflows => view! { flows::Workflows() },
            Place::Workflow { id } => view! { flow::WorkflowPage(id=id) },
            _ => view! { queues::Queues() },
        })
    };
    framed(Area::Work, place, page)
}

fn framed(area: Area, place: ReadSignal<Place>, page: View) -> View {
    let sections = sections("nav-admin", seen(use_context::<App>()), place);
    view! {
        Frame(area=area) {
            div(class="admin") {
                (sections)
                div(class="scroll") { (page) }
            }
        }
    }
}

fn page(place: ReadSignal<Place>) -> View {
    view! {
        (match place.get_clone() {
            Place::Invitations => view! { invitations::Invitations() },
            Place::Roles => view! { roles::Roles() },
            Place::Departments => view! { departments::Departments() },
            Place::Person { id } | Place::Program { id } => view! { person::PersonPage(id=id) },
            Place::PeopleIn { department } => view! { people::People(department=department) },
            Place::Access => view! { access::Access() },
            Place::Protection => view! { protection::Protection() },
            Place::Providers => view! { sso::Providers() },
            Place::Provider { key } => view! { sso_form::ProviderPage(key=key) },
            Place::Programs => view! { programs::Programs() },
            Place::Catalogue => view! { catalogue::Catalogue() },
            Place::Category { id } => view! { category::CategoryPage(id=id) },
            Place::Fields => view! { fields::Fields() },
            Place::Priorities => view! { priorities::Priorities() },
            Place::Knowledge => view! { articles::Articles() },
            Place::ArticleEditor { id } => view! { article::ArticleEditor(id=id) },
            Place::Transfer => view! { transfer::Transfer() },
            Place::Audit => view! { audit::Audit(target=String::new()) },
            Place::AuditOf { target } => view! { audit::Audit(target=target) },
            _ => view! { people::People(department=String::new()) },
        })
    }
}

/// The pages of the administration, each with what one must hold any of to see it.
const SECTIONS: [(Section, &[Permission]); 18] = [
    ((Place::People, "people", "people"), &[Permission::UserRead]),
    ((Place::Invitations, "mail", "invitations"), &[Permission::UserRead]),
    ((Place::Roles, "shield", "roles"), &[Permission::UserRead]),
    ((Place::Departments, "building", "departments"), &[Permission::UserRead, Permission::SecurityManage]),
    ((Place::Catalogue, "ticket", "catalogue"), &[Permission::CatalogManage]),
    ((Place::Fields, "edit", "fields"), &[Permission::CatalogManage]),
    ((Place::Priorities, "priority-high", "priorities"), &[Permission::CatalogManage]),
    ((Place::Queues, "route", "queues"), &[Permission::RoutingManage]),
    ((Place::Workflows, "flow", "flows"), &[Permission::WorkflowEdit, Permission::WorkflowPublish]),
    ((Place::Levels, "clock", "levels"), &[Permission::SlaManage]),
    ((Place::Automations, "bolt", "automations"), &[Permission::AutomationManage]),
    ((Place::Knowledge, "help", "knowledge"), &[Permission::KnowledgeEdit]),
    ((Place::Transfer, "download", "transfer"), &[Permission::TicketBulk, Permission::TicketExport]),
    ((Place::Access, "key", "access"), &[Permission::SecurityManage]),
    ((Place::Protection, "lock", "protection"), &[Permission::SecurityManage]),
    ((Place::Providers, "link", "sso"), &[Permission::SecurityManage]),
    ((Place::Programs, "terminal", "programs"), &[Permission::SecurityManage]),
    ((Place::Audit, "list", "audit"), &[Permission::AuditRead]),
];

/// Those somebody may see.
fn allowed(grants: &Grants) -> impl Iterator<Item = Section> {
    let may = |any: &[Permission]| any.iter().any(|permission| grants.anywhere(*permission));
    SECTIONS.into_iter().filter(move |(_, any)| may(any)).map(|(section, _)| section)
}

fn seen(app: App) -> impl Iterator<Item = Section> {
    allowed(&app.session.me_now().grants).collect::<Vec<_>>().into_iter()
}

/// The first page of the administration somebody may see.
pub(crate) fn first_of_admin(grants: &Grants) -> Place {
    allowed(grants).next().map_or(Place::Departments, |(place, ..)| place)
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::{Grant, Permission};

    use super::{SECTIONS, first_of_admin};
    use crate::routes::Place;
    use crate::session::Grants;
    use crate::text::{BACK, SHARED};

    #[test]
    fn each_page_is_called_something_in_both_programs_that_list_it() {
        // The work says what the back says, and more.
        let said: String = SHARED.iter().chain(BACK).map(|area| area[0]).collect();
        for ((_, _, name), _) in SECTIONS {
            assert!(said.contains(&format!("\n{name} = ")), "{name}");
        }
    }

    #[test]
    fn whoever_may_only_read_the_audit_log_comes_to_it_at_once() {
        let holds = |permission: Permission| {
            let grant = Grant { department_id: String::new(), permissions: vec![permission.into()] };
            first_of_admin(&Grants::from([grant].as_slice()))
        };
        assert_eq!(holds(Permission::AuditRead), Place::Audit);
        assert_eq!(holds(Permission::UserRead), Place::People);
        assert_eq!(holds(Permission::SecurityManage), Place::Departments);
    }
}
