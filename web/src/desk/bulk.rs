//! Changes of many tickets: what can be done, and how it went.

use prost_types::FieldMask;
use proto::tickets::v1::{
    BulkSkip, BulkUpdateRequest, BulkUpdateResponse, Comment, CommentKind, Ticket, UndoBulkResponse,
};

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

    /// Whether it was given to somebody else since.
    pub(crate) fn was_handed_on(&self, assignee_id: &str) -> bool {
        self.assignee_id.as_ref().is_some_and(|seen| seen != assignee_id)
    }

    /// Whether it went to another stage since.
    pub(crate) fn was_moved(&self, stage_key: &str) -> bool {
        !self.stage_key.is_empty() && self.stage_key != stage_key
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

impl Deed {
    /// What the server does for many at once, to each as it was seen; none for what is done ticket by ticket.
    pub(crate) fn request(
        &self,
        seen: &[Seen],
        dry_run: bool,
        request_id: &str,
    ) -> Option<BulkUpdateRequest> {
        let base = BulkUpdateRequest {
            ids: seen.iter().map(|seen| seen.id.clone()).collect(),
            etags: etags(seen),
            dry_run,
            request_id: request_id.to_owned(),
            ..BulkUpdateRequest::default()
        };
        match self {
            Self::Set { ticket, paths } => Some(BulkUpdateRequest {
                ticket: Some(Ticket::clone(ticket)),
                update_mask: Some(FieldMask { paths: paths.clone() }),
                ..base
            }),
            Self::Comment { kind, text } => Some(BulkUpdateRequest {
                comment: Some(Comment { kind: (*kind).into(), text: text.clone(), ..Comment::default() }),
                ..base
            }),
            Self::Macro(id) => Some(BulkUpdateRequest { macro_id: id.clone(), ..base }),
            Self::Assign(_) | Self::Tags { .. } | Self::Move { .. } => None,
        }
    }
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
    /// `blk_…`, to undo it by; empty for what was done ticket by ticket or only tried.
    pub(crate) bulk_id: String,
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

    /// One ticket more: done, or passed over for a reason.
    pub(crate) fn add(&mut self, id: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => {
                self.done += 1;
                self.changed.push(id.to_owned());
            }
            Err(reason) => self.skipped.push((id.to_owned(), reason)),
        }
    }

    fn skip(&mut self, skipped: Vec<BulkSkip>) {
        for BulkSkip { ticket_id, message, .. } in skipped {
            if self.skipped.iter().all(|(known, _)| *known != ticket_id) {
                self.skipped.push((ticket_id, message));
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

/// Words of a ticket as they would be: some more, some fewer, each once.
pub(crate) fn tagged(tags: &[String], more: &[String], fewer: &[String]) -> Vec<String> {
    let mut all: Vec<String> = tags.iter().filter(|tag| !fewer.contains(tag)).cloned().collect();
    for tag in more {
        if !all.contains(tag) {
            all.push(tag.clone());
        }
    }
    all
}

/// Words of a ticket without what a change did to them, as far as that still stands; none when nothing of it does.
pub(crate) fn untagged(now: &[String], was: &[String], left: &[String]) -> Option<Vec<String>> {
    if now == left {
        return Some(was.to_vec());
    }
    let without = |some: &[String], others: &[String]| -> Vec<String> {
        some.iter().filter(|tag| !others.contains(tag)).cloned().collect()
    };
    let back = tagged(now, &without(was, left), &without(left, was));
    (back != now).then_some(back)
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

    use super::{Deed, Seen, Tally, tagged, untagged, words};

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
    fn a_tag_is_added_once_and_the_others_stay() {
        let tags = ["vip", "vpn"].map(str::to_owned);
        assert_eq!(tagged(&tags, &words("VPN, #new"), &words("vip")), ["vpn", "new"]);
        assert!(words(" , # ").is_empty());
    }

    #[test]
    fn undoing_takes_back_what_still_stands_and_nothing_else() {
        let (was, left) = (words("vip, old"), words("vip, new"));
        assert_eq!(untagged(&left, &was, &left), Some(was.clone()), "in the order they had");
        assert_eq!(untagged(&words("new, since"), &was, &left), Some(words("since, old")));
        assert_eq!(untagged(&words("old, since"), &was, &left), None, "somebody has undone it before");
    }

    #[test]
    fn only_what_the_server_does_for_many_is_one_request() {
        let seen = [Seen::unseen("a".to_owned())];
        let deed = Deed::Set { ticket: Box::default(), paths: vec!["priority".to_owned()] };
        let asked = deed.request(&seen, true, "r").unwrap();
        assert!(asked.dry_run && asked.update_mask.unwrap().paths == ["priority"]);
        assert!(Deed::Assign(String::new()).request(&seen, true, "r").is_none());
    }

    #[test]
    fn what_was_seen_goes_along_for_all_or_for_none() {
        let seen = |id: &str, etag: &str| Seen { id: id.into(), etag: etag.into(), ..Seen::default() };
        let etags = |seen: &[Seen]| Deed::Macro("mac_1".into()).request(seen, false, "r").unwrap().etags;
        assert_eq!(etags(&[seen("a", "3"), seen("b", "7")]), ["3", "7"]);
        assert!(etags(&[seen("a", "3"), Seen::unseen("b".to_owned())]).is_empty());
    }

    #[test]
    fn a_ticket_that_was_handed_or_moved_on_is_not_the_one_that_was_seen() {
        let stage = Some(Stage { key: "open".into(), ..Stage::default() });
        let seen =
            Seen::of(&Ticket { etag: "1".into(), assignee_id: "ann".into(), stage, ..Ticket::default() });
        assert!(seen.was_handed_on("bob") && seen.was_handed_on("") && !seen.was_handed_on("ann"));
        assert!(seen.was_moved("resolved") && !seen.was_moved("open"));
        let unseen = Seen::unseen("a".to_owned());
        assert!(!unseen.was_handed_on("bob") && !unseen.was_moved("open"));
    }
}
