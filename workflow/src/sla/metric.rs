//! What is measured: the rules of each metric, shipped ones and a policy's own.
//!
//! Invariant: rules are read before they are kept, so that a rule that is kept can be asked. One that is too large to be answered does
//! not hold.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::Timestamp;
use mesh_core::rule::{Problem, Rule, Values};
use proto::workflow::v1::{ClockRules, SlaMetric};

use super::moment::SCHEMA;

/// Begins when a ticket is filed, and anew when it goes on.
const WORK_BEGINS: &str = r#"event in ["CREATED", "REOPENED"]"#;

/// The shipped rules: metric, activate, pause, resume, fulfil, reset. Without a rule to resume, a clock goes on when its rule to pause
/// no longer holds.
const PRESETS: [(SlaMetric, [&str; 5]); 9] = [
    (SlaMetric::FirstReply, [r#"event == "CREATED""#, "", "", r#"event == "AGENT_REPLIED" || done"#, ""]),
    // Before the first answer a turn of the requester belongs to the first reply.
    (
        SlaMetric::NextReply,
        [
            r#"event == "REQUESTER_REPLIED" && agent_replied"#,
            "",
            "",
            r#"event == "AGENT_REPLIED" || done"#,
            "",
        ],
    ),
    (
        SlaMetric::PeriodicUpdate,
        [r#"event == "AGENT_REPLIED""#, "", "", "done", r#"event == "AGENT_REPLIED""#],
    ),
    (SlaMetric::AgentWork, [WORK_BEGINS, "pauses", "", "done", ""]),
    (SlaMetric::RequesterWait, [WORK_BEGINS, r#"status == "PENDING""#, "", "done", ""]),
    (SlaMetric::Resolution, [WORK_BEGINS, "", "", "done", ""]),
    (SlaMetric::Ownership, [WORK_BEGINS, "", "", "done", r#"event == "RELOCATED""#]),
    (SlaMetric::Stage, ["!done", "pauses", "", "done", r#"event in ["MOVED", "REOPENED"]"#]),
    (SlaMetric::FirstAssignment, [r#"event == "CREATED""#, "", "", r#"event == "ASSIGNED" || done"#, ""]),
];

/// When a clock starts, stands still, goes on, ends and begins anew.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    activate: Option<Rule>,
    pause: Option<Rule>,
    resume: Option<Rule>,
    fulfil: Option<Rule>,
    reset: Option<Rule>,
}

/// What the rules say to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five rules give five answers")]
pub(crate) struct Verdict {
    pub(crate) activate: bool,
    pub(crate) pause: bool,
    pub(crate) resume: bool,
    pub(crate) fulfil: bool,
    pub(crate) reset: bool,
}

impl Rules {
    /// The rules of a message; the problem is that of the first field that can't be read.
    pub(crate) fn parse(sent: &ClockRules) -> Result<Self, (&'static str, Problem)> {
        let read = |field: &'static str, source: &str| match source.trim() {
            "" => Ok(None),
            source => Rule::parse(source, &SCHEMA).map(Some).map_err(|problem| (field, problem)),
        };
        Ok(Self {
            activate: read("activate", &sent.activate)?,
            pause: read("pause", &sent.pause)?,
            resume: read("resume", &sent.resume)?,
            fulfil: read("fulfil", &sent.fulfil)?,
            reset: read("reset", &sent.reset)?,
        })
    }

    /// What they say to a moment with these values.
    pub(crate) fn judge(&self, values: &Values<'_>, at: Timestamp) -> Verdict {
        let holds =
            |rule: &Option<Rule>| rule.as_ref().is_some_and(|rule| rule.matches(values, at) == Ok(true));
        let pause = holds(&self.pause);
        Verdict {
            activate: holds(&self.activate),
            pause,
            resume: if self.resume.is_some() { holds(&self.resume) && !pause } else { !pause },
            fulfil: holds(&self.fulfil),
            reset: holds(&self.reset),
        }
    }
}

/// The shipped rules of a metric, for people to copy.
pub(crate) fn preset(metric: SlaMetric) -> Option<ClockRules> {
    let (_, rules) = PRESETS.iter().find(|(known, _)| *known == metric)?;
    let [activate, pause, resume, fulfil, reset] = rules.map(str::to_owned);
    Some(ClockRules { activate, pause, resume, fulfil, reset })
}

/// The shipped rules, read.
static SHIPPED: LazyLock<BTreeMap<i32, Rules>> = LazyLock::new(|| {
    let read = |(metric, _): &(SlaMetric, _)| {
        let rules = preset(*metric).and_then(|rules| Rules::parse(&rules).ok());
        rules.map(|rules| (i32::from(*metric), rules))
    };
    PRESETS.iter().filter_map(read).collect()
});

/// The shipped rules of a metric.
pub(crate) fn shipped(metric: SlaMetric) -> Option<&'static Rules> {
    SHIPPED.get(&i32::from(metric))
}

/// What a metric is called, within a sentence.
pub(crate) const fn name(metric: SlaMetric) -> &'static str {
    match metric {
        SlaMetric::FirstReply => "first reply",
        SlaMetric::NextReply => "next reply",
        SlaMetric::PeriodicUpdate => "periodic update",
        SlaMetric::AgentWork => "agent work",
        SlaMetric::RequesterWait => "requester wait",
        SlaMetric::Resolution => "resolution",
        SlaMetric::Ownership => "ownership",
        SlaMetric::FirstAssignment => "first assignment",
        SlaMetric::Stage => "stage",
        SlaMetric::Unspecified => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{PRESETS, Rules, preset};

    #[test]
    fn every_shipped_rule_can_be_read() {
        for (metric, _) in PRESETS {
            let rules = preset(metric).expect("a preset");
            Rules::parse(&rules).unwrap_or_else(|(field, problem)| panic!("{metric:?}.{field}: {problem}"));
        }
    }
}
