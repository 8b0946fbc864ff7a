//! Choosing what a request is about: the department's catalogue as a tree that opens along the way one goes, or that words narrow.

use std::rc::Rc;

use proto::tickets::v1::Category;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::sheet::Sheet;
use crate::api;
use crate::app::App;
use crate::parts::{Form, Icon, SearchBox, T};
use crate::store::catalogue::{Branch, branches, narrowed};
use crate::text::t;

/// A tree of so many is seen whole.
const WHOLE: usize = 12;

/// The categories of the chosen department.
pub(super) type Tree = Signal<Rc<Vec<Branch>>>;

/// Keeps the tree that of the chosen department.
pub(super) fn follow(app: App, sheet: Sheet) -> Tree {
    let tree: Tree = create_signal(Rc::default());
    create_effect(move || {
        let department = sheet.department.get_clone();
        if department.is_empty() {
            return tree.set(Rc::default());
        }
        spawn_local_scoped(async move {
            match api::catalog::categories(department, false).await {
                Ok(categories) => take(sheet, tree, &categories),
                // Filing works without a category; the category is asked for again with the next look.
                Err(trouble) => app.toasts.fail(&trouble),
            }
        });
    });
    tree
}

/// Takes the catalogue of another department; a category that is none of it is none any more.
fn take(sheet: Sheet, tree: Tree, categories: &[Category]) {
    let branches = branches(categories);
    let chosen = sheet.filling.category.get_clone_untracked();
    if !branches.iter().any(|branch| branch.category.id == chosen) && !chosen.is_empty() {
        sheet.filling.category.set(String::new());
    }
    tree.set(Rc::new(branches));
}

/// The category that is chosen, if one is.
pub(super) fn chosen(sheet: Sheet, tree: Tree) -> Option<Rc<Category>> {
    let id = sheet.filling.category.get_clone();
    let of = |branch: &&Branch| branch.category.id == id;
    tree.with(|tree| tree.iter().find(of).map(|branch| Rc::clone(&branch.category)))
}

/// The tree to choose from; nothing where the department has no catalogue.
#[component(inline_props)]
pub(super) fn CategoryField(sheet: Sheet, tree: Tree, form: Form) -> View {
    let words = create_signal(String::new());
    let is_there = create_selector(move || tree.with(|tree| !tree.is_empty()));
    let seen = create_memo(move || {
        tree.with(|tree| seen(tree, &words.get_clone(), &sheet.filling.category.get_clone()))
    });
    let search = create_selector(move || tree.with(|tree| tree.len() > WHOLE));
    view! {
        (if is_there.get() {
            view! {
                fieldset(class="field categories") {
                    legend(class="label") { T(id="category-legend") span(class="optional") { " " T(id="optional") } }
                    (if search.get() {
                        view! { SearchBox(label=t!("category-search"), value=words) }
                    } else {
                        View::new()
                    })
                    div(class="branches") {
                        (unsure(sheet))
                        Keyed(list=seen, key=|branch| branch.category.id.clone(), view=move |branch| line(sheet, &branch))
                    }
                    (nothing_found(seen))
                    (wrong(form))
                }
            }
        } else {
            View::new()
        })
    }
}

fn nothing_found(seen: ReadSignal<Vec<Branch>>) -> View {
    view! {
        (if seen.with(Vec::is_empty) {
            view! { p(class="small muted", role="status") { T(id="category-none-found") } }
        } else {
            View::new()
        })
    }
}

fn wrong(form: Form) -> View {
    view! {
        (match form.wrong("category_id") {
            Some(sentence) => view! { span(class="wrong") { Icon(name="alert") span { (sentence) } } },
            None => View::new(),
        })
    }
}

/// Whoever does not know says so.
fn unsure(sheet: Sheet) -> View {
    let checked = move || sheet.filling.category.with(String::is_empty);
    view! {
        label(class="branch", data-level="1") {
            input(r#type="radio", name="category_id", prop:checked=checked(), on:change=move |_| sheet.filling.category.set(String::new()))
            span { T(id="category-unsure") }
        }
    }
}

fn line(sheet: Sheet, branch: &Branch) -> View {
    let Category { id, name, description, .. } = Category::clone(&branch.category);
    let (own, level) = (id.clone(), branch.level.to_string());
    let checked = move || sheet.filling.category.with(|chosen| *chosen == own);
    let below = if branch.leads {
        view! { Icon(name="chevron-down", class="icon end") }
    } else {
        View::new()
    };
    let hint = if description.is_empty() {
        View::new()
    } else {
        view! { span(class="hint") { (description) } }
    };
    view! {
        label(class="branch", data-level=level) {
            input(r#type="radio", name="category_id", prop:checked=checked(), on:change=move |_| sheet.filling.category.set(id.clone()))
            span { span { (name) } (hint) }
            (below)
        }
    }
}

/// What is shown of the tree: what the words leave of it; without any, all of a small one, and of a large one the top and what is
/// beside and below the way to what is chosen.
fn seen(tree: &[Branch], words: &str, chosen: &str) -> Vec<Branch> {
    if !words.trim().is_empty() {
        return narrowed(tree, words);
    }
    if tree.len() <= WHOLE {
        return tree.to_vec();
    }
    let way = way(tree, chosen);
    let is_seen = |branch: &&Branch| branch.level == 1 || way.contains(&branch.category.parent_id.as_str());
    tree.iter().filter(is_seen).cloned().collect()
}

/// The category and those above it.
fn way<'a>(tree: &'a [Branch], chosen: &str) -> Vec<&'a str> {
    let mut way = Vec::new();
    let mut next = chosen;
    while let Some(branch) = tree.iter().find(|branch| branch.category.id == next)
        && way.len() < tree.len()
    {
        way.push(branch.category.id.as_str());
        next = &branch.category.parent_id;
    }
    way
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Category;

    use super::{seen, way};
    use crate::store::catalogue::branches;

    fn category(id: &str, parent: &str) -> Category {
        Category { id: id.into(), name: id.into(), parent_id: parent.into(), ..Category::default() }
    }

    /// Ten at the top; `1` has `11` to `13`, `11` has `111`.
    fn large() -> Vec<Category> {
        let mut all: Vec<_> = (0..10).map(|number| category(&number.to_string(), "")).collect();
        all.extend(["11", "12", "13"].map(|id| category(id, "1")));
        all.push(category("111", "11"));
        all
    }

    #[test]
    fn a_large_tree_opens_along_the_way_one_goes() {
        let tree = branches(&large());
        let count = |words: &str, chosen: &str| seen(&tree, words, chosen).len();
        assert_eq!(count("", ""), 10);
        assert_eq!(count("", "1"), 13);
        assert_eq!(count("", "12"), 13, "those beside it stay");
        assert_eq!(count("", "11"), 14);
        assert_eq!(count("111", ""), 3, "words find it with those above it");
        assert_eq!(way(&tree, "111"), ["111", "11", "1"]);
    }

    #[test]
    fn a_small_tree_is_seen_whole() {
        let tree = branches(&[category("1", ""), category("2", "1")]);
        assert_eq!(seen(&tree, "", "").len(), 2);
    }
}
