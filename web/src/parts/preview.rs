//! Markdown, written in one tab and seen in the other as the server shows it: only the server renders and cleans, so that what one sees
//! is what others will.

use std::pin::Pin;
use std::rc::Rc;

use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::field::Name;
use super::{AreaField, Bones, Empty, Failed, Form, Tab, Tabs};
use crate::api::Answer;
use crate::store::Load;
use crate::text::t;

/// The HTML that is to come.
type Rendering = Pin<Box<dyn Future<Output = Answer<String>>>>;

/// Asks the server for the HTML of a text.
#[derive(Clone)]
pub(crate) struct Render(Rc<dyn Fn(String) -> Rendering>);

impl<F, A> From<F> for Render
where
    F: Fn(String) -> A + 'static,
    A: Future<Output = Answer<String>> + 'static,
{
    fn from(render: F) -> Self {
        Self(Rc::new(move |text| Box::pin(render(text))))
    }
}

/// The field with its preview.
#[component(inline_props)]
pub(crate) fn MarkdownField(
    name: &'static str,
    #[prop(setter(into))] label: String,
    value: Signal<String>,
    form: Form,
    #[prop(setter(into))] render: Render,
    #[prop(default, setter(into))] hint: String,
    #[prop(default)] optional: bool,
) -> View {
    let chosen = create_signal("write");
    let tabs = vec![Tab::new("write", t!("markdown-write")), Tab::new("preview", t!("markdown-preview"))];
    let tabs_label = label.clone();
    let id = Name::from(name);
    view! {
        div(class="markdown") {
            Tabs(name=name_of_tabs(name), label=tabs_label, tabs=tabs, chosen=chosen) {
                // Only hidden while the preview is shown, so that the caret and the browser's own undo stay.
                div(hidden=chosen.get() != "write") {
                    AreaField(name=id, label=label, value=value, form=form, hint=hint, optional=optional, rows="6")
                }
                (if chosen.get() == "preview" {
                    let (text, render) = (value.get_clone_untracked(), render.clone());
                    view! { Preview(text=text, render=render) }
                } else {
                    View::new()
                })
            }
        }
    }
}

/// Ids of tabs begin with a name of their own, apart from the field's.
fn name_of_tabs(name: &'static str) -> Name {
    format!("{name}-tabs").into()
}

/// A text as the server shows it.
#[component(inline_props)]
fn Preview(text: String, render: Render) -> View {
    let html = create_signal(Load::Waiting);
    if text.trim().is_empty() {
        return view! { Empty(icon="edit", title=t!("markdown-empty")) };
    }
    let ask = move || {
        let (render, text) = (render.clone(), text.clone());
        spawn_local_scoped(async move { html.set(Load::from((render.0)(text).await)) });
    };
    ask();
    view! {
        (match html.get_clone() {
            Load::Waiting => view! { Bones(text=true, rows=4) },
            Load::Failed(trouble) => {
                let ask = ask.clone();
                view! { Failed(trouble=trouble, retry=move |()| ask()) }
            }
            Load::Ready(html) => view! { div(class="prose", dangerously_set_inner_html=html) {} },
        })
    }
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::MarkdownField;
    use crate::app::drawn;
    use crate::parts::Form;

    #[test]
    fn one_writes_first_and_nothing_is_asked_until_the_preview_is() {
        let html = drawn(|| {
            let value = create_signal("**bold**".to_owned());
            let render = |_: String| async { unreachable!("nobody looked at the preview") };
            view! { MarkdownField(name="text", label="Article", value=value, form=Form::new(), render=render) }
        });
        assert!(html.contains("Write") && html.contains("Preview") && html.contains("<textarea"), "{html}");
    }
}
