//! The other ways in: a passkey, and the single sign-on of an organisation.

use proto::identity::v1::{
    SecondFactorKind, SecondFactorNeeded, SignInPolicy, SignInProvider, VerifySecondFactorRequest,
};
use sycamore::prelude::*;

use crate::api::{self, Answer, Trouble};
use crate::app::App;
use crate::parts::{Button, Form, Icon, T, refusal};
use crate::text::t;
use crate::{browser, passkey};

/// One button a way, under a line; nothing where there is none.
#[component(inline_props)]
pub(super) fn Others(policy: Signal<Option<SignInPolicy>>, keep: Signal<bool>) -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let passkeys = passkey::possible();
    let sign_in = move |_| {
        let call = async move { prove(api::session::start_passkey(keep.get_untracked()).await?).await };
        form.send(app, call, move |session| app.session.take(Ok(session)));
    };
    let providers = move || {
        policy.with(|policy| policy.as_ref().map(|policy| policy.providers.clone()).unwrap_or_default())
    };
    let provider = move |provider| sso(app, keep, provider);
    let any = create_memo(move || passkeys || !providers().is_empty());
    view! {
        (if any.get() {
            let buttons = View::from(providers().into_iter().map(provider).collect::<Vec<_>>());
            view! {
                div(class="others") {
                    p(class="or") { span { T(id="or") } }
                    (refusal(form))
                    (if passkeys { view! { Button(icon="passkey", label=t!("passkey-sign-in"), busy=form.busy(), data-wide="", on:click=sign_in) } } else { View::new() })
                    (buttons)
                }
            }
        } else {
            View::new()
        })
    }
}

/// Proves by a passkey what was asked for.
pub(super) async fn prove(needed: SecondFactorNeeded) -> Answer<proto::gateway::v1::Session> {
    let passkey_json = passkey::get(&needed.passkey_options_json).await?;
    let (attempt, kind, code) = (needed.attempt, SecondFactorKind::Passkey.into(), String::new());
    let answer = api::session::verify(VerifySecondFactorRequest {
        attempt,
        kind,
        code,
        passkey_json,
        ..VerifySecondFactorRequest::default()
    })
    .await;
    answer.map_err(|trouble| match trouble.reason.as_str() {
        // Nobody typed a code.
        "WRONG_CODE" => Trouble { sentence: t!("passkey-refused"), ..trouble },
        _ => trouble,
    })
}

/// A plain link that leaves this page: the gateway sends the browser on to the provider, and in the end to where somebody wanted
/// to go.
fn sso(app: App, keep: Signal<bool>, provider: SignInProvider) -> View {
    let SignInProvider { display_name, start_path, .. } = provider;
    let words = t!("sso-sign-in", name = display_name);
    let (device, wanted) = (browser::device_label(), app.session.wanted_now().path());
    let (device, wanted) = (browser::in_address(&device), browser::in_address(&wanted));
    let address =
        move || format!("{start_path}?keep={}&device={device}&return={wanted}", u8::from(keep.get()));
    view! { a(class="btn", data-wide="", rel="external", href=address) { Icon(name="building") (words) } }
}
