//! Making a field that forms can show, and changing it: what it is called, what it holds, when it is asked for, what it begins with.

use proto::identity::v1::{Permission, Role};
use proto::tickets::v1::{Field, FieldType};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::field_options::{Options, OptionsField};
use super::field_words::{TYPES, has_options, key_of, offers, type_name};
use crate::api;
use crate::app::App;
use crate::parts::{
    Act, AreaField, Blank, CheckField, Form, FormField, Maybe, Modal, Offer, RuleField, SelectField, Shape,
    TextField, form_foot, refusal,
};
use crate::text::t;

/// What can be changed of a field that is kept.
const CHANGED: [&str; 8] =
    ["label", "help", "options", "required_when", "visible_when", "default_value", "staff_only", "role_ids"];
/// The name of the control that shows the field, apart from those that describe it.
const SAMPLE: &str = "sample";

/// A field as it is typed.
#[derive(Clone, Copy)]
struct Sketch {
    /// What is entered as default lives as long as the form, however often its control is drawn anew.
    scope: NodeHandle,
    label: Signal<String>,
    key: Signal<String>,
    help: Signal<String>,
    r#type: Signal<String>,
    options: Options,
    required_when: Signal<String>,
    visible_when: Signal<String>,
    staff_only: Signal<bool>,
    /// Those of the staff it is for; none for all of them.
    role_ids: Signal<Vec<String>>,
    /// The control that shows it; what is entered there is the default.
    sample: Signal<Maybe<Blank>>,
}

impl Sketch {
    fn of(field: &Field) -> Self {
        let text = |text: &str| create_signal(text.to_owned());
        let r#type = if field.id.is_empty() { FieldType::Text } else { field.r#type() };
        Self {
            scope: use_current_scope(),
            label: text(&field.label),
            key: text(&field.key),
            help: text(&field.help),
            r#type: text(r#type.as_str_name()),
            options: Options::of(&field.options),
            required_when: text(&field.required_when),
            visible_when: text(&field.visible_when),
            staff_only: create_signal(field.staff_only),
            role_ids: create_signal(field.role_ids.clone()),
            sample: create_signal(None),
        }
    }

    fn kind(self) -> FieldType {
        self.r#type.with(|name| FieldType::from_str_name(name)).unwrap_or_default()
    }

    /// The field, but for its default. Follows what is typed.
    fn field(self, known: &Field) -> Field {
        let key = self.key.get_clone().trim().to_owned();
        Field {
            key: if known.id.is_empty() && key.is_empty() { key_of(&self.label.get_clone()) } else { key },
            label: self.label.get_clone().trim().to_owned(),
            help: self.help.get_clone(),
            r#type: self.kind().into(),
            options: if has_options(self.kind()) { self.options.all() } else { Vec::new() },
            required_when: self.required_when.get_clone().trim().to_owned(),
            visible_when: self.visible_when.get_clone().trim().to_owned(),
            staff_only: self.staff_only.get(),
            role_ids: if self.staff_only.get() { self.role_ids.get_clone() } else { Vec::new() },
            ..known.clone()
        }
    }
}

/// The form in a dialog; a field without an id is made. Closed without a word when nothing was kept.
#[component(inline_props)]
pub(super) fn FieldForm(app: App, field: Field, #[prop(setter(into))] done: Act<Maybe<Field>>) -> View {
    let (form, sketch) = (Form::new(), Sketch::of(&field));
    let is_new = field.id.is_empty();
    let (title, deed) =
        if is_new { (t!("field-new"), t!("field-create")) } else { (t!("field-edit"), t!("save")) };
    let request_id = api::request_id();
    let (close, cancel, sent) = (done.clone(), done.clone(), done);
    let shown = field.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = checked(form, sketch, &field) else { return };
        let sent = sent.clone();
        form.send(app, save(field, request_id.clone()), move |field| {
            app.toasts.say(t!("saved"));
            sent.with(Some(field));
        });
    };
    let (sample, foot) = (sample(sketch, form, shown), form_foot(form, &deed, move |()| cancel.with(None)));
    let readers = readers(app, sketch);
    view! {
        Modal(title=title, shape=Shape::Wide, on_close=move |()| close.with(None)) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    (names(sketch, form, is_new))
                    (options(sketch, form))
                    (sample)
                    (rules(app, sketch, form))
                    CheckField(label=t!("field-staff-only"), value=sketch.staff_only, hint=t!("field-staff-only-hint"))
                    (readers)
                }
                (foot)
            }
        }
    }
}

/// The field with its default; none while something is missing, and the form says all of it.
fn checked(form: Form, sketch: Sketch, known: &Field) -> Option<Field> {
    let field = untrack(|| sketch.field(known));
    let mut wrong = Vec::new();
    if field.label.is_empty() {
        wrong.push(("label".to_owned(), t!("field-label-missing")));
    }
    if has_options(field.r#type()) && field.options.is_empty() {
        wrong.push(("options".to_owned(), t!("field-options-missing")));
    }
    let default = match untrack(|| sketch.sample.get_clone().map(|sample| sample.value())) {
        Some(Ok(value)) => value,
        None => None,
        Some(Err(sentence)) => {
            wrong.push((format!("fields.{SAMPLE}"), sentence));
            None
        }
    };
    if wrong.is_empty() {
        return Some(Field { default_value: default, ..field });
    }
    form.refuse_all(wrong);
    None
}

async fn save(field: Field, request_id: String) -> api::Answer<Field> {
    if field.id.is_empty() {
        return api::catalog::create_field(field, request_id).await;
    }
    api::catalog::update_field(field, &CHANGED).await
}

fn names(sketch: Sketch, form: Form, is_new: bool) -> View {
    let types: Vec<_> =
        TYPES.into_iter().map(|kind| (kind.as_str_name().to_owned(), type_name(kind))).collect();
    let fixed = if is_new {
        view! {
            div(class="pair") {
                SelectField(name="type", label=t!("field-type"), value=sketch.r#type, options=types, form=form, hint=t!("field-fixed"))
                TextField(name="key", label=t!("field-key"), value=sketch.key, form=form, hint=t!("field-key-hint"), optional=true, maxlength="64", autocomplete="off", "spellcheck"="false")
            }
        }
    } else {
        let (kind, key) = (type_name(sketch.kind()), sketch.key.get_clone_untracked());
        view! { p(class="facts") { span { (kind) } code { (key) } } }
    };
    view! {
        TextField(name="label", label=t!("field-label"), value=sketch.label, form=form, "autofocus"="", maxlength="100", autocomplete="off")
        (fixed)
        AreaField(name="help", label=t!("field-help"), value=sketch.help, form=form, hint=t!("field-help-hint"), optional=true, rows="2", maxlength="500")
    }
}

fn options(sketch: Sketch, form: Form) -> View {
    let has = create_selector(move || has_options(sketch.kind()));
    view! {
        (if has.get() { view! { OptionsField(options=sketch.options, form=form) } } else { View::new() })
    }
}

/// What it looks like, drawn anew as its name, type or options change; what is entered stays.
fn sample(sketch: Sketch, form: Form, known: Field) -> View {
    let draft = create_memo(move || Field { key: SAMPLE.to_owned(), ..sketch.field(&known) });
    view! {
        fieldset(class="sample") {
            legend(class="label") { (t!("field-sample")) }
            p(class="hint") { (t!("field-sample-hint")) }
            ({
                let blank = fresh(sketch, draft.get_clone());
                view! { FormField(blank=blank, form=form) }
            })
        }
    }
}

fn fresh(sketch: Sketch, mut field: Field) -> Blank {
    if field.label.is_empty() {
        field.label = t!("field-label");
    }
    let kind = field.r#type();
    let blank = sketch.scope.run_in(|| Blank::new(field, None));
    untrack(|| {
        if let Some(before) = sketch.sample.get_clone().filter(|before| before.asked().r#type() == kind) {
            blank.write(&before.typed());
        }
    });
    sketch.sample.set_silent(Some(blank.clone()));
    blank
}

fn rules(app: App, sketch: Sketch, form: Form) -> View {
    let words = create_signal(Vec::<Offer>::new());
    spawn_local_scoped(async move {
        match api::catalog::fields(false).await {
            Ok(fields) => words.set(offers(&fields)),
            Err(trouble) => app.toasts.fail(&trouble),
        }
    });
    view! {
        RuleField(name="visible_when", label=t!("field-visible-when"), value=sketch.visible_when, offers=*words, form=form, hint=t!("field-visible-when-hint"), optional=true)
        RuleField(name="required_when", label=t!("field-required-when"), value=sketch.required_when, offers=*words, form=form, hint=t!("field-required-when-hint"), optional=true)
    }
}

/// Which of the staff it is for, once it is for the staff. Whoever may not list roles leaves it at those there are.
fn readers(app: App, sketch: Sketch) -> View {
    let roles = create_signal(Vec::<Role>::new());
    if app.session.me_now().grants.anywhere(Permission::UserRead) {
        spawn_local_scoped(async move { roles.set(api::directory::roles().await.unwrap_or_default()) });
    }
    view! {
        (if sketch.staff_only.get() && roles.with(|roles| !roles.is_empty()) {
            let ticks: Vec<_> = roles.get_clone().into_iter().map(|role| reader(sketch, role)).collect();
            let ticks = View::from(ticks);
            view! {
                fieldset(class="field") {
                    legend(class="label") { (t!("field-roles")) }
                    p(class="hint") { (t!("field-roles-hint")) }
                    div(class="ticks") { (ticks) }
                }
            }
        } else {
            View::new()
        })
    }
}

fn reader(sketch: Sketch, role: Role) -> View {
    let is_one = sketch.role_ids.with_untracked(|ids| ids.contains(&role.id));
    let (ticked, id) = (create_signal(is_one), role.id);
    create_effect(on(ticked, move || {
        sketch.role_ids.update(|ids| {
            ids.retain(|known| *known != id);
            if ticked.get_untracked() {
                ids.push(id.clone());
            }
        });
    }));
    view! { CheckField(label=role.display_name, value=ticked) }
}
