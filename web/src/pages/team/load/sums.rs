//! What a team comes to, and the rules that list what is counted. Pure.

use proto::workflow::v1::{AgentLoad, Presence, Queue};

use crate::desk::Shown;
use crate::routes::Place;
use crate::text::t;
use crate::{browser, time};

/// Figures over everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) agents: i64,
    pub(super) online: i64,
    /// Tickets that need somebody who has them.
    pub(super) active: i64,
    pub(super) units: i64,
    /// Tickets nobody has.
    pub(super) waiting: i64,
    /// Agents with more than they take.
    pub(super) over: i64,
    /// Since when the oldest of those nobody has waits, in milliseconds.
    oldest: Option<f64>,
}

impl Sums {
    pub(super) fn of(agents: &[AgentLoad], queues: &[Queue]) -> Self {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let is_online =
            |load: &&AgentLoad| load.agent.as_ref().is_some_and(|agent| agent.presence() == Presence::Online);
        let since = queues.iter().filter_map(|queue| queue.waiting_since.as_ref()).map(time::millis);
        Self {
            agents: count(agents.len()),
            online: count(agents.iter().filter(is_online).count()),
            active: agents.iter().map(|load| load.active).sum(),
            units: agents.iter().map(|load| load.units).sum(),
            waiting: queues.iter().map(|queue| queue.waiting).sum(),
            over: count(agents.iter().filter(|load| is_over(load)).count()),
            oldest: since.reduce(f64::min),
        }
    }

    /// How long the oldest ticket has waited for somebody, in words.
    pub(super) fn oldest_words(&self) -> String {
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
        let oldest =
            self.oldest.map(|millis| prost_types::Timestamp { seconds: (millis / 1000.0) as i64, nanos: 0 });
        match oldest {
            Some(since) => t!("team-oldest", time = time::ago(&since, browser::now())),
            None => t!("team-none-wait"),
        }
    }
}

/// The most an agent takes at once; none without a limit.
pub(super) fn capacity(load: &AgentLoad) -> Option<i64> {
    load.agent.as_ref().map(|agent| i64::from(agent.capacity)).filter(|capacity| *capacity > 0)
}

/// Whether somebody has more than he takes.
pub(super) fn is_over(load: &AgentLoad) -> bool {
    capacity(load).is_some_and(|capacity| load.units > capacity)
}

/// Where tickets are listed by a rule, in one department or in all.
pub(in crate::pages::team) fn list(rule: &str, department: &str) -> String {
    let rule = match department {
        "" => rule.to_owned(),
        id => format!("{rule} && department == \"{id}\""),
    };
    Place::DeskView { view: Shown::by_rule(&rule).key().to_owned() }.path()
}

/// Those somebody works on.
pub(super) fn held(department: &str) -> String {
    list(r#"!unassigned && status in ["NEW", "OPEN"]"#, department)
}

/// Those nobody works on.
pub(super) fn unassigned(department: &str) -> String {
    list(r#"unassigned && status in ["NEW", "OPEN"]"#, department)
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;
    use proto::workflow::v1::{AgentLoad, AgentProfile, Presence, Queue};

    use super::{Sums, is_over, list};

    fn agent(presence: Presence, capacity: i32, units: i64) -> AgentLoad {
        let agent = AgentProfile { presence: presence.into(), capacity, ..AgentProfile::default() };
        AgentLoad { agent: Some(agent), active: units, units, ..AgentLoad::default() }
    }

    #[test]
    fn whoever_has_no_limit_is_never_over_it() {
        assert!(!is_over(&agent(Presence::Online, 0, 900)) && !is_over(&agent(Presence::Online, 5, 5)));
        assert!(is_over(&agent(Presence::Offline, 5, 6)));
    }

    #[test]
    fn a_team_is_summed_up() {
        let agents = [agent(Presence::Online, 2, 3), agent(Presence::Busy, 5, 1)];
        let waits = |waiting, seconds| Queue {
            waiting,
            waiting_since: Some(Timestamp { seconds, nanos: 0 }),
            ..Queue::default()
        };
        let sums = Sums::of(&agents, &[waits(2, 90), waits(1, 30), Queue::default()]);
        assert_eq!((sums.agents, sums.online, sums.over), (2, 1, 1));
        assert_eq!((sums.active, sums.units, sums.waiting), (4, 4, 3));
        assert_eq!(sums.oldest, Some(30_000.0));
    }

    #[test]
    fn lists_are_narrowed_to_the_department_that_is_shown() {
        let (all, one) = (list("unassigned", ""), list("unassigned", "dep_1"));
        assert!(all.starts_with("/desk/rule:") && one.len() > all.len() && one.contains("dep_1"));
    }
}
