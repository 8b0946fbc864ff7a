//! The few things the UI asks of the browser besides drawing. Each is total: where the browser refuses, nothing happens.

mod http;
mod trace;

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, HtmlElement, Storage, Window};

pub(crate) use http::{Reply, post_last, send, send_and_hear};
pub(crate) use trace::{follow_trace, traceparent};

/// None on the host, where the parts are tested without a browser.
fn window() -> Option<Window> {
    if cfg!(target_arch = "wasm32") { web_sys::window() } else { None }
}

fn document() -> Option<Document> {
    window()?.document()
}

/// The element everything is drawn into.
pub(crate) fn body() -> Option<HtmlElement> {
    document()?.body()
}

/// `<html>`, which carries theme, density and language.
pub(crate) fn root() -> Option<Element> {
    document()?.document_element()
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

/// A preference kept in this browser. Only preferences live there: never tokens, never data.
pub(crate) fn remembered(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Keeps a preference in this browser.
pub(crate) fn remember(key: &str, value: &str) {
    if let Some(storage) = storage() {
        storage.set_item(key, value).ok();
    }
}

/// Forgets a preference.
pub(crate) fn forget(key: &str) {
    if let Some(storage) = storage() {
        storage.remove_item(key).ok();
    }
}

/// The language the browser asks for, a BCP 47 tag.
pub(crate) fn language() -> Option<String> {
    window()?.navigator().language()
}

/// What a language is called in another one, by their tags; the tag itself where the browser has no name for it.
pub(crate) fn language_name(tag: &str, said_in: &str) -> String {
    let name = || {
        let names = js_sys::Reflect::get(&global("Intl")?, &"DisplayNames".into()).ok()?;
        let given = js_sys::Array::of2(&said_in.into(), &object(&[("type", "language")]));
        let make: js_sys::Function = names.dyn_into().ok()?;
        let names = js_sys::Reflect::construct(&make, &given).ok()?;
        let of: js_sys::Function = js_sys::Reflect::get(&names, &"of".into()).ok()?.dyn_into().ok()?;
        of.call1(&names, &tag.into()).ok()?.as_string()
    };
    name().unwrap_or_else(|| tag.to_owned())
}

/// The IANA zone of the person's clock.
pub(crate) fn time_zone() -> Option<String> {
    let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into()).ok()?.as_string()
}

/// What the browser calls itself, in a word for the list of sessions: `Firefox on Linux`.
pub(crate) fn device_label() -> String {
    let agent = window().and_then(|window| window.navigator().user_agent().ok()).unwrap_or_default();
    let first = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map_or("", |(_, name)| *name)
    };
    let browser =
        first(&[("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    [browser, system].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" on ")
}

/// Milliseconds since the epoch by the person's clock.
pub(crate) fn now() -> f64 {
    if cfg!(target_arch = "wasm32") { js_sys::Date::now() } else { 0.0 }
}

/// Sixteen random bytes from the browser's cryptographic source.
pub(crate) fn random_bytes() -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    window()?.crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes)
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')).collect()
}

/// How wide the page is, in pixels.
pub(crate) fn width() -> f64 {
    window().and_then(|window| window.inner_width().ok()?.as_f64()).unwrap_or(f64::MAX)
}

/// Scheme, host and port of the page.
pub(crate) fn origin() -> String {
    window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// The value of a parameter of the address's query, which only pages outside of this UI set; a plain word.
pub(crate) fn query(name: &str) -> Option<String> {
    let query = window()?.location().search().ok()?;
    let pairs = query.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// A text as a part of an address's query.
pub(crate) fn in_address(text: &str) -> String {
    if cfg!(target_arch = "wasm32") { js_sys::encode_uri_component(text).into() } else { text.to_owned() }
}

/// Something every script sees, if this browser has it.
pub(crate) fn global(name: &str) -> Option<JsValue> {
    let window = JsValue::from(window()?);
    let found = js_sys::Reflect::get(&window, &name.into()).ok()?;
    (!found.is_undefined()).then_some(found)
}

/// What a base64 text says; nothing when it is none.
pub(crate) fn bytes_of_base64(text: &str) -> Vec<u8> {
    let letters = window().and_then(|window| window.atob(text).ok()).unwrap_or_default();
    letters.chars().map(|letter| u8::try_from(letter).unwrap_or_default()).collect()
}

/// Bytes as base64.
pub(crate) fn base64_of_bytes(bytes: &[u8]) -> String {
    let letters: String = bytes.iter().copied().map(char::from).collect();
    window().and_then(|window| window.btoa(&letters).ok()).unwrap_or_default()
}

/// Opens the browser's print dialog.
pub(crate) fn print() {
    if let Some(window) = window() {
        window.print().ok();
    }
}

/// Loads the page anew, for what only a fresh start can change.
pub(crate) fn reload() {
    if let Some(window) = window() {
        window.location().reload().ok();
    }
}

/// Loads another address of this origin, as a link would.
pub(crate) fn visit(path: &str) {
    if let Some(window) = window() {
        window.location().assign(path).ok();
    }
}

/// The same in place of the present entry of the history.
pub(crate) fn visit_instead(path: &str) {
    if let Some(window) = window() {
        window.location().replace(path).ok();
    }
}

/// Leaves links to some addresses to the browser; the router takes all others. It hears of every press first, which begins a trace.
pub(crate) fn leave_links(leave: impl Fn(&str) -> bool + 'static) {
    let heard = Closure::<dyn Fn(web_sys::MouseEvent)>::new(move |event: web_sys::MouseEvent| {
        trace::begin_trace();
        let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let link = pressed.and_then(|pressed| pressed.closest("a[href]").ok().flatten());
        if let Some(link) = link
            && link.get_attribute("href").is_some_and(|path| leave(&path))
        {
            // What the router looks for.
            link.set_attribute("rel", "external").ok();
        }
    });
    if let Some(document) = document() {
        let listener = heard.as_ref().unchecked_ref();
        document.add_event_listener_with_callback_and_bool("click", listener, true).ok();
    }
    heard.forget();
}

/// What the tab is called.
pub(crate) fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Moves the focus to the element a selector finds first, and says whether there was one; drawings can have it, too.
pub(crate) fn focus(selector: &str) -> bool {
    let found = document().and_then(|document| document.query_selector(selector).ok().flatten());
    let Some(element) = found else { return false };
    let focus = js_sys::Reflect::get(&element, &"focus".into());
    let focus = focus.ok().and_then(|focus| focus.dyn_into::<js_sys::Function>().ok());
    focus.is_some_and(|focus| focus.call0(&element).is_ok())
}

/// Marks all of what is typed in the field a selector finds first, so that the next letter replaces it.
pub(crate) fn select(selector: &str) {
    let found = document().and_then(|document| document.query_selector(selector).ok().flatten());
    if let Some(field) = found.and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok()) {
        field.select();
    }
}

/// Presses the button a selector finds first, as if by hand; says whether there was one.
pub(crate) fn press(selector: &str) -> bool {
    let found = document().and_then(|document| document.query_selector(selector).ok().flatten());
    let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    element.click();
    true
}

/// Calls back when the page is about to go: closed, reloaded, or left for another address.
pub(crate) fn when_leaving(last: impl Fn() + 'static) {
    let heard = Closure::<dyn Fn()>::new(last);
    if let Some(window) = window() {
        window.add_event_listener_with_callback("pagehide", heard.as_ref().unchecked_ref()).ok();
    }
    heard.forget();
}

/// The JSON of an object of strings.
pub(crate) fn json(fields: &[(&str, &str)]) -> String {
    js_sys::JSON::stringify(&object(fields)).ok().and_then(|json| json.as_string()).unwrap_or_default()
}

/// The fields of a JSON object, each value as it is read: a text without its quotes, anything else as JSON. Whatever is no object has none.
pub(crate) fn json_fields(json: &str) -> Vec<(String, String)> {
    if cfg!(not(target_arch = "wasm32")) {
        return Vec::new();
    }
    let parsed = js_sys::JSON::parse(json).ok().and_then(|parsed| parsed.dyn_into::<js_sys::Object>().ok());
    let Some(parsed) = parsed else { return Vec::new() };
    let fields = js_sys::Object::entries(&parsed).into_iter().filter_map(|field| {
        let field = js_sys::Array::from(&field);
        let (name, value) = (field.get(0).as_string()?, field.get(1));
        if value.is_null() {
            return Some((name, String::new()));
        }
        let text = value.as_string().or_else(|| js_sys::JSON::stringify(&value).ok()?.as_string())?;
        Some((name, text))
    });
    fields.collect()
}

/// The members of a JSON list, each as JSON. Whatever is no list has none.
pub(crate) fn json_items(json: &str) -> Vec<String> {
    if cfg!(not(target_arch = "wasm32")) {
        return Vec::new();
    }
    let parsed = js_sys::JSON::parse(json).ok().and_then(|parsed| parsed.dyn_into::<js_sys::Array>().ok());
    let items = parsed.into_iter().flat_map(|parsed| parsed.to_vec());
    items.filter_map(|item| js_sys::JSON::stringify(&item).ok()?.as_string()).collect()
}

/// Lets the browser keep a file made of these pieces.
pub(crate) fn download(name: &str, media_type: &str, pieces: &js_sys::Array) -> Option<()> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = web_sys::Blob::new_with_str_sequence_and_options(pieces, &options).ok()?;
    let address = web_sys::Url::create_object_url_with_blob(&blob).ok()?;
    let link = document()?.create_element("a").ok()?.dyn_into::<HtmlElement>().ok()?;
    link.set_attribute("href", &address).ok()?;
    link.set_attribute("download", name).ok()?;
    link.click();
    web_sys::Url::revoke_object_url(&address).ok()
}

fn object(fields: &[(&str, &str)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        js_sys::Reflect::set(&object, &(*name).into(), &(*value).into()).ok();
    }
    object.into()
}

/// Puts a text on the clipboard.
pub(crate) fn copy(text: &str) {
    if let Some(window) = window() {
        // The promise is not waited for: there is nothing to do when the browser refuses.
        drop(window.navigator().clipboard().write_text(text));
    }
}

/// Scrolls as little as possible so that the element is seen.
pub(crate) fn reveal(selector: &str) {
    if let Some(element) = document().and_then(|document| document.query_selector(selector).ok().flatten()) {
        let options = js_sys::Object::new();
        js_sys::Reflect::set(&options, &"block".into(), &"nearest".into()).ok();
        if let Ok(scroll) = js_sys::Reflect::get(&element, &"scrollIntoView".into())
            && let Ok(scroll) = scroll.dyn_into::<js_sys::Function>()
        {
            scroll.call1(&element, &options).ok();
        }
    }
}

/// Scrolls an element to its end if it is not far from there: whoever reads further up is left alone.
pub(crate) fn stay_at_end(selector: &str) {
    const NEAR: i32 = 280;
    if let Some(element) = document().and_then(|document| document.query_selector(selector).ok().flatten())
        && element.scroll_height() - element.scroll_top() - element.client_height() < NEAR
    {
        element.set_scroll_top(element.scroll_height());
    }
}

/// Scrolls an element to its end.
pub(crate) fn scroll_to_end(selector: &str) {
    if let Some(element) = document().and_then(|document| document.query_selector(selector).ok().flatten()) {
        element.set_scroll_top(element.scroll_height());
    }
}

/// Whether a selector finds anything.
pub(crate) fn is_there(selector: &str) -> bool {
    document().and_then(|document| document.query_selector(selector).ok().flatten()).is_some()
}

/// Whether a key press belongs to what is typed in, not to the page.
pub(crate) fn is_typing(event: &web_sys::Event) -> bool {
    event.target().and_then(|target| target.dyn_into::<Element>().ok()).is_some_and(|element| {
        let field = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]";
        element.closest(field).ok().flatten().is_some()
    })
}
