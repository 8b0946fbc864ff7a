//! Writing an article: kept as one types, seen by its readers once it is published.

use proto::tickets::v1::{Article, ArticleState, ArticleVisibility};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::article_draft::Draft;
use super::article_side::Side;
use super::article_versions::Versions;
use super::parts::way_back;
use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{
    Act, Button, Form, Kind, MarkdownField, Modal, Notice, Pill, T, TextField, Tone, form_foot, loaded,
    refusal,
};
use crate::routes::Place;
use crate::store::Load;
use crate::text::t;

/// The editor of an article.
#[component(inline_props)]
pub(super) fn ArticleEditor(id: String) -> View {
    let article = create_signal(Load::<Article>::Waiting);
    let load = move || {
        let id = id.clone();
        sycamore_futures::spawn_local_scoped(
            async move { article.set(api::knowledge::get(id).await.into()) },
        );
    };
    load();
    let back = way_back(&Place::Knowledge, "knowledge");
    let editor = loaded(article, move |()| load(), |article| view! { Editor(article=article) });
    view! { div(class="page wide") { (back) (editor) } }
}

/// What is over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Nothing,
    Publishing,
    Versions,
}

#[component(inline_props)]
fn Editor(article: Article) -> View {
    let app = use_context::<App>();
    let draft = Draft::of(app, article);
    let over = create_signal(Over::Nothing);
    let form = Form::new();
    create_effect(move || title(&draft.title.get_clone()));
    // What the server finds wrong is said where it is typed.
    create_effect(move || form.show(draft.trouble().get_clone()));
    let render = move |_: String| async move { draft.save().await.map(|article| article.html) };
    view! {
        (head(draft, over))
        (stale(draft))
        (refusal(form))
        div(class="split") {
            div(class="panel") {
                div(class="body form") {
                    TextField(name="title", label=t!("article-title"), value=draft.title, form=form, maxlength="255", autocomplete="off")
                    MarkdownField(name="text", label=t!("article-body"), value=draft.text, form=form, render=render, hint=t!("article-body-hint"))
                }
            }
            Side(app=app, draft=draft)
        }
        (match over.get() {
            Over::Publishing => view! { Publishing(app=app, draft=draft, done=move |()| over.set(Over::Nothing)) },
            Over::Versions => view! { Versions(draft=draft, done=move |()| over.set(Over::Nothing)) },
            Over::Nothing => View::new(),
        })
    }
}

fn head(draft: Draft, over: Signal<Over>) -> View {
    let name = move || draft.title.get_clone();
    let state = create_selector(move || draft.article.with(Article::state));
    let has_versions = create_selector(move || draft.article.with(|article| article.revision > 0));
    view! {
        header(class="page-head") {
            div(class="stack tight") {
                h1 { (name()) }
                div(class="facts") { (state_pill(state.get())) (kept(draft)) }
            }
            (if has_versions.get() {
                view! { Button(icon="clock", label=t!("article-versions"), on:click=move |_| over.set(Over::Versions)) }
            } else {
                View::new()
            })
            Button(kind=Kind::Primary, icon="send", label=t!("article-publish"), on:click=move |_| over.set(Over::Publishing))
        }
    }
}

/// Where an article stands, with icon and word.
fn state_pill(state: ArticleState) -> View {
    let (tone, icon, words) = match state {
        ArticleState::Published => ("done", "done", "article-is-published"),
        ArticleState::Archived => ("closed", "closed", "article-is-archived"),
        ArticleState::Draft | ArticleState::Unspecified => ("wait", "edit", "article-is-draft"),
    };
    view! { Pill(tone=tone, icon=icon, label=t!(words)) }
}

/// Whether what is typed is kept.
fn kept(draft: Draft) -> View {
    view! {
        span(role="status") {
            (if draft.is_kept() { view! { T(id="article-kept") } } else { view! { T(id="article-keeping") } })
        }
    }
}

/// Somebody else wrote, too: whose words stay is for people to say.
fn stale(draft: Draft) -> View {
    view! {
        (if draft.trouble().with(|trouble| trouble.as_ref().is_some_and(|trouble| trouble.kind == api::Kind::Stale)) {
            view! {
                Notice(tone=Tone::Wait, text=t!("article-stale")) {
                    Button(label=t!("article-take-theirs"), on:click=move |_| draft.look_again(true))
                    Button(label=t!("article-keep-mine"), on:click=move |_| draft.look_again(false))
                }
            }
        } else {
            View::new()
        })
    }
}

/// What was changed, then it is seen.
#[component(inline_props)]
fn Publishing(app: App, draft: Draft, #[prop(setter(into))] done: Act) -> View {
    let form = Form::new();
    let summary = create_signal(String::new());
    let (close, sent) = (done.clone(), done.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (summary, sent) = (summary.get_clone().trim().to_owned(), sent.clone());
        let call = async move {
            let article = draft.save().await?;
            api::knowledge::publish(&article, summary).await
        };
        form.send(app, call, move |article| {
            draft.article.set(article);
            app.toasts.say(t!("article-published"));
            sent.now();
        });
    };
    let readers = draft.article.with_untracked(Article::visibility);
    let text = match readers {
        ArticleVisibility::Public => t!("article-publish-public"),
        ArticleVisibility::Staff => t!("article-publish-staff"),
        ArticleVisibility::SignedIn | ArticleVisibility::Unspecified => t!("article-publish-signed-in"),
    };
    view! {
        Modal(title=t!("article-publish"), on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    p(class="muted") { (text) }
                    TextField(name="summary", label=t!("article-summary"), value=summary, form=form, hint=t!("article-summary-hint"), optional=true, "autofocus"="", maxlength="500", autocomplete="off")
                }
                (form_foot(form, &t!("article-publish"), done.clone()))
            }
        }
    }
}
