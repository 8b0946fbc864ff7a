//! A new key: what it is for, what it may do, from where, how long; then its secret, once.

use prost_types::Timestamp;
use proto::identity::v1::CreateApiKeyRequest;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use crate::app::App;
use crate::pages::rights::{Tick, boxes, ticked};
use crate::parts::{
    Act, AreaField, Button, CopyField, Form, Kind, Modal, Notice, SelectField, Shape, TextField, Tone,
    form_foot, refusal,
};
use crate::text::t;
use crate::{api, browser};

/// Days a key may last, as one chooses them; empty is for ever.
const LASTS: [(&str, &str); 5] =
    [("30", "days-30"), ("90", "days-90"), ("365", "days-365"), ("1825", "days-1825"), ("", "expires-never")];
const SECONDS_OF_A_DAY: i64 = 86_400;
/// Everything the person may do, or only what is ticked.
const SOME: &str = "some";

/// The form, then the secret.
#[component(inline_props)]
pub(super) fn CreateKey(app: App, #[prop(setter(into))] done: Act) -> View {
    let secret = create_signal(None::<String>);
    let close = done.clone();
    view! {
        Modal(title=t!("api-key-new"), shape=Shape::Wide, on_close=move |()| close.now()) {
            (match secret.get_clone() {
                None => { let done = done.clone(); view! { KeyForm(app=app, secret=secret, done=done) } },
                Some(secret) => shown(secret, done.clone()),
            })
        }
    }
}

/// The fields as they are typed.
#[derive(Clone)]
struct Fields {
    name: Signal<String>,
    lasts: Signal<String>,
    networks: Signal<String>,
    what: Signal<String>,
    ticks: Vec<Tick>,
}

impl Fields {
    /// Only what the person holds can be ticked.
    fn new(app: App) -> Self {
        let blank = || create_signal(String::new());
        let me = app.session.me_now();
        let held = proto::permission::all().filter(|permission| me.grants.anywhere(*permission));
        let ticks = held.map(|permission| (permission, create_signal(false))).collect();
        Self { name: blank(), lasts: create_signal("90".to_owned()), networks: blank(), what: blank(), ticks }
    }

    fn only_some(&self) -> bool {
        self.what.with(|what| what == SOME)
    }

    fn request(&self, request_id: String) -> CreateApiKeyRequest {
        let networks = self.networks.get_clone_untracked();
        CreateApiKeyRequest {
            request_id,
            owner_id: String::new(),
            display_name: self.name.get_clone_untracked().trim().to_owned(),
            scopes: if untrack(|| self.only_some()) { ticked(&self.ticks) } else { Vec::new() },
            allowed_networks: words(&networks),
            expire_time: after(&self.lasts.get_clone_untracked(), browser::now()),
        }
    }
}

/// What stands between spaces, commas and ends of lines.
fn words(text: &str) -> Vec<String> {
    text.split([' ', ',', ';', '\n', '\t']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The instant so many days after now; none when no number is given.
#[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
fn after(days: &str, now: f64) -> Option<Timestamp> {
    let days: i64 = days.parse().ok()?;
    Some(Timestamp { seconds: (now / 1000.0) as i64 + days * SECONDS_OF_A_DAY, nanos: 0 })
}

#[component(inline_props)]
fn KeyForm(app: App, secret: Signal<Option<String>>, done: Act) -> View {
    let form = Form::new();
    let fields = Fields::new(app);
    let request_id = api::request_id();
    let sent = fields.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if sent.only_some() && ticked(&sent.ticks).is_empty() {
            return form.refuse("scopes", t!("scopes-missing"));
        }
        let call = api::account::create_api_key(sent.request(request_id.clone()));
        form.send(app, call, move |made| secret.set(Some(made.secret)));
    };
    let lasts = LASTS.map(|(days, words)| (days.to_owned(), t!(words))).to_vec();
    let Fields { name, lasts: last, networks, .. } = fields;
    let what = what_it_may_do(fields, form);
    let foot = form_foot(form, &t!("api-key-create"), done);
    view! {
        form(novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                div(class="pair") {
                    TextField(name="display_name", label=t!("name"), value=name, form=form, "autofocus"="", maxlength="80", autocomplete="off", hint=t!("api-key-name-hint"))
                    SelectField(name="expire_time", label=t!("api-key-lasts"), value=last, options=lasts, form=form)
                }
                (what)
                AreaField(name="allowed_networks", label=t!("api-key-networks"), value=networks, form=form, optional=true, hint=t!("api-key-networks-hint"), rows="2", "spellcheck"="false")
            }
            (foot)
        }
    }
}

/// Everything, or boxes to tick; whoever may nothing in particular has nothing to choose.
fn what_it_may_do(fields: Fields, form: Form) -> View {
    if fields.ticks.is_empty() {
        return View::new();
    }
    let options = vec![(String::new(), t!("scopes-all-long")), (SOME.to_owned(), t!("scopes-some-long"))];
    let what = fields.what;
    view! {
        SelectField(name="scopes", label=t!("scopes"), value=what, options=options, form=form)
        (if fields.only_some() { boxes(&fields.ticks) } else { View::new() })
    }
}

fn shown(secret: String, done: Act) -> View {
    view! {
        div(class="body stack") {
            Notice(tone=Tone::Wait, text=t!("secret-once"))
            CopyField(label=t!("api-key"), value=secret)
            p(class="small muted") { (t!("api-key-use")) }
        }
        footer { Button(kind=Kind::Primary, label=t!("done"), on:click=move |_| done.now()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{after, words};

    #[test]
    fn networks_are_written_as_one_likes() {
        assert_eq!(words(" 192.0.2.7,\n2001:db8::/48 ;"), ["192.0.2.7", "2001:db8::/48"]);
    }

    #[test]
    fn a_key_lasts_for_days_or_for_ever() {
        assert_eq!(after("30", 1000.0).map(|time| time.seconds), Some(1 + 30 * 86_400));
        assert_eq!(after("", 1000.0), None);
    }
}
