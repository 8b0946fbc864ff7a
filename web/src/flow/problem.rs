//! What the server finds wrong with a drawing, by the place one has to go to.

use proto::workflow::v1::{Finding, FindingSeverity, Graph, Guard};

use super::{Drawing, Spot};
use crate::text;

/// Something publishing would refuse or warn about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Publishing is refused; otherwise one should look.
    pub(crate) is_error: bool,
    pub(crate) spot: Spot,
    /// The field of the place, as the server and the fields of forms call it.
    pub(crate) field: String,
    /// A sentence for people, with line and column where it is about a rule.
    pub(crate) sentence: String,
}

/// What was found in a drawing.
pub(crate) fn problems(drawing: &Drawing, findings: Vec<Finding>) -> Vec<Problem> {
    findings.into_iter().map(|finding| problem(drawing, finding)).collect()
}

fn problem(drawing: &Drawing, finding: Finding) -> Problem {
    let is_error = finding.severity() == FindingSeverity::Error;
    let Finding { stage_key, transition_key, field, offset, message, .. } = finding;
    let spot = match (stage_key.is_empty(), transition_key.is_empty()) {
        (true, true) => Spot::Whole,
        (false, _) => Spot::Stage(stage_key),
        (true, false) => Spot::Transition(transition_key),
    };
    let place = rule_at(drawing, &spot, &field).and_then(|rule| line_and_column(rule, offset));
    let message = place
        .map_or_else(|| message.clone(), |(line, column)| format!("line {line}, column {column}: {message}"));
    Problem { is_error, spot, field, sentence: text::sentence(&message) }
}

/// Line and column of a character of a rule, from 1; none at its start, where nothing needs to be pointed at.
fn line_and_column(rule: &str, offset: i32) -> Option<(usize, usize)> {
    let before: String =
        rule.chars().take(usize::try_from(offset).ok().filter(|offset| *offset > 0)?).collect();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some((before.matches('\n').count() + 1, column))
}

/// The text of a rule by the path of its field.
fn rule_at<'d>(drawing: &'d Drawing, spot: &Spot, field: &str) -> Option<&'d str> {
    match spot {
        Spot::Whole => (field == "applies_to").then_some(drawing.applies_to.as_str()),
        Spot::Stage(key) => {
            let stage = super::stage(&drawing.graph, key)?;
            let (list, at) = member(field)?;
            guard_rule(if list == "entry_guards" { &stage.entry_guards } else { &stage.exit_guards }, at)
        }
        Spot::Transition(key) => transition_rule(&drawing.graph, key, field),
    }
}

fn transition_rule<'g>(graph: &'g Graph, key: &str, field: &str) -> Option<&'g str> {
    let transition = super::transition(graph, key)?;
    match field {
        "who" => Some(&transition.who),
        "visible_if" => Some(&transition.visible_if),
        _ => guard_rule(&transition.guards, member(field).filter(|(list, _)| *list == "guards")?.1),
    }
}

fn guard_rule(guards: &[Guard], at: usize) -> Option<&str> {
    guards.get(at).map(|guard| guard.rule.as_str())
}

/// List and place of `guards[2].rule`.
fn member(field: &str) -> Option<(&str, usize)> {
    let (list, rest) = field.split_once('[')?;
    let (at, rest) = rest.split_once(']')?;
    (rest == ".rule").then_some(())?;
    Some((list, at.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{Finding, FindingSeverity, Guard};

    use super::{Problem, problems};
    use crate::flow::{Drawing, Spot, sample};

    fn found(field: &str, offset: i32) -> Problem {
        let mut graph = sample();
        graph.transitions[1].guards =
            vec![Guard { rule: "ticket.unassigned &&\n  ticket.prio == 1".into(), ..Guard::default() }];
        let drawing = Drawing { graph, ..Drawing::default() };
        let finding = Finding {
            severity: FindingSeverity::Error.into(),
            transition_key: "finish".into(),
            field: field.into(),
            offset,
            message: "there is no variable `ticket.prio`".into(),
            ..Finding::default()
        };
        problems(&drawing, vec![finding]).remove(0)
    }

    #[test]
    fn a_problem_of_a_rule_says_line_and_column() {
        let problem = found("guards[0].rule", 23);
        assert!(problem.is_error);
        assert_eq!(problem.spot, Spot::Transition("finish".into()));
        assert_eq!(problem.sentence, "Line 2, column 3: there is no variable `ticket.prio`.");
    }

    #[test]
    fn other_problems_are_told_as_they_are() {
        for (field, offset) in [("guards[0].rule", 0), ("guards[7].rule", 4), ("label", 4)] {
            assert_eq!(found(field, offset).sentence, "There is no variable `ticket.prio`.");
        }
    }
}
