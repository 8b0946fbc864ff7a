//! Popovers and menus: the browser's own popover, so the top layer, a click outside, Escape and the way back of the focus are
//! right; only the place is ours.

use std::cell::Cell;

use sycamore::prelude::*;
use sycamore::web::events::{Event, KeyboardEvent, MouseEvent};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{Draw, Icon, Words};

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// Lets what is inside a popover close it.
#[derive(Clone)]
struct Around(String);

/// A button that opens something over the page; its face is the child. The inside is drawn only while it is open.
#[component(inline_props)]
pub(crate) fn Popover(
    #[prop(setter(into))] inside: Draw,
    /// The button's class.
    button: &'static str,
    /// What a screen reader says before the face, and a face without words is called.
    #[prop(default = MaybeDyn::Static("".into()), setter(into))]
    name: Words,
    #[prop(default, setter(into))] tip: String,
    #[prop(default, setter(into))] id: String,
    #[prop(default = "menu")] class: &'static str,
    #[prop(default = "menu")] role: &'static str,
    /// Of a field: what describes the button, and whether something is wrong with what was chosen.
    #[prop(default, setter(into))]
    described: String,
    #[prop(default = MaybeDyn::Static(false), setter(into))] invalid: MaybeDyn<bool>,
    children: Children,
) -> View {
    let number = NEXT.replace(NEXT.get() + 1);
    let own_id = format!("pop-{number}");
    let open = create_signal(false);
    let target = own_id.clone();
    let show = move |event: MouseEvent| {
        if let Some(button) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) {
            open.set(true);
            place(&button, &target);
        }
    };
    let [tip, described] = [tip, described].map(|text| (!text.is_empty()).then_some(text));
    let invalid = move || invalid.get().then_some("true");
    // An `aria-label` hides what the face says: it is for fields, whose own label would hide that, too.
    let is_field = described.is_some();
    let name = move || Some(name.get_clone()).filter(|name| !name.is_empty());
    let field_name = {
        let name = name.clone();
        move || name().filter(|_| is_field)
    };
    let said = move || match name() {
        Some(name) if !is_field => view! { span(class="vh") { (name) " " } },
        _ => View::new(),
    };
    let button_id = if id.is_empty() { format!("open-{own_id}") } else { id };
    let (opens, controls, named) = (own_id.clone(), own_id.clone(), button_id.clone());
    view! {
        button(class=button, r#type="button", id=button_id, aria-label=field_name, data-tip=tip, data-side="end",
            "popovertarget"=opens, aria-haspopup=role, aria-expanded=open.get().to_string(), aria-controls=controls, aria-describedby=described,
            aria-invalid=invalid, on:click=show) {
            (said)
            (children)
        }
        PopoverBody(id=own_id, named=named, class=class, role=role, open=open, inside=inside)
    }
}

#[component(inline_props)]
fn PopoverBody(
    id: String,
    /// The id of the button, whose words are its name, too.
    named: String,
    class: &'static str,
    role: &'static str,
    open: Signal<bool>,
    inside: Draw,
) -> View {
    let around = Around(id.clone());
    let toggled = move |event: Event| {
        let is_open = is_open(&event);
        open.set(is_open);
        if is_open {
            focus_first(&event);
        }
    };
    view! {
        div(class=class, popover="auto", id=id, role=role, aria-labelledby=named, on:toggle=toggled, on:keydown=move |event: KeyboardEvent| walk(&event)) {
            (if open.get() {
                let (around, inside) = (around.clone(), inside.clone());
                // Drawn once for each opening: were it drawn anew under a press, the press would be lost.
                untrack(|| provide_context_in_new_scope(around, move || inside.view()))
            } else {
                View::new()
            })
        }
    }
}

/// One line of a menu; choosing it closes the menu.
#[component(inline_props)]
pub(crate) fn MenuItem(
    #[prop(default)] icon: &'static str,
    #[prop(setter(into))] label: String,
    #[prop(default)] checked: Option<bool>,
    #[prop(default = "plain")] kind: &'static str,
    #[prop(attributes(html, button))] attributes: Attributes,
) -> View {
    let Around(id) = use_context();
    let role = if checked.is_some() { "menuitemradio" } else { "menuitem" };
    let is_checked = checked.map(|checked| checked.to_string());
    let face = if icon.is_empty() {
        View::new()
    } else {
        view! { Icon(name=icon) }
    };
    let tick = if checked.is_some() {
        view! { Icon(name="check", class="icon tick") }
    } else {
        View::new()
    };
    view! {
        button(class="item", r#type="button", role=role, aria-checked=is_checked, data-kind=kind, "popovertarget"=id,
            "popovertargetaction"="hide", ..attributes) {
            (face)
            (label)
            (tick)
        }
    }
}

/// Closes the popover the present scope is in.
pub(crate) fn close_popover() {
    if let Some(Around(id)) = try_use_context()
        && let Some(element) =
            document().get_element_by_id(&id).and_then(|element| element.dyn_into::<HtmlElement>().ok())
    {
        element.hide_popover().ok();
    }
}

/// Puts the popover under its button, or above where there is more room, and keeps it on the screen.
fn place(button: &Element, id: &str) {
    let Some(popover) =
        document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    let size = |value: Result<wasm_bindgen::JsValue, _>| {
        value.ok().and_then(|value: wasm_bindgen::JsValue| value.as_f64())
    };
    let (Some(width), Some(height)) = (size(window().inner_width()), size(window().inner_height())) else {
        return;
    };
    let at = button.get_bounding_client_rect();
    let below = at.bottom() < height * 0.6;
    let from_left = at.left() < width / 2.0;
    let style = popover.style();
    let set = |name: &str, value: f64| style.set_property(name, &format!("{}px", value.round())).ok();
    for side in ["top", "bottom", "left", "right"] {
        style.set_property(side, "auto").ok();
    }
    if below {
        set("top", at.bottom() + 4.0)
    } else {
        set("bottom", height - at.top() + 4.0)
    };
    if from_left {
        set("left", at.left().max(8.0))
    } else {
        set("right", (width - at.right()).max(8.0))
    };
}

fn is_open(event: &Event) -> bool {
    let state = js_sys::Reflect::get(event, &"newState".into()).ok();
    state.and_then(|state| state.as_string()).as_deref() == Some("open")
}

fn focus_first(event: &Event) {
    let inside = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let first = inside.and_then(|inside| {
        inside.query_selector("input, [aria-checked=true], .item, button, a").ok().flatten()
    });
    if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
        first.focus().ok();
    }
}

/// Arrow keys, Home and End walk the items.
fn walk(event: &KeyboardEvent) {
    let Some(list) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return;
    };
    let Ok(items) = list.query_selector_all("[role^=menuitem]") else {
        return;
    };
    let items: Vec<HtmlElement> =
        (0..items.length()).filter_map(|at| items.get(at)?.dyn_into().ok()).collect();
    let focused = document().active_element();
    let at = items
        .iter()
        .position(|item| focused.as_ref().is_some_and(|focused| focused.is_same_node(Some(item))));
    let Some(to) = target_of(&event.key(), at, items.len()) else {
        return;
    };
    event.prevent_default();
    items[to].focus().ok();
}

/// Which of so many items a key leads to from where the focus is.
fn target_of(key: &str, at: Option<usize>, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowDown" => Some(at.map_or(0, |at| if at == last { 0 } else { at + 1 })),
        "ArrowUp" => Some(at.map_or(last, |at| if at == 0 { last } else { at - 1 })),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::target_of;

    #[test]
    fn arrows_walk_round_and_other_keys_do_not_walk() {
        assert_eq!(target_of("ArrowDown", None, 3), Some(0));
        assert_eq!(target_of("ArrowDown", Some(2), 3), Some(0));
        assert_eq!(target_of("ArrowUp", Some(0), 3), Some(2));
        assert_eq!(target_of("End", Some(0), 3), Some(2));
        assert_eq!(target_of("a", Some(0), 3), None);
        assert_eq!(target_of("ArrowDown", None, 0), None);
    }
}
