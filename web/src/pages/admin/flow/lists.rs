//! What fields of the panel offer: roles, queues, fields of forms, categories, people. Asked for once a page; what one may not see is not
//! offered, and what is written already stays.

use futures::join;
use proto::tickets::v1::Field;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::words::Words;
use crate::api;
use crate::app::App;
use crate::pages::filling::everybody;
use crate::parts::Choice;
use crate::store::catalogue::branches;

/// The lists, as they come in.
#[derive(Clone, Copy)]
pub(super) struct Lists {
    pub(super) roles: Signal<Vec<Words>>,
    pub(super) queues: Signal<Vec<Words>>,
    pub(super) fields: Signal<Vec<Field>>,
    pub(super) categories: Signal<Vec<Words>>,
    pub(super) people: Signal<Vec<Choice>>,
}

impl Lists {
    pub(super) fn load(app: App) -> Self {
        let lists = Self {
            roles: create_signal(Vec::new()),
            queues: create_signal(Vec::new()),
            fields: create_signal(Vec::new()),
            categories: create_signal(Vec::new()),
            people: create_signal(Vec::new()),
        };
        spawn_local_scoped(async move { lists.fetch(app).await });
        lists
    }

    async fn fetch(self, app: App) {
        let (roles, queues, fields, categories, people) = join!(
            api::directory::roles(),
            api::runs::queues(),
            api::catalog::fields(false),
            api::catalog::categories(String::new(), false),
            everybody(app),
        );
        let roles = roles.unwrap_or_default().into_iter();
        self.roles.set(roles.map(|role| (role.id, role.display_name)).collect());
        let queues = queues.unwrap_or_default().into_iter();
        self.queues.set(queues.map(|queue| (queue.id, queue.name)).collect());
        self.fields.set(fields.unwrap_or_default());
        let tree = branches(&categories.unwrap_or_default());
        self.categories
            .set(tree.into_iter().map(|branch| (branch.category.id.clone(), branch.path)).collect());
        self.people.set(people);
    }

    /// The fields that are not among some, to choose from.
    pub(super) fn other_fields(self, but: &[String]) -> Vec<Choice> {
        let fields = self.fields.get_clone().into_iter();
        let other = fields.filter(|field| !but.contains(&field.key));
        other
            .map(|field| Choice {
                label: field.label,
                detail: field.key.clone(),
                value: field.key,
                person: None,
            })
            .collect()
    }

    /// What a field is called; its key while that is unknown.
    pub(super) fn field_name(self, key: &str) -> String {
        self.fields.with(|fields| {
            let found = fields.iter().find(|field| field.key == key);
            found.map_or_else(|| key.to_owned(), |field| field.label.clone())
        })
    }
}
