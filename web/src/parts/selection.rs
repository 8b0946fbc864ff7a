//! Choosing many rows of a list or a table: boxes to tick, Shift for a stretch, `x` for the row under the cursor, and the bar that
//! says how many and what to do with them.
//!
//! Invariant: what is chosen is always part of what is listed; a row that leaves the list leaves the choice.

use std::collections::BTreeSet;
use std::rc::Rc;

use sycamore::prelude::*;
use sycamore::web::events::MouseEvent;

use super::{Button, Kind, T};
use crate::keys;
use crate::text::t;

/// What is chosen of a list of ids.
#[derive(Clone, Copy)]
pub(crate) struct Selection {
    /// The ids in the order of the list.
    order: ReadSignal<Rc<Vec<String>>>,
    chosen: Signal<BTreeSet<String>>,
    /// Where a stretch begins: the last row that was ticked alone.
    anchor: Signal<Option<String>>,
}

/// How much of the list is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    None,
    Some,
    All,
}

impl Selection {
    /// Nothing chosen of this list.
    pub(crate) fn of(order: ReadSignal<Rc<Vec<String>>>) -> Self {
        let (chosen, anchor) = (create_signal(BTreeSet::new()), create_signal(None));
        create_effect(move || {
            let left = order.with(|order| kept(&chosen.get_clone_untracked(), order));
            if let Some(left) = left {
                chosen.set(left);
            }
        });
        Self { order, chosen, anchor }
    }

    /// Whether a row is chosen. Follows the signal when read in an effect.
    pub(crate) fn holds(self, id: &str) -> bool {
        self.chosen.with(|chosen| chosen.contains(id))
    }

    /// How many are chosen.
    pub(crate) fn count(self) -> usize {
        self.chosen.with(BTreeSet::len)
    }

    /// The chosen ids in the order of the list.
    pub(crate) fn ids(self) -> Vec<String> {
        let chosen = self.chosen.get_clone();
        self.order.with(|order| order.iter().filter(|id| chosen.contains(*id)).cloned().collect())
    }

    /// Chooses a row, or no longer.
    pub(crate) fn turn(self, id: &str) {
        self.anchor.set_silent(Some(id.to_owned()));
        self.chosen.update(|chosen| {
            if !chosen.remove(id) {
                chosen.insert(id.to_owned());
            }
        });
    }

    /// Chooses the stretch from the row that was ticked last to this one, both with it.
    pub(crate) fn reach(self, id: &str) {
        let from = self.anchor.get_clone_untracked();
        let stretch = self.order.with_untracked(|order| stretch(order, from.as_deref(), id));
        self.chosen.update(|chosen| chosen.extend(stretch));
        if from.is_none() {
            self.anchor.set_silent(Some(id.to_owned()));
        }
    }

    /// Chooses everything that is listed.
    pub(crate) fn all(self) {
        self.chosen.set(self.order.with_untracked(|order| order.iter().cloned().collect()));
    }

    /// Chooses nothing.
    pub(crate) fn clear(self) {
        self.anchor.set_silent(None);
        self.chosen.set(BTreeSet::new());
    }

    /// Takes the keys of choosing until the present scope ends: `x` for the row under the cursor, `X` for the stretch up to it,
    /// Escape for nothing.
    pub(crate) fn take_keys(self, cursor: ReadSignal<Option<String>>) {
        keys::take(move |key| match (key, cursor.get_clone_untracked()) {
            ("x", Some(id)) => {
                self.turn(&id);
                true
            }
            ("X", Some(id)) => {
                self.reach(&id);
                true
            }
            ("Escape", _) if !self.chosen.with_untracked(BTreeSet::is_empty) => {
                self.clear();
                true
            }
            _ => false,
        });
    }

    fn extent(self) -> Extent {
        extent(self.count(), self.order.with(|order| order.len()))
    }
}

const fn extent(chosen: usize, listed: usize) -> Extent {
    match chosen {
        0 => Extent::None,
        _ if chosen >= listed => Extent::All,
        _ => Extent::Some,
    }
}

/// What is left of a choice when the list became another; none when all of it is.
fn kept(chosen: &BTreeSet<String>, order: &[String]) -> Option<BTreeSet<String>> {
    let listed: BTreeSet<&String> = order.iter().collect();
    let left: BTreeSet<_> = chosen.iter().filter(|id| listed.contains(id)).cloned().collect();
    (left.len() < chosen.len()).then_some(left)
}

/// The rows between two, in either direction; only the second where the first is not listed.
fn stretch(order: &[String], from: Option<&str>, to: &str) -> Vec<String> {
    let place = |id: &str| order.iter().position(|known| known == id);
    let Some(to) = place(to) else { return Vec::new() };
    let from = from.and_then(place).unwrap_or(to);
    order[from.min(to)..=from.max(to)].to_vec()
}

/// The box of one row; `name` is what a screen reader calls the row. With Shift it chooses the stretch up to it.
#[component(inline_props)]
pub(crate) fn ChooseRow(
    selection: Selection,
    #[prop(setter(into))] id: String,
    #[prop(setter(into))] name: String,
) -> View {
    let label = t!("choose-row", name = name);
    let own = id.clone();
    let checked = move || selection.holds(&own);
    let press = move |event: MouseEvent| {
        // The row is a link or opens on a press; ticking its box is neither.
        event.stop_propagation();
        if event.shift_key() { selection.reach(&id) } else { selection.turn(&id) }
    };
    view! {
        label(class="choose") {
            input(r#type="checkbox", aria-label=label, prop:checked=checked(), on:click=press)
        }
    }
}

/// The box at the head: all that is listed, or nothing.
#[component(inline_props)]
pub(crate) fn ChooseAll(selection: Selection) -> View {
    let turn = move |_| if selection.extent() == Extent::All { selection.clear() } else { selection.all() };
    view! {
        label(class="choose") {
            input(r#type="checkbox", aria-label=t!("choose-all"), prop:checked=selection.extent() == Extent::All,
                prop:indeterminate=selection.extent() == Extent::Some, on:change=turn)
        }
    }
}

/// Says how many rows are chosen, over the foot of the list; the children are what can be done with them.
#[component(inline_props)]
pub(crate) fn ChosenBar(selection: Selection, children: Children) -> View {
    let count = move || t!("chosen-count", count = i64::try_from(selection.count()).unwrap_or_default());
    let hidden = move || selection.count() == 0;
    view! {
        div(class="chosen-bar", role="region", aria-label=t!("chosen"), hidden=hidden()) {
            span(class="count", role="status") { (count()) }
            (children)
            span(class="end") {}
            Button(kind=Kind::Quiet, label=t!("choose-all"), on:click=move |_| selection.all())
            Button(kind=Kind::Quiet, icon="x", aria-label=t!("choose-none"), on:click=move |_| selection.clear())
            span(class="vh") { T(id="choose-keys") }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use sycamore::prelude::*;

    use super::{ChooseAll, ChooseRow, ChosenBar, Extent, Selection, extent, stretch};
    use crate::app::drawn;

    fn ids(ids: &str) -> Rc<Vec<String>> {
        Rc::new(ids.chars().map(String::from).collect())
    }

    fn chosen(selection: Selection) -> String {
        selection.ids().concat()
    }

    #[test]
    fn shift_chooses_the_stretch_from_the_last_tick_in_either_direction() {
        assert_eq!(stretch(&ids("abcde"), Some("b"), "d").concat(), "bcd");
        assert_eq!(stretch(&ids("abcde"), Some("d"), "b").concat(), "bcd");
        assert_eq!(stretch(&ids("abcde"), Some("z"), "b").concat(), "b");
        assert_eq!(stretch(&ids("abcde"), None, "z").concat(), "");
    }

    #[test]
    fn what_leaves_the_list_leaves_the_choice() {
        let _root = create_root(|| {
            let order = create_signal(ids("abcde"));
            let selection = Selection::of(*order);
            selection.turn("b");
            selection.reach("e");
            selection.turn("d");
            assert_eq!(chosen(selection), "bce");
            order.set(ids("zce"));
            assert_eq!((chosen(selection).as_str(), selection.count()), ("ce", 2));
            selection.all();
            assert_eq!(chosen(selection), "zce");
            selection.clear();
            assert_eq!(selection.count(), 0);
        });
    }

    #[test]
    fn all_means_all_that_is_listed() {
        assert_eq!(extent(0, 0), Extent::None);
        assert_eq!(extent(2, 3), Extent::Some);
        assert_eq!(extent(3, 3), Extent::All);
    }

    #[test]
    fn a_box_says_which_row_it_chooses_and_the_bar_hides_while_nothing_is_chosen() {
        let html = drawn(|| {
            let selection = Selection::of(*create_signal(ids("ab")));
            view! {
                ChooseAll(selection=selection)
                ChooseRow(selection=selection, id="a", name="TX-1042")
                ChosenBar(selection=selection) { "deeds" }
            }
        });
        assert!(html.contains("Choose TX-1042") && html.contains("hidden"), "{html}");
    }
}
