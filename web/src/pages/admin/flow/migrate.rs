//! Moving running tickets from an old version to the live one: a stage for each stage, tried before anything moves.

use std::collections::BTreeMap;
use std::rc::Rc;

use proto::workflow::v1::{Graph, MigrateRunsRequest, MigrateRunsResponse, Stage, Version};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::board::Board;
use super::pen::later;
use crate::api;
use crate::flow::label_of;
use crate::pages::admin::parts::elsewhere;
use crate::parts::{Act, Button, Form, Kind, Maybe, Modal, Notice, SelectField, Shape, T, Tone, refusal};
use crate::text::t;

/// A stage of the old version and where its tickets go: the key, its label, and the key of the new one.
#[derive(Clone)]
struct Move {
    from: String,
    label: String,
    to: Signal<String>,
}

/// The dialog; `done` says whether anything was moved.
#[component(inline_props)]
pub(super) fn Migrate(
    board: Board,
    from: Version,
    to: Version,
    #[prop(setter(into))] done: Act<bool>,
) -> View {
    let form = Form::new();
    let tried = create_signal(None::<Rc<MigrateRunsResponse>>);
    let [old, new] = [&from, &to].map(|version| version.graph.clone().unwrap_or_default());
    let moves: Rc<Vec<Move>> = Rc::new(moves(&old, &new));
    let request = Request {
        board,
        versions: (from.number, to.number),
        moves: Rc::clone(&moves),
        id: api::request_id(),
    };
    // What was tried was another map.
    moves.iter().for_each(|one| later(one.to, move |_| tried.set(None)));
    let (close, sent, cancel) = (done.clone(), done.clone(), done);
    let trial = request.clone();
    let try_it =
        move || form.send(board.app, trial.send(true), move |answer| tried.set(Some(Rc::new(answer))));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let sent = sent.clone();
        form.send(board.app, request.send(false), move |answer| {
            board.app.toasts.say(t!("flow-migrated", count = answer.runs));
            sent.with(true);
        });
    };
    let (fields, foot) = (fields(&moves, &new, form), foot(form, tried, try_it, cancel));
    let title = t!("flow-migrate-title", from = from.number, to = to.number);
    view! {
        Modal(title=title, shape=Shape::Wide, on_close=move |()| close.with(false)) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    (elsewhere(form, &[]))
                    p(class="muted") { T(id="flow-migrate-text") }
                    (fields)
                    (told(tried.get_clone(), &old))
                }
                (foot)
            }
        }
    }
}

/// Away, trying, and the deed, which waits for that.
fn foot(
    form: Form,
    tried: Signal<Maybe<Rc<MigrateRunsResponse>>>,
    try_it: impl Fn() + 'static,
    cancel: Act<bool>,
) -> View {
    let untried = create_selector(move || tried.with(Option::is_none));
    view! {
        footer {
            Button(label=t!("cancel"), on:click=move |_| cancel.with(false))
            Button(label=t!("flow-migrate-try"), on:click=move |_| try_it())
            Button(kind=Kind::Primary, label=t!("flow-migrate-now"), r#type="submit", busy=form.busy(), disabled=untried)
        }
    }
}

/// The stages where work goes on, each with the stage of the same key where there is one.
fn moves(old: &Graph, new: &Graph) -> Vec<Move> {
    let goes_on = |stage: &&Stage| !stage.end;
    let to = |key: &str| new.stages.iter().filter(goes_on).find(|stage| stage.key == key);
    let one = |stage: &Stage| Move {
        from: stage.key.clone(),
        label: stage.label.clone(),
        to: create_signal(to(&stage.key).map(|stage| stage.key.clone()).unwrap_or_default()),
    };
    old.stages.iter().filter(goes_on).map(one).collect()
}

fn fields(moves: &[Move], new: &Graph, form: Form) -> View {
    let first = std::iter::once((String::new(), t!("choose")));
    let stages = new.stages.iter().filter(|stage| !stage.end);
    let options: Vec<_> = first.chain(stages.map(|stage| (stage.key.clone(), stage.label.clone()))).collect();
    let field = |one: &Move| {
        let (name, options, to) = (format!("stages[{}]", one.from), options.clone(), one.to);
        let label = t!("flow-migrate-from", name = one.label.clone());
        view! { SelectField(name=name, label=label, value=to, options=options, form=form) }
    };
    let fields = View::from(moves.iter().map(field).collect::<Vec<_>>());
    view! { div(class="triple") { (fields) } }
}

/// How many tickets would move, by the stage they are in.
fn told(tried: Maybe<Rc<MigrateRunsResponse>>, old: &Graph) -> View {
    let Some(tried) = tried else { return View::new() };
    let by_stage = tried.by_stage.iter().map(|(key, count)| format!("{}: {count}", label_of(old, key)));
    let by_stage = by_stage.collect::<Vec<_>>().join(", ");
    let text = t!("flow-migrate-told", count = tried.runs, stages = by_stage);
    view! { Notice(tone=Tone::New, text=text) }
}

/// What is asked of the server; trying and doing are the same but for one word.
#[derive(Clone)]
struct Request {
    board: Board,
    versions: (i32, i32),
    moves: Rc<Vec<Move>>,
    id: String,
}

impl Request {
    fn send(
        &self,
        dry_run: bool,
    ) -> impl Future<Output = api::Answer<MigrateRunsResponse>> + 'static + use<> {
        let chosen = self.moves.iter().map(|one| (one.from.clone(), one.to.get_clone_untracked()));
        let stages: BTreeMap<_, _> = chosen.filter(|(_, to)| !to.is_empty()).collect();
        let (from_version, to_version) = self.versions;
        api::flows::migrate(MigrateRunsRequest {
            request_id: self.id.clone(),
            workflow_id: self.board.workflow.with_untracked(|workflow| workflow.id.clone()),
            from_version,
            to_version,
            stages,
            dry_run,
        })
    }
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::moves;
    use crate::flow::sample;

    #[test]
    fn a_stage_that_is_still_there_leads_to_itself_and_ends_are_left_alone() {
        let _root = create_root(|| {
            let (old, mut new) = (sample(), sample());
            new.stages[1].key = "doing".into();
            let moves = moves(&old, &new);
            let map: Vec<_> = moves.iter().map(|one| (one.from.as_str(), one.to.get_clone())).collect();
            assert_eq!(map, [("look", "look".to_owned()), ("work", String::new())]);
        });
    }
}
