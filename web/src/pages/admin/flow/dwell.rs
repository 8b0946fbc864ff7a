//! How long a ticket may stay in a stage, and which transition is taken then.

use proto::workflow::v1::dwell::Then;
use proto::workflow::v1::{Dwell, Stage};
use sycamore::prelude::*;

use super::pen::{Pen, later};
use crate::flow::ways_out;
use crate::parts::{SelectField, SpanField};
use crate::text::t;
use crate::time::{from_units, in_units};

/// What is chosen while something happens that the panel does not offer; it stays as it is.
const OTHER: &str = "+";
/// A stay of a day, as it is first offered.
const DAY: i64 = 86_400;

/// The fields.
#[component(inline_props)]
pub(super) fn DwellForm(pen: Pen<Stage>, stage: Stage) -> View {
    let known = stage.dwell.clone().unwrap_or_default();
    let chosen = match (&stage.dwell, &known.then) {
        (None, _) => String::new(),
        (_, Some(Then::TransitionKey(key))) => key.clone(),
        (Some(_), _) => OTHER.to_owned(),
    };
    let (count, unit) = in_units(known.maximum.as_ref().map_or(DAY, |maximum| maximum.seconds));
    let then = create_signal(chosen.clone());
    let (count, unit) = (create_signal(count.to_string()), create_signal(unit.key().to_owned()));
    let written = pen.bind("dwell", (String::new(), String::new(), String::new()), move |stage, typed| {
        stage.dwell = dwell(&known, typed);
    });
    for field in [then, count, unit] {
        later(field, move |_| {
            written.set((
                then.get_clone_untracked(),
                count.get_clone_untracked(),
                unit.get_clone_untracked(),
            ));
        });
    }
    let (options, form) = (options(&pen, &stage, chosen == OTHER), pen.form);
    view! {
        SelectField(name="dwell.then", label=t!("flow-dwell"), value=then, options=options, form=form, hint=t!("flow-dwell-hint"))
        (if then.with(String::is_empty) {
            View::new()
        } else {
            view! { SpanField(name="dwell.maximum", label=t!("flow-dwell-after"), count=count, unit=unit, form=form) }
        })
    }
}

fn options(pen: &Pen<Stage>, stage: &Stage, other: bool) -> Vec<(String, String)> {
    let graph = &pen.board.now().graph;
    let ways =
        ways_out(graph, stage).map(|way| (way.key.clone(), t!("flow-dwell-takes", name = way.label.clone())));
    let nothing = [(String::new(), t!("flow-dwell-for-ever"))].into_iter();
    let other = other.then(|| (OTHER.to_owned(), t!("flow-dwell-other")));
    nothing.chain(ways).chain(other).collect()
}

/// The stay as it is typed: what happens then, and after how many of which unit. What cannot be read is no time at all, and is told.
fn dwell(known: &Dwell, (then, count, unit): (String, String, String)) -> Option<Dwell> {
    if then.is_empty() {
        return None;
    }
    let seconds = from_units(&count, &unit).unwrap_or_default();
    let maximum = Some(prost_types::Duration { seconds, nanos: 0 });
    let then = if then == OTHER { known.then.clone() } else { Some(Then::TransitionKey(then)) };
    Some(Dwell { maximum, then, ..known.clone() })
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::Dwell;
    use proto::workflow::v1::dwell::Then;

    use super::{OTHER, dwell};

    #[test]
    fn a_stay_is_what_is_typed_and_what_is_not_offered_stays() {
        let typed = |then: &str, count: &str| (then.to_owned(), count.to_owned(), "h".to_owned());
        assert_eq!(dwell(&Dwell::default(), typed("", "4")), None);
        let taken = dwell(&Dwell::default(), typed("close", "4")).expect("a stay");
        assert_eq!(taken.then, Some(Then::TransitionKey("close".into())));
        assert_eq!(taken.maximum.map(|maximum| maximum.seconds), Some(14_400));
        let known =
            Dwell { then: Some(Then::Escalate(true)), calendar_id: "cal_1".into(), ..Dwell::default() };
        let kept = dwell(&known, typed(OTHER, "soon")).expect("a stay");
        assert_eq!((kept.then, kept.calendar_id.as_str()), (known.then, "cal_1"));
        assert_eq!(kept.maximum.map(|maximum| maximum.seconds), Some(0));
    }
}
