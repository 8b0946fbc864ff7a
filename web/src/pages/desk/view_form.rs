//! A saved view being made or changed: its name, its rule, its order, its columns, and who may use it.

use proto::tickets::v1::View as Kept;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::rule_help::RuleHelp;
use crate::api::{self, Answer};
use crate::app::App;
use crate::desk::{columns, groups};
use crate::pages::ready::Shared;
use crate::parts::{
    Act, Form, Icon, Maybe, Modal, RuleField, SelectField, Shape, T, TextField, form_foot, refusal,
};
use crate::routes::{self, Place};
use crate::store::names::Names;
use crate::store::views::SavedViews;
use crate::text::t;

/// The orders offered: what the server calls each, and the id of its words.
const ORDERS: [(&str, &str); 6] = [
    ("", "order-changed"),
    ("create_time desc", "order-newest"),
    ("create_time", "order-oldest"),
    ("priority desc", "order-priority"),
    ("resolve_due_time", "order-due"),
    ("number desc", "order-number"),
];

/// What is being entered.
#[derive(Clone, Copy)]
struct Fields {
    name: Signal<String>,
    rule: Signal<String>,
    order: Signal<String>,
    group: Signal<String>,
    sharing: Shared,
    /// Those that are ticked, in their order, and those this page does not know, in their places.
    columns: Signal<Vec<String>>,
}

impl Fields {
    fn of(view: &Kept) -> Self {
        let columns = if view.columns.is_empty() { columns::named(&[]) } else { view.columns.clone() };
        Self {
            name: create_signal(view.name.clone()),
            rule: create_signal(view.filter.clone()),
            order: create_signal(view.order_by.clone()),
            group: create_signal(view.group_by.clone()),
            sharing: Shared::of(view.sharing.clone()),
            columns: create_signal(columns),
        }
    }

    /// The view as it is entered.
    fn view(self, before: &Kept) -> Kept {
        let columns = self.columns.get_clone_untracked();
        let is_usual = before.columns.is_empty() && columns == columns::USUAL;
        Kept {
            name: self.name.get_clone_untracked().trim().to_owned(),
            filter: self.rule.get_clone_untracked().trim().to_owned(),
            order_by: self.order.get_clone_untracked(),
            group_by: self.group.get_clone_untracked(),
            sharing: Some(self.sharing.sharing()),
            columns: if is_usual { Vec::new() } else { columns },
            ..before.clone()
        }
    }

    /// Ticks a column, which comes last then, or takes its tick away.
    fn turn(self, key: &str) {
        self.columns.update(|columns| match columns.iter().position(|known| known == key) {
            Some(at) => drop(columns.remove(at)),
            None => columns.push(key.to_owned()),
        });
    }
}

/// The first field that is missing or too much, and what to say of it.
fn wrong(view: &Kept) -> Option<(&'static str, String)> {
    if view.name.is_empty() {
        return Some(("name", t!("view-name-missing")));
    }
    let many = view.columns.len() > columns::MOST;
    many.then(|| ("columns", t!("view-columns-many", count = columns::MOST)))
}

/// The dialog. With a view it changes that, without one it makes one of the rule.
#[component(inline_props)]
pub(super) fn ViewForm(
    app: App,
    saved: SavedViews,
    names: Names,
    #[prop(default)] view: Maybe<Kept>,
    #[prop(default, setter(into))] filter: String,
    #[prop(setter(into))] on_close: Act,
) -> View {
    let form = Form::new();
    let is_new = view.is_none();
    let before = view.unwrap_or_else(|| Kept { filter, ..Kept::default() });
    let fields = Fields::of(&before);
    let help = RuleHelp::follow(fields.rule, form, "filter");
    let request_id = api::request_id();
    let done = on_close.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let view = fields.view(&before);
        if let Some((field, sentence)) = wrong(&view) {
            return form.refuse(field, sentence);
        }
        let done = done.clone();
        form.send(app, keep(view, is_new, request_id.clone()), move |view| {
            kept(app, saved, view, is_new);
            done.now();
        });
    };
    let title = if is_new { t!("view-new") } else { t!("view-edit") };
    let away = on_close.clone();
    let foot = form_foot(form, &t!("save"), move |()| away.now());
    view! {
        Modal(title=title, shape=Shape::Wide, on_close=move |()| on_close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") {
                    (refusal(form))
                    TextField(name="name", label=t!("view-name"), value=fields.name, form=form, maxlength="100", autocomplete="off", "autofocus"="")
                    RuleField(name="filter", label=t!("filter-rule"), value=fields.rule, offers=help.offers(), form=form, hint=t!("filter-rule-hint"), optional=true)
                    (order_and_sharing(app, form, fields))
                    (column_ticks(names, form, fields))
                }
                (foot)
            }
        }
    }
}

/// Shows it in the rail, and goes there when it is new.
fn kept(app: App, saved: SavedViews, view: Kept, is_new: bool) {
    let place = Place::DeskView { view: view.id.clone() };
    saved.put(view);
    app.toasts.say(t!("view-saved"));
    if is_new {
        routes::go(&place);
    }
}

async fn keep(view: Kept, is_new: bool, request_id: String) -> Answer<Kept> {
    if is_new { api::views::create(view, request_id).await } else { api::views::update(view).await }
}

fn order_and_sharing(app: App, form: Form, fields: Fields) -> View {
    let orders = ORDERS.map(|(order, words)| (order.to_owned(), t!(words))).to_vec();
    let by = groups::BY.into_iter().filter_map(|key| Some((key.to_owned(), t!(columns::words(key)?))));
    let by: Vec<_> = std::iter::once((String::new(), t!("group-none"))).chain(by).collect();
    let sharing = fields.sharing.fields(app, form);
    view! {
        div(class="pair") {
            SelectField(name="order_by", label=t!("order"), value=fields.order, options=orders, form=form)
            SelectField(name="group_by", label=t!("group"), value=fields.group, options=by, form=form)
        }
        div(class="pair") { (sharing) }
    }
}

fn column_ticks(names: Names, form: Form, fields: Fields) -> View {
    let known = columns::KNOWN.map(|(key, words)| tick(fields, key.to_owned(), t!(words)));
    let known = View::from(known.into_iter().collect::<Vec<_>>());
    let of_forms = move || {
        let ticks =
            names.fields().into_iter().map(|(key, label)| tick(fields, format!("fields.{key}"), label));
        View::from(ticks.collect::<Vec<_>>())
    };
    view! {
        fieldset(class="field") {
            legend(class="label") { T(id="columns") }
            div(class="ticks wide") { (known) (of_forms()) }
            (match form.wrong("columns") {
                Some(sentence) => view! { span(class="wrong", role="alert") { Icon(name="alert") span { (sentence) } } },
                None => View::new(),
            })
        }
    }
}

fn tick(fields: Fields, key: String, label: String) -> View {
    let always = key == columns::SUBJECT;
    let own = key.clone();
    let checked = move || always || fields.columns.with(|columns| columns.contains(&own));
    view! {
        label(class="check") {
            input(r#type="checkbox", prop:checked=checked(), disabled=always, on:change=move |_| fields.turn(&key))
            span { (label) }
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::View as Kept;
    use sycamore::prelude::*;

    use super::{Fields, wrong};
    use crate::desk::columns::KNOWN;

    #[test]
    fn a_view_that_is_renamed_keeps_every_column_in_its_place() {
        let _root = create_root(|| {
            let columns = ["subject", "of_tomorrow", "fields.serial", "stage", "resolve_due_time"];
            let columns = columns.map(str::to_owned).to_vec();
            let before =
                Kept { name: "Lathes".into(), columns, group_by: "status".into(), ..Kept::default() };
            let fields = Fields::of(&before);
            fields.name.set("Machines".to_owned());
            let after = fields.view(&before);
            assert_eq!(
                after,
                Kept { name: "Machines".into(), sharing: after.sharing.clone(), ..before.clone() }
            );
            fields.turn("stage");
            fields.turn("number");
            let left = ["subject", "of_tomorrow", "fields.serial", "resolve_due_time", "number"];
            assert_eq!(fields.view(&before).columns, left);
        });
    }

    #[test]
    fn the_usual_columns_are_not_written_down_until_they_are_changed() {
        let _root = create_root(|| {
            let before = Kept { name: "All".into(), ..Kept::default() };
            let fields = Fields::of(&before);
            assert!(fields.view(&before).columns.is_empty());
            fields.turn("stage");
            assert_eq!(fields.view(&before).columns.last().map(String::as_str), Some("stage"));
        });
    }

    #[test]
    fn a_view_has_a_name_and_not_more_columns_than_the_server_keeps() {
        assert_eq!(wrong(&Kept::default()).map(|(field, _)| field), Some("name"));
        let columns = KNOWN.map(|(key, _)| key.to_owned()).to_vec();
        let many = Kept { name: "All".into(), columns, ..Kept::default() };
        assert_eq!(wrong(&many).map(|(field, _)| field), Some("columns"));
    }
}
