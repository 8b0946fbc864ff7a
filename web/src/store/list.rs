//! A list of tickets on the screen: a page by page answer to a question, kept up by what is heard.

use std::collections::HashMap;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::events::v1::envelope::Event;
use proto::tickets::v1::{Ticket, TicketQuery};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::Load;
use super::tickets::told;
use crate::api::{self, Answer};
use crate::app::App;
use crate::desk::{self, Row};

/// Tickets asked for at a time.
const PAGE: i32 = 50;

/// How long to wait after news before a list that only the server can judge is asked again, in milliseconds.
const GATHER: u32 = 700;
/// The most tickets the server gives at a time.
const MOST: usize = 200;
/// The most tickets that are changed at once.
const WHOLE: usize = 10_000;

/// The question a list answers, and the same question put to a single ticket.
pub(crate) struct Question {
    pub(crate) query: TicketQuery,
    pub(crate) belongs: Rc<dyn Fn(&Ticket) -> bool>,
}

/// A question with everything a list can be asked.
pub(crate) struct Asked {
    pub(crate) query: TicketQuery,
    /// As in `ListTickets`; empty for the last changed first.
    pub(crate) order_by: String,
    /// Words to find, best first; empty for all tickets in their order.
    pub(crate) words: String,
    /// With what was entered into forms. What is found by words comes without, unless it was here before.
    pub(crate) full: bool,
    pub(crate) follows: Follows,
}

/// How a list keeps up with what is heard of a ticket.
#[derive(Clone)]
pub(crate) enum Follows {
    /// The page itself can tell whether a ticket belongs.
    Rule(Rc<dyn Fn(&Ticket) -> bool>),
    /// Only the server can; it is asked again after each burst of news.
    Answer,
    /// Not at all: finds are what was found when it was asked.
    Nothing,
}

/// Rows, their exact number, and whether there are more.
#[derive(Clone, Copy)]
pub(crate) struct TicketList {
    app: App,
    asked: ReadSignal<Rc<Asked>>,
    rows: Signal<Vec<Row>>,
    /// Where the words stand in a ticket that was found, by its id, as the server's HTML.
    snippets: Signal<Rc<HashMap<String, String>>>,
    state: Signal<Load<()>>,
    total: Signal<i64>,
    next: Signal<String>,
    waiting: Signal<bool>,
    /// How often a ticket was heard of.
    heard: Signal<u32>,
    scope: NodeHandle,
}

impl TicketList {
    /// A list in the present scope that asks anew whenever the question changes or events were missed.
    pub(crate) fn follow(app: App, question: ReadSignal<Rc<Question>>) -> Self {
        let asked = create_memo(move || {
            let question = question.get_clone();
            let belongs = Rc::clone(&question.belongs);
            Rc::new(Asked {
                query: question.query.clone(),
                order_by: String::new(),
                words: String::new(),
                full: false,
                follows: Follows::Rule(belongs),
            })
        });
        Self::ask(app, asked)
    }

    /// The same for a question that may be any.
    pub(crate) fn ask(app: App, asked: ReadSignal<Rc<Asked>>) -> Self {
        let list = Self {
            app,
            asked,
            rows: create_signal(Vec::new()),
            snippets: create_signal(Rc::default()),
            state: create_signal(Load::Waiting),
            total: create_signal(0),
            next: create_signal(String::new()),
            waiting: create_signal(false),
            heard: create_signal(0),
            scope: use_current_scope(),
        };
        create_effect(on(asked, move || {
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
                match list.asked.with_untracked(|asked| asked.follows.clone()) {
                    Follows::Rule(belongs) => list.hear(&ticket.id, belongs(ticket)),
                    Follows::Answer => list.soon(),
                    Follows::Nothing => {}
                }
            }
        });
        list
    }

    /// Whether the list is what was found by words.
    pub(crate) fn is_found(self) -> bool {
        self.asked.with(|asked| !asked.words.is_empty())
    }

    /// Where the words stand in a ticket that was found, as sanitised HTML with `<mark>`.
    pub(crate) fn snippet(self, id: &str) -> Option<String> {
        self.snippets.with(|snippets| snippets.get(id).cloned())
    }

    pub(crate) fn rows(self) -> ReadSignal<Vec<Row>> {
        *self.rows
    }

    pub(crate) fn state(self) -> ReadSignal<Load<()>> {
        *self.state
    }

    /// All that match, exactly: as of the last answer, and with what was heard of since.
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

    /// Every ticket of the list that can be changed at once, shown or not, as of now.
    pub(crate) async fn whole(self) -> Answer<Vec<String>> {
        let asked = self.asked.get_clone_untracked();
        let (mut ids, mut token) = (Vec::new(), String::new());
        loop {
            let page = page(&asked, token, i32::try_from(MOST).unwrap_or(PAGE)).await?;
            for (ticket, _) in page.tickets {
                ids.push(ticket.id.clone());
                self.app.tickets.put(ticket);
            }
            token = page.next;
            if token.is_empty() || ids.len() >= WHOLE {
                ids.truncate(WHOLE);
                return Ok(ids);
            }
        }
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

    /// An answer may be older than what is heard while it is on its way; then it is compared with a fresh one.
    async fn fetch(self, token: String) {
        let (asked, heard) = (self.asked.get_clone_untracked(), self.heard.get_untracked());
        let first = token.is_empty();
        let answer = page(&asked, token, PAGE).await;
        if !Rc::ptr_eq(&asked, &self.asked.get_clone_untracked()) {
            return;
        }
        match answer {
            Ok(page) => {
                self.take(page, first);
                if self.heard.get_untracked() != heard {
                    self.soon();
                }
            }
            Err(trouble) if trouble.kind == api::Kind::SignedOut => self.app.session.ended(),
            Err(trouble) if first => self.state.set(Load::Failed(trouble)),
            Err(trouble) => self.app.toasts.fail(&trouble),
        }
    }

    fn take(self, page: Page, first: bool) {
        let mut rows = if first { Vec::new() } else { self.rows.get_clone_untracked() };
        let mut snippets =
            if first { HashMap::new() } else { HashMap::clone(&self.snippets.get_clone_untracked()) };
        for (ticket, snippet) in page.tickets {
            rows.retain(|row| row.id != ticket.id);
            rows.push(Row::of(&ticket.id));
            snippets.extend(snippet.map(|snippet| (ticket.id.clone(), snippet)));
            self.app.tickets.put(ticket);
        }
        self.total.set(page.total);
        self.next.set(page.next);
        self.snippets.set(Rc::new(snippets));
        self.rows.set(rows);
        self.state.set(Load::Ready(()));
    }

    fn hear(self, id: &str, belongs: bool) {
        self.heard.set_silent(self.heard.get_untracked().wrapping_add(1));
        let mut rows = self.rows.get_clone_untracked();
        if desk::hear(&mut rows, id, belongs) {
            self.rows.set(rows);
            self.total.set(self.total.get_untracked() + if belongs { 1 } else { -1 });
            // Of a list that goes on it may have been counted already, on a page that is not here.
            if self.has_more() {
                self.soon();
            }
        }
    }

    /// Compares with a fresh answer once the burst of news is over.
    fn soon(self) {
        if self.waiting.replace_silent(true) {
            return;
        }
        self.scope.run_in(|| {
            spawn_local_scoped(async move {
                TimeoutFuture::new(GATHER).await;
                self.waiting.set_silent(false);
                self.compare().await;
            });
        });
    }

    async fn compare(self) {
        let asked = self.asked.get_clone_untracked();
        let listed = self.rows.with_untracked(Vec::len);
        let size = (listed + 20).min(MOST);
        let answer = page(&asked, String::new(), i32::try_from(size).unwrap_or(PAGE)).await;
        // Without an answer the list stays as it is: what is missing comes with the next news.
        let Ok(page) = answer else { return };
        if !Rc::ptr_eq(&asked, &self.asked.get_clone_untracked()) {
            return;
        }
        let ids: Vec<String> = page.tickets.iter().map(|(ticket, _)| ticket.id.clone()).collect();
        for (ticket, _) in page.tickets {
            self.app.tickets.put(ticket);
        }
        self.total.set(page.total);
        let mut rows = self.rows.get_clone_untracked();
        if desk::compare(&mut rows, &ids, page.next.is_empty() || ids.len() > listed) {
            self.rows.set(rows);
        }
    }
}

/// A page of tickets, whichever way they were asked for; those that were found with their snippets.
struct Page {
    tickets: Vec<(Ticket, Option<String>)>,
    next: String,
    total: i64,
}

async fn page(asked: &Asked, token: String, size: i32) -> Answer<Page> {
    let query = asked.query.clone();
    if asked.words.is_empty() {
        let page = api::tickets::list(query, asked.order_by.clone(), token, size, asked.full).await?;
        let tickets = page.tickets.into_iter().map(|ticket| (ticket, None)).collect();
        return Ok(Page { tickets, next: page.next_page_token, total: page.total });
    }
    let page = api::tickets::search(asked.words.clone(), query, token, size).await?;
    let found = page.matches.into_iter();
    let tickets = found.filter_map(|found| Some((found.ticket?, Some(found.snippet_html)))).collect();
    Ok(Page { tickets, next: page.next_page_token, total: page.total })
}
