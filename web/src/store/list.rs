//! A list of tickets on the screen: a page by page answer to a question, kept up by what is heard.

use std::rc::Rc;

use proto::events::v1::envelope::Event;
use proto::tickets::v1::{Ticket, TicketQuery};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::Load;
use super::tickets::told;
use crate::api;
use crate::app::App;
use crate::desk::{self, Row};

/// Tickets asked for at a time.
const PAGE: i32 = 50;

/// The question a list answers, and the same question put to a single ticket.
pub(crate) struct Question {
    pub(crate) query: TicketQuery,
    pub(crate) belongs: Rc<dyn Fn(&Ticket) -> bool>,
}

/// Rows, their exact number, and whether there are more.
#[derive(Clone, Copy)]
pub(crate) struct TicketList {
    app: App,
    question: ReadSignal<Rc<Question>>,
    rows: Signal<Vec<Row>>,
    state: Signal<Load<()>>,
    total: Signal<i64>,
    next: Signal<String>,
    scope: NodeHandle,
}

impl TicketList {
    /// A list in the present scope that asks anew whenever the question changes or events were missed.
    pub(crate) fn follow(app: App, question: ReadSignal<Rc<Question>>) -> Self {
        let list = Self {
            app,
            question,
            rows: create_signal(Vec::new()),
            state: create_signal(Load::Waiting),
            total: create_signal(0),
            next: create_signal(String::new()),
            scope: use_current_scope(),
        };
        create_effect(on(question, move || {
            list.rows.set(Vec::new());
            list.state.set(Load::Waiting);
            list.reload();
        }));
        let first = create_signal(true);
        create_effect(on(app.live.resets(), move || {
            if !first.replace_silent(false) {
                list.reload();
            }
        }));
        app.live.listen(move |envelope| {
            if let Some(Event::TicketsTicketDeleted(deleted)) = &envelope.event {
                list.hear(deleted.ticket.as_ref().map_or("", |ticket| &ticket.id), false);
            } else if let Some(ticket) = told(envelope) {
                let belongs = list.question.with_untracked(|question| (question.belongs)(ticket));
                list.hear(&ticket.id, belongs);
            }
        });
        list
    }

    /// The question being answered.
    pub(crate) fn question(self) -> ReadSignal<Rc<Question>> {
        self.question
    }

    pub(crate) fn rows(self) -> ReadSignal<Vec<Row>> {
        *self.rows
    }

    pub(crate) fn state(self) -> ReadSignal<Load<()>> {
        *self.state
    }

    /// All that match, exactly, as of the last answer.
    pub(crate) fn total(self) -> ReadSignal<i64> {
        *self.total
    }

    pub(crate) fn has_more(self) -> bool {
        self.next.with(|next| !next.is_empty())
    }

    /// How many rows no longer belong.
    pub(crate) fn gone(self) -> usize {
        self.rows.with(|rows| rows.iter().filter(|row| row.gone).count())
    }

    /// Asks for the first page.
    pub(crate) fn reload(self) {
        self.scope.run_in(|| spawn_local_scoped(async move { self.fetch(String::new()).await }));
    }

    /// Asks for the page after the last one.
    pub(crate) fn more(self) {
        let token = self.next.get_clone_untracked();
        self.scope.run_in(|| spawn_local_scoped(async move { self.fetch(token).await }));
    }

    async fn fetch(self, token: String) {
        let question = self.question.get_clone_untracked();
        let first = token.is_empty();
        let answer = api::tickets::list(question.query.clone(), token, PAGE).await;
        if !Rc::ptr_eq(&question, &self.question.get_clone_untracked()) {
            return;
        }
        match answer {
            Ok(page) => {
                let mut rows = if first { Vec::new() } else { self.rows.get_clone_untracked() };
                for ticket in page.tickets {
                    rows.retain(|row| row.id != ticket.id);
                    rows.push(Row::of(&ticket.id));
                    self.app.tickets.put(ticket);
                }
                self.total.set(page.total);
                self.next.set(page.next_page_token);
                self.rows.set(rows);
                self.state.set(Load::Ready(()));
            }
            Err(trouble) if trouble.kind == api::Kind::SignedOut => self.app.session.ended(),
            Err(trouble) if first => self.state.set(Load::Failed(trouble)),
            Err(trouble) => self.app.toasts.fail(&trouble),
        }
    }

    fn hear(self, id: &str, belongs: bool) {
        let mut rows = self.rows.get_clone_untracked();
        if desk::hear(&mut rows, id, belongs) {
            self.rows.set(rows);
        }
    }
}
