//! Who one is: names, telephone, language and zone, and the picture others see.

use proto::identity::v1::User;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::picture::Picture;
use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Bones, Button, Failed, Form, Kind, Panel, SelectField, T, TextField, refusal};
use crate::store::Load;
use crate::text::{self, t};
use crate::time;

/// The profile, once it is there.
#[component]
pub(super) fn Profile() -> View {
    title(&t!("profile"));
    let app = use_context::<App>();
    let user = create_signal(Load::<User>::Waiting);
    let load = move || spawn_local_scoped(async move { user.set(api::account::me().await.into()) });
    load();
    view! {
        div(class="page") {
            header(class="page-head") { div { h1 { T(id="profile") } p(class="muted") { T(id="profile-text") } } }
            (match user.get_clone() {
                Load::Waiting => view! { div(class="panel") { Bones(text=true) } },
                Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| load()) },
                Load::Ready(user) => { let shown = user.clone(); view! {
                    Panel(title=t!("picture")) { div(class="body") { Picture(app=app, user=shown) } }
                    ProfileForm(app=app, user=user)
                } }
            })
        }
    }
}

/// The fields as they are typed.
#[derive(Clone, Copy)]
struct Fields {
    display_name: Signal<String>,
    given_name: Signal<String>,
    family_name: Signal<String>,
    phone: Signal<String>,
    locale: Signal<String>,
    time_zone: Signal<String>,
}

impl Fields {
    fn of(user: &User) -> Self {
        Self {
            display_name: create_signal(user.display_name.clone()),
            given_name: create_signal(user.given_name.clone()),
            family_name: create_signal(user.family_name.clone()),
            phone: create_signal(user.phone.clone()),
            locale: create_signal(user.locale.clone()),
            time_zone: create_signal(user.time_zone.clone()),
        }
    }

    /// What is typed, over what is known.
    fn on(self, known: User) -> User {
        let trimmed = |field: Signal<String>| field.get_clone_untracked().trim().to_owned();
        User {
            display_name: trimmed(self.display_name),
            given_name: trimmed(self.given_name),
            family_name: trimmed(self.family_name),
            phone: plain_number(&self.phone.get_clone_untracked()),
            locale: trimmed(self.locale),
            time_zone: trimmed(self.time_zone),
            ..known
        }
    }
}

/// A telephone number without what people write between the digits.
fn plain_number(typed: &str) -> String {
    typed.chars().filter(|letter| !matches!(letter, ' ' | '-' | '/' | '(' | ')' | '.')).collect()
}

#[component(inline_props)]
fn ProfileForm(app: App, user: User) -> View {
    let form = Form::new();
    let fields = Fields::of(&user);
    let email = create_signal(user.email.clone());
    let (locales, zones) = (locales(&user.locale), zones(&user.time_zone));
    let known = create_signal(user);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let call = api::account::update_me(fields.on(known.get_clone_untracked()));
        form.send(app, call, move |user| {
            app.people.put(&user);
            known.set_silent(user);
            app.toasts.say(t!("saved"));
        });
    };
    view! {
        Panel(title=t!("profile-about")) {
            form(class="body form", novalidate=true, on:submit=submit) {
                (refusal(form))
                TextField(name="display_name", label=t!("profile-display-name"), value=fields.display_name, form=form,
                    autocomplete="name", required=true, maxlength="120", hint=t!("profile-display-name-hint"))
                div(class="pair two") {
                    TextField(name="given_name", label=t!("given-name"), value=fields.given_name, form=form, autocomplete="given-name", optional=true, maxlength="80")
                    TextField(name="family_name", label=t!("family-name"), value=fields.family_name, form=form, autocomplete="family-name", optional=true, maxlength="80")
                    TextField(name="email", label=t!("email"), value=email, form=form, r#type="email", readonly=true, hint=t!("profile-email-hint"))
                    TextField(name="phone", label=t!("phone"), value=fields.phone, form=form, r#type="tel", autocomplete="tel", optional=true, maxlength="24", hint=t!("phone-hint"))
                    SelectField(name="locale", label=t!("language"), value=fields.locale, options=locales, form=form, hint=t!("profile-language-hint"))
                    SelectField(name="time_zone", label=t!("time-zone"), value=fields.time_zone, options=zones, form=form)
                }
                footer { Button(kind=Kind::Primary, label=t!("save"), r#type="submit", busy=form.busy()) }
            }
        }
    }
}

/// Languages to choose from; one that is set and not among them stays.
fn locales(set: &str) -> Vec<(String, String)> {
    let known = text::LANGUAGES.map(|(tag, name)| (tag.to_owned(), name.to_owned()));
    with_set(set, t!("as-the-installation"), known.into())
}

/// Zones to choose from, by their IANA names.
fn zones(set: &str) -> Vec<(String, String)> {
    let known = time::zones().into_iter().map(|zone| (zone.clone(), zone.replace('_', " ")));
    with_set(set, t!("as-the-installation"), known.collect())
}

fn with_set(set: &str, none: String, known: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut all = vec![(String::new(), none)];
    if !set.is_empty() && known.iter().all(|(value, _)| value != set) {
        all.push((set.to_owned(), set.to_owned()));
    }
    all.extend(known);
    all
}

#[cfg(test)]
mod tests {
    use super::{plain_number, with_set};

    #[test]
    fn a_number_is_sent_without_what_stands_between_its_digits() {
        assert_eq!(plain_number("+41 (0)44 123-45.67"), "+410441234567");
    }

    #[test]
    fn what_is_set_can_always_be_kept() {
        let known = vec![("en".to_owned(), "English".to_owned())];
        let values = |set| with_set(set, String::new(), known.clone()).into_iter().map(|(value, _)| value);
        assert_eq!(values("fr").collect::<Vec<_>>(), ["", "fr", "en"]);
        assert_eq!(values("en").collect::<Vec<_>>(), ["", "en"]);
    }
}
