//! What tickets are sorted under, to be set on some that are not here yet: department, category, and what that category's form asks.
//!
//! Invariant: only what is entered is set; what is left empty stays as each ticket has it.

use proto::tickets::v1::{Category, Ticket};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::desk::columns;
use crate::pages::filling::{Filling, FormFields};
use crate::parts::{Choice, ComboField, Form, SelectField};
use crate::store::catalogue::{Branch, branches};
use crate::text::t;

/// What is being entered.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Sorting {
    app: App,
    department: Signal<String>,
    filling: Filling,
    categories: Signal<Vec<Choice>>,
}

impl Sorting {
    /// What is set so far, in the present scope.
    pub(in crate::pages) fn of(app: App, ticket: &Ticket) -> Self {
        let sorting = Self {
            app,
            department: create_signal(ticket.department_id.clone()),
            filling: Filling::of_some(ticket.fields.clone()),
            categories: create_signal(Vec::new()),
        };
        sorting.filling.category.set(ticket.category_id.clone());
        if cfg!(target_arch = "wasm32") {
            sorting.filling.follow();
            create_effect(move || sorting.fetch(sorting.department.get_clone()));
        }
        sorting
    }

    /// Fetches the categories of the department, or of all.
    fn fetch(self, department: String) {
        spawn_local_scoped(async move {
            // Without the catalogue everything else can be set all the same.
            let all = api::catalog::categories(department, false).await.unwrap_or_default();
            self.categories.set(choices(&all, |id| self.app.departments.name(id)));
        });
    }

    /// Whether there is a control for a field.
    pub(in crate::pages) fn has(self, path: &str) -> bool {
        matches!(path, "department_id" | "category_id")
            || columns::field(path).is_some_and(|key| self.filling.keys().iter().any(|known| known == key))
    }

    /// Writes what was entered into the ticket and answers the fields that are set, or what is wrong with which.
    pub(in crate::pages) fn read(self, ticket: &mut Ticket) -> Result<Vec<String>, Vec<(String, String)>> {
        let (values, wrong) = self.filling.values();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        ticket.department_id = self.department.get_clone_untracked();
        ticket.category_id = self.filling.category.get_clone_untracked();
        let plain = [("department_id", &ticket.department_id), ("category_id", &ticket.category_id)];
        let set = plain.into_iter().filter(|(_, value)| !value.is_empty()).map(|(path, _)| path.to_owned());
        let mut paths: Vec<String> = set.collect();
        paths.extend(values.keys().map(|key| format!("fields.{key}")));
        for key in self.filling.keys() {
            ticket.fields.remove(&key);
        }
        ticket.fields.extend(values);
        Ok(paths)
    }

    /// The controls.
    pub(in crate::pages) fn fields(self, form: Form) -> View {
        let departments = create_memo(move || {
            let mut options = vec![(String::new(), t!("macro-keeps"))];
            options.extend(self.app.departments.paths());
            options
        });
        let category = self.filling.category;
        view! {
            div(class="pair") {
                SelectField(name="department_id", label=t!("field-department-id"), value=self.department, options=departments, form=form)
                ComboField(name="category_id", label=t!("field-category-id"), value=category, choices=*self.categories, form=form, optional=true)
            }
            FormFields(app=self.app, filling=self.filling, form=form)
        }
    }
}

/// Categories by their whole names, each with its department.
fn choices(all: &[Category], department: impl Fn(&str) -> String) -> Vec<Choice> {
    let choice = |branch: &Branch| Choice {
        value: branch.category.id.clone(),
        label: branch.path.clone(),
        detail: department(&branch.category.department_id),
        ..Choice::default()
    };
    branches(all).iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::field_value::Value;
    use proto::tickets::v1::{Field, FieldType, FieldValue, Ticket};
    use sycamore::prelude::*;

    use super::Sorting;
    use crate::app::App;

    #[test]
    fn only_what_is_entered_is_set() {
        let _root = create_root(|| {
            let app = App::new(*create_signal(0.0));
            let serial = FieldValue { value: Some(Value::Text("S-1".into())) };
            let kept = Ticket {
                category_id: "cat_1".into(),
                fields: [("serial".to_owned(), serial)].into(),
                ..Ticket::default()
            };
            let sorting = Sorting::of(app, &kept);
            let text =
                |key: &str| Field { key: key.to_owned(), r#type: FieldType::Text.into(), ..Field::default() };
            sorting.filling.lay_all(vec![text("serial"), text("room")]);
            let mut ticket = kept.clone();
            assert_eq!(
                sorting.read(&mut ticket),
                Ok(vec!["category_id".to_owned(), "fields.serial".to_owned()])
            );
            assert_eq!(ticket.fields, kept.fields);
            assert!(sorting.has("fields.room") && !sorting.has("fields.floor") && !sorting.has("subject"));
            sorting.filling.write("serial", String::new());
            assert_eq!(sorting.read(&mut ticket), Ok(vec!["category_id".to_owned()]));
            assert!(ticket.fields.is_empty());
        });
    }
}
