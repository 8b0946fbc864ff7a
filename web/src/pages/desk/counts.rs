//! The exact numbers beside the views. Asked anew after each burst of news, at most once a second.

use gloo_timers::future::TimeoutFuture;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::desk::View as DeskView;
use crate::store::tickets::told;
use crate::store::views::SavedViews;

/// The least time between two questions, in milliseconds.
const REST: u32 = 1_000;

/// One number a view; none until known.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    app: App,
    saved: SavedViews,
    numbers: Signal<Vec<i64>>,
    busy: Signal<bool>,
    again: Signal<bool>,
    /// Where questions live: a new reason to ask must not drop the one on its way.
    scope: NodeHandle,
}

impl Counts {
    /// Counts in the present scope, kept up by news.
    pub(super) fn follow(app: App, saved: SavedViews) -> Self {
        let counts = Self {
            app,
            saved,
            numbers: create_signal(Vec::new()),
            busy: create_signal(false),
            again: create_signal(false),
            scope: use_current_scope(),
        };
        create_effect(on(app.live.resets(), move || counts.ask()));
        app.live.listen(move |envelope| {
            if told(envelope).is_some() {
                counts.ask();
            }
        });
        counts
    }

    /// The number of a view's tickets.
    pub(super) fn of(self, view: DeskView) -> Option<i64> {
        let at = DeskView::ALL.iter().position(|known| *known == view)?;
        self.numbers.with(|numbers| numbers.get(at).copied())
    }

    /// Asks now, or right after the rest when it asked just now.
    fn ask(self) {
        if self.busy.replace_silent(true) {
            self.again.set_silent(true);
            return;
        }
        self.scope.run_in(|| spawn_local_scoped(self.ask_until_calm()));
    }

    async fn ask_until_calm(self) {
        loop {
            self.again.set_silent(false);
            let me = self.app.session.me_now();
            let queries = DeskView::ALL.map(|view| view.query(&me.id)).to_vec();
            let (numbers, ()) = futures::join!(api::tickets::count(queries), self.saved.recount());
            if let Ok(numbers) = numbers {
                self.numbers.set(numbers);
            }
            TimeoutFuture::new(REST).await;
            if !self.again.get_untracked() {
                return self.busy.set_silent(false);
            }
        }
    }
}
