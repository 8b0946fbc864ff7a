//! One article: its text, whether it helped, and the way on where it did not.

use proto::identity::v1::Permission;
use proto::tickets::v1::Article;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::articles::readers;
use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Bones, Button, Failed, Form, Icon, T, TimeAgo, prose, refusal};
use crate::routes::Place;
use crate::session::State;
use crate::store::Load;
use crate::text::t;

/// The page of an article.
#[component(inline_props)]
pub(super) fn ArticlePage(id: String) -> View {
    let app = use_context::<App>();
    let article = create_signal(Load::<Article>::Waiting);
    let load = move || {
        let id = id.clone();
        spawn_local_scoped(async move { article.set(api::knowledge::get(id).await.into()) });
    };
    load();
    let back = Place::Help.path();
    view! {
        div(class="page") {
            a(class="line small", href=back) { Icon(name="arrow-left") T(id="nav-help") }
            (match article.get_clone() {
                Load::Waiting => view! { Bones(text=true) },
                Load::Failed(trouble) => { let load = load.clone(); view! { Failed(trouble=trouble, retry=move |()| load()) } },
                Load::Ready(article) => inside(app, article),
            })
        }
    }
}

fn inside(app: App, article: Article) -> View {
    title(&article.title);
    let (name, changed, visibility) = (article.title.clone(), article.update_time, article.visibility());
    let text = prose(&article.html, &article.text);
    let edit = edit(app, &article.id);
    view! {
        article(class="panel article") {
            header {
                div(class="grow stack tight") {
                    h1 { (name) }
                    div(class="facts") { span { T(id="help-changed") " " TimeAgo(time=changed, stop=true) } (readers(visibility)) }
                }
                (edit)
            }
            div(class="body") { (text) }
            Helped(app=app, article=article)
        }
    }
}

fn edit(app: App, id: &str) -> View {
    if !app.session.me_now().grants.anywhere(Permission::KnowledgeEdit) {
        return View::new();
    }
    let href = Place::ArticleEditor { id: id.to_owned() }.path();
    view! { a(class="btn", href=href) { Icon(name="edit") T(id="help-edit") } }
}

/// Whether it helped: asked of whoever is signed in, since everybody counts once.
#[component(inline_props)]
fn Helped(app: App, article: Article) -> View {
    if !untrack(|| matches!(app.session.state().get_clone(), State::SignedIn(_))) {
        return View::new();
    }
    let form = Form::new();
    let said = create_signal(None::<bool>);
    let say = move |helpful: bool| {
        let call = api::knowledge::rate(article.id.clone(), helpful);
        form.send(app, call, move |_| said.set(Some(helpful)));
    };
    let (yes, no) = (say.clone(), say);
    let pressed = move |value: bool| move || (said.get() == Some(value)).to_string();
    let ask = Place::NewRequest.path();
    view! {
        footer(class="helped") {
            span { T(id="help-helped") }
            Button(icon="check", label=t!("yes"), aria-pressed=pressed(true), on:click=move |_| yes(true))
            Button(icon="x", label=t!("no"), aria-pressed=pressed(false), on:click=move |_| no(false))
            span(class="small muted", role="status") {
                (match said.get() {
                    Some(true) => view! { T(id="help-thanks") },
                    Some(false) => { let ask = ask.clone(); view! { T(id="help-sorry") " " a(href=ask) { T(id="new-request") } } }
                    None => View::new(),
                })
            }
            (refusal(form))
        }
    }
}
