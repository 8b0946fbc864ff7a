//! Which priority follows from how much is hit and how soon it hurts: nine cells, for the whole house.

use proto::identity::v1::Permission;
use proto::tickets::v1::{Impact, Priority, PriorityCell, PriorityMatrix, Urgency};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::parts::head;
use crate::api;
use crate::app::App;
use crate::parts::{Button, Form, Kind, PriorityMark, SelectBox, T, loaded, priority_key, refusal};
use crate::store::Load;
use crate::text::t;

/// The most hit first.
const IMPACTS: [Impact; 3] = [Impact::High, Impact::Medium, Impact::Low];
/// The most urgent first.
const URGENCIES: [Urgency; 3] = [Urgency::High, Urgency::Medium, Urgency::Low];
const PRIORITIES: [Priority; 4] = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];

/// A cell and the priority chosen for it, by its name.
type Cell = (Impact, Urgency, Signal<String>);

/// The table of nine.
#[component]
pub(super) fn Priorities() -> View {
    let app = use_context::<App>();
    let may = app.session.me_now().grants.holds(Permission::CatalogManage, "");
    let matrix = create_signal(Load::<PriorityMatrix>::Waiting);
    let load = move || spawn_local_scoped(async move { matrix.set(api::catalog::matrix().await.into()) });
    load();
    let head = head("priorities", "priorities-text", View::new());
    view! {
        div(class="page") {
            (head)
            (loaded(matrix, move |()| load(), move |known| view! { Table(app=app, may=may, matrix=matrix, known=known) }))
        }
    }
}

#[component(inline_props)]
fn Table(app: App, may: bool, matrix: Signal<Load<PriorityMatrix>>, known: PriorityMatrix) -> View {
    let form = Form::new();
    let cells = cells(&known);
    let (before, typed) = (known.clone(), cells.clone());
    let is_changed = create_selector(move || chosen(&typed).iter().any(|cell| !before.cells.contains(cell)));
    let (sent, etag) = (cells.clone(), known.etag);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let changed = PriorityMatrix { cells: chosen(&sent), etag: etag.clone() };
        form.send(app, api::catalog::update_matrix(changed), move |kept| {
            app.toasts.say(t!("saved"));
            matrix.set(Load::Ready(kept));
        });
    };
    let grid = grid(&cells, may);
    view! {
        form(class="stack", novalidate=true, on:submit=submit) {
            (refusal(form))
            (grid)
            p(class="small muted") { T(id="priorities-note") }
            div(class="save-line") {
                (if is_changed.get() {
                    view! { Button(kind=Kind::Primary, label=t!("save"), r#type="submit", busy=form.busy()) }
                } else {
                    View::new()
                })
            }
        }
    }
}

fn cells(known: &PriorityMatrix) -> Vec<Cell> {
    let pairs = IMPACTS.into_iter().flat_map(|impact| URGENCIES.map(|urgency| (impact, urgency)));
    let name = |(impact, urgency)| priority_of(known, impact, urgency).as_str_name().to_owned();
    pairs.map(|pair| (pair.0, pair.1, create_signal(name(pair)))).collect()
}

fn grid(cells: &[Cell], may: bool) -> View {
    let heads = URGENCIES.map(|urgency| {
        let words = words(urgency.as_str_name());
        view! { th(scope="col") { (words) } }
    });
    let heads = View::from(heads.into_iter().collect::<Vec<_>>());
    let rows = View::from(cells.chunks(URGENCIES.len()).map(|cells| row(cells, may)).collect::<Vec<_>>());
    view! {
        div(class="table-box", tabindex="0", role="region", aria-label=t!("priorities")) {
            table(class="table priorities") {
                thead { tr { th { span(class="vh") { T(id="field-impact") } } (heads) } }
                tbody { (rows) }
            }
        }
    }
}

fn row(cells: &[Cell], may: bool) -> View {
    let impact = cells.first().map(|(impact, ..)| *impact).unwrap_or_default();
    let (name, cells) = (
        words(impact.as_str_name()),
        View::from(cells.iter().map(|cell| field(*cell, may)).collect::<Vec<_>>()),
    );
    view! { tr { th(scope="row") { (name) } (cells) } }
}

fn field((impact, urgency, value): Cell, may: bool) -> View {
    let chosen = move || Priority::from_str_name(&value.get_clone()).unwrap_or_default();
    let level = move || priority_key(chosen());
    if !may {
        return view! { td(data-level=level) { ({ let priority = chosen(); view! { PriorityMark(priority=priority) } }) } };
    }
    let label = format!("{}, {}", words(impact.as_str_name()), words(urgency.as_str_name()));
    let options: Vec<(String, String)> = PRIORITIES
        .map(|priority| {
            (priority.as_str_name().to_owned(), t!(&format!("priority-{}", priority_key(priority))))
        })
        .to_vec();
    view! { td(data-level=level) { SelectBox(label=label, value=value, options=options) } }
}

/// The words of an impact or urgency.
fn words(name: &str) -> String {
    t!(&name.to_ascii_lowercase().replace('_', "-"))
}

fn priority_of(matrix: &PriorityMatrix, impact: Impact, urgency: Urgency) -> Priority {
    let cell = matrix.cells.iter().find(|cell| cell.impact() == impact && cell.urgency() == urgency);
    cell.map_or(Priority::Normal, PriorityCell::priority)
}

/// All nine as they are chosen. Follows what is chosen.
fn chosen(cells: &[Cell]) -> Vec<PriorityCell> {
    let cell = |(impact, urgency, value): &Cell| PriorityCell {
        impact: (*impact).into(),
        urgency: (*urgency).into(),
        priority: Priority::from_str_name(&value.get_clone()).unwrap_or_default().into(),
    };
    cells.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Impact, Priority, PriorityCell, PriorityMatrix, Urgency};
    use sycamore::prelude::*;

    use super::{chosen, priority_of};

    #[test]
    fn what_is_chosen_is_what_was_read_until_a_cell_is_changed() {
        let _root = create_root(|| {
            let cell = PriorityCell {
                impact: Impact::High.into(),
                urgency: Urgency::Low.into(),
                priority: Priority::High.into(),
            };
            let matrix = PriorityMatrix { cells: vec![cell], ..PriorityMatrix::default() };
            let priority = priority_of(&matrix, Impact::High, Urgency::Low);
            let value = create_signal(priority.as_str_name().to_owned());
            let cells = [(Impact::High, Urgency::Low, value)];
            assert_eq!(chosen(&cells), matrix.cells);
            value.set(Priority::Urgent.as_str_name().to_owned());
            assert_ne!(chosen(&cells), matrix.cells);
        });
    }
}
