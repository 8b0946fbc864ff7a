//! All articles one may read, by title; with words in the box those that have them, best first.

use std::rc::Rc;

use proto::identity::v1::Permission;
use proto::tickets::v1::{Article, ArticleMatch, ArticleState, ArticleVisibility};
use sycamore::prelude::*;

use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Empty, Icon, Pill, SearchBox, T, TimeAgo, listed, loaded};
use crate::routes::Place;
use crate::store::paged::{Page, Paged};
use crate::text::t;

/// Articles asked for at a time.
const PAGE: i32 = 50;
/// The most a search finds.
const FOUND: i32 = 20;

/// The list, and the box that searches.
#[component]
pub(super) fn Articles() -> View {
    title(&t!("nav-help"));
    let app = use_context::<App>();
    let words = create_signal(String::new());
    let searching = create_selector(move || words.with(|words| !words.trim().is_empty()));
    view! {
        div(class="page") {
            header(class="page-head") { div { h1 { T(id="nav-help") } p(class="muted") { T(id="help-text") } } (write(app)) }
            SearchBox(label=t!("help-search"), value=words)
            (if searching.get() { view! { Found(words=words) } } else { view! { All() } })
        }
    }
}

/// The way to the editor, for those who may write.
fn write(app: App) -> View {
    if !app.session.me_now().grants.anywhere(Permission::KnowledgeEdit) {
        return View::new();
    }
    let href = Place::Knowledge.path();
    view! { a(class="btn", href=href) { Icon(name="edit") T(id="help-write") } }
}

#[component]
fn All() -> View {
    let list = Paged::new(|token| async move {
        let answer = api::knowledge::list(ArticleState::Published, token, PAGE).await?;
        Ok(Page { items: answer.articles, next: answer.next_page_token, total: None })
    });
    list.load();
    let nothing = || view! { div(class="panel") { Empty(icon="help", title=t!("help-none"), text=t!("help-none-text")) } };
    listed(list, nothing, |articles: &[Article]| {
        let lines =
            View::from(articles.iter().map(|article| line(article, String::new())).collect::<Vec<_>>());
        view! { div(class="panel") { (lines) } }
    })
}

#[component(inline_props)]
fn Found(words: Signal<String>) -> View {
    let list = Paged::new(move |_| async move {
        let items = api::knowledge::search(words.get_clone_untracked(), FOUND).await?;
        Ok(Page { items, next: String::new(), total: None })
    })
    .following(move || words.track());
    let found = loaded(
        list.found(),
        move |()| list.load(),
        |matches: Rc<Vec<ArticleMatch>>| {
            if matches.is_empty() {
                return view! { div(class="panel") { Empty(icon="search", title=t!("nothing-found"), text=t!("help-not-found-text")) { (ask()) } } };
            }
            let lines = matches
                .iter()
                .map(|found| line(&found.article.clone().unwrap_or_default(), found.snippet_html.clone()));
            let lines = View::from(lines.collect::<Vec<_>>());
            view! { div(class="panel") { (lines) } }
        },
    );
    view! { div(aria-live="polite") { (found) } }
}

/// Whoever finds nothing asks.
fn ask() -> View {
    let href = Place::NewRequest.path();
    view! { a(class="btn", data-kind="primary", href=href) { Icon(name="plus") T(id="new-request") } }
}

fn line(article: &Article, snippet: String) -> View {
    let (name, changed, visibility) = (article.title.clone(), article.update_time, article.visibility());
    let href = Place::Article { id: article.id.clone() }.path();
    let snippet = if snippet.is_empty() {
        View::new()
    } else {
        view! { span(class="small muted snippet", dangerously_set_inner_html=snippet) {} }
    };
    let readers = readers(visibility);
    view! {
        a(class="request", href=href) {
            span(class="subject line wrap") { (name) (readers) }
            TimeAgo(time=changed, class="when")
            (snippet)
        }
    }
}

/// Who else reads it, where that is not everybody.
pub(super) fn readers(visibility: ArticleVisibility) -> View {
    match visibility {
        ArticleVisibility::Staff => view! { Pill(tone="note", icon="lock", label=t!("help-for-staff")) },
        _ => View::new(),
    }
}
