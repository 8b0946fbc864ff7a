//! At the side of the editor: who may read the article, where it belongs, how it does, and the way out of use.

use proto::tickets::v1::{Article, ArticleState, ArticleVisibility, Category};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::article_draft::Draft;
use super::articles::{visibilities, votes};
use super::parts::{fact, facts, panel, when};
use crate::api;
use crate::app::App;
use crate::parts::{Button, Choice, ComboField, Form, Kind, Person, Question, SelectField};
use crate::store::catalogue::branches;
use crate::text::t;

/// Settings that hold at once, and facts.
#[component(inline_props)]
pub(super) fn Side(app: App, draft: Draft) -> View {
    let form = Form::new();
    let known = draft.article.get_clone_untracked();
    let visibility = create_signal(known.visibility().as_str_name().to_owned());
    let category = create_signal(known.category_id);
    apply(visibility, move |name| {
        let visibility = ArticleVisibility::from_str_name(&name).unwrap_or_default().into();
        draft.change(Article { visibility, ..draft.article.get_clone_untracked() }, "visibility");
    });
    apply(category, move |category_id| {
        draft.change(Article { category_id, ..draft.article.get_clone_untracked() }, "category_id");
    });
    let choices = categories(app);
    let settings = view! {
        div(class="body form") {
            SelectField(name="visibility", label=t!("article-visibility"), value=visibility, options=visibilities(), form=form, hint=t!("article-at-once"))
            ComboField(name="category_id", label=t!("article-category"), value=category, choices=choices, form=form, optional=true)
        }
    };
    let numbers = move || numbers(&draft.article.get_clone());
    let settings = panel("article-settings", View::new(), settings);
    let facts = panel("article-facts", View::new(), view! { (numbers()) });
    view! { div(class="stack") { (settings) (facts) (archive(app, draft)) } }
}

/// Does something with each later choice.
fn apply(value: Signal<String>, act: impl Fn(String) + 'static) {
    let first = create_signal(true);
    create_effect(on(value, move || {
        if !first.replace_silent(false) {
            act(value.get_clone_untracked());
        }
    }));
}

/// The categories of all departments by their whole names.
fn categories(app: App) -> ReadSignal<Vec<Choice>> {
    let all = create_signal(Vec::<Category>::new());
    spawn_local_scoped(async move {
        match api::catalog::categories(String::new(), false).await {
            Ok(categories) => all.set(categories),
            Err(trouble) => app.toasts.fail(&trouble),
        }
    });
    create_memo(move || {
        let tree = all.with(|all| branches(all));
        let choice = |branch: crate::store::catalogue::Branch| Choice {
            value: branch.category.id.clone(),
            label: branch.path,
            detail: app.departments.name(&branch.category.department_id),
            ..Choice::default()
        };
        tree.into_iter().map(choice).collect()
    })
}

fn numbers(article: &Article) -> View {
    let author = article.author_id.clone();
    facts(vec![
        (
            "article-revision",
            fact(if article.revision == 0 { String::new() } else { article.revision.to_string() }),
        ),
        ("article-helped", fact(votes(article))),
        ("article-author", view! { Person(id=author) }),
        ("article-changed", when(article.update_time)),
    ])
}

fn archive(app: App, draft: Draft) -> View {
    let state = create_selector(move || draft.article.with(Article::state));
    let ask = move |_| {
        let question = Question {
            title: t!("article-archive"),
            text: t!("article-archive-text"),
            deed: t!("article-archive"),
            kind: Kind::Danger,
            ..Question::default()
        };
        app.questions.ask(question, move |_| async move {
            let article = draft.save().await?;
            draft.article.set(api::knowledge::archive(&article).await?);
            app.toasts.say(t!("article-archived"));
            Ok(())
        });
    };
    view! {
        (if state.get() == ArticleState::Archived {
            View::new()
        } else {
            view! { Button(kind=Kind::Danger, icon="closed", label=t!("article-archive"), on:click=ask) }
        })
    }
}
