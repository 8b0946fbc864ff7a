//! A workflow while it is drawn: what the server has, what is drawn, and how the one becomes the other.
//!
//! Invariant: saves go one after the other, each with the version the one before brought; what was drawn after one began is in the
//! next. What somebody else drew meanwhile never replaces one's own without a word, and undo brings back what was replaced.

use std::collections::BTreeSet;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use prost_types::FieldMask;
use proto::workflow::v1::{Graph, UpdateDraftRequest, Workflow};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::api::{self, Answer, Trouble};
use crate::app::App;
use crate::browser;
use crate::flow::history::History;
use crate::flow::problem::{Problem, problems};
use crate::flow::{Drawing, Spot, known};

/// How long after an edit it is kept, in milliseconds.
const CALM: u32 = 900;
/// How long after an edit the server is asked what is wrong, in milliseconds.
const LOOK: u32 = 300;
/// How long one waits for a save that is on its way before looking again, in milliseconds.
const TURN: u32 = 40;

/// The drawing board and what its parts share.
#[derive(Clone, Copy)]
pub(super) struct Board {
    pub(super) app: App,
    /// As the server has it, without the graph.
    pub(super) workflow: Signal<Workflow>,
    /// What the server has of the drawing.
    kept: Signal<Rc<Drawing>>,
    history: Signal<History>,
    drawing: ReadSignal<Rc<Drawing>>,
    /// What is chosen; the panel is about it.
    pub(super) chosen: Signal<Spot>,
    /// Counts what changed the drawing under the fields of the panel, which are drawn anew then.
    epoch: Signal<u32>,
    pub(super) problems: Signal<Rc<Vec<Problem>>>,
    /// The parts of the panel that are open.
    pub(super) open: Signal<BTreeSet<&'static str>>,
    pub(super) may_draw: bool,
    saving: Signal<bool>,
    waiting: Signal<bool>,
    trouble: Signal<Option<Trouble>>,
    /// The number of the latest question what is wrong: late answers to earlier ones are dropped.
    asked: Signal<u32>,
}

impl Board {
    /// Kept and looked through from now on, as long as the page is there, and kept once more when it goes.
    pub(super) fn new(app: App, workflow: Workflow, graph: Graph, may_draw: bool) -> Self {
        let drawing = drawing_of(&workflow, graph);
        let history = create_signal(History::new(drawing.clone()));
        let board = Self {
            app,
            workflow: create_signal(workflow),
            kept: create_signal(Rc::new(drawing)),
            history,
            drawing: create_memo(move || history.with(History::present)),
            chosen: create_signal(Spot::Whole),
            epoch: create_signal(0),
            problems: create_signal(Rc::default()),
            open: create_signal(BTreeSet::new()),
            may_draw,
            saving: create_signal(false),
            waiting: create_signal(false),
            trouble: create_signal(None),
            asked: create_signal(0),
        };
        if may_draw {
            create_effect(move || board.keep_later());
            let rule = create_selector(move || board.kept.with(|kept| kept.applies_to.clone()));
            create_effect(move || board.look_later(rule));
            browser::when_leaving(move || board.leave());
            on_cleanup(move || board.leave());
        }
        board
    }

    /// What is drawn. Follows it when read in an effect.
    pub(super) fn drawing(self) -> Rc<Drawing> {
        self.drawing.get_clone()
    }

    /// What is drawn at this moment.
    pub(super) fn now(self) -> Rc<Drawing> {
        self.drawing.get_clone_untracked()
    }

    /// Changes what is drawn. Changes of the same thing in a row are one step back; without a name one is a step of its own.
    pub(super) fn edit(self, of: &str, change: impl FnOnce(&mut Drawing)) {
        if !self.may_draw {
            return;
        }
        let mut drawing = Drawing::clone(&self.now());
        change(&mut drawing);
        let mut history = self.history.get_clone_untracked();
        if history.edit(of, drawing) {
            self.history.set(history);
        }
    }

    /// Changes what is drawn under the fields of the panel.
    pub(super) fn reshape(self, change: impl FnOnce(&mut Graph)) {
        self.edit("", |drawing| change(&mut drawing.graph));
        self.redraw();
    }

    /// Chooses something; the next edit is a step of its own.
    pub(super) fn choose(self, spot: Spot) {
        self.history.update_silent(History::pause);
        if self.chosen.with_untracked(|chosen| *chosen != spot) {
            self.chosen.set(spot);
        }
    }

    /// The panel and what it is about: whoever follows it draws the panel anew.
    pub(super) fn subject(self) -> ReadSignal<(u32, Spot)> {
        create_selector(move || (self.epoch.get(), self.chosen.get_clone()))
    }

    fn redraw(self) {
        let graph = &self.now().graph;
        let chosen = self.chosen.get_clone_untracked();
        let left = known(graph, chosen.clone());
        if left != chosen {
            self.chosen.set(left);
        }
        self.epoch.set(self.epoch.get_untracked() + 1);
    }

    pub(super) fn can_undo(self) -> bool {
        self.history.with(History::can_undo)
    }

    pub(super) fn can_redo(self) -> bool {
        self.history.with(History::can_redo)
    }

    /// Takes the last step back.
    pub(super) fn undo(self) {
        self.step(History::undo);
    }

    /// Brings back what was taken back last.
    pub(super) fn redo(self) {
        self.step(History::redo);
    }

    fn step(self, step: fn(&mut History) -> bool) {
        let mut history = self.history.get_clone_untracked();
        if step(&mut history) {
            self.history.set(history);
            self.redraw();
        }
    }

    /// Why the last save did not work; none while all is well.
    pub(super) fn trouble(self) -> ReadSignal<Option<Trouble>> {
        *self.trouble
    }

    /// Whether the server has what is drawn. Follows both.
    pub(super) fn is_kept(self) -> bool {
        self.kept.with(|kept| self.drawing.with(|drawing| drawing == kept))
    }

    fn keep_later(self) {
        if self.is_kept() || self.waiting.replace_silent(true) {
            return;
        }
        spawn_local(async move {
            TimeoutFuture::new(CALM).await;
            if self.waiting.is_alive() {
                self.waiting.set_silent(false);
                // What went wrong is told by `trouble`.
                drop(self.save().await);
            }
        });
    }

    /// Keeps what is drawn, and answers with the workflow as the server has it then.
    pub(super) async fn save(self) -> Answer<Workflow> {
        while self.saving.is_alive() && self.saving.get_untracked() {
            TimeoutFuture::new(TURN).await;
        }
        if !self.saving.is_alive() {
            return Err(Trouble::nothing_there());
        }
        let (known, drawing) = (self.workflow.get_clone_untracked(), self.now());
        let Some(asked) = self.kept.with_untracked(|kept| changes(&known, kept, &drawing)) else {
            return Ok(known);
        };
        self.saving.set(true);
        let answer = api::flows::keep(asked).await;
        self.take(&answer, drawing);
        answer
    }

    fn take(self, answer: &Answer<Workflow>, sent: Rc<Drawing>) {
        if !self.saving.is_alive() {
            return;
        }
        self.saving.set(false);
        match answer {
            Ok(workflow) => {
                self.trouble.set(None);
                self.workflow.set(Workflow { draft: None, ..workflow.clone() });
                self.kept.set(sent);
            }
            Err(trouble) if trouble.kind == api::Kind::SignedOut => self.app.session.ended(),
            Err(trouble) => self.trouble.set(Some(trouble.clone())),
        }
    }

    /// Takes the workflow as somebody else left it: their drawing as a step that can be taken back, or one's own kept over theirs.
    pub(super) fn look_again(self, take_theirs: bool) {
        let id = self.workflow.with_untracked(|workflow| workflow.id.clone());
        spawn_local(async move {
            let answer = api::flows::drawn(id).await;
            if !self.saving.is_alive() {
                return;
            }
            let (workflow, graph) = match answer {
                Ok(theirs) => theirs,
                Err(trouble) => return self.trouble.set(Some(trouble)),
            };
            let theirs = drawing_of(&workflow, graph);
            self.take(&Ok(workflow), Rc::new(theirs.clone()));
            if take_theirs {
                self.edit("", |drawing| *drawing = theirs);
                self.redraw();
            } else {
                drop(self.save().await);
            }
        });
    }

    /// Asks the server what is wrong, a moment after the drawing or the rule that was kept last changed.
    fn look_later(self, rule: ReadSignal<String>) {
        rule.track();
        self.drawing.track();
        let number = self.asked.get_untracked() + 1;
        self.asked.set_silent(number);
        let is_latest = move || self.asked.is_alive() && self.asked.get_untracked() == number;
        spawn_local(async move {
            TimeoutFuture::new(LOOK).await;
            if !is_latest() {
                return;
            }
            let (id, drawing) = (self.workflow.with_untracked(|workflow| workflow.id.clone()), self.now());
            // Without an answer what was found last stays; publishing asks once more.
            if let Ok(found) = api::flows::validate(id, drawing.graph.clone()).await
                && is_latest()
            {
                self.problems.set(Rc::new(problems(&drawing, found)));
            }
        });
    }

    /// The page is about to go: what the server does not have yet leaves with it.
    fn leave(self) {
        if !self.workflow.is_alive() {
            return;
        }
        let (known, drawing) = (self.workflow.get_clone_untracked(), self.now());
        let left = self.kept.with_untracked(|kept| changes(&known, kept, &drawing));
        left.iter().for_each(api::flows::keep_at_last);
    }
}

fn drawing_of(workflow: &Workflow, graph: Graph) -> Drawing {
    let Workflow { name, description, applies_to, .. } = workflow.clone();
    Drawing { name, description, applies_to, graph }
}

/// What has to be sent so that the server has a drawing; nothing when it has.
fn changes(workflow: &Workflow, kept: &Drawing, drawing: &Drawing) -> Option<UpdateDraftRequest> {
    let changed = [
        ("name", kept.name != drawing.name),
        ("description", kept.description != drawing.description),
        ("applies_to", kept.applies_to != drawing.applies_to),
        ("graph", kept.graph != drawing.graph),
    ];
    let paths: Vec<String> =
        changed.iter().filter(|(_, is)| *is).map(|(path, _)| (*path).to_owned()).collect();
    if paths.is_empty() {
        return None;
    }
    let graph = changed[3].1.then(|| drawing.graph.clone());
    let Drawing { name, description, applies_to, .. } = drawing.clone();
    Some(UpdateDraftRequest {
        workflow_id: workflow.id.clone(),
        etag: workflow.etag.clone(),
        update_mask: Some(FieldMask { paths }),
        graph,
        name,
        description,
        applies_to,
    })
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::Workflow;

    use super::{changes, drawing_of};
    use crate::flow::{Drawing, sample};

    #[test]
    fn only_what_differs_is_sent() {
        let workflow =
            Workflow { id: "wfl_1".into(), etag: "4".into(), name: "Loans".into(), ..Workflow::default() };
        let kept = drawing_of(&workflow, sample());
        assert_eq!(changes(&workflow, &kept, &kept), None);
        let drawn = Drawing { applies_to: "ticket.unassigned".into(), ..kept.clone() };
        let sent = changes(&workflow, &kept, &drawn).expect("something");
        assert_eq!(
            (sent.update_mask.expect("a mask").paths, sent.graph),
            (vec!["applies_to".to_owned()], None)
        );
        let mut drawn = kept.clone();
        drawn.graph.stages.pop();
        let sent = changes(&workflow, &kept, &drawn).expect("something");
        assert_eq!((sent.graph.as_ref(), sent.etag.as_str()), (Some(&drawn.graph), "4"));
    }
}
