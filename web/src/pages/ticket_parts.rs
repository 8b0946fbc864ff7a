//! What portal and desk share of a ticket on the screen: its track, its buttons, its conversation.

mod answers;
mod approvals;
mod deeds;
mod finder;
mod mentions;
mod moves;
mod talk;

pub(super) use answers::Answers;
pub(super) use approvals::{Awaited, Voting, terms, votes};
pub(super) use deeds::unmerge;
pub(super) use finder::Finder;
pub(super) use moves::Moves;
pub(super) use talk::{Conversation, Pen};

use std::rc::Rc;

use proto::workflow::v1::Run;
use sycamore::prelude::*;

use crate::parts::{Mark, Track};
use crate::store::open_ticket::OpenTicket;

/// The stage track, once the run is known.
pub(super) fn track(open: OpenTicket) -> View {
    let marks = create_selector(move || open.run().get_clone().map(|run| marks(&run)).unwrap_or_default());
    view! {
        (if marks.with(Vec::is_empty) {
            View::new()
        } else {
            let marks = marks.get_clone();
            view! { Track(marks=marks) }
        })
    }
}

/// The stages worth showing: where it has been, is, and the way ahead; ends it did not take are left out.
fn marks(run: &Rc<Run>) -> Vec<Mark> {
    let ended = run.track.iter().any(|stage| stage.end && stage.current);
    let shown = run
        .track
        .iter()
        .filter(|stage| stage.visited || stage.current || (!ended && !is_detour(stage.category())));
    shown
        .map(|stage| Mark { label: stage.label.clone(), visited: stage.visited, current: stage.current })
        .collect()
}

/// Stages a ticket goes through only at times: shown once it was there.
fn is_detour(status: proto::tickets::v1::Status) -> bool {
    use proto::tickets::v1::Status;
    matches!(status, Status::Pending | Status::OnHold | Status::Rejected | Status::Withdrawn)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use proto::tickets::v1::Status;
    use proto::workflow::v1::{Run, StageMark};

    use super::marks;

    fn stage(label: &str, category: Status, visited: bool, current: bool) -> StageMark {
        let end = matches!(category, Status::Closed | Status::Withdrawn);
        StageMark {
            label: label.into(),
            category: category.into(),
            visited,
            current,
            end,
            ..StageMark::default()
        }
    }

    #[test]
    fn detours_are_shown_once_taken_and_the_way_ahead_always() {
        let mut run = Run {
            track: vec![
                stage("New", Status::New, true, false),
                stage("Open", Status::Open, true, true),
                stage("Pending", Status::Pending, false, false),
                stage("Resolved", Status::Resolved, false, false),
                stage("Withdrawn", Status::Withdrawn, false, false),
            ],
            ..Run::default()
        };
        let labels =
            |run: &Run| marks(&Rc::new(run.clone())).into_iter().map(|mark| mark.label).collect::<Vec<_>>();
        assert_eq!(labels(&run), ["New", "Open", "Resolved"]);
        run.track[2].visited = true;
        assert_eq!(labels(&run), ["New", "Open", "Pending", "Resolved"]);
    }

    #[test]
    fn a_ticket_at_its_end_shows_only_where_it_has_been() {
        let run = Run {
            track: vec![
                stage("New", Status::New, true, false),
                stage("Resolved", Status::Resolved, false, false),
                stage("Withdrawn", Status::Withdrawn, true, true),
            ],
            ..Run::default()
        };
        assert_eq!(marks(&Rc::new(run)).len(), 2);
    }
}
