//! Where a ticket goes when it is handed up: whom its stage names, and which of several people. Pure.

use std::cmp::Reverse;

use proto::{
    tickets::v1::field_value::Value,
    workflow::v1::{Presence, owner::Owner},
};

use crate::{
    agent::{Agent, Load},
    definition::Definition,
    run::Run,
};

/// Whom a stage hands tickets up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Above<'a> {
    /// Routing looks for somebody in this queue.
    Queue(&'a str),
    /// In the own queue of this department.
    Department(&'a str),
    /// One of those who hold this role.
    Role(&'a str),
    /// This person.
    Person(&'a str),
}

/// Whom the stage of a run hands it up to; `None` when nobody is named.
pub(crate) fn above<'a>(definition: &'a Definition, run: &'a Run) -> Option<Above<'a>> {
    let escalation = definition.stage(&run.stage)?.escalation.as_ref()?;
    match escalation.owner.as_ref()? {
        Owner::QueueId(id) => Some(Above::Queue(id)),
        Owner::DepartmentId(id) => Some(Above::Department(id)),
        Owner::RoleId(id) => Some(Above::Role(id)),
        Owner::Field(key) => match run.facts.details.fields.get(key)?.value.as_ref()? {
            Value::Text(id) if !id.is_empty() => Some(Above::Person(id)),
            _ => None,
        },
    }
}

/// Who of several people gets it: of those who are here whoever has least to do, else of those who are not.
pub(crate) fn choose<'a>(people: &'a [(Agent, Load)], run: &Run) -> Option<&'a str> {
    let others = people.iter().filter(|(agent, _)| {
        let id = agent.access.user_id.as_str();
        agent.active && !run.is_with(id) && !run.facts.is_for(id)
    });
    let place = |(agent, load): &'a (Agent, Load)| {
        (Reverse(agent.presence == Presence::Online), load.active, agent.access.user_id.as_str())
    };
    others.map(place).min().map(|(_, _, user_id)| user_id)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proto::{tickets::v1::Ticket, workflow::v1::Presence};

    use super::{above, choose};
    use crate::{
        agent::{Access, Agent, Load},
        definition::Definition,
        profile::Profile,
        run::{Facts, Run},
        simple,
    };

    fn definition() -> Definition {
        simple::versions().pop().map(Definition::new).expect("a version").expect("a definition")
    }

    fn run() -> Run {
        let ticket = Ticket { requester_id: "usr_r".into(), ..Ticket::default() };
        let facts = Facts::of(&ticket, 1);
        Run::start("run_1".into(), &definition(), facts, "que_1".into(), Timestamp::UNIX_EPOCH)
    }

    fn person(user_id: &str, presence: Presence, active: i64) -> (Agent, Load) {
        let access = Access {
            user_id: user_id.into(),
            display_name: String::new(),
            everywhere: true,
            department_ids: Vec::new(),
        };
        let agent = Agent {
            access,
            active: true,
            presence,
            presence_at: Timestamp::UNIX_EPOCH,
            profile: Profile::default(),
            version: 1,
        };
        (agent, Load { active, ..Load::default() })
    }

    #[test]
    fn whoever_is_here_comes_before_who_is_not_and_then_who_has_least_to_do() {
        use Presence::{Offline, Online};
        let mut people = vec![
            person("usr_1", Offline, 0),
            person("usr_2", Online, 5),
            person("usr_3", Online, 4),
            person("usr_r", Online, 0),
        ];
        assert_eq!(choose(&people, &run()), Some("usr_3"), "nobody gets his own ticket");
        people.truncate(1);
        assert_eq!(choose(&people, &run()), Some("usr_1"), "better than nobody");
        assert_eq!(choose(&people, &Run { assignee: Some("usr_1".into()), ..run() }), None);
    }

    #[test]
    fn the_built_in_workflow_names_nobody() {
        assert_eq!(above(&definition(), &run()), None);
    }
}
