//! A saved view being made or changed: its name, its rule, its order, its columns, and who may use it.

use proto::identity::v1::Permission;
use proto::tickets::v1::{Sharing, SharingKind, View as Kept};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::rule_help::RuleHelp;
use crate::api::{self, Answer};
use crate::app::App;
use crate::desk::columns::{self, Column};
use crate::parts::{
    Act, CheckField, Form, Maybe, Modal, RuleField, SelectField, Shape, T, TextField, form_foot, refusal,
};
use crate::routes::{self, Place};
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
    sharing: Shared,
    columns: [Signal<bool>; Column::ALL.len()],
}

impl Fields {
    fn of(view: &Kept) -> Self {
        let shown = columns::named(&view.columns);
        Self {
            name: create_signal(view.name.clone()),
            rule: create_signal(view.filter.clone()),
            order: create_signal(view.order_by.clone()),
            sharing: Shared::of(view.sharing.clone()),
            columns: Column::ALL.map(|column| create_signal(shown.contains(&column))),
        }
    }

    /// The view as it is entered. Columns that were there keep their order.
    fn view(self, before: &Kept) -> Kept {
        let before_it = columns::named(&before.columns);
        let ticked = |column: &Column| self.columns[*column as usize].get_untracked();
        let mut all: Vec<Column> = before_it.into_iter().filter(ticked).collect();
        let more: Vec<Column> =
            Column::ALL.into_iter().filter(|column| ticked(column) && !all.contains(column)).collect();
        all.extend(more);
        Kept {
            name: self.name.get_clone_untracked().trim().to_owned(),
            filter: self.rule.get_clone_untracked().trim().to_owned(),
            order_by: self.order.get_clone_untracked(),
            sharing: Some(self.sharing.sharing()),
            columns: all.into_iter().map(|column| column.key().to_owned()).collect(),
            ..before.clone()
        }
    }
}

/// Who may use something kept: a choice and, with it, a department.
#[derive(Clone, Copy)]
pub(super) struct Shared {
    kind: Signal<String>,
    department: Signal<String>,
}

impl Shared {
    pub(super) fn of(sharing: Option<Sharing>) -> Self {
        let sharing = sharing.unwrap_or_default();
        let kind = match sharing.kind() {
            SharingKind::Unspecified => SharingKind::Personal,
            kind => kind,
        };
        Self {
            kind: create_signal(kind.as_str_name().to_owned()),
            department: create_signal(sharing.department_id),
        }
    }

    pub(super) fn sharing(self) -> Sharing {
        let kind = SharingKind::from_str_name(&self.kind.get_clone_untracked()).unwrap_or_default();
        let is_there = kind == SharingKind::Department;
        let department_id = if is_there { self.department.get_clone_untracked() } else { String::new() };
        Sharing { kind: kind.into(), department_id }
    }

    /// The fields, with what the person may choose.
    pub(super) fn fields(self, app: App, form: Form) -> View {
        let grants = app.session.me_now().grants.clone();
        let places: Vec<(String, String)> = app
            .departments
            .paths()
            .into_iter()
            .filter(|(id, _)| grants.holds(Permission::ViewShare, id))
            .collect();
        let mut kinds = vec![SharingKind::Personal];
        kinds.extend((!places.is_empty()).then_some(SharingKind::Department));
        kinds.extend(grants.holds(Permission::ViewShare, "").then_some(SharingKind::Everyone));
        let options: Vec<(String, String)> =
            kinds.into_iter().map(|kind| (kind.as_str_name().to_owned(), t!(words(kind)))).collect();
        let with_blank = std::iter::once((String::new(), t!("choose"))).chain(places).collect::<Vec<_>>();
        let in_department =
            create_selector(move || self.kind.with(|kind| kind == SharingKind::Department.as_str_name()));
        view! {
            SelectField(name="kind", label=t!("sharing"), value=self.kind, options=options, form=form)
            (if in_department.get() {
                let options = with_blank.clone();
                view! { SelectField(name="department_id", label=t!("field-department-id"), value=self.department, options=options, form=form) }
            } else {
                View::new()
            })
        }
    }
}

const fn words(kind: SharingKind) -> &'static str {
    match kind {
        SharingKind::Personal | SharingKind::Unspecified => "sharing-personal",
        SharingKind::Department => "sharing-department",
        SharingKind::Everyone => "sharing-everyone",
    }
}

/// The dialog. With a view it changes that, without one it makes one of the rule.
#[component(inline_props)]
pub(super) fn ViewForm(
    app: App,
    saved: SavedViews,
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
        if view.name.is_empty() {
            return form.refuse("name", t!("view-name-missing"));
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
                    (column_ticks(fields))
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
    let sharing = fields.sharing.fields(app, form);
    view! {
        div(class="pair") {
            SelectField(name="order_by", label=t!("order"), value=fields.order, options=orders, form=form)
            (sharing)
        }
    }
}

fn column_ticks(fields: Fields) -> View {
    let ticks = Column::ALL.into_iter().zip(fields.columns).map(|(column, ticked)| {
        let always = column == Column::Subject;
        view! { CheckField(label=t!(column.words()), value=ticked, disabled=always) }
    });
    let ticks = View::from(ticks.collect::<Vec<_>>());
    view! {
        fieldset(class="field") {
            legend(class="label") { T(id="columns") }
            div(class="ticks wide") { (ticks) }
        }
    }
}
