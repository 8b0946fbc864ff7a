//! The board of a team: who is there, how much each has to do against what he takes, and what waits for nobody yet. It follows
//! what is heard, and every number opens the list behind it.

mod agent;
mod sums;

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::events::v1::Envelope;
use proto::events::v1::envelope::Event;
use proto::identity::v1::Permission;
use proto::workflow::v1::{AgentLoad, Queue};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Column, Datum, Empty, SelectBox, Stat, T, loaded, table};
use crate::routes::{self, Place};
use crate::store::Load;
use crate::text::t;
use agent::row;
use sums::Sums;
pub(super) use sums::list;

/// How long news are gathered before the board is asked for again, in milliseconds.
const GATHER: u32 = 700;

const COLUMNS: [Column; 6] = [
    ("team-agent", ""),
    ("team-load", ""),
    ("team-sources", "optional"),
    ("team-open", "number"),
    ("team-waiting", "number optional"),
    ("team-free", ""),
];

/// Agents and queues, as they were read at one time.
type Known = Rc<(Vec<AgentLoad>, Vec<Queue>)>;

/// The board and what its parts share.
#[derive(Clone, Copy)]
struct Board {
    app: App,
    department: ReadSignal<String>,
    known: Signal<Load<Known>>,
    /// It is asked for again soon.
    stale: Signal<bool>,
    scope: NodeHandle,
}

/// The page.
#[component(inline_props)]
pub(super) fn TeamBoard(app: App, place: ReadSignal<Place>) -> View {
    title(&t!("nav-team"));
    let department = create_selector(move || place.with(department_of));
    let (known, stale) = (create_signal(Load::Waiting), create_signal(false));
    let board = Board { app, department, known, stale, scope: use_current_scope() };
    create_effect(move || {
        app.live.resets().track();
        board.department.track();
        spawn_local_scoped(async move { board.fetch().await });
    });
    app.live.listen(move |envelope| board.hear(envelope));
    let drawn = loaded(known, move |()| board.soon(), move |known| draw(board, &known));
    view! {
        div(class="page wide team") {
            header(class="page-head") {
                div { h1 { T(id="nav-team") } p(class="muted") { T(id="team-text") } }
                (narrowing(board))
            }
            (drawn)
        }
    }
}

/// The department of the address; empty for all.
fn department_of(place: &Place) -> String {
    match place {
        Place::TeamOf { department } => department.clone(),
        _ => String::new(),
    }
}

impl Board {
    async fn fetch(self) {
        let department = self.department.get_clone_untracked();
        let (agents, queues) =
            futures::join!(api::runs::team(department.clone()), api::runs::queues_of(department.clone()));
        if department != self.department.get_clone_untracked() {
            return;
        }
        let known = agents.and_then(|agents| Ok(Rc::new((agents, queues?))));
        // A board on the screen is better than a failure over it; the next news asks again.
        if known.is_ok() || self.known.with_untracked(|known| !matches!(known, Load::Ready(_))) {
            self.known.set(known.into());
        }
    }

    fn hear(self, envelope: &Envelope) {
        let concerns = matches!(
            envelope.event,
            Some(
                Event::WorkflowPresenceChanged(_)
                    | Event::WorkflowRunStarted(_)
                    | Event::WorkflowRunMoved(_)
                    | Event::WorkflowRunFinished(_)
                    | Event::WorkflowRunSnoozed(_)
                    | Event::WorkflowAssignmentMade(_)
                    | Event::WorkflowAssignmentReleased(_)
                    | Event::WorkflowOfferMade(_)
                    | Event::WorkflowOfferEnded(_)
            )
        );
        if concerns {
            self.soon();
        }
    }

    /// Asks again once the burst of news is over.
    fn soon(self) {
        if self.stale.replace_silent(true) {
            return;
        }
        self.scope.run_in(|| {
            spawn_local_scoped(async move {
                TimeoutFuture::new(GATHER).await;
                self.stale.set_silent(false);
                self.fetch().await;
            });
        });
    }
}

/// The choice of a department.
fn narrowing(board: Board) -> View {
    let chosen = create_signal(board.department.get_clone_untracked());
    create_effect(on(board.department, move || chosen.set(board.department.get_clone_untracked())));
    create_effect(on(chosen, move || {
        let department = chosen.get_clone_untracked();
        if department != board.department.get_clone_untracked() {
            let all = department.is_empty();
            routes::go(&if all { Place::Team } else { Place::TeamOf { department } });
        }
    }));
    view! { SelectBox(label=t!("team-department"), value=chosen, options=move || departments(board.app)) }
}

/// Those whose tickets the person may see.
fn departments(app: App) -> Vec<(String, String)> {
    let me = app.session.me_now();
    let may = |id: &str| me.grants.holds(Permission::TicketRead, id);
    let all = app.departments.paths().into_iter().filter(|(id, _)| may(id));
    std::iter::once((String::new(), t!("team-everywhere"))).chain(all).collect()
}

fn draw(board: Board, known: &Known) -> View {
    let (agents, queues) = (&known.0, &known.1);
    let department = board.department.get_clone_untracked();
    let tiles = tiles(&Sums::of(agents, queues), &department);
    if agents.is_empty() {
        let (title, text) = (t!("team-none"), t!("team-none-text"));
        return view! { (tiles) div(class="panel") { Empty(icon="people", title=title, text=text) } };
    }
    let rows = agents.iter().map(|load| row(load, &department)).collect();
    let agents = table("agents team-board", &t!("nav-team"), &COLUMNS, rows);
    view! { (tiles) (agents) }
}

/// The sums, each a link to what it counts.
fn tiles(sums: &Sums, department: &str) -> View {
    let tile = |words: &str, count: i64, href: String, note: String| {
        let datum = Datum { label: t!(words), shown: count.to_string(), href, ..Datum::default() };
        view! { Stat(datum=datum, difference=note, up=None) }
    };
    let board = |department: &str| match department {
        "" => Place::Team.path(),
        department => Place::TeamOf { department: department.to_owned() }.path(),
    };
    let agents = t!("team-of-agents", count = sums.agents);
    let over = t!("team-over-note");
    let oldest = sums.oldest_words();
    let tiles = View::from(vec![
        tile("team-online", sums.online, board(department), agents),
        tile("team-open-sum", sums.active, sums::held(department), t!("team-units", count = sums.units)),
        tile("team-unassigned", sums.waiting, sums::unassigned(department), oldest),
        tile("team-over", sums.over, board(department), over),
    ]);
    view! { div(class="stats", role="group", aria-label=t!("team-figures")) { (tiles) } }
}
