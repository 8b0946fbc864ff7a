//! Passkeys: what the browser's authenticator is asked, and what it answers, as JSON both ways.
//!
//! Browsers read and write that JSON themselves; for those that do not yet, the few binary fields are converted here.

use js_sys::{Array, ArrayBuffer, Function, JSON, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::api::{Answer, Kind, Trouble};
use crate::browser;
use crate::text::t;

/// The two things an authenticator is asked for.
#[derive(Clone, Copy)]
enum Wish {
    Create,
    Get,
}

impl Wish {
    /// The method of `navigator.credentials`.
    const fn method(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Get => "get",
        }
    }

    /// The method of `PublicKeyCredential` that reads the question.
    const fn reader(self) -> &'static str {
        match self {
            Self::Create => "parseCreationOptionsFromJSON",
            Self::Get => "parseRequestOptionsFromJSON",
        }
    }

    /// The list of credentials in the question.
    const fn list(self) -> &'static str {
        match self {
            Self::Create => "excludeCredentials",
            Self::Get => "allowCredentials",
        }
    }
}

/// Whether this browser knows passkeys at all.
pub(crate) fn possible() -> bool {
    browser::global("PublicKeyCredential").is_some()
}

/// Makes a passkey.
pub(crate) async fn create(options: &str) -> Answer<String> {
    ask(Wish::Create, options).await.map_err(|error| trouble(&error))
}

/// Proves by a passkey.
pub(crate) async fn get(options: &str) -> Answer<String> {
    ask(Wish::Get, options).await.map_err(|error| trouble(&error))
}

async fn ask(wish: Wish, options: &str) -> Result<String, JsValue> {
    let class = browser::global("PublicKeyCredential").ok_or(JsValue::NULL)?;
    let credentials = browser::global("navigator").map(|navigator| of(&navigator, "credentials"));
    let credentials = credentials.unwrap_or_default();
    let question = question(wish, &class, JSON::parse(options)?)?;
    let wrapped = Object::new();
    Reflect::set(&wrapped, &"publicKey".into(), &question)?;
    let method = of(&credentials, wish.method()).dyn_into::<Function>()?;
    let answer = JsFuture::from(Promise::resolve(&method.call1(&credentials, &wrapped)?)).await?;
    let json = match of(&answer, "toJSON").dyn_into::<Function>() {
        Ok(to_json) => to_json.call0(&answer)?,
        Err(_) => written(&answer)?,
    };
    Ok(JSON::stringify(&json)?.into())
}

/// The question as the browser takes it.
fn question(wish: Wish, class: &JsValue, json: JsValue) -> Result<JsValue, JsValue> {
    if let Ok(reader) = of(class, wish.reader()).dyn_into::<Function>() {
        return reader.call1(class, &json);
    }
    read(&json, "challenge")?;
    if matches!(wish, Wish::Create) {
        read(&of(&json, "user"), "id")?;
    }
    if let Ok(list) = of(&json, wish.list()).dyn_into::<Array>() {
        for credential in list {
            read(&credential, "id")?;
        }
    }
    Ok(json)
}

/// Puts the bytes of a base64url field in its place.
fn read(object: &JsValue, field: &str) -> Result<(), JsValue> {
    let text = of(object, field).as_string().unwrap_or_default();
    let bytes = browser::bytes_of_base64(&text.replace('-', "+").replace('_', "/"));
    Reflect::set(object, &field.into(), &Uint8Array::from(bytes.as_slice())).map(drop)
}

/// The answer as JSON, its binary fields in base64url.
fn written(credential: &JsValue) -> Result<JsValue, JsValue> {
    let answer = of(credential, "response");
    let response = Object::new();
    for field in ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"] {
        if let Ok(buffer) = of(&answer, field).dyn_into::<ArrayBuffer>() {
            Reflect::set(&response, &field.into(), &base64url(&buffer).into())?;
        }
    }
    let json = Object::new();
    for field in ["id", "type", "authenticatorAttachment"] {
        Reflect::set(&json, &field.into(), &of(credential, field))?;
    }
    let raw_id = of(credential, "rawId").dyn_into::<ArrayBuffer>()?;
    Reflect::set(&json, &"rawId".into(), &base64url(&raw_id).into())?;
    Reflect::set(&json, &"clientExtensionResults".into(), &Object::new())?;
    Reflect::set(&json, &"response".into(), &response)?;
    Ok(json.into())
}

fn base64url(buffer: &ArrayBuffer) -> String {
    let text = browser::base64_of_bytes(&Uint8Array::new(buffer).to_vec());
    text.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
}

/// A field; undefined where there is none.
fn of(object: &JsValue, field: &str) -> JsValue {
    Reflect::get(object, &field.into()).unwrap_or_default()
}

/// Why there is no answer. A browser does not tell somebody who would not from somebody who could not.
fn trouble(error: &JsValue) -> Trouble {
    let name = of(error, "name").as_string().unwrap_or_default();
    let sentence = match name.as_str() {
        "InvalidStateError" => t!("passkey-known"),
        "SecurityError" => t!("passkey-wrong-address"),
        _ => t!("passkey-no-answer"),
    };
    Trouble::said(Kind::Refused, sentence)
}
