//! Tabs: one of a few panels at a time. The panel is drawn by whoever reads which tab is chosen.

use sycamore::prelude::*;
use sycamore::web::events::KeyboardEvent;

use super::field::Name;
use super::{Badge, Icon};
use crate::browser;

/// One tab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tab {
    /// What `chosen` is while the tab is.
    pub(crate) key: &'static str,
    pub(crate) label: String,
    /// Empty for none.
    pub(crate) icon: &'static str,
    /// How many things are behind it, where that is worth saying.
    pub(crate) count: Option<i64>,
}

impl Tab {
    /// A tab with a word.
    pub(crate) fn new(key: &'static str, label: impl Into<String>) -> Self {
        Self { key, label: label.into(), ..Self::default() }
    }
}

/// The tabs and, below them, the panel: the child, which shows what `chosen` says. `name` is what a screen reader calls them and
/// the beginning of their ids; arrow keys walk them.
#[component(inline_props)]
pub(crate) fn Tabs(
    #[prop(setter(into))] name: Name,
    #[prop(setter(into))] label: String,
    tabs: Vec<Tab>,
    chosen: Signal<&'static str>,
    children: Children,
) -> View {
    let all: Vec<&'static str> = tabs.iter().map(|tab| tab.key).collect();
    let own = name.clone();
    let walk = move |event: KeyboardEvent| {
        let Some(to) = step(&all, chosen.get_untracked(), &event.key()) else { return };
        event.prevent_default();
        chosen.set(to);
        browser::focus(&format!("#{own}-{to}"));
    };
    let heads = View::from(tabs.into_iter().map(|tab| head(&name, tab, chosen)).collect::<Vec<_>>());
    let panel = format!("{name}-panel");
    let labelled = move || format!("{name}-{}", chosen.get());
    view! {
        div(class="tabs", role="tablist", aria-label=label, on:keydown=walk) { (heads) }
        div(class="tab-panel", role="tabpanel", id=panel, aria-labelledby=labelled, tabindex="0") { (children) }
    }
}

fn head(name: &str, tab: Tab, chosen: Signal<&'static str>) -> View {
    let Tab { key, label, icon, count } = tab;
    let is_chosen = create_selector(move || chosen.get() == key);
    let icon = if icon.is_empty() {
        View::new()
    } else {
        view! { Icon(name=icon) }
    };
    let count = View::from(count.map(|count| view! { Badge(count=count, tone="plain") }));
    let (id, panel) = (format!("{name}-{key}"), format!("{name}-panel"));
    view! {
        button(class="tab", r#type="button", role="tab", id=id, aria-controls=panel, aria-selected=is_chosen.get().to_string(),
            tabindex=if is_chosen.get() { "0" } else { "-1" }, on:click=move |_| chosen.set(key)) {
            (icon) (label) (count)
        }
    }
}

/// The tab a key leads to.
fn step(all: &[&'static str], from: &str, key: &str) -> Option<&'static str> {
    let at = all.iter().position(|tab| *tab == from)?;
    let to = match key {
        "ArrowRight" => (at + 1) % all.len(),
        "ArrowLeft" => (at + all.len() - 1) % all.len(),
        "Home" => 0,
        "End" => all.len() - 1,
        _ => return None,
    };
    Some(all[to])
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::{Tab, Tabs, step};
    use crate::app::drawn;

    #[test]
    fn arrows_walk_the_tabs_round() {
        let all = ["a", "b", "c"];
        assert_eq!(step(&all, "c", "ArrowRight"), Some("a"));
        assert_eq!(step(&all, "a", "ArrowLeft"), Some("c"));
        assert_eq!(step(&all, "b", "End"), Some("c"));
        assert_eq!(step(&all, "b", "x"), None);
    }

    #[test]
    fn only_the_chosen_tab_is_a_stop_and_names_the_panel() {
        let html = drawn(|| {
            let chosen = create_signal("files");
            let tabs = vec![Tab::new("talk", "Talk"), Tab { count: Some(3), ..Tab::new("files", "Files") }];
            view! { Tabs(name="parts", label="Parts", tabs=tabs, chosen=chosen) { "inside" } }
        });
        assert_eq!(html.matches("aria-selected=\"true\"").count(), 1, "{html}");
        assert!(html.contains("aria-labelledby=\"parts-files\""), "{html}");
    }
}
