//! For whom a request is filed: for oneself, unless one may file for others in the department.

use proto::identity::v1::Permission;
use proto::tickets::v1::Ticket;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::sheet::Sheet;
use crate::api;
use crate::app::App;
use crate::pages::crowd::Crowd;
use crate::parts::{ComboField, Form};
use crate::session::Grants;
use crate::text::t;

/// Who asks, and whom it is about; nothing for those who file for themselves only.
#[component(inline_props)]
pub(super) fn Whose(app: App, sheet: Sheet, form: Form) -> View {
    let may = create_selector(move || may(&app.session.me().grants, &sheet.department.get_clone()));
    let crowd = Crowd::new(app);
    name_those_of_the_draft(crowd, sheet);
    let look = move |words: String| crowd.look(words);
    view! {
        (if may.get() {
            view! {
                div(class="pair") {
                    ComboField(name="requester_id", label=t!("field-requester-id"), value=sheet.requester, choices=crowd.found(), form=form, hint=t!("whose-hint"), optional=true, on_words=look)
                    ComboField(name="on_behalf_of_id", label=t!("field-on-behalf-of-id"), value=sheet.behalf, choices=crowd.found(), form=form, hint=t!("behalf-hint"), optional=true, on_words=look)
                }
            }
        } else {
            View::new()
        })
    }
}

/// A draft keeps ids alone.
fn name_those_of_the_draft(crowd: Crowd, sheet: Sheet) {
    create_effect(move || {
        let ids = [sheet.requester, sheet.behalf].map(|id| id.get_clone());
        let is_unknown = |id: &String| {
            !id.is_empty()
                && crowd.found().with_untracked(|found| found.iter().all(|known| known.value != *id))
        };
        let unknown: Vec<String> = ids.into_iter().filter(is_unknown).collect();
        if !unknown.is_empty() {
            spawn_local_scoped(async move {
                let users = api::directory::people_by_id(unknown).await.unwrap_or_default();
                crowd.add(&users);
            });
        }
    });
}

fn may(grants: &Grants, department_id: &str) -> bool {
    !department_id.is_empty() && grants.holds(Permission::TicketCreate, department_id)
}

/// The ticket as its department takes it: where one may not file for others it is one's own, whoever was chosen before.
pub(super) fn settled(grants: &Grants, ticket: Ticket) -> Ticket {
    if may(grants, &ticket.department_id) {
        return ticket;
    }
    Ticket { requester_id: String::new(), on_behalf_of_id: String::new(), ..ticket }
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::{Grant, Permission};
    use proto::tickets::v1::Ticket;

    use super::settled;
    use crate::session::Grants;

    #[test]
    fn whoever_may_not_file_for_others_there_files_for_himself() {
        let grant =
            Grant { department_id: "dep_it".into(), permissions: vec![Permission::TicketCreate.into()] };
        let grants = Grants::from([grant].as_slice());
        let ticket = |department: &str| Ticket {
            department_id: department.to_owned(),
            requester_id: "usr_2".into(),
            on_behalf_of_id: "usr_3".into(),
            ..Ticket::default()
        };
        assert_eq!(settled(&grants, ticket("dep_it")), ticket("dep_it"));
        let own = settled(&grants, ticket("dep_hr"));
        assert!(own.requester_id.is_empty() && own.on_behalf_of_id.is_empty());
    }
}
