//! The audit log as a file of JSON lines, oldest first, narrowed like the list: asked for as a stream, so that its length does not matter to the server.

use proto::identity::v1::{AuditEvent, ExportAuditEventsRequest, ListAuditEventsRequest};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::audit::Filters;
use crate::app::App;
use crate::parts::Button;
use crate::text::t;
use crate::{api, browser, time};

const NAME: &str = "audit.jsonl";
const MEDIA_TYPE: &str = "application/x-ndjson";

/// The button, and how far it is; a second press ends it.
#[component(inline_props)]
pub(super) fn Export(app: App, filters: Filters) -> View {
    // How many lines are here; none while nothing is exported.
    let running = create_signal(None::<usize>);
    let press = move |_| {
        if running.get().is_some() {
            return running.set(None);
        }
        running.set(Some(0));
        spawn_local(export(app, filters, running));
    };
    let label =
        move || running.get().map_or_else(|| t!("export"), |count| t!("export-running", count = count));
    view! { (button(label(), running.get().is_some(), press)) }
}

fn button(label: String, running: bool, press: impl FnMut(web_sys::MouseEvent) + 'static) -> View {
    let icon = if running { "x" } else { "download" };
    view! { Button(icon=icon, label=label, on:click=press) }
}

async fn export(app: App, filters: Filters, running: Signal<Option<usize>>) {
    let ListAuditEventsRequest { from_time, to_time, filter, actor_id, target, action, .. } =
        filters.asked(String::new(), 0);
    let asked = ExportAuditEventsRequest { from_time, to_time, filter, actor_id, target, action };
    let pieces = js_sys::Array::new();
    let mut count = 0;
    let goes_on = move || running.is_alive() && running.get_untracked().is_some();
    let answer = api::audit::export(asked, |lines| {
        count += lines.len();
        pieces.push(&lines.iter().map(json_line).collect::<String>().into());
        if goes_on() {
            running.set(Some(count));
        }
        goes_on()
    });
    let answer = answer.await;
    if !goes_on() {
        return;
    }
    running.set(None);
    match answer {
        Ok(()) => {
            browser::download(NAME, MEDIA_TYPE, &pieces);
            app.toasts.say(t!("exported", count = count));
        }
        Err(trouble) => app.toasts.fail(&trouble),
    }
}

/// A line of the file; what was before and after stays the JSON it is.
fn json_line(event: &AuditEvent) -> String {
    let time = event.time.as_ref().map(time::machine).unwrap_or_default();
    let texts = browser::json(&[
        ("id", &event.id),
        ("time", &time),
        ("action", &event.action),
        ("actorId", &event.actor_id),
        ("actorName", &event.actor_name),
        ("target", &event.target),
        ("address", &event.address),
        ("sessionId", &event.session_id),
        ("reason", &event.reason),
        ("hash", &event.hash),
    ]);
    let nested = |name: &str, json: &str| {
        if json.is_empty() { String::new() } else { format!(",\"{name}\":{json}") }
    };
    let (before, after) = (nested("before", &event.before_json), nested("after", &event.after_json));
    format!("{}{before}{after}}}\n", texts.strip_suffix('}').unwrap_or(&texts))
}
