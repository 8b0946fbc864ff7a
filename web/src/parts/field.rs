//! Fields: a label, a control, a hint, and what is wrong, tied together for everyone who cannot see them side by side.

use std::borrow::Cow;

use sycamore::prelude::*;
use sycamore::web::events::Event;

use super::{Act, Button, Form, Icon, Kind, T};
use crate::text::t;
use crate::time::Unit;

/// What a request calls a field, by which the server's words find it; also the id of its control.
pub(crate) type Name = Cow<'static, str>;

/// Label above, hint or mistake below.
#[component(inline_props)]
pub(super) fn Field(
    name: Name,
    label: String,
    hint: String,
    #[prop(setter(into))] optional: MaybeDyn<bool>,
    form: Form,
    children: Children,
) -> View {
    let hint_id = format!("{name}-hint");
    let (wrong_id, own) = (format!("{name}-wrong"), name.clone());
    let hint = if hint.is_empty() {
        View::new()
    } else {
        view! { span(class="hint", id=hint_id) { (hint) } }
    };
    view! {
        div(class="field") {
            label(class="label", r#for=own) {
                (label)
                (if optional.get() { view! { span(class="optional") { " " T(id="optional") } } } else { View::new() })
            }
            (children)
            (hint)
            (match form.wrong(&name) {
                Some(sentence) => {
                    let id = wrong_id.clone();
                    view! { span(class="wrong", id=id) { Icon(name="alert") span { (sentence) } } }
                }
                None => View::new(),
            })
        }
    }
}

/// The ids of what describes a field, for `aria-describedby`.
pub(super) fn described_by(name: &str) -> String {
    format!("{name}-hint {name}-wrong")
}

/// One line.
#[component(inline_props)]
pub(crate) fn TextField(
    #[prop(setter(into))] name: Name,
    #[prop(setter(into))] label: String,
    value: Signal<String>,
    form: Form,
    #[prop(default, setter(into))] hint: String,
    #[prop(default = MaybeDyn::Static(false), setter(into))] optional: MaybeDyn<bool>,
    #[prop(default = "text")] r#type: &'static str,
    #[prop(attributes(html, input))] attributes: Attributes,
) -> View {
    let (described, id, field, own) = (described_by(&name), name.clone(), name.clone(), name.clone());
    let invalid = move || form.wrong(&own).is_some().to_string();
    view! {
        Field(name=name, label=label, hint=hint, optional=optional, form=form) {
            input(class="input", id=id, name=field, r#type=r#type, aria-describedby=described, aria-invalid=invalid,
                bind:value=value, ..attributes)
        }
    }
}

/// Several lines; grows with what is written.
#[component(inline_props)]
pub(crate) fn AreaField(
    #[prop(setter(into))] name: Name,
    #[prop(setter(into))] label: String,
    value: Signal<String>,
    form: Form,
    #[prop(default, setter(into))] hint: String,
    #[prop(default = MaybeDyn::Static(false), setter(into))] optional: MaybeDyn<bool>,
    #[prop(attributes(html, textarea))] attributes: Attributes,
) -> View {
    let (described, id, field, own) = (described_by(&name), name.clone(), name.clone(), name.clone());
    let invalid = move || form.wrong(&own).is_some().to_string();
    view! {
        Field(name=name, label=label, hint=hint, optional=optional, form=form) {
            textarea(class="input", id=id, name=field, aria-describedby=described, aria-invalid=invalid,
                bind:value=value, ..attributes)
        }
    }
}

/// One of a few: value and words of each option.
#[component(inline_props)]
pub(crate) fn SelectField(
    #[prop(setter(into))] name: Name,
    #[prop(setter(into))] label: String,
    value: Signal<String>,
    #[prop(setter(into))] options: MaybeDyn<Vec<(String, String)>>,
    form: Form,
    #[prop(default, setter(into))] hint: String,
    #[prop(default = MaybeDyn::Static(false), setter(into))] optional: MaybeDyn<bool>,
) -> View {
    let (described, id, field, own) = (described_by(&name), name.clone(), name.clone(), name.clone());
    let invalid = move || form.wrong(&own).is_some().to_string();
    view! {
        Field(name=name, label=label, hint=hint, optional=optional, form=form) {
            span(class="select") {
                select(class="input", id=id, name=field, aria-describedby=described, aria-invalid=invalid, on:change=chosen(value)) {
                    (View::from(options.get_clone().into_iter().map(|words| option_of(words, value)).collect::<Vec<_>>()))
                }
                Icon(name="chevron-down")
            }
        }
    }
}

/// One of a few to narrow what is below it; its label is said, not seen: the first option says what it is about.
#[component(inline_props)]
pub(crate) fn SelectBox(
    #[prop(setter(into))] label: String,
    value: Signal<String>,
    #[prop(setter(into))] options: MaybeDyn<Vec<(String, String)>>,
) -> View {
    view! {
        span(class="select") {
            select(class="input", aria-label=label, on:change=chosen(value)) {
                (View::from(options.get_clone().into_iter().map(|words| option_of(words, value)).collect::<Vec<_>>()))
            }
            Icon(name="chevron-down")
        }
    }
}

/// Takes what was chosen.
fn chosen(value: Signal<String>) -> impl Fn(Event) + 'static {
    move |event| {
        if let Some(select) =
            event.target().and_then(|target| js_sys::Reflect::get(&target, &"value".into()).ok())
        {
            value.set(select.as_string().unwrap_or_default());
        }
    }
}

fn option_of((key, words): (String, String), value: Signal<String>) -> View {
    let own = key.clone();
    let chosen = move || value.with(|value| *value == own);
    view! { option(value=key, selected=chosen) { (words) } }
}

/// A password that can be looked at.
#[component(inline_props)]
pub(crate) fn PasswordField(
    name: &'static str,
    #[prop(setter(into))] label: String,
    value: Signal<String>,
    form: Form,
    #[prop(default, setter(into))] hint: String,
    #[prop(default = "current-password")] autocomplete: &'static str,
) -> View {
    let described = described_by(name);
    let invalid = move || form.wrong(name).is_some().to_string();
    let shown = create_signal(false);
    let r#type = move || if shown.get() { "text" } else { "password" };
    let pressed = move || shown.get().to_string();
    view! {
        Field(name=name.into(), label=label, hint=hint, optional=false, form=form) {
            div(class="password") {
                input(class="input", id=name, name=name, r#type=r#type, autocomplete=autocomplete, required=true,
                    aria-describedby=described, aria-invalid=invalid, bind:value=value)
                Button(kind=Kind::Quiet, icon="eye", aria-label=t!("show-password"), aria-pressed=pressed,
                    on:click=move |_| shown.set(!shown.get()))
            }
        }
    }
}

/// A length of time: a whole number and its unit.
#[component(inline_props)]
pub(crate) fn SpanField(
    name: &'static str,
    #[prop(setter(into))] label: String,
    count: Signal<String>,
    unit: Signal<String>,
    form: Form,
    #[prop(default, setter(into))] hint: String,
) -> View {
    let described = described_by(name);
    let invalid = move || form.wrong(name).is_some().to_string();
    let units = Unit::ALL.map(|unit| (unit.key().to_owned(), t!(unit.words()))).to_vec();
    let unit_label = format!("{label}: {}", t!("unit"));
    view! {
        Field(name=name.into(), label=label, hint=hint, optional=false, form=form) {
            div(class="span") {
                input(class="input", id=name, name=name, inputmode="numeric", aria-describedby=described, aria-invalid=invalid, bind:value=count)
                SelectBox(label=unit_label, value=unit, options=units)
            }
        }
    }
}

/// Yes or no, and what that means.
#[component(inline_props)]
pub(crate) fn CheckField(
    #[prop(setter(into))] label: String,
    value: Signal<bool>,
    #[prop(default)] disabled: bool,
    #[prop(default, setter(into))] hint: String,
) -> View {
    let hint = if hint.is_empty() {
        View::new()
    } else {
        view! { span(class="hint") { (hint) } }
    };
    view! {
        label(class="check") {
            input(r#type="checkbox", bind:checked=value, disabled=disabled)
            span { (label) (hint) }
        }
    }
}

/// A box that narrows what is below it as one types.
#[component(inline_props)]
pub(crate) fn SearchBox(
    #[prop(setter(into))] label: String,
    value: Signal<String>,
    #[prop(default, setter(into))] on_key: Act<String>,
    #[prop(attributes(html, input))] attributes: Attributes,
) -> View {
    let words = label.clone();
    let key = move |event: web_sys::KeyboardEvent| on_key.with(event.key());
    view! {
        div(class="search") {
            Icon(name="search")
            input(class="input", r#type="search", placeholder=words, aria-label=label, autocomplete="off", bind:value=value, on:keydown=key, ..attributes)
        }
    }
}
