//! Articles that may answer a request before it is sent, found by its subject while that is typed, and read without leaving the form.

use std::rc::Rc;

use proto::tickets::v1::{Article, ArticleMatch};
use sycamore::prelude::*;
use sycamore_futures::{spawn_local, spawn_local_scoped};

use super::sheet::Sheet;
use crate::api;
use crate::app::App;
use crate::parts::{Bones, Button, Failed, Icon, Kind, Modal, Shape, T, prose};
use crate::routes::{self, Place};
use crate::store::Load;
use crate::store::paged::{Page, Paged};
use crate::text::t;

/// The most that is suggested: more would be a search.
const MOST: i32 = 3;
/// Letters of a subject that are worth a search.
const ENOUGH: usize = 4;

/// What is suggested, as long as there is anything.
#[component(inline_props)]
pub(super) fn Suggestions(app: App, sheet: Sheet) -> View {
    let found = Paged::<ArticleMatch>::new(move |_| find(sheet.subject.get_clone_untracked()))
        .following(move || sheet.subject.track());
    let matches = create_memo(move || match found.found().get_clone() {
        Load::Ready(found) => found,
        _ => Rc::default(),
    });
    let reading = create_signal(None::<Article>);
    view! {
        div(class="hints", aria-live="polite") {
            (if matches.with(|matches| matches.is_empty()) {
                View::new()
            } else {
                let lines = matches.get_clone();
                let lines = View::from(lines.iter().map(|found| line(found, reading)).collect::<Vec<_>>());
                view! {
                    div(class="suggestions") {
                        p(class="small") { Icon(name="help") " " T(id="suggestions") }
                        ul { (lines) }
                    }
                }
            })
        }
        (match reading.get_clone() {
            Some(article) => view! { Reading(app=app, sheet=sheet, article=article, reading=reading) },
            None => View::new(),
        })
    }
}

/// Nothing goes wrong here: what cannot be found is not suggested.
async fn find(subject: String) -> api::Answer<Page<ArticleMatch>> {
    let subject = subject.trim().to_owned();
    if subject.chars().count() < ENOUGH {
        return Ok(Page { items: Vec::new(), next: String::new(), total: None });
    }
    let items = api::knowledge::search(subject, MOST).await.unwrap_or_default();
    Ok(Page { items, next: String::new(), total: None })
}

fn line(found: &ArticleMatch, reading: Signal<Option<Article>>) -> View {
    let (article, snippet) = (found.article.clone().unwrap_or_default(), found.snippet_html.clone());
    let title = article.title.clone();
    view! {
        li {
            button(class="link-btn", r#type="button", on:click=move |_| reading.set(Some(article.clone()))) { (title) }
            span(class="small muted snippet", dangerously_set_inner_html=snippet) {}
        }
    }
}

/// The article at the side, and whether it made the request needless.
#[component(inline_props)]
fn Reading(app: App, sheet: Sheet, article: Article, reading: Signal<Option<Article>>) -> View {
    let (id, title, own) = (article.id.clone(), article.title.clone(), article.id);
    let whole = create_signal(Load::<Article>::Waiting);
    let load = move || {
        let id = id.clone();
        spawn_local_scoped(async move { whole.set(api::knowledge::get(id).await.into()) });
    };
    load();
    let solved = move |_| {
        let id = own.clone();
        spawn_local(async move { drop(api::knowledge::rate(id, true).await) });
        reading.set(None);
        sheet.clear();
        app.toasts.say(t!("suggestion-solved-said"));
        routes::go(&Place::Requests);
    };
    view! {
        Modal(title=title, shape=Shape::Drawer, on_close=move |()| reading.set(None)) {
            div(class="body") {
                (match whole.get_clone() {
                    Load::Waiting => view! { Bones(text=true) },
                    Load::Failed(trouble) => { let load = load.clone(); view! { Failed(trouble=trouble, retry=move |()| load()) } },
                    Load::Ready(article) => prose(&article.html, &article.text),
                })
            }
            footer {
                Button(label=t!("suggestion-go-on"), on:click=move |_| reading.set(None))
                Button(kind=Kind::Primary, icon="check", label=t!("suggestion-solved"), on:click=solved)
            }
        }
    }
}
