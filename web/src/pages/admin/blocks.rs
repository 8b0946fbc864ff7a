//! Addresses, devices and accounts with failed sign-ins on record, the blocked ones marked; forgetting them lets them in again.

use proto::identity::v1::{Block, BlockKind};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::parts::{panel, when};
use crate::api::{self, Answer};
use crate::app::App;
use crate::parts::{Button, Column, Icon, Pill, T, listed, table};
use crate::store::paged::{Page, Paged};
use crate::text::t;
use crate::time;

/// Blocks asked for at a time.
const PAGE: i32 = 50;

/// The panel of blocks.
#[component(inline_props)]
pub(super) fn Blocks(app: App) -> View {
    let list = Paged::new(page).following(|| {});
    let again = view! { Button(icon="refresh", label=t!("refresh"), data-size="small", busy=list.busy(), on:click=move |_| list.load()) };
    let body = listed(list, none, move |found| rows(app, list, found));
    panel("blocks", again, body)
}

async fn page(token: String) -> Answer<Page<Block>> {
    let answer = api::security::blocks(token, PAGE).await?;
    Ok(Page { items: answer.blocks, next: answer.next_page_token, total: None })
}

fn none() -> View {
    view! { p(class="body muted") { T(id="blocks-none") } }
}

const COLUMNS: [Column; 5] = [
    ("block-subject", ""),
    ("block-failures", "optional number"),
    ("block-last", "optional number"),
    ("status", ""),
    ("", "number"),
];

fn rows(app: App, list: Paged<Block>, found: &[Block]) -> View {
    table("blocks", &t!("blocks"), &COLUMNS, found.iter().map(|block| row(app, list, block)).collect())
}

fn row(app: App, list: Paged<Block>, block: &Block) -> View {
    let (icon, kind) = match block.kind() {
        BlockKind::Address | BlockKind::Unspecified => ("route", "block-address"),
        BlockKind::Device => ("screen", "block-device"),
        BlockKind::Account => ("user", "block-account"),
    };
    let Block { id, subject, failures, last_failure_time, blocked_until, .. } = block.clone();
    let forget = move |_| {
        let id = id.clone();
        spawn_local(async move {
            match api::security::unblock(id).await {
                Ok(_) => {
                    app.toasts.say(t!("unblocked"));
                    list.load();
                }
                Err(trouble) => app.toasts.fail(&trouble),
            }
        });
    };
    let name = t!("unblock-of", subject = subject.clone());
    let state = if let Some(until) = blocked_until {
        view! { Pill(tone="late", icon="lock", label=t!("blocked-until", time = time::clock(time::millis(&until)))) }
    } else {
        view! { Pill(tone="closed", icon="info", label=t!("block-watched")) }
    };
    let latest = when(last_failure_time);
    view! {
        tr {
            td { span(class="line") { Icon(name=icon) span { b(class="mono") { (subject) } div(class="tiny faint") { (t!(kind)) } } } }
            td(class="optional number") { (failures) }
            td(class="optional number") { (latest) }
            td { (state) }
            td(class="number") { Button(label=t!("unblock"), data-size="small", aria-label=name, on:click=forget) }
        }
    }
}
