//! What lists call categories, queues and the fields of forms by. Asked for once something needs a name.

use std::rc::Rc;

use proto::tickets::v1::{Category, Field};
use proto::workflow::v1::Queue;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::catalogue::branches;
use crate::api;

/// The names, as far as they are known.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    categories: Signal<Rc<Vec<Category>>>,
    fields: Signal<Rc<Vec<Field>>>,
    queues: Signal<Rc<Vec<Queue>>>,
    wanted: Signal<bool>,
    scope: NodeHandle,
}

impl Names {
    /// None yet; they are asked for in the present scope.
    pub(crate) fn new() -> Self {
        Self {
            categories: create_signal(Rc::default()),
            fields: create_signal(Rc::default()),
            queues: create_signal(Rc::default()),
            wanted: create_signal(false),
            scope: use_current_scope(),
        }
    }

    /// Asks for them, the first time. What cannot be had stays without a name.
    fn want(self) {
        if self.wanted.replace_silent(true) || cfg!(not(target_arch = "wasm32")) {
            return;
        }
        self.scope.run_in(|| {
            spawn_local_scoped(async move {
                let (categories, fields, queues) = futures::join!(
                    api::catalog::categories(String::new(), true),
                    api::catalog::fields(true),
                    api::runs::queues()
                );
                self.categories.set(Rc::new(categories.unwrap_or_default()));
                self.fields.set(Rc::new(fields.unwrap_or_default()));
                self.queues.set(Rc::new(queues.unwrap_or_default()));
            });
        });
    }

    /// The whole name of a category: `Hardware › Laptop`.
    pub(crate) fn category(self, id: &str) -> String {
        self.want();
        self.categories.with(|all| {
            let found = branches(all).into_iter().find(|branch| branch.category.id == id);
            found.map(|branch| branch.path).unwrap_or_default()
        })
    }

    /// The name of a queue.
    pub(crate) fn queue(self, id: &str) -> String {
        self.want();
        self.queues.with(|all| {
            let found = all.iter().find(|queue| queue.id == id);
            found.map(|queue| queue.name.clone()).unwrap_or_default()
        })
    }

    /// A field of a form by its key.
    pub(crate) fn field(self, key: &str) -> Option<Field> {
        self.want();
        self.fields.with(|all| all.iter().find(|field| field.key == key).cloned())
    }

    /// Every field in use: key and label.
    pub(crate) fn fields(self) -> Vec<(String, String)> {
        self.want();
        let in_use = |field: &&Field| field.archive_time.is_none();
        self.fields.with(|all| {
            all.iter().filter(in_use).map(|field| (field.key.clone(), field.label.clone())).collect()
        })
    }
}
