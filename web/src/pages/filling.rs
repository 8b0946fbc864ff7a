//! The form of a category while it is filled: in the portal, and where the form is built as what it will look like.
//!
//! Which of its fields are shown and must be filled its rules decide; the server reads them anew a moment after anything they may
//! speak of has changed. What is typed lives as long as whoever fills it, whichever form is there.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::tickets::v1::{Field, FieldType, FieldValue, Form as Asked, GetFormRequest, Impact, Urgency};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api::{self, Trouble};
use crate::app::App;
use crate::parts::{Blank, Choice, Failed, Form, FormField, values};

/// How long after a letter the rules are read anew, in milliseconds.
const CALM: u32 = 250;

/// What the rules say for what was entered.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    shown: BTreeSet<String>,
    required: BTreeSet<String>,
}

impl From<&Asked> for Told {
    fn from(form: &Asked) -> Self {
        Self {
            shown: form.visible_keys.iter().cloned().collect(),
            required: form.required_keys.iter().cloned().collect(),
        }
    }
}

/// A form, what was typed into it, and what its rules say of that.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Filling {
    /// The fields come and go with the category; what is typed into them does not.
    scope: NodeHandle,
    pub(in crate::pages) category: Signal<String>,
    pub(in crate::pages) impact: Signal<String>,
    pub(in crate::pages) urgency: Signal<String>,
    blanks: Signal<Rc<Vec<Blank>>>,
    /// Set where no more is filled than one likes: nothing must be, nothing is filled beforehand but this.
    given: Signal<Option<BTreeMap<String, FieldValue>>>,
    /// What was typed into fields, also into those that are not there now, by key.
    typed: Signal<BTreeMap<String, String>>,
    told: Signal<Told>,
    trouble: Signal<Option<Trouble>>,
    /// Counts the looks, so that one that failed can be taken again.
    looks: Signal<u32>,
}

impl Filling {
    /// Nothing yet: no category, no fields.
    pub(in crate::pages) fn new() -> Self {
        let blank = || create_signal(String::new());
        Self {
            scope: use_current_scope(),
            category: blank(),
            impact: blank(),
            urgency: blank(),
            blanks: create_signal(Rc::default()),
            given: create_signal(None),
            typed: create_signal(BTreeMap::new()),
            told: create_signal(Told::default()),
            trouble: create_signal(None),
            looks: create_signal(0),
        }
    }

    /// Of a form of which some is to be filled; these values are given already.
    pub(in crate::pages) fn of_some(given: BTreeMap<String, FieldValue>) -> Self {
        let filling = Self::new();
        filling.given.set_silent(Some(given));
        filling
    }

    /// The keys of the fields that are there now.
    pub(in crate::pages) fn keys(self) -> Vec<String> {
        self.blanks.with_untracked(|blanks| blanks.iter().map(|blank| blank.key().to_owned()).collect())
    }

    /// From now on another category brings another form, and another answer other rules.
    pub(in crate::pages) fn follow(self) {
        create_effect(move || self.fetch());
        create_effect(move || self.ask_again());
    }

    /// Fetches the form anew.
    pub(in crate::pages) fn look(self) {
        self.looks.set(self.looks.get_untracked() + 1);
    }

    pub(in crate::pages) fn impact(self) -> Impact {
        self.impact.with(|name| Impact::from_str_name(name)).unwrap_or_default()
    }

    pub(in crate::pages) fn urgency(self) -> Urgency {
        self.urgency.with(|name| Urgency::from_str_name(name)).unwrap_or_default()
    }

    /// What was typed into the fields of forms, by key; into those that are there now last. Follows what is typed.
    pub(in crate::pages) fn typed(self) -> BTreeMap<String, String> {
        let mut typed = self.typed.get_clone();
        self.blanks.with(|blanks| {
            typed.extend(blanks.iter().map(|blank| (blank.key().to_owned(), blank.typed())));
        });
        typed
    }

    /// Takes what was typed into a field another time.
    pub(in crate::pages) fn write(self, key: &str, typed: String) {
        let blanks = self.blanks.get_clone_untracked();
        blanks.iter().filter(|blank| blank.key() == key).for_each(|blank| blank.write(&typed));
        self.typed.update(|all| all.insert(key.to_owned(), typed));
    }

    /// Puts the fields of another form in place of those that are there; each begins with what was typed into it before.
    pub(in crate::pages) fn lay(self, fields: Vec<Field>) {
        let typed = untrack(|| self.typed());
        let given = self.given.get_clone_untracked();
        let blank = |field: Field| {
            let own = given.as_ref().map(|given| given.get(&field.key).cloned().unwrap_or_default());
            Blank::new(field, own)
        };
        let blanks: Vec<_> = self.scope.run_in(|| fields.into_iter().map(blank).collect());
        for blank in &blanks {
            if let Some(typed) = typed.get(blank.key()) {
                blank.write(typed);
            }
        }
        batch(|| {
            self.typed.set(typed);
            self.blanks.set(Rc::new(blanks));
        });
    }

    /// The same with all of them shown.
    #[cfg(test)]
    pub(in crate::pages) fn lay_all(self, fields: Vec<Field>) {
        let shown = fields.iter().map(|field| field.key.clone()).collect();
        self.told.set(Told { shown, required: BTreeSet::new() });
        self.lay(fields);
    }

    /// Forgets everything.
    pub(in crate::pages) fn clear(self) {
        self.blanks.set(Rc::default());
        self.typed.set(BTreeMap::new());
        for value in [self.category, self.impact, self.urgency] {
            value.set(String::new());
        }
    }

    /// Fetches the form of the chosen category.
    fn fetch(self) {
        self.looks.track();
        let category_id = self.category.get_clone();
        self.trouble.set(None);
        if category_id.is_empty() {
            self.told.set(Told::default());
            return self.lay(Vec::new());
        }
        spawn_local_scoped(async move {
            match api::catalog::form(GetFormRequest { category_id, ..GetFormRequest::default() }).await {
                Ok(form) => {
                    self.told.set(Told::from(&form));
                    self.lay(form.fields);
                }
                Err(trouble) => self.trouble.set(Some(trouble)),
            }
        });
    }

    /// Asks what the rules say of what was entered, where it matters.
    fn ask_again(self) {
        let blanks = self.blanks.get_clone();
        if !depends(blanks.iter().map(Blank::asked)) {
            return;
        }
        let asked = GetFormRequest {
            category_id: self.category.get_clone_untracked(),
            fields: entered(&blanks),
            impact: self.impact().into(),
            urgency: self.urgency().into(),
            ..GetFormRequest::default()
        };
        spawn_local_scoped(async move {
            TimeoutFuture::new(CALM).await;
            // Without an answer what was said stays; the server decides again when the request is sent.
            if let Ok(form) = api::catalog::form(asked).await {
                self.told.set(Told::from(&form));
            }
        });
    }

    /// The values of the fields that are shown, and what is wrong with them.
    pub(in crate::pages) fn values(self) -> (BTreeMap<String, FieldValue>, Vec<(String, String)>) {
        let (blanks, told) = (self.blanks.get_clone_untracked(), self.told.get_clone_untracked());
        let shown = blanks.iter().filter(|blank| told.shown.contains(blank.key()));
        values(shown.map(|blank| (blank, told.required.contains(blank.key()))))
    }

    /// Whether a field must be filled.
    fn demands(self, told: &Told, key: &str) -> bool {
        self.given.with_untracked(Option::is_none) && told.required.contains(key)
    }

    /// Whether a field of this path is to be seen.
    pub(in crate::pages) fn places(self, path: &str) -> bool {
        self.told.with(|told| told.shown.iter().any(|key| path.ends_with(&format!("fields.{key}"))))
    }
}

/// Whether any rule may say something else for another answer.
fn depends<'a>(fields: impl Iterator<Item = &'a Field>) -> bool {
    let is_fixed = |rule: &str| matches!(rule.trim(), "" | "true" | "false");
    let mut fields = fields;
    fields.any(|field| !is_fixed(&field.visible_when) || !is_fixed(&field.required_when))
}

/// What is entered and of the right kind. Follows what is typed.
fn entered(blanks: &Rc<Vec<Blank>>) -> BTreeMap<String, FieldValue> {
    let value = |blank: &Blank| Some((blank.key().to_owned(), blank.value().ok().flatten()?));
    blanks.iter().filter_map(value).collect()
}

/// The fields.
#[component(inline_props)]
pub(in crate::pages) fn FormFields(app: App, filling: Filling, form: Form) -> View {
    let people = create_signal(Vec::<Choice>::new());
    let names_people = create_selector(move || {
        filling.blanks.with(|blanks| blanks.iter().any(|blank| blank.asked().r#type() == FieldType::User))
    });
    create_effect(move || {
        if names_people.get() {
            spawn_local_scoped(async move { people.set(everybody(app).await) });
        }
    });
    view! {
        (match filling.trouble.get_clone() {
            Some(trouble) => view! { Failed(trouble=trouble, retry=move |()| filling.look()) },
            None => View::new(),
        })
        (fields(filling, form, *people))
    }
}

fn fields(filling: Filling, form: Form, people: ReadSignal<Vec<Choice>>) -> View {
    view! {
        (if filling.blanks.with(|blanks| blanks.is_empty()) {
            View::new()
        } else {
            let blanks = filling.blanks.get_clone();
            let fields = View::from(blanks.iter().map(|blank| field(filling, blank.clone(), form, people)).collect::<Vec<_>>());
            view! { div(class="form-fields") { (fields) } }
        })
    }
}

fn field(filling: Filling, blank: Blank, form: Form, people: ReadSignal<Vec<Choice>>) -> View {
    let (key, own) = (blank.key().to_owned(), blank.key().to_owned());
    let shown = move || filling.told.with(|told| told.shown.contains(&key));
    let required = move || filling.told.with(|told| filling.demands(told, &own));
    view! { FormField(blank=blank, form=form, required=required, shown=shown, people=Some(people)) }
}

/// Who can be named: the first people by name, oneself at the top.
pub(in crate::pages) async fn everybody(app: App) -> Vec<Choice> {
    use proto::identity::v1::{ListUsersRequest, UserView};
    let me = app.session.me_now();
    let choice = |id: &str, name: &str, email: &str| Choice {
        value: id.to_owned(),
        label: name.to_owned(),
        detail: email.to_owned(),
        person: Some(id.to_owned()),
    };
    let asked =
        ListUsersRequest { view: UserView::Basic.into(), page_size: 200, ..ListUsersRequest::default() };
    let users = api::directory::people(asked).await.map(|answer| answer.users).unwrap_or_default();
    let others = users.iter().filter(|user| user.id != me.id);
    let others = others.map(|user| choice(&user.id, &user.display_name, &user.email));
    std::iter::once(choice(&me.id, &me.name, &me.email)).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Field, FieldType, Form as Asked};

    use sycamore::prelude::*;

    use super::{Filling, Told, depends};

    #[test]
    fn what_was_typed_into_one_form_is_there_again_after_a_look_at_another() {
        let _root = create_root(|| {
            let field =
                |key: &str| Field { key: key.to_owned(), r#type: FieldType::Text.into(), ..Field::default() };
            let typed = |filling: Filling, key: &str| filling.typed().get(key).cloned().unwrap_or_default();
            let filling = Filling::new();
            filling.lay(vec![field("device"), field("room")]);
            filling.write("device", "printer".to_owned());
            filling.lay(vec![field("room")]);
            filling.lay(vec![field("device")]);
            assert_eq!(typed(filling, "device"), "printer");
            filling.clear();
            filling.lay(vec![field("device")]);
            assert_eq!(typed(filling, "device"), "");
        });
    }

    #[test]
    fn only_rules_that_speak_of_something_are_read_again() {
        let field = |visible: &str, required: &str| Field {
            visible_when: visible.to_owned(),
            required_when: required.to_owned(),
            ..Field::default()
        };
        assert!(!depends([field("", "true"), field("true", "")].iter()));
        assert!(depends([field("", ""), field("fields.device == \"other\"", "")].iter()));
        assert!(depends([field("", "impact == \"HIGH\"")].iter()));
    }

    #[test]
    fn what_the_rules_say_is_taken_by_key() {
        let form = Asked {
            visible_keys: vec!["a".to_owned(), "b".to_owned()],
            required_keys: vec!["b".to_owned()],
            ..Asked::default()
        };
        let told = Told::from(&form);
        assert!(told.shown.contains("a") && !told.required.contains("a") && told.required.contains("b"));
    }
}
