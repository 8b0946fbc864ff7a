//! Which roles somebody holds, and where: for the few things that are for some roles and not for a permission.
//!
//! The invariant: it stays short, because it travels in every token. An id is named by its end, whose 50 bits are random (UUIDv7) and given
//! by the server, so that no two are alike.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Characters of an id that name it.
const NAMED_BY: usize = 10;

/// Roles by their names, each with the names of the departments it was given in, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(BTreeMap<String, String>);

impl Roles {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a role (`rol_…`) held in a department (`dep_…`), or everywhere when that is empty.
    pub fn add(&mut self, role_id: &str, department_id: &str) {
        self.0.entry(name(role_id)).or_default().push_str(&name(department_id));
    }

    /// Whether the role was given in one of these departments, or everywhere.
    pub fn holds<'d>(&self, role_id: &str, departments: impl Iterator<Item = &'d str>) -> bool {
        let Some(places) = self.0.get(&name(role_id)) else { return false };
        let is_one = |id: &str| places.as_bytes().chunks(NAMED_BY).any(|place| place == name(id).as_bytes());
        departments.chain([""]).any(is_one)
    }

    /// Whether the role was given anywhere.
    pub fn anywhere(&self, role_id: &str) -> bool {
        self.0.contains_key(&name(role_id))
    }
}

/// The end of an id; all are equally long.
fn name(id: &str) -> String {
    let end = id.get(id.len().saturating_sub(NAMED_BY)..).unwrap_or_default();
    format!("{end:_>NAMED_BY$}")
}

#[cfg(test)]
mod tests {
    use super::Roles;

    #[test]
    fn a_role_is_held_where_it_was_given_and_everywhere_when_it_was_given_there() {
        let (lead, agent) = ("rol_01kqm4t8e5f7a9b2c3d4e5f6g7", "rol_00000000000000000000000003");
        let (it, hr) = ("dep_01kqm4t8e5f7a9b2c3d4e5f6h1", "dep_01kqm4t8e5f7a9b2c3d4e5f6h2");
        let mut roles = Roles::default();
        roles.add(lead, it);
        roles.add(lead, "dep_1");
        roles.add(agent, "");
        let json = serde_json::to_string(&roles).expect("serialises");
        assert_eq!(json, r#"{"0000000003":"__________","c3d4e5f6g7":"c3d4e5f6h1_____dep_1"}"#);
        let roles: Roles = serde_json::from_str(&json).expect("parses");
        let holds = |role, department| roles.holds(role, [department].into_iter());
        assert!(holds(lead, it) && holds(lead, "dep_1") && !holds(lead, hr) && holds(agent, hr));
        assert!(roles.anywhere(lead) && !roles.anywhere("rol_00000000000000000000000001"));
        assert!(!Roles::default().holds(lead, [it].into_iter()));
    }
}
