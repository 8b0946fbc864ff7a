//! The knowledge base as it is written: drafts, what is published, what was archived.

use proto::tickets::v1::{Article, ArticleState, ArticleVisibility};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::parts::{deed, head, when};
use crate::api;
use crate::app::App;
use crate::parts::{
    Act, Column, Empty, Form, Modal, Pill, SelectField, Tab, Tabs, TextField, form_foot, listed, refusal,
    table,
};
use crate::routes::{self, Place};
use crate::store::paged::{Page, Paged};
use crate::text::t;

/// Articles asked for at a time.
const PAGE: i32 = 50;

const COLUMNS: [Column; 4] = [
    ("article-title", ""),
    ("article-visibility", "optional"),
    ("article-helped", "number"),
    ("article-changed", "number"),
];

/// The lists, one at a time, and the form for a new article.
#[component]
pub(super) fn Articles() -> View {
    let chosen = create_signal("published");
    let is_new = create_signal(false);
    let head =
        head("knowledge", "knowledge-text", deed(true, "plus", "article-new", move || is_new.set(true)));
    let tabs =
        ["published", "drafts", "archived"].map(|key| Tab::new(key, t!(&format!("articles-{key}")))).to_vec();
    view! {
        div(class="page wide") {
            (head)
            Tabs(name="articles", label=t!("knowledge"), tabs=tabs, chosen=chosen) {
                (list(chosen.get()))
            }
        }
        (if is_new.get() { view! { NewArticle(done=move |()| is_new.set(false)) } } else { View::new() })
    }
}

fn list(key: &'static str) -> View {
    let state = match key {
        "drafts" => ArticleState::Draft,
        "archived" => ArticleState::Archived,
        _ => ArticleState::Published,
    };
    let list = Paged::new(move |token| async move {
        let answer = api::knowledge::list(state, token, PAGE).await?;
        Ok(Page { items: answer.articles, next: answer.next_page_token, total: None })
    });
    list.load();
    let nothing = move || {
        let title = t!(&format!("articles-none-{key}"));
        view! { div(class="panel") { Empty(icon="help", title=title, text=t!("articles-none-text")) } }
    };
    listed(list, nothing, |articles: &[Article]| {
        table("articles", &t!("knowledge"), &COLUMNS, articles.iter().map(row).collect())
    })
}

fn row(article: &Article) -> View {
    let (name, changed, visibility) = (article.title.clone(), article.update_time, article.visibility());
    let href = Place::ArticleEditor { id: article.id.clone() }.path();
    let votes = votes(article);
    view! {
        tr {
            td { a(href=href) { (name) } }
            td(class="optional") { (visibility_pill(visibility)) }
            td(class="number") { (votes) }
            td(class="number") { (when(changed)) }
        }
    }
}

/// How many of those who said so it helped.
pub(super) fn votes(article: &Article) -> String {
    let (helped, all) = (article.helpful_count, article.helpful_count + article.unhelpful_count);
    if all == 0 { String::new() } else { t!("article-votes", helped = helped, all = all) }
}

/// Who may read it, with icon and word.
pub(super) fn visibility_pill(visibility: ArticleVisibility) -> View {
    let (tone, icon) = match visibility {
        ArticleVisibility::Public => ("new", "eye"),
        ArticleVisibility::Staff => ("note", "lock"),
        ArticleVisibility::SignedIn | ArticleVisibility::Unspecified => ("open", "people"),
    };
    view! { Pill(tone=tone, icon=icon, label=visibility_name(visibility)) }
}

fn visibility_name(visibility: ArticleVisibility) -> String {
    t!(&visibility.as_str_name().to_ascii_lowercase().replace('_', "-"))
}

/// The visibilities to choose from.
pub(super) fn visibilities() -> Vec<(String, String)> {
    let all = [ArticleVisibility::SignedIn, ArticleVisibility::Public, ArticleVisibility::Staff];
    all.map(|visibility| (visibility.as_str_name().to_owned(), visibility_name(visibility))).to_vec()
}

/// Begins an article; the rest is written in the editor.
#[component(inline_props)]
fn NewArticle(#[prop(setter(into))] done: Act) -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let title = create_signal(String::new());
    let visibility = create_signal(ArticleVisibility::SignedIn.as_str_name().to_owned());
    let request_id = api::request_id();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let article = Article {
            title: title.get_clone().trim().to_owned(),
            visibility: ArticleVisibility::from_str_name(&visibility.get_clone()).unwrap_or_default().into(),
            ..Article::default()
        };
        if article.title.is_empty() {
            return form.refuse("title", t!("article-title-missing"));
        }
        form.send(app, api::knowledge::create(article, request_id.clone()), |article| {
            routes::go(&Place::ArticleEditor { id: article.id });
        });
    };
    let close = done.clone();
    view! {
        Modal(title=t!("article-new"), on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    TextField(name="title", label=t!("article-title"), value=title, form=form, hint=t!("article-title-hint"), "autofocus"="", maxlength="255", autocomplete="off")
                    SelectField(name="visibility", label=t!("article-visibility"), value=visibility, options=visibilities(), form=form)
                }
                (form_foot(form, &t!("article-begin"), done.clone()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Article;

    use super::{visibilities, votes};

    #[test]
    fn votes_are_told_of_all_who_said_so() {
        let article =
            |helpful_count, unhelpful_count| Article { helpful_count, unhelpful_count, ..Article::default() };
        assert_eq!(votes(&article(0, 0)), "");
        assert_eq!(votes(&article(3, 1)), "3 of 4");
    }

    #[test]
    fn every_visibility_has_words() {
        assert!(visibilities().iter().all(|(_, words)| !words.starts_with("article-visibility-")));
    }
}
