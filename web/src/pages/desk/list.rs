//! The list of a view: dense, walked with `j` and `k`, never jumping under the eye; narrowed by words and rules, chosen from for
//! changes of many.

mod narrow;
mod rows;

use std::rc::Rc;

use proto::tickets::v1::{Ticket, TicketQuery};
use sycamore::prelude::*;

use super::bulk::BulkBar;
use super::view_form::ViewForm;
use super::{Walk, name};
use crate::app::App;
use crate::browser;
use crate::desk::groups::{self, Line};
use crate::desk::{self, Row, Shown, View as DeskView, columns, rule};
use crate::keys;
use crate::pages::{frame::LiveMark, title};
use crate::parts::{Bones, Button, Empty, Failed, Icon, Kind, SearchBox, Selection};
use crate::routes::{self, Place};
use crate::store::Load;
use crate::store::list::{Asked, Follows, TicketList};
use crate::store::names::Names;
use crate::store::views::SavedViews;
use crate::text::t;
use narrow::{Narrow, RuleStrip};

/// What the list needs to know of where it is.
#[derive(Clone, Copy)]
struct At {
    app: App,
    view: ReadSignal<Shown>,
    /// The open ticket by id or number.
    ticket: ReadSignal<Option<String>>,
    /// The row the keyboard is on, by id.
    cursor: Signal<Option<String>>,
    columns: ReadSignal<Vec<String>>,
    /// Rows, and the heads of groups where there are any.
    lines: ReadSignal<Vec<Line>>,
    selection: Selection,
    names: Names,
}

/// The zone of the list.
#[component(inline_props)]
pub(super) fn ListZone(
    app: App,
    view: ReadSignal<Shown>,
    ticket: ReadSignal<Option<String>>,
    saved: SavedViews,
    names: Names,
    walk: Walk,
) -> View {
    let narrow = Narrow::new(view);
    let spec = create_selector(move || spec(&view.get_clone(), saved, app.session.me().id.clone(), narrow));
    let list = TicketList::ask(app, create_memo(move || Rc::new(spec.with(asked))));
    let lines = lines(app, view, saved, list);
    create_effect(move || {
        let ids = lines.with(|lines| groups::rows(lines)).into_iter().map(|row| row.id).collect();
        walk.order.set(Rc::new(ids));
    });
    let columns = create_selector(move || columns_of(&view.get_clone(), saved));
    let selection = Selection::of(*walk.order);
    let at = At { app, view, ticket, cursor: walk.cursor, columns, lines, selection, names };
    let keeping = create_signal(None::<String>);
    create_effect(move || {
        if ticket.with(Option::is_none) {
            title(&name(&view.get_clone(), saved));
        }
    });
    take_keys(at);
    selection.take_keys(*walk.cursor);
    let filter = move || spec.with(|spec| rule::both(&spec.standing_rule(), &spec.query.filter));
    view! {
        section(class="list-zone", aria-labelledby="list-name") {
            (zone_head(at, list, saved, narrow))
            (if narrow.is_open.get() {
                view! { RuleStrip(narrow=narrow, on_save=move |()| keeping.set(Some(filter()))) }
            } else {
                View::new()
            })
            (changed(list))
            (match list.state().get_clone() {
                Load::Waiting => view! { Bones(rows=12) },
                Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| list.reload()) },
                Load::Ready(()) => view! { Rows(at=at, list=list, narrow=narrow) },
            })
            BulkBar(app=app, selection=selection, list=list)
            (match keeping.get_clone() {
                Some(filter) => view! { ViewForm(app=app, saved=saved, names=names, filter=filter, on_close=move |()| keeping.set(None)) },
                None => View::new(),
            })
        }
    }
}

fn zone_head(at: At, list: TicketList, saved: SavedViews, narrow: Narrow) -> View {
    let pressed = move || narrow.is_open.get().to_string();
    view! {
        header(class="zone-head") {
            h1(id="list-name", class="one-line") { (name(&at.view.get_clone(), saved)) }
            (total(list))
            div(class="find") { SearchBox(label=t!("find-tickets"), value=narrow.words) }
            Button(kind=Kind::Quiet, icon="filter", aria-label=t!("filter"), aria-pressed=pressed, on:click=move |_| narrow.is_open.set(!narrow.is_open.get()))
            LiveMark()
            Button(kind=Kind::Quiet, icon="refresh", aria-label=t!("refresh"), on:click=move |_| list.reload())
        }
    }
}

/// A question as far as two of them can be compared.
#[derive(Clone, PartialEq)]
struct Spec {
    query: TicketQuery,
    order_by: String,
    words: String,
    /// Some column shows what was entered into forms.
    full: bool,
    /// The standing list, and whose it is.
    standing: Option<(DeskView, String)>,
}

impl Spec {
    /// What the standing list asks for, as a rule.
    fn standing_rule(&self) -> String {
        self.standing.as_ref().map(|(view, _)| rule::of_view(*view).to_owned()).unwrap_or_default()
    }
}

fn spec(view: &Shown, saved: SavedViews, me: String, narrow: Narrow) -> Spec {
    let (words, applied) = (narrow.asked(), narrow.applied());
    match view {
        Shown::Standing(view) => {
            let query = TicketQuery { filter: applied, ..view.query(&me) };
            Spec { query, order_by: String::new(), words, full: false, standing: Some((*view, me)) }
        }
        Shown::Saved(id) => {
            let kept = saved.find(id).unwrap_or_default();
            let query = TicketQuery { filter: rule::both(&kept.filter, &applied), ..TicketQuery::default() };
            let full = columns::need_forms(&kept.columns);
            Spec { query, order_by: kept.order_by, words, full, standing: None }
        }
        Shown::Ruled(key) => {
            let query =
                TicketQuery { filter: rule::both(&desk::rule_of(key), &applied), ..TicketQuery::default() };
            Spec { query, order_by: String::new(), words, full: false, standing: None }
        }
    }
}

/// The question, with how its list keeps up: what the page can judge itself it does.
fn asked(spec: &Spec) -> Asked {
    let follows = match &spec.standing {
        _ if !spec.words.is_empty() => Follows::Nothing,
        Some((view, me)) if spec.query.filter.is_empty() => {
            let (view, me) = (*view, me.clone());
            Follows::Rule(Rc::new(move |ticket: &Ticket| view.holds(ticket, &me)))
        }
        _ => Follows::Answer,
    };
    let (query, order_by, words) = (spec.query.clone(), spec.order_by.clone(), spec.words.clone());
    Asked { query, order_by, words, full: spec.full, follows }
}

fn columns_of(view: &Shown, saved: SavedViews) -> Vec<String> {
    match view {
        Shown::Standing(_) | Shown::Ruled(_) => columns::named(&[]),
        Shown::Saved(id) => columns::named(&saved.find(id).unwrap_or_default().columns),
    }
}

/// What the list shows line by line. A ticket that changes stays in its group until the list is another, so that nothing jumps.
fn lines(app: App, view: ReadSignal<Shown>, saved: SavedViews, list: TicketList) -> ReadSignal<Vec<Line>> {
    let by = create_selector(move || match view.get_clone() {
        Shown::Saved(id) => saved.find(&id).unwrap_or_default().group_by,
        Shown::Standing(_) | Shown::Ruled(_) => String::new(),
    });
    let group =
        move |by: &str, row: &Row| app.tickets.find(&row.id)?.with_untracked(|ticket| groups::of(by, ticket));
    create_memo(move || {
        let by = by.get_clone();
        list.rows().with(|rows| groups::lines(rows, |row| group(&by, row)))
    })
}

fn total(list: TicketList) -> View {
    view! {
        (match list.state().get_clone() {
            Load::Ready(()) => { let count = list.total().get(); view! { span(class="total", title=t!("total-exact")) { (count.to_string()) } } }
            _ => View::new(),
        })
    }
}

/// Says how many rows left the view; a press takes them away.
fn changed(list: TicketList) -> View {
    let gone = create_selector(move || list.gone());
    view! {
        (match gone.get() {
            0 => View::new(),
            count => {
                let text = t!("rows-changed", count = i64::try_from(count).unwrap_or_default());
                view! { button(class="changed", r#type="button", on:click=move |_| list.reload()) { Icon(name="refresh") (text) } }
            }
        })
    }
}

#[component(inline_props)]
fn Rows(at: At, list: TicketList, narrow: Narrow) -> View {
    let is_empty = create_selector(move || list.rows().with(Vec::is_empty));
    view! {
        (if is_empty.get() {
            nothing(at, list, narrow)
        } else {
            view! {
                div(class="tickets", data-found=list.is_found().then_some("")) {
                    (rows::head(at))
                    Keyed(list=at.lines, key=Line::key, view=move |line| match line {
                        Line::Head(cell, count) => rows::group(at, &cell, count),
                        Line::Row(row) => rows::row_of(at, list, &row),
                    })
                    (foot(list))
                }
            }
        })
    }
}

/// Nothing in the list: because of what was looked for, or because there is nothing to do.
fn nothing(at: At, list: TicketList, narrow: Narrow) -> View {
    let view = at.view.get_clone_untracked();
    let is_all = view == Shown::Standing(DeskView::All);
    if list.is_found() {
        let everywhere = if is_all {
            View::new()
        } else {
            view! { Button(icon="search", label=t!("search-all"), on:click=move |_| narrow.everywhere()) }
        };
        return view! { Empty(icon="search", title=t!("nothing-found"), text=t!("tickets-none-text")) { (everywhere) } };
    }
    match view {
        Shown::Standing(view) if narrow.applied().is_empty() => {
            let (title, text) =
                (t!(&format!("none-{}", view.key())), t!(&format!("none-{}-text", view.key())));
            view! { Empty(icon="done", title=title, text=text) }
        }
        _ => view! { Empty(icon="filter", title=t!("none-by-rule"), text=t!("none-by-rule-text")) },
    }
}

fn foot(list: TicketList) -> View {
    view! {
        (if list.has_more() {
            view! { div(class="list-foot") { Button(label=t!("more"), on:click=move |_| list.more()) } }
        } else {
            View::new()
        })
    }
}

/// `j` and `k` walk, with Shift they choose what they pass; Enter opens.
fn take_keys(at: At) {
    keys::take(move |key| {
        let (by, chooses) = match key {
            "j" => (1, false),
            "k" => (-1, false),
            "J" => (1, true),
            "K" => (-1, true),
            "Enter" => return open(at),
            "/" => return browser::focus(".find input"),
            _ => return false,
        };
        let from = at.cursor.get_clone_untracked();
        let to = at.lines.with_untracked(|lines| desk::step(&groups::rows(lines), from.as_deref(), by));
        if let Some(to) = to {
            if chooses {
                from.iter().filter(|from| !at.selection.holds(from)).for_each(|from| at.selection.turn(from));
                at.selection.reach(&to);
            }
            at.cursor.set(Some(to));
            browser::reveal(".ticket-row[data-cursor]");
            if !chooses && at.ticket.with_untracked(Option::is_some) {
                open(at);
            }
        }
        true
    });
}

fn open(at: At) -> bool {
    let Some(ticket) = at.cursor.get_clone_untracked().and_then(|id| at.app.tickets.find(&id)) else {
        return false;
    };
    let ticket = ticket.with_untracked(|ticket| ticket.number.clone());
    let view = at.view.with_untracked(|view| view.key().to_owned());
    routes::go(&Place::DeskTicket { view, ticket });
    true
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::TicketQuery;

    use super::{Spec, asked};
    use crate::desk::View;
    use crate::store::list::Follows;

    fn spec(words: &str, filter: &str, standing: Option<View>) -> Spec {
        Spec {
            query: TicketQuery { filter: filter.to_owned(), ..TicketQuery::default() },
            order_by: String::new(),
            words: words.to_owned(),
            full: false,
            standing: standing.map(|view| (view, "usr_1".to_owned())),
        }
    }

    #[test]
    fn a_list_keeps_up_by_itself_only_where_the_page_knows_the_rule() {
        let follows = |spec: &Spec| asked(spec).follows;
        assert!(matches!(follows(&spec("", "", Some(View::Mine))), Follows::Rule(_)));
        assert!(matches!(follows(&spec("", "unassigned", Some(View::Mine))), Follows::Answer));
        assert!(matches!(follows(&spec("", "unassigned", None)), Follows::Answer));
        assert!(matches!(follows(&spec("lathe", "", Some(View::Mine))), Follows::Nothing));
    }
}
