//! The published texts of an article, newest first; each can be looked at and taken up again.

use proto::tickets::v1::{Article, ArticleVersion};
use sycamore::prelude::*;

use super::article_draft::Draft;
use crate::api;
use crate::parts::{Act, Button, Empty, Modal, Person, Shape, TimeAgo, listed};
use crate::store::paged::{Page, Paged};
use crate::text::t;

/// The versions at the side.
#[component(inline_props)]
pub(super) fn Versions(draft: Draft, #[prop(setter(into))] done: Act) -> View {
    let id = draft.article.with_untracked(|article: &Article| article.id.clone());
    let list = Paged::new(move |token| {
        let id = id.clone();
        async move {
            let (items, next) = api::knowledge::versions(id, token).await?;
            Ok(Page { items, next, total: None })
        }
    });
    list.load();
    let close = done.clone();
    let nothing = || view! { Empty(icon="clock", title=t!("article-versions-none")) };
    let versions = listed(list, nothing, move |versions: &[ArticleVersion]| {
        let lines = versions.iter().map(|version| line(draft, version.clone(), done.clone()));
        let lines = View::from(lines.collect::<Vec<_>>());
        view! { ol(class="versions") { (lines) } }
    });
    view! {
        Modal(title=t!("article-versions"), shape=Shape::Drawer, on_close=move |()| close.now()) {
            div(class="body") { (versions) }
        }
    }
}

fn line(draft: Draft, version: ArticleVersion, done: Act) -> View {
    let ArticleVersion { revision, title, text, summary, author_id, publish_time } = version;
    let (name, shown) = (title.clone(), text.clone());
    let take = move |_| {
        draft.title.set(title.clone());
        draft.text.set(text.clone());
        done.now();
    };
    view! {
        li(class="stack tight") {
            div(class="line wrap") { b { (t!("article-version", number = revision)) } TimeAgo(time=publish_time, stop=true, class="small faint") }
            span(class="small") { Person(id=author_id) }
            p(class="small muted") { (summary) }
            details {
                summary { (t!("article-version-show")) }
                p { b { (name) } }
                pre(class="version-text") { (shown) }
            }
            div { Button(icon="undo", label=t!("article-version-take"), on:click=take, data-size="small") }
        }
    }
}
