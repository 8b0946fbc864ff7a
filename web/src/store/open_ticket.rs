//! One ticket on the screen with everything around it: what was said, where it stands, what may be done.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::events::v1::Envelope;
use proto::events::v1::envelope::Event;
use proto::tickets::v1::timeline_entry::What;
use proto::tickets::v1::{Attachment, Comment, CommentKind, Ticket, TimelineEntry};
use proto::workflow::v1::{Approval, ListTransitionsResponse, RefusalCode, Run, TransitionOption};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::Load;
use crate::api;
use crate::app::App;

/// News of one ticket come in bursts; they are gathered so long, in milliseconds.
const GATHER: u32 = 60;

/// A ticket that is being looked at.
#[derive(Clone, Copy)]
pub(crate) struct OpenTicket {
    app: App,
    ticket: Signal<Load<Signal<Rc<Ticket>>>>,
    entries: Signal<Load<Rc<Vec<TimelineEntry>>>>,
    files: Signal<Rc<Vec<Attachment>>>,
    run: Signal<Option<Rc<Run>>>,
    moves: Signal<Rc<ListTransitionsResponse>>,
    approval: Signal<Option<Rc<Approval>>>,
    answering: Signal<Option<Rc<Comment>>>,
    stale: Signal<bool>,
    /// Where its calls live: as long as somebody looks at it, whoever asked for them.
    scope: NodeHandle,
}

impl OpenTicket {
    /// Opens a ticket by id or number in the present scope. What is known of it is there at once.
    pub(crate) fn follow(app: App, id_or_number: String) -> Self {
        let known = app.tickets.find(&id_or_number).map_or(Load::Waiting, Load::Ready);
        let open = Self {
            app,
            ticket: create_signal(known),
            entries: create_signal(Load::Waiting),
            files: create_signal(Rc::default()),
            run: create_signal(None),
            moves: create_signal(Rc::default()),
            approval: create_signal(None),
            answering: create_signal(None),
            stale: create_signal(false),
            scope: use_current_scope(),
        };
        app.live.listen(move |envelope| open.hear(envelope));
        create_effect(move || {
            app.live.resets().track();
            let id = id_or_number.clone();
            spawn_local_scoped(async move { open.load(id).await });
        });
        open
    }

    pub(crate) fn ticket(self) -> ReadSignal<Load<Signal<Rc<Ticket>>>> {
        *self.ticket
    }

    pub(crate) fn entries(self) -> ReadSignal<Load<Rc<Vec<TimelineEntry>>>> {
        *self.entries
    }

    /// Every file of it that one may see: its own and those of its comments.
    pub(crate) fn files(self) -> ReadSignal<Rc<Vec<Attachment>>> {
        *self.files
    }

    /// Its run with the stage track; none until known.
    pub(crate) fn run(self) -> ReadSignal<Option<Rc<Run>>> {
        *self.run
    }

    /// The buttons, in order.
    pub(crate) fn moves(self) -> Vec<TransitionOption> {
        self.moves.with(|moves| moves.options.clone())
    }

    /// The approval it waits for, as far as the person may know of it.
    pub(crate) fn approval(self) -> ReadSignal<Option<Rc<Approval>>> {
        *self.approval
    }

    /// The comment that is being answered, if one is.
    pub(crate) fn answering(self) -> Signal<Option<Rc<Comment>>> {
        self.answering
    }

    /// A comment of it, as far as it is here.
    pub(crate) fn comment(self, id: &str) -> Option<Comment> {
        self.entries.with_untracked(|entries| {
            let Load::Ready(entries) = entries else { return None };
            entries.iter().find_map(|entry| match &entry.what {
                Some(What::Comment(comment)) if comment.id == id => Some(comment.clone()),
                _ => None,
            })
        })
    }

    /// The version of the run to send with a change of it.
    pub(crate) fn run_etag(self) -> String {
        let etag = self.moves.with_untracked(|moves| moves.run_etag.clone());
        if etag.is_empty() {
            self.run.with_untracked(|run| run.as_ref().map(|run| run.etag.clone()).unwrap_or_default())
        } else {
            etag
        }
    }

    /// The id of the ticket, once known.
    pub(crate) fn id(self) -> Option<String> {
        self.ticket.with_untracked(|ticket| match ticket {
            Load::Ready(ticket) => Some(ticket.with_untracked(|ticket| ticket.id.clone())),
            _ => None,
        })
    }

    /// Fetches everything again, while somebody looks at it.
    pub(crate) fn reload(self, id_or_number: String) {
        if self.stale.is_alive() {
            self.scope.run_in(|| spawn_local_scoped(async move { self.load(id_or_number).await }));
        }
    }

    async fn load(self, id_or_number: String) {
        match api::tickets::get(id_or_number).await {
            Ok(ticket) => {
                let signal = self.app.tickets.put(ticket);
                if self.ticket.with_untracked(|before| *before != Load::Ready(signal)) {
                    self.ticket.set(Load::Ready(signal));
                }
                self.around().await;
            }
            Err(trouble) if trouble.kind == api::Kind::SignedOut => self.app.session.ended(),
            Err(trouble) => self.ticket.set(Load::Failed(trouble)),
        }
    }

    /// Fetches what is around the ticket.
    async fn around(self) {
        let Some(id) = self.id() else { return };
        let (entries, files, run, moves) = futures::join!(
            api::tickets::timeline(id.clone()),
            api::files::of_ticket(id.clone()),
            api::runs::get(id.clone()),
            api::runs::transitions(id)
        );
        if let Ok(files) = files {
            self.files.set(Rc::new(files));
        }
        if let Ok(run) = run {
            self.run.set(Some(Rc::new(run)));
        }
        if let Ok(moves) = moves {
            self.moves.set(Rc::new(moves));
            self.find_approval().await;
        }
        // A timeline on the screen is better than a failure over it.
        match entries {
            Ok(entries) => self.entries.set(Load::Ready(Rc::new(entries))),
            Err(trouble) if self.entries.with_untracked(|before| !matches!(before, Load::Ready(_))) => {
                self.entries.set(Load::Failed(trouble));
            }
            Err(_) => {}
        }
    }

    /// Fetches the approval it waits for, if it waits for one: the staff may see any, others those they are asked for.
    async fn find_approval(self) {
        let Some(id) = self.id() else { return };
        let own = self.app.approvals.of_ticket(&id);
        let found = if own.is_some() || self.moves.with_untracked(|moves| waits_for_approval(&moves.options))
        {
            api::approvals::of_ticket(id).await.unwrap_or(own)
        } else {
            None
        };
        self.approval.set(found.map(Rc::new));
    }

    /// Takes the run as a change of it brought it; the rest follows.
    pub(crate) fn put_run(self, run: Run) {
        if !self.stale.is_alive() {
            return;
        }
        let track = self
            .run
            .with_untracked(|before| before.as_ref().map(|before| before.track.clone()))
            .unwrap_or_default();
        let track = if run.track.is_empty() { track } else { run.track.clone() };
        self.run.set(Some(Rc::new(Run { track, ..run })));
        self.soon();
    }

    /// Fetches what is around the ticket again, after a change of it.
    pub(crate) fn refresh(self) {
        if self.stale.is_alive() {
            self.soon();
        }
    }

    /// Fetches the ticket and everything around it again, after a change that no event may tell of here.
    pub(crate) fn refresh_all(self) {
        if self.stale.is_alive()
            && let Some(id) = self.id()
        {
            self.reload(id);
        }
    }

    /// Whether a merge on its timeline was undone since.
    pub(crate) fn is_unmerged(self, merge_id: &str) -> bool {
        let undone = |entry: &TimelineEntry| matches!(&entry.what, Some(What::Merged(merged)) if merged.undone && merged.merge_id == merge_id);
        self.entries.with_untracked(|entries| matches!(entries, Load::Ready(all) if all.iter().any(undone)))
    }

    /// Adds what was said, if it is not there yet.
    pub(crate) fn add(self, comment: Comment) {
        if !self.stale.is_alive() {
            return;
        }
        let Load::Ready(entries) = self.entries.get_clone_untracked() else {
            return;
        };
        if entries.iter().any(|entry| entry.id == comment.id) {
            return;
        }
        let mut entries = entries.to_vec();
        entries.push(said(comment));
        self.entries.set(Load::Ready(Rc::new(entries)));
    }

    fn hear(self, envelope: &Envelope) {
        let Some(id) = self.id() else { return };
        if about(envelope) != Some(&id) {
            return;
        }
        if let Some(Event::TicketsCommentAdded(added)) = &envelope.event
            && let Some(comment) = &added.comment
        {
            self.add(comment.clone());
        }
        self.soon();
    }

    /// Fetches what is around the ticket once the burst is over.
    fn soon(self) {
        if self.stale.replace_silent(true) {
            return;
        }
        self.scope.run_in(|| {
            spawn_local_scoped(async move {
                TimeoutFuture::new(GATHER).await;
                self.stale.set_silent(false);
                self.around().await;
            });
        });
    }
}

/// The entry a comment makes in the timeline.
fn said(comment: Comment) -> TimelineEntry {
    TimelineEntry {
        id: comment.id.clone(),
        time: comment.create_time,
        actor: comment.author.clone(),
        internal: comment.kind() == CommentKind::Internal,
        what: Some(What::Comment(comment)),
        ..TimelineEntry::default()
    }
}

/// Whether a button waits until somebody has agreed.
fn waits_for_approval(options: &[TransitionOption]) -> bool {
    let mut refusals = options.iter().flat_map(|option| &option.refusals);
    refusals.any(|refusal| refusal.code() == RefusalCode::ApprovalOpen)
}

/// The id of the ticket an event is about.
fn about(envelope: &Envelope) -> Option<&str> {
    let id = match envelope.event.as_ref()? {
        Event::TicketsTicketCreated(event) => &event.ticket.as_ref()?.id,
        Event::TicketsTicketChanged(event) => &event.ticket.as_ref()?.id,
        Event::TicketsTicketDeleted(event) => &event.ticket.as_ref()?.id,
        Event::TicketsCommentAdded(event) => &event.comment.as_ref()?.ticket_id,
        Event::TicketsCommentEdited(event) => &event.comment.as_ref()?.ticket_id,
        Event::TicketsCommentDeleted(event) => &event.comment.as_ref()?.ticket_id,
        Event::TicketsAttachmentChanged(event) => &event.attachment.as_ref()?.ticket_id,
        Event::WorkflowRunStarted(event) => &event.run.as_ref()?.ticket_id,
        Event::WorkflowRunMoved(event) => &event.run.as_ref()?.ticket_id,
        Event::WorkflowRunFinished(event) => &event.run.as_ref()?.ticket_id,
        Event::WorkflowAssignmentMade(event) => &event.run.as_ref()?.ticket_id,
        Event::WorkflowAssignmentReleased(event) => &event.run.as_ref()?.ticket_id,
        Event::WorkflowRunSnoozed(event) => &event.run.as_ref()?.ticket_id,
        Event::WorkflowOfferMade(event) => &event.run.as_ref()?.ticket_id,
        Event::WorkflowOfferEnded(event) => &event.run.as_ref()?.ticket_id,
        Event::WorkflowApprovalChanged(event) => &event.run.as_ref()?.ticket_id,
        Event::WorkflowClockWarned(event) => &event.run.as_ref()?.ticket_id,
        Event::WorkflowClockBreached(event) => &event.run.as_ref()?.ticket_id,
        _ => return None,
    };
    Some(id)
}

#[cfg(test)]
mod tests {
    use proto::events::v1::envelope::Event;
    use proto::events::v1::{CommentAdded, Envelope, PresenceChanged, RunMoved};
    use proto::tickets::v1::Comment;
    use proto::workflow::v1::Run;

    use super::about;

    #[test]
    fn news_of_a_ticket_are_known_whichever_service_tells_them() {
        let envelope = |event| Envelope { event: Some(event), ..Envelope::default() };
        let comment = Comment { ticket_id: "tkt_1".to_owned(), ..Comment::default() };
        let said =
            envelope(Event::TicketsCommentAdded(CommentAdded { comment: Some(comment), ticket: None }));
        let run = Run { ticket_id: "tkt_1".to_owned(), ..Run::default() };
        let moved = envelope(Event::WorkflowRunMoved(RunMoved { run: Some(run), ..RunMoved::default() }));
        assert_eq!((about(&said), about(&moved)), (Some("tkt_1"), Some("tkt_1")));
        assert_eq!(about(&envelope(Event::WorkflowPresenceChanged(PresenceChanged::default()))), None);
    }
}
