//! Who may use something kept ready: a choice and, with it, a department.

use proto::identity::v1::Permission;
use proto::tickets::v1::{Sharing, SharingKind};
use sycamore::prelude::*;

use crate::app::App;
use crate::parts::{Form, SelectField};
use crate::text::t;

/// Who may use something kept: a choice and, with it, a department.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Shared {
    kind: Signal<String>,
    department: Signal<String>,
}

impl Shared {
    pub(in crate::pages) fn of(sharing: Option<Sharing>) -> Self {
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

    pub(in crate::pages) fn sharing(self) -> Sharing {
        let kind = SharingKind::from_str_name(&self.kind.get_clone_untracked()).unwrap_or_default();
        let is_there = kind == SharingKind::Department;
        let department_id = if is_there { self.department.get_clone_untracked() } else { String::new() };
        Sharing { kind: kind.into(), department_id }
    }

    /// The fields, with what the person may choose.
    pub(in crate::pages) fn fields(self, app: App, form: Form) -> View {
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
