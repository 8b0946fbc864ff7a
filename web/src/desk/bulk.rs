//! Changes of many tickets: what can be done, and how it went.

use prost_types::FieldMask;
use proto::tickets::v1::{
    BulkSkip, BulkUpdateRequest, BulkUpdateResponse, Comment, CommentKind, Ticket, UndoBulkResponse,
};
use proto::workflow::v1::{
    BulkAssignment, BulkTransition, BulkUpdateRunsRequest, BulkUpdateRunsResponse, SeenRun,
    bulk_update_runs_request as runs,
};

use crate::text;

/// A ticket as somebody saw it when he decided to change it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: String,
    /// Its version; empty where it was not seen.
    pub(crate) etag: String,
    /// Who had it; none where that was not seen.
    pub(crate) assignee_id: Option<String>,
    /// Empty where it was not seen.
    pub(crate) stage_key: String,
}

impl Seen {
    pub(crate) fn of(ticket: &Ticket) -> Self {
        Self {
            id: ticket.id.clone(),
            etag: ticket.etag.clone(),
            assignee_id: Some(ticket.assignee_id.clone()),
            stage_key: ticket.stage.as_ref().map(|stage| stage.key.clone()).unwrap_or_default(),
        }
    }

    /// One of which no more than the id is known.
    pub(crate) fn unseen(id: String) -> Self {
        Self { id, ..Self::default() }
    }
}

/// The versions that were seen, in the order of the tickets; none where one of them was not seen, as the server takes all or none.
fn etags(seen: &[Seen]) -> Vec<String> {
    if seen.iter().any(|seen| seen.etag.is_empty()) {
        return Vec::new();
    }
    seen.iter().map(|seen| seen.etag.clone()).collect()
}

/// What is done to each of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deed {
    /// To this person, or back to the queue when empty.
    Assign(String),
    /// Gives these fields these values.
    Set {
        ticket: Box<Ticket>,
        paths: Vec<String>,
    },
    /// Adds words, takes others away; all other words stay.
    Tags {
        more: Vec<String>,
        fewer: Vec<String>,
    },
    Comment {
        kind: CommentKind,
        text: String,
    },
    /// A macro by its id.
    Macro(String),
    /// A transition by its key, with what it asks for.
    Move {
        key: String,
        comment: String,
    },
}

/// What the server is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    Tickets(Box<BulkUpdateRequest>),
    /// Where they stand and who has them.
    Runs(BulkUpdateRunsRequest),
}

impl Deed {
    /// The request that does it to each as it was seen.
    pub(crate) fn request(&self, seen: &[Seen], dry_run: bool, request_id: String) -> Request {
        match self {
            Self::Assign(to) => {
                let seen = seen.iter().map(|seen| seen_with(&seen.id, seen.assignee_id.clone())).collect();
                Request::Runs(given(seen, to.clone(), dry_run, request_id))
            }
            Self::Move { key, comment } => {
                let transition = BulkTransition {
                    transition_key: key.clone(),
                    comment: comment.clone(),
                    ..BulkTransition::default()
                };
                let runs = seen.iter().map(|seen| SeenRun {
                    ticket_id: seen.id.clone(),
                    stage_key: seen.stage_key.clone(),
                    ..SeenRun::default()
                });
                let deed = Some(runs::Deed::Transition(transition));
                Request::Runs(BulkUpdateRunsRequest { request_id, runs: runs.collect(), dry_run, deed })
            }
            of_tickets => Request::Tickets(Box::new(of_tickets.update(seen, dry_run, request_id))),
        }
    }

    fn update(&self, seen: &[Seen], dry_run: bool, request_id: String) -> BulkUpdateRequest {
        let base = BulkUpdateRequest {
            ids: seen.iter().map(|seen| seen.id.clone()).collect(),
            etags: etags(seen),
            dry_run,
            request_id,
            ..BulkUpdateRequest::default()
        };
        match self {
            Self::Set { ticket, paths } => BulkUpdateRequest {
                ticket: Some(Ticket::clone(ticket)),
                update_mask: Some(FieldMask { paths: paths.clone() }),
                ..base
            },
            // Whatever else changed on a ticket, and whatever other words it has by now, stays.
            Self::Tags { more, fewer } => BulkUpdateRequest {
                etags: Vec::new(),
                add_tags: more.clone(),
                remove_tags: fewer.clone(),
                ..base
            },
            Self::Comment { kind, text } => BulkUpdateRequest {
                comment: Some(Comment { kind: (*kind).into(), text: text.clone(), ..Comment::default() }),
                ..base
            },
            Self::Macro(id) => BulkUpdateRequest { macro_id: id.clone(), ..base },
            Self::Assign(_) | Self::Move { .. } => base,
        }
    }
}

fn seen_with(id: &str, assignee_id: Option<String>) -> SeenRun {
    SeenRun { ticket_id: id.to_owned(), assignee_id, ..SeenRun::default() }
}

fn given(runs: Vec<SeenRun>, to: String, dry_run: bool, request_id: String) -> BulkUpdateRunsRequest {
    let assignment = BulkAssignment { assignee_id: to, ..BulkAssignment::default() };
    BulkUpdateRunsRequest { request_id, runs, dry_run, deed: Some(runs::Deed::Assignment(assignment)) }
}

/// What gives tickets back from whom they were given to: a request for each of those who had them. Those that went further stay.
pub(crate) fn given_back(
    before: &[(String, String)],
    to: &str,
    request_id: impl Fn() -> String,
) -> Vec<BulkUpdateRunsRequest> {
    let mut all: Vec<(&String, Vec<SeenRun>)> = Vec::new();
    for (id, assignee) in before {
        let run = seen_with(id, Some(to.to_owned()));
        match all.iter_mut().find(|(known, _)| *known == assignee) {
            Some((_, runs)) => runs.push(run),
            None => all.push((assignee, vec![run])),
        }
    }
    all.into_iter().map(|(assignee, runs)| given(runs, assignee.clone(), false, request_id())).collect()
}

/// How far it is, or how it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) total: usize,
    pub(crate) done: usize,
    /// Tickets passed over, each with the reason for people.
    pub(crate) skipped: Vec<(String, String)>,
    /// Tickets done, by id.
    pub(crate) changed: Vec<String>,
    /// `blk_…`, to undo it by; empty for what was done to runs or only tried.
    pub(crate) bulk_id: String,
    /// Tickets whose runs were changed, each with whom it was before.
    pub(crate) before: Vec<(String, String)>,
    /// A transition that is still to be taken for each of them.
    pub(crate) transition_key: String,
}

impl Tally {
    pub(crate) fn of(total: usize) -> Self {
        Self { total, ..Self::default() }
    }

    /// Takes what the server tells. A stream that was resumed tells some of it again.
    pub(crate) fn take(&mut self, told: BulkUpdateResponse) {
        self.total = count(told.total);
        self.done = count(told.done);
        self.skip(told.skipped);
        for id in told.changed_ids {
            if !self.changed.contains(&id) {
                self.changed.push(id);
            }
        }
        self.bulk_id = told.bulk_id;
        if !told.transition_key.is_empty() {
            self.transition_key = told.transition_key;
        }
    }

    /// The same of an undoing.
    pub(crate) fn take_back(&mut self, told: UndoBulkResponse) {
        (self.total, self.done) = (count(told.total), count(told.done));
        self.skip(told.skipped);
    }

    /// The same of a change of runs.
    pub(crate) fn take_runs(&mut self, told: BulkUpdateRunsResponse) {
        (self.total, self.done) = (count(told.total), count(told.done));
        self.skip(told.skipped);
        let before = told.changed.into_iter();
        self.before.extend(before.map(|run| (run.ticket_id, run.assignee_id.unwrap_or_default())));
    }

    fn skip(&mut self, skipped: Vec<BulkSkip>) {
        for BulkSkip { ticket_id, reason, message } in skipped {
            if self.skipped.iter().all(|(known, _)| *known != ticket_id) {
                let words = text::maybe(&format!("bulk-{}", reason.replace('_', "-").to_lowercase()));
                self.skipped.push((ticket_id, words.unwrap_or(message)));
            }
        }
    }

    /// Hundredths of the way.
    pub(crate) fn percent(&self) -> usize {
        ((self.done + self.skipped.len()) * 100).checked_div(self.total).unwrap_or(100).min(100)
    }
}

fn count(number: i32) -> usize {
    usize::try_from(number).unwrap_or_default()
}

/// Words as one types them, between commas or spaces.
pub(crate) fn words(typed: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in typed.split([',', ' ', ';']).map(str::trim).filter(|word| !word.is_empty()) {
        let word = word.trim_start_matches('#').to_lowercase();
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{BulkSkip, BulkUpdateResponse, Stage, Ticket};

    use proto::workflow::v1::bulk_update_runs_request::Deed as Asked;

    use super::{Deed, Request, Seen, Tally, given_back, words};

    #[test]
    fn what_is_told_twice_counts_once() {
        let told = BulkUpdateResponse {
            bulk_id: "blk_1".into(),
            total: 3,
            done: 1,
            skipped: vec![BulkSkip { ticket_id: "b".into(), ..BulkSkip::default() }],
            changed_ids: vec!["a".into()],
            ..BulkUpdateResponse::default()
        };
        let mut tally = Tally::default();
        tally.take(told.clone());
        tally.take(told);
        assert_eq!((tally.done, tally.skipped.len(), tally.changed.len(), tally.percent()), (1, 1, 1, 66));
    }

    #[test]
    fn nothing_to_do_is_done() {
        assert_eq!(Tally::of(0).percent(), 100);
    }

    #[test]
    fn tags_are_words_with_or_without_a_mark() {
        assert_eq!(words("VPN, #new; vpn"), ["vpn", "new"]);
        assert!(words(" , # ").is_empty());
    }

    #[test]
    fn what_was_seen_goes_along_for_all_or_for_none() {
        let seen = |id: &str, etag: &str| Seen { id: id.into(), etag: etag.into(), ..Seen::default() };
        let etags = |seen: &[Seen]| match Deed::Macro("mac_1".into()).request(seen, false, "r".into()) {
            Request::Tickets(asked) => asked.etags,
            Request::Runs(asked) => panic!("{asked:?}"),
        };
        assert_eq!(etags(&[seen("a", "3"), seen("b", "7")]), ["3", "7"]);
        assert!(etags(&[seen("a", "3"), Seen::unseen("b".to_owned())]).is_empty());
    }

    #[test]
    fn a_run_is_changed_while_it_is_with_whom_and_where_it_was_seen() {
        let stage = Some(Stage { key: "open".into(), ..Stage::default() });
        let seen = [
            Seen::of(&Ticket { id: "a".into(), assignee_id: "ann".into(), stage, ..Ticket::default() }),
            Seen::unseen("b".to_owned()),
        ];
        let runs = |deed: Deed| match deed.request(&seen, true, "r".into()) {
            Request::Runs(asked) => asked.runs,
            Request::Tickets(asked) => panic!("{asked:?}"),
        };
        let given = runs(Deed::Assign("bob".into()));
        assert_eq!(
            given.iter().map(|run| run.assignee_id.as_deref()).collect::<Vec<_>>(),
            [Some("ann"), None]
        );
        let moved = runs(Deed::Move { key: "resolve".into(), comment: String::new() });
        assert_eq!(moved.iter().map(|run| run.stage_key.as_str()).collect::<Vec<_>>(), ["open", ""]);
    }

    #[test]
    fn tickets_go_back_to_whom_they_were_with_unless_they_went_further() {
        let before = [("a", "ann"), ("b", ""), ("c", "ann")].map(|(id, who)| (id.to_owned(), who.to_owned()));
        let asked = given_back(&before, "bob", || "r".to_owned());
        let told = asked.iter().map(|asked| {
            let Some(Asked::Assignment(to)) = &asked.deed else { panic!("{asked:?}") };
            assert!(asked.runs.iter().all(|run| run.assignee_id() == "bob"));
            (to.assignee_id.as_str(), asked.runs.iter().map(|run| run.ticket_id.as_str()).collect::<Vec<_>>())
        });
        assert_eq!(told.collect::<Vec<_>>(), [("ann", vec!["a", "c"]), ("", vec!["b"])]);
    }
}
