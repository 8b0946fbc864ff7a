//! Lists that grow and shrink in a form, a line for each: what is typed into one belongs to the form, not to the press that made it.

use sycamore::prelude::*;

use super::{Button, Form, Icon, Kind};
use crate::text::t;

/// A line and the number it was given.
#[derive(Clone, Copy)]
struct Line<T> {
    number: usize,
    value: T,
}

impl<T> PartialEq for Line<T> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// The lines.
pub(crate) struct Rows<T: 'static> {
    scope: NodeHandle,
    lines: Signal<Vec<Line<T>>>,
    next: Signal<usize>,
}

impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Rows<T> {}

/// The ids of a list's words: what it is, what it is for, and its button.
#[derive(Clone, Copy)]
pub(crate) struct Named {
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) add: &'static str,
}

impl<T: Copy + 'static> Rows<T> {
    /// Those that are kept.
    pub(crate) fn of(kept: impl IntoIterator<Item = T>) -> Self {
        let rows =
            Self { scope: use_current_scope(), lines: create_signal(Vec::new()), next: create_signal(0) };
        for value in kept {
            rows.put(value);
        }
        rows
    }

    fn put(self, value: T) {
        let number = self.next.get_untracked();
        self.next.set_silent(number + 1);
        self.lines.update(|lines| lines.push(Line { number, value }));
    }

    fn remove(self, number: usize) {
        self.lines.update(|lines| lines.retain(|line| line.number != number));
    }

    /// All of them in order. Follows which there are.
    pub(crate) fn all(self) -> Vec<T> {
        self.lines.with(|lines| lines.iter().map(|line| line.value).collect())
    }

    /// The lines under their name; `fields` is what is typed into one, given words that say which it is. What is wrong with the list is
    /// said below it, by its name in the request.
    pub(crate) fn field(
        self,
        field: &'static str,
        named: Named,
        form: Form,
        new: impl Fn() -> T + 'static,
        fields: impl Fn(usize, T) -> View + Copy + 'static,
    ) -> View {
        let Named { label, hint, add } = named;
        let id = format!("{field}-label");
        let labelled = id.clone();
        let press = move |_| {
            let value = self.scope.run_in(&new);
            self.put(value);
        };
        view! {
            div(class="field") {
                span(class="label", id=id) { (t!(label)) }
                span(class="hint") { (t!(hint)) }
                ul(class="options growing", aria-labelledby=labelled) {
                    Keyed(list=self.lines, key=|line| line.number, view=move |line| self.line(line, label, fields))
                }
                div { Button(icon="plus", label=t!(add), data-size="small", on:click=press) }
                (match wrong(form, field) {
                    Some(sentence) => view! { span(class="wrong", role="alert") { Icon(name="alert") span { (sentence) } } },
                    None => View::new(),
                })
            }
        }
    }

    fn line(self, line: Line<T>, label: &'static str, fields: impl Fn(usize, T) -> View) -> View {
        let number = line.number;
        let take = t!("line-remove", name = t!(label), number = number + 1);
        let fields = fields(number + 1, line.value);
        view! {
            li {
                (fields)
                Button(kind=Kind::Quiet, icon="x", aria-label=take, on:click=move |_| self.remove(number))
            }
        }
    }
}

/// What is wrong with a list or with anything in it.
fn wrong(form: Form, field: &str) -> Option<String> {
    form.wrong(field).or_else(|| {
        let within = format!(".{field}[");
        form.unplaced(|path| !path.contains(&within))
    })
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::{Rows, wrong};
    use crate::parts::Form;

    #[test]
    fn lines_are_added_behind_and_taken_away_by_themselves() {
        let _root = create_root(|| {
            let rows = Rows::of([1, 2]);
            rows.put(3);
            rows.remove(1);
            assert_eq!(rows.all(), [1, 3]);
        });
    }

    #[test]
    fn what_is_wrong_within_a_list_is_said_with_its_place() {
        let _root = create_root(|| {
            let form = Form::new();
            form.refuse("queue.sizes[1].units", "Give 1 to 100.".to_owned());
            assert_eq!(wrong(form, "sizes").as_deref(), Some("queue.sizes[1].units: Give 1 to 100."));
            assert_eq!(wrong(form, "skills"), None);
            form.refuse("queue.skills", "Too many.".to_owned());
            assert_eq!(wrong(form, "skills").as_deref(), Some("Too many."));
        });
    }
}
