//! The views somebody saved, for oneself or for others, and how many tickets each has.

use std::collections::BTreeMap;
use std::rc::Rc;

use proto::tickets::v1::View;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::Load;
use crate::api;
use crate::app::App;

/// All views one may use.
#[derive(Clone, Copy)]
pub(crate) struct SavedViews {
    all: Signal<Load<Rc<Vec<View>>>>,
    counts: Signal<BTreeMap<String, i64>>,
    /// Views whose rule is none any more, each with what is wrong with it.
    problems: Signal<BTreeMap<String, String>>,
    scope: NodeHandle,
}

impl SavedViews {
    /// The views in the present scope, asked for anew whenever something may have been missed.
    pub(crate) fn follow(app: App) -> Self {
        let views = Self {
            all: create_signal(Load::Waiting),
            counts: create_signal(BTreeMap::new()),
            problems: create_signal(BTreeMap::new()),
            scope: use_current_scope(),
        };
        create_effect(on(app.live.resets(), move || views.reload()));
        views
    }

    /// In the order of the rail.
    pub(crate) fn all(self) -> ReadSignal<Load<Rc<Vec<View>>>> {
        *self.all
    }

    /// One of them, once it is known.
    pub(crate) fn find(self, id: &str) -> Option<View> {
        self.all.with(|all| match all {
            Load::Ready(all) => all.iter().find(|view| view.id == id).cloned(),
            _ => None,
        })
    }

    /// How many tickets a view has, exactly; none until known.
    pub(crate) fn count(self, id: &str) -> Option<i64> {
        self.counts.with(|counts| counts.get(id).copied())
    }

    /// What is wrong with a view's rule, if anything is.
    pub(crate) fn problem(self, id: &str) -> Option<String> {
        self.problems.with(|problems| problems.get(id).cloned())
    }

    /// Asks for them again.
    pub(crate) fn reload(self) {
        self.scope.run_in(|| {
            spawn_local_scoped(async move {
                match api::views::list().await {
                    Ok(views) => self.all.set(Load::Ready(Rc::new(views))),
                    // What is known is better than a failure over it.
                    Err(trouble) if self.all.with_untracked(|all| !matches!(all, Load::Ready(_))) => {
                        self.all.set(Load::Failed(trouble));
                    }
                    Err(_) => {}
                }
            });
        });
    }

    /// Counts again.
    pub(crate) async fn recount(self) {
        if let Ok((counts, problems)) = api::views::count().await {
            self.counts.set(counts);
            self.problems.set(problems);
        }
    }

    /// Takes a view as a call brought it.
    pub(crate) fn put(self, view: View) {
        self.change(|all| {
            match all.iter_mut().find(|known| known.id == view.id) {
                Some(known) => *known = view,
                None => all.push(view),
            }
            all.sort_by_key(|view| (view.position, view.name.to_lowercase()));
        });
        self.scope.run_in(|| spawn_local_scoped(async move { self.recount().await }));
    }

    /// Forgets a view that is gone.
    pub(crate) fn remove(self, id: &str) {
        self.change(|all| all.retain(|view| view.id != id));
    }

    fn change(self, change: impl FnOnce(&mut Vec<View>)) {
        let mut all = match self.all.get_clone_untracked() {
            Load::Ready(all) => all.to_vec(),
            _ => Vec::new(),
        };
        change(&mut all);
        self.all.set(Load::Ready(Rc::new(all)));
    }
}
