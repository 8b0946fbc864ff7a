//! Agents: the people who may answer tickets, by identity's word, and whether they are here, by their own.

use jiff::Timestamp;
use mesh_core::{caller::Grants, clock};
use proto::{
    identity::v1::{Permission, User, UserStatus},
    workflow::v1::{self as wire, Presence},
};

use crate::profile::Profile;

/// Whoever holds this in a department is an agent there.
const AGENT: Permission = Permission::TicketReply;

/// Where somebody works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) user_id: String,
    pub(crate) display_name: String,
    pub(crate) everywhere: bool,
    pub(crate) department_ids: Vec<String>,
}

impl Access {
    /// What an account amounts to, read in full. Only an active one works anywhere.
    pub(crate) fn of(user: &User) -> Self {
        let grants = if user.status() == UserStatus::Active { user.grants.as_slice() } else { &[] };
        Self::granted(&user.id, &user.display_name, &Grants::from_proto(grants))
    }

    /// What grants amount to for somebody.
    pub(crate) fn granted(user_id: &str, display_name: &str, grants: &Grants) -> Self {
        Self {
            user_id: user_id.to_owned(),
            display_name: display_name.to_owned(),
            everywhere: grants.everywhere.holds(AGENT),
            department_ids: grants.departments_with(AGENT).into_iter().collect(),
        }
    }

    /// Whether there is any place to work in.
    pub(crate) fn works(&self) -> bool {
        self.everywhere || !self.department_ids.is_empty()
    }
}

/// An agent, present or not.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    pub(crate) access: Access,
    /// May still work.
    pub(crate) active: bool,
    pub(crate) presence: Presence,
    pub(crate) presence_at: Timestamp,
    /// What is said of the agent's means and absence.
    pub(crate) profile: Profile,
    pub(crate) version: i64,
}

impl Agent {
    pub(crate) fn to_proto(&self) -> wire::AgentProfile {
        wire::AgentProfile {
            user_id: self.access.user_id.clone(),
            display_name: self.access.display_name.clone(),
            presence: self.presence.into(),
            presence_time: Some(clock::to_proto(self.presence_at)),
            department_ids: self.access.department_ids.clone(),
            everywhere: self.access.everywhere,
            etag: self.version.to_string(),
            ..self.profile.0.clone()
        }
    }
}

/// How much an agent has to do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    /// Open runs that need the agent.
    pub(crate) active: i64,
    /// Open runs that wait for somebody else.
    pub(crate) waiting: i64,
    /// Units of capacity the active ones take.
    pub(crate) units: i64,
    pub(crate) last_assigned_at: Option<Timestamp>,
}

impl Load {
    pub(crate) fn to_proto(self, agent: &Agent) -> wire::AgentLoad {
        wire::AgentLoad {
            agent: Some(agent.to_proto()),
            active: self.active,
            waiting: self.waiting,
            last_assign_time: self.last_assigned_at.map(clock::to_proto),
            units: self.units,
            source_units: Vec::new(),
        }
    }
}
