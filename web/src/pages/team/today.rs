//! One's own day: one's tickets by when they are due, what waits for one, and what waits for anybody. Every number opens its list.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::notify::v1::{Notification, NotificationKind};
use proto::tickets::v1::TicketQuery;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::load::list;
use crate::api::{self, Answer};
use crate::app::App;
use crate::pages::title;
use crate::parts::{Datum, Empty, Icon, Stat, T, TimeAgo, loaded};
use crate::routes::Place;
use crate::store::Load;
use crate::store::tickets::told;
use crate::text::t;
use crate::time;

/// How long news are gathered before the numbers are asked for again, in milliseconds.
const GATHER: u32 = 700;
/// The most mentions that are listed.
const MENTIONS: usize = 8;
/// What one works on.
const MINE: &str = r#"assignee == me && status in ["NEW", "OPEN"]"#;

/// A number: the id of its words, the rule that lists what it counts, and how many those are.
type Counted = (&'static str, String, i64);

/// The page.
#[component(inline_props)]
pub(super) fn Today(app: App) -> View {
    title(&t!("nav-today"));
    let counted = create_signal(Load::<Rc<Vec<Counted>>>::Waiting);
    let stale = create_signal(false);
    let scope = use_current_scope();
    let soon = move || {
        if !stale.replace_silent(true) {
            scope.run_in(|| {
                spawn_local_scoped(async move {
                    TimeoutFuture::new(GATHER).await;
                    stale.set_silent(false);
                    fetch(counted).await;
                });
            });
        }
    };
    create_effect(move || {
        app.live.resets().track();
        spawn_local_scoped(fetch(counted));
    });
    app.live.listen(move |envelope| {
        if told(envelope).is_some() {
            soon();
        }
    });
    let numbers = loaded(counted, move |()| soon(), |counted: Rc<Vec<Counted>>| tiles(&counted));
    view! {
        div(class="page wide") {
            header(class="page-head") { div { h1 { T(id="nav-today") } p(class="muted") { T(id="today-text") } } }
            (numbers)
            (asked(app))
            (mentions(app))
        }
    }
}

/// What is known stays where no answer comes; the next news asks again.
async fn fetch(counted: Signal<Load<Rc<Vec<Counted>>>>) {
    let answer = count().await.map(Rc::new);
    if counted.is_alive()
        && (answer.is_ok() || counted.with_untracked(|known| !matches!(known, Load::Ready(_))))
    {
        counted.set(answer.into());
    }
}

async fn count() -> Answer<Vec<Counted>> {
    let rules = rules(&time::end_of_day(0), &time::end_of_day(6));
    let query = |rule: &String| TicketQuery { filter: rule.clone(), ..TicketQuery::default() };
    let counts = api::tickets::count(rules.iter().map(|(_, rule)| query(rule)).collect()).await?;
    Ok(rules.into_iter().zip(counts).map(|((words, rule), count)| (words, rule, count)).collect())
}

/// What is counted, with the ends of this day and of the seventh from it.
fn rules(today: &str, week: &str) -> Vec<(&'static str, String)> {
    let mine = |rule: &str| format!("{MINE} && {rule}");
    let end = |time: &str| format!("timestamp(\"{time}\")");
    let (today, week) = (end(today), end(week));
    vec![
        ("today-overdue", mine("due < now")),
        ("today-today", mine(&format!("due >= now && due < {today}"))),
        ("today-week", mine(&format!("due >= {today} && due < {week}"))),
        ("today-later", mine(&format!("due >= {week}"))),
        ("today-never", mine("due == null")),
        ("today-waiting", r#"assignee == me && status in ["PENDING", "ON_HOLD"]"#.to_owned()),
        ("team-unassigned", r#"unassigned && status in ["NEW", "OPEN"]"#.to_owned()),
        ("team-open-sum", r#"!unassigned && status in ["NEW", "OPEN"]"#.to_owned()),
    ]
}

fn tiles(counted: &[Counted]) -> View {
    let (mine, teams) = counted.split_at(counted.len().saturating_sub(2));
    let group = |words: &'static str, counted: &[Counted]| {
        let tiles = View::from(counted.iter().map(tile).collect::<Vec<_>>());
        view! { section(class="stack tight", aria-label=t!(words)) { h2 { (t!(words)) } div(class="stats") { (tiles) } } }
    };
    let (mine, teams) = (group("today-mine", mine), group("today-teams", teams));
    view! { (mine) (teams) }
}

fn tile((words, rule, count): &Counted) -> View {
    let datum =
        Datum { label: t!(words), shown: count.to_string(), href: list(rule, ""), ..Datum::default() };
    view! { Stat(datum=datum, difference="", up=None) }
}

/// The approvals that wait for one, while some do.
fn asked(app: App) -> View {
    let me = app.session.me_now().id.clone();
    let waiting = create_selector(move || app.approvals.waiting(&me));
    let href = Place::Approvals.path();
    view! {
        (match waiting.get() {
            0 => View::new(),
            count => {
                let (href, words) = (href.clone(), t!("approvals-waiting", count = count));
                view! { a(class="panel today-asked", href=href) { Icon(name="done") T(id="nav-approvals") span(class="muted") { (words) } } }
            }
        })
    }
}

/// Where one was mentioned and has not looked yet.
fn mentions(app: App) -> View {
    let unread = create_selector(move || match app.inbox.newest().get_clone() {
        Load::Ready(newest) => {
            newest.iter().filter(|news| is_open_mention(news)).take(MENTIONS).cloned().collect::<Vec<_>>()
        }
        _ => Vec::new(),
    });
    view! {
        section(class="stack tight", aria-label=t!("today-mentions")) {
            h2 { T(id="today-mentions") }
            div(class="panel") {
                (if unread.with(Vec::is_empty) {
                    view! { Empty(icon="speech", title=t!("today-mentions-none")) }
                } else {
                    View::from(unread.get_clone().iter().map(mention).collect::<Vec<_>>())
                })
            }
        }
    }
}

fn is_open_mention(news: &Notification) -> bool {
    news.kind() == NotificationKind::Mentioned && news.read_time.is_none()
}

fn mention(news: &Notification) -> View {
    let href = Place::Ticket { id: news.ticket_number.clone() }.path();
    let (subject, body, time) = (news.subject.clone(), news.body.clone(), news.create_time);
    view! {
        a(class="news", href=href, data-unread="") {
            i {}
            span(class="what") { (subject) }
            TimeAgo(time=time, class="faint-time")
            span(class="detail one-line") { (body) }
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::notify::v1::{Notification, NotificationKind};

    use super::{is_open_mention, rules};

    #[test]
    fn every_ticket_of_ones_own_that_is_open_is_counted_once_by_when_it_is_due() {
        let rules = rules("2026-01-05T23:00:00Z", "2026-01-11T23:00:00Z");
        let due: Vec<&str> = rules[..5].iter().map(|(_, rule)| rule.split_once("] && ").unwrap().1).collect();
        assert_eq!(
            due,
            [
                "due < now",
                "due >= now && due < timestamp(\"2026-01-05T23:00:00Z\")",
                "due >= timestamp(\"2026-01-05T23:00:00Z\") && due < timestamp(\"2026-01-11T23:00:00Z\")",
                "due >= timestamp(\"2026-01-11T23:00:00Z\")",
                "due == null",
            ]
        );
    }

    #[test]
    fn a_mention_waits_until_it_was_read() {
        let news = Notification { kind: NotificationKind::Mentioned.into(), ..Notification::default() };
        let read = Notification { read_time: Some(prost_types::Timestamp::default()), ..news.clone() };
        assert!(
            is_open_mention(&news) && !is_open_mention(&read) && !is_open_mention(&Notification::default())
        );
    }
}
