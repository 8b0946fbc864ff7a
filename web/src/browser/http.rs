//! Calls of this origin by HTTP, for what gRPC-Web cannot carry: bytes, and answers that come line by line.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{object, traceparent, window};

/// Posts to this origin without waiting for an answer; the browser sends it even when the page is gone by then.
pub(crate) fn post_last(path: &str, headers: &[(&str, &str)], body: impl Into<JsValue>) {
    let init = js_sys::Object::new();
    let set = |name: &str, value: &JsValue| js_sys::Reflect::set(&init, &name.into(), value).ok();
    set("method", &"POST".into());
    set("keepalive", &true.into());
    set("headers", &traced(headers));
    set("body", &body.into());
    if let Some(window) = window()
        && let Ok(fetch) = js_sys::Reflect::get(&window, &"fetch".into())
        && let Ok(fetch) = fetch.dyn_into::<js_sys::Function>()
    {
        fetch.call2(&window, &path.into(), &init).ok();
    }
}

/// The headers of a call, with the trace it belongs to.
fn traced(headers: &[(&str, &str)]) -> JsValue {
    let headers = object(headers);
    if let Some(traceparent) = traceparent() {
        js_sys::Reflect::set(&headers, &"traceparent".into(), &traceparent.into()).ok();
    }
    headers
}

/// What the server answered to a call by HTTP.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) text: String,
    headers: JsValue,
}

impl Reply {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let get =
            js_sys::Reflect::get(&self.headers, &"get".into()).ok()?.dyn_into::<js_sys::Function>().ok()?;
        get.call1(&self.headers, &name.into()).ok()?.as_string()
    }
}

/// Calls this origin by HTTP; nothing when no answer came.
pub(crate) async fn send(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&web_sys::Blob>,
) -> Option<Reply> {
    let (reply, status) = fetch(method, path, headers, body).await?;
    let text = promised(&reply, "text").await?.as_string()?;
    let headers = js_sys::Reflect::get(&reply, &"headers".into()).ok()?;
    Some(Reply { status, text, headers })
}

/// The same for an answer of many lines, each heard as it comes; the status, or nothing when the answer broke off.
pub(crate) async fn send_and_hear(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &web_sys::Blob,
    mut hear: impl FnMut(&str),
) -> Option<u16> {
    let (reply, status) = fetch(method, path, headers, Some(body)).await?;
    let stream = js_sys::Reflect::get(&reply, &"body".into()).ok()?;
    let reader = method_of(&stream, "getReader")?.call0(&stream).ok()?;
    let mut bytes = Vec::new();
    loop {
        let piece = promised(&reader, "read").await?;
        let value = js_sys::Reflect::get(&piece, &"value".into()).ok()?;
        let Ok(value) = value.dyn_into::<js_sys::Uint8Array>() else { break };
        bytes.extend(value.to_vec());
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = bytes.drain(..=end).collect();
            hear(&String::from_utf8_lossy(&line));
        }
    }
    if !bytes.is_empty() {
        hear(&String::from_utf8_lossy(&bytes));
    }
    Some(status)
}

/// The beginning of an answer, with its status.
async fn fetch(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&web_sys::Blob>,
) -> Option<(JsValue, u16)> {
    let init = js_sys::Object::new();
    let set = |name: &str, value: &JsValue| js_sys::Reflect::set(&init, &name.into(), value).ok();
    set("method", &method.into());
    set("headers", &traced(headers));
    if let Some(body) = body {
        set("body", body);
    }
    let window = JsValue::from(window()?);
    let answered = method_of(&window, "fetch")?.call2(&window, &path.into(), &init).ok()?;
    let reply = JsFuture::from(answered.dyn_into::<js_sys::Promise>().ok()?).await.ok()?;
    let status = js_sys::Reflect::get(&reply, &"status".into()).ok()?.as_f64()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "status codes are small")]
    Some((reply, status as u16))
}

fn method_of(object: &JsValue, name: &str) -> Option<js_sys::Function> {
    js_sys::Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
}

/// What a method without parameters promises.
async fn promised(object: &JsValue, name: &str) -> Option<JsValue> {
    let promise = method_of(object, name)?.call0(object).ok()?.dyn_into::<js_sys::Promise>().ok()?;
    JsFuture::from(promise).await.ok()
}
