//! Why a ticket is with whom it is: the decision, everybody who was looked at, and why not they.

use proto::identity::v1::{Actor, ActorKind};
use proto::workflow::v1::{AssignmentExplanation, Candidate};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::parts::{Act, Avatar, Bones, Failed, Icon, Modal, T, TimeAgo};
use crate::store::Load;
use crate::store::open_ticket::OpenTicket;
use crate::text::{self, t};

/// The explanation in a dialog.
#[component(inline_props)]
pub(super) fn Why(open: OpenTicket, #[prop(setter(into))] on_close: Act) -> View {
    let told = create_signal(Load::<AssignmentExplanation>::Waiting);
    let ask = move || {
        let id = open.id().unwrap_or_default();
        spawn_local_scoped(async move { told.set(api::runs::explain(id).await.into()) });
    };
    ask();
    view! {
        Modal(title=t!("why-assigned"), on_close=move |()| on_close.now()) {
            div(class="body") {
                (match told.get_clone() {
                    Load::Waiting => view! { Bones(rows=4, text=true) },
                    Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| ask()) },
                    Load::Ready(explanation) => decision(explanation),
                })
            }
        }
    }
}

fn decision(explanation: AssignmentExplanation) -> View {
    let AssignmentExplanation { time, summary, reason, candidates, actor, .. } = explanation;
    let by = who(&actor.unwrap_or_default());
    let reason = if reason.is_empty() {
        View::new()
    } else {
        view! { p(class="muted") { (reason) } }
    };
    let looked_at = if candidates.is_empty() { View::new() } else { everybody(candidates) };
    view! {
        div(class="stack") {
            p { (text::sentence(&summary)) }
            (reason)
            p(class="line small faint") { Icon(name="route") (by) span { " · " } TimeAgo(time=time, stop=true) }
            (looked_at)
        }
    }
}

/// A person, or routing itself.
fn who(actor: &Actor) -> String {
    if actor.kind() == ActorKind::Person { actor.display_name.clone() } else { t!("event-system") }
}

fn everybody(candidates: Vec<Candidate>) -> View {
    let lines = View::from(candidates.into_iter().map(line).collect::<Vec<_>>());
    view! {
        h3 { T(id="candidates") }
        ol(class="reasons") { (lines) }
    }
}

fn line(candidate: Candidate) -> View {
    let Candidate { user_id, display_name, rank, message, .. } = candidate;
    let chosen = (rank == 1).then_some("");
    let rank = if rank == 0 { "–".to_owned() } else { rank.to_string() };
    view! {
        li(data-chosen=chosen) {
            span(class="rank") { (rank) }
            Avatar(id=user_id)
            span { span(class="change") { (display_name) } div(class="small muted") { (message) } }
        }
    }
}
