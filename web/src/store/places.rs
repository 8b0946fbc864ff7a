//! Departments: few, needed everywhere, so all of them are loaded once and kept fresh by events.

use std::rc::Rc;

use proto::events::v1::Envelope;
use proto::events::v1::envelope::Event;
use proto::identity::v1::Department;
use sycamore::prelude::*;

use crate::api;

/// All departments that are not archived, parents before children.
#[derive(Clone, Copy)]
pub(crate) struct Departments {
    all: Signal<Rc<Vec<Department>>>,
    loaded: Signal<bool>,
}

impl Departments {
    pub(crate) fn new() -> Self {
        Self { all: create_signal(Rc::default()), loaded: create_signal(false) }
    }

    /// Asks for all of them; without an answer what was known stays.
    pub(crate) async fn load(self) {
        if let Ok(departments) = api::directory::departments(false).await {
            self.all.set(Rc::new(departments));
            self.loaded.set(true);
        }
    }

    /// Whether there is none at all, once that is known.
    pub(crate) fn are_none(self) -> bool {
        self.loaded.get() && self.all.with(|all| all.is_empty())
    }

    /// The name of a department; blank while unknown. Follows changes when read in an effect.
    pub(crate) fn name(self, id: &str) -> String {
        self.all.with(|all| {
            all.iter()
                .find(|found| found.id == id)
                .map(|found| found.display_name.clone())
                .unwrap_or_default()
        })
    }

    /// The departments by their whole name, `IT › Network`, in order.
    pub(crate) fn paths(self) -> Vec<(String, String)> {
        self.all.with(|all| paths(all))
    }

    /// Takes what an event says of a department, if it says anything.
    pub(crate) fn hear(self, envelope: &Envelope) {
        if let Some(Event::IdentityDepartmentChanged(changed)) = envelope.event.as_ref()
            && let Some(department) = &changed.department
        {
            let mut all: Vec<Department> = self.all.with_untracked(|all| all.to_vec());
            all.retain(|known| known.id != department.id);
            if department.archive_time.is_none() {
                all.push(department.clone());
            }
            self.all.set(Rc::new(all));
        }
    }
}

fn paths(all: &[Department]) -> Vec<(String, String)> {
    let mut paths: Vec<_> =
        all.iter().map(|department| (department.id.clone(), path(all, department))).collect();
    paths.sort_by_key(|(_, path)| path.to_lowercase());
    paths
}

/// At most sixteen levels, as the contract says; a circle would end there.
fn path(all: &[Department], department: &Department) -> String {
    let mut names = vec![department.display_name.as_str()];
    let mut parent_id = department.parent_id.as_str();
    while names.len() < 16
        && let Some(parent) = all.iter().find(|found| found.id == parent_id)
    {
        names.push(&parent.display_name);
        parent_id = &parent.parent_id;
    }
    names.reverse();
    names.join(" › ")
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::Department;

    use super::paths;

    #[test]
    fn departments_are_named_with_those_above_them_in_order() {
        let department = |id: &str, name: &str, parent: &str| Department {
            id: id.to_owned(),
            display_name: name.to_owned(),
            parent_id: parent.to_owned(),
            ..Department::default()
        };
        let all =
            [department("1", "IT", ""), department("2", "Network", "1"), department("3", "Finance", "")];
        let names: Vec<String> = paths(&all).into_iter().map(|(_, path)| path).collect();
        assert_eq!(names, ["Finance", "IT", "IT › Network"]);
    }
}
