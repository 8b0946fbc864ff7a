//! What one is asked to approve, and what became of what one was asked for.

use std::rc::Rc;

use proto::tickets::v1::Ticket;
use proto::workflow::v1::{Approval, ApprovalState};
use sycamore::prelude::*;
use sycamore_futures::{spawn_local, spawn_local_scoped};

use crate::api;
use crate::app::App;
use crate::pages::ticket_parts::{Voting, terms, votes};
use crate::pages::title;
use crate::parts::{Empty, Icon, Person, Pill, T, TimeAgo, listed, loaded, prose};
use crate::routes::Place;
use crate::store::approvals::waits_for;
use crate::store::paged::{Page, Paged};
use crate::text::t;

/// The page: the open ones, or those that are decided.
#[component(inline_props)]
pub(super) fn Approvals(app: App, decided: bool) -> View {
    title(&t!("nav-approvals"));
    let voting = Voting::new(app);
    let list = if decided { closed(voting, app) } else { open(voting, app) };
    view! {
        div(class="page") {
            header(class="page-head") { div { h1 { T(id="nav-approvals") } p(class="muted") { T(id="approvals-text") } } }
            (ways(decided))
            (list)
        }
        (voting.dialog())
    }
}

/// Between the two lists.
fn ways(decided: bool) -> View {
    let way = |place: Place, words: &'static str, here: bool| {
        let (href, current) = (place.path(), here.then_some("page"));
        view! { a(class="tab", href=href, aria-current=current) { T(id=words) } }
    };
    let (open, closed) = (
        way(Place::Approvals, "approvals-open", !decided),
        way(Place::Decided, "approvals-decided", decided),
    );
    view! { nav(class="tabs", aria-label=t!("approvals-lists")) { (open) (closed) } }
}

/// Those that wait for the person's vote before those that wait for others'.
fn open(voting: Voting, app: App) -> View {
    let again = move |()| spawn_local(async move { app.approvals.load().await });
    loaded(app.approvals.open(), again, move |all: Rc<Vec<Approval>>| {
        if all.is_empty() {
            let (title, text) = (t!("approvals-none"), t!("approvals-none-text"));
            return view! { div(class="panel") { Empty(icon="done", title=title, text=text) } };
        }
        let me = app.session.me_now().id.clone();
        let mut all = all.to_vec();
        all.sort_by_key(|approval| !waits_for(approval, &me));
        cards(voting, app, &all)
    })
}

/// Those that are over, asked for again whenever one changes.
fn closed(voting: Voting, app: App) -> View {
    let list = Paged::new(|token| async move {
        let answer = api::approvals::all(token).await?;
        let over = |approval: &Approval| approval.state() != ApprovalState::Open;
        let items = answer.approvals.into_iter().filter(over).collect();
        Ok(Page { items, next: answer.next_page_token, total: None })
    })
    .following(move || {
        app.approvals.heard().track();
        app.live.resets().track();
    });
    let none = || {
        let (title, text) = (t!("approvals-never"), t!("approvals-never-text"));
        view! { div(class="panel") { Empty(icon="done", title=title, text=text) } }
    };
    listed(list, none, move |all| cards(voting, app, all))
}

fn cards(voting: Voting, app: App, all: &[Approval]) -> View {
    let cards = all.iter().map(|approval| card(voting, app, Rc::new(approval.clone())));
    let cards = View::from(cards.collect::<Vec<_>>());
    view! { div(class="panel") { (cards) } }
}

fn card(voting: Voting, app: App, approval: Rc<Approval>) -> View {
    let (heading, step) = (approval.ticket_subject.clone(), step(&approval));
    let (facts, terms, votes) = (facts(&approval), terms(&approval), votes(&approval));
    let end =
        if approval.state() == ApprovalState::Open { voting.buttons(&approval) } else { state(&approval) };
    let id = format!("approval-{}", approval.id);
    let named = id.clone();
    view! {
        article(class="approval", aria-labelledby=named) {
            div(class="what") {
                h2(id=id) { (heading) }
                (facts)
                p { (step) }
                Request(app=app, ticket_id=approval.ticket_id.clone())
                p(class="small muted") { (terms) }
                (votes)
            }
            div(class="end") { (end) }
        }
    }
}

/// What is to be agreed to.
fn step(approval: &Approval) -> String {
    let (step, stage) = (approval.transition_label.clone(), approval.to_stage_label.clone());
    if stage.is_empty() { step } else { t!("approval-step", step = step, stage = stage) }
}

fn facts(approval: &Approval) -> View {
    let (number, asker, requester) =
        (approval.ticket_number.clone(), approval.asker_id.clone(), approval.requester_id.clone());
    let time = approval.open_time;
    let asked_by = if asker.is_empty() {
        View::new()
    } else {
        view! { span(class="line tight") { T(id="approval-asked-by") Person(id=asker, bare=true) } }
    };
    view! {
        div(class="facts") {
            span { (number) }
            span(class="line tight") { T(id="approval-for") Person(id=requester, bare=true) }
            (asked_by)
            TimeAgo(time=time, stop=true)
        }
    }
}

/// How it ended, and when.
fn state(approval: &Approval) -> View {
    let (tone, icon, words) = match approval.state() {
        ApprovalState::Approved => ("done", "done", "approval-state-approved"),
        ApprovalState::Rejected => ("late", "rejected", "approval-state-rejected"),
        ApprovalState::Cancelled => ("closed", "undo", "approval-state-cancelled"),
        ApprovalState::Open | ApprovalState::Unspecified => ("wait", "clock", "approval-state-open"),
    };
    let time = approval.close_time;
    view! {
        Pill(tone=tone, icon=icon, label=t!(words))
        span(class="small faint") { TimeAgo(time=time, stop=true) }
    }
}

/// What the ticket says, for whoever may see it: being asked is no right to read it.
#[component(inline_props)]
fn Request(app: App, ticket_id: String) -> View {
    let found = create_signal(None::<Signal<Rc<Ticket>>>);
    spawn_local_scoped(async move {
        if let Ok(ticket) = api::tickets::get(ticket_id).await {
            found.set(Some(app.tickets.put(ticket)));
        }
    });
    view! {
        (match found.get() {
            Some(ticket) => request(&ticket.get_clone()),
            None => View::new(),
        })
    }
}

fn request(ticket: &Ticket) -> View {
    let href = Place::Ticket { id: ticket.number.clone() }.path();
    let said = if ticket.description.is_empty() {
        View::new()
    } else {
        // It may be long; then it is scrolled, by the keyboard too.
        let words = prose(&ticket.description_html, &ticket.description);
        let name = t!("approval-request", number = ticket.number.clone());
        view! { div(tabindex="0", role="region", aria-label=name) { (words) } }
    };
    view! {
        (said)
        a(class="line small", href=href) { T(id="approval-open-ticket") Icon(name="arrow-right") }
    }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{Approval, ApprovalState};
    use sycamore::prelude::*;

    use super::{state, step, ways};
    use crate::app::drawn;

    #[test]
    fn a_card_says_what_is_agreed_to_and_how_it_ended() {
        let approval = Approval {
            transition_label: "Order".into(),
            to_stage_label: "Ordered".into(),
            state: ApprovalState::Rejected.into(),
            ..Approval::default()
        };
        assert_eq!(step(&approval), "“Order” moves it to Ordered");
        let html = drawn(move || state(&approval));
        assert!(html.contains("Rejected"), "{html}");
    }

    #[test]
    fn one_sees_which_list_is_shown() {
        let html = drawn(|| view! { (ways(true)) });
        let decided = html.split("<a").nth(2).expect("two ways");
        assert!(decided.contains("aria-current=\"page\""), "{html}");
    }
}
