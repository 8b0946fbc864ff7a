//! What somebody holds: everywhere, and in departments with all that is below them.
//!
//! Only the departments a role was given in are written down; whether one is below is asked of the tree. So what somebody holds is
//! as long as the list of his roles and not as the organisation is large.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use proto::{
    identity::v1::{Grant, Permission},
    permission::PermissionSet,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::Tree;

/// What somebody holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Held in every department.
    pub everywhere: PermissionSet,
    /// Held in a department (`dep_…`) and in all below it.
    pub departments: BTreeMap<String, PermissionSet>,
    /// What is below what. Empty where each department stands for itself alone.
    pub tree: Arc<Tree>,
}

/// The key under which [`Grants::everywhere`] travels in a token.
const EVERYWHERE: &str = "*";

impl Grants {
    /// Everything, everywhere.
    pub fn full() -> Self {
        Self { everywhere: PermissionSet::full(), ..Self::default() }
    }

    /// All that is held in this department (`""` for what belongs to none).
    pub fn held_in(&self, department_id: &str) -> PermissionSet {
        let above = self.tree.path(department_id).filter_map(|id| self.departments.get(id));
        above.fold(self.everywhere, |all, held| all.union(*held))
    }

    /// Whether the permission is held in this department.
    pub fn holds(&self, permission: Permission, department_id: &str) -> bool {
        self.everywhere.holds(permission) || self.held_in(department_id).holds(permission)
    }

    /// Whether the permission is held in any place at all.
    pub fn anywhere(&self, permission: Permission) -> bool {
        self.everywhere.holds(permission) || self.departments.values().any(|held| held.holds(permission))
    }

    /// The departments in which the permission is held; those covered by `everywhere` are not listed.
    pub fn departments_with(&self, permission: Permission) -> BTreeSet<String> {
        let roots = self.departments.iter().filter(|(_, held)| held.holds(permission));
        roots.flat_map(|(id, _)| self.tree.with_descendants(id)).collect()
    }

    /// The grants as messages carry them: every department by itself, those below too.
    pub fn to_proto(&self) -> Vec<Grant> {
        let everywhere = (!self.everywhere.is_empty()).then_some((String::new(), self.everywhere));
        let places: BTreeSet<_> =
            self.departments.keys().flat_map(|id| self.tree.with_descendants(id)).collect();
        let single = places.into_iter().map(|id| {
            let above = self.tree.path(&id).filter_map(|id| self.departments.get(id));
            let held = above.fold(PermissionSet::EMPTY, |all, held| all.union(*held));
            (id, held)
        });
        everywhere
            .into_iter()
            .chain(single)
            .map(|(department_id, held)| Grant {
                department_id,
                permissions: held.iter().map(i32::from).collect(),
            })
            .collect()
    }

    /// The grants behind messages, each department standing for itself.
    pub fn from_proto(grants: &[Grant]) -> Self {
        let mut whole = Self::default();
        for grant in grants {
            let held: PermissionSet = grant.permissions().collect();
            if grant.department_id.is_empty() {
                whole.everywhere = whole.everywhere.union(held);
            } else {
                let place = whole.departments.entry(grant.department_id.clone()).or_default();
                *place = place.union(held);
            }
        }
        whole
    }
}

impl Serialize for Grants {
    /// The compact form of access tokens: `{"*": "7ffffffe", "dep_…": "6"}`. The tree does not travel.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let everywhere = (!self.everywhere.is_empty()).then_some((EVERYWHERE, self.everywhere));
        let single = self.departments.iter().map(|(id, held)| (id.as_str(), *held));
        serializer
            .collect_map(everywhere.into_iter().chain(single).map(|(place, held)| (place, held.to_hex())))
    }
}

impl<'de> Deserialize<'de> for Grants {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut grants = Self::default();
        for (place, hex) in BTreeMap::<String, String>::deserialize(deserializer)? {
            let held = PermissionSet::from_hex(&hex)
                .ok_or_else(|| D::Error::custom("a permission mask is no hexadecimal number"))?;
            if place == EVERYWHERE {
                grants.everywhere = held;
            } else {
                grants.departments.insert(place, held);
            }
        }
        Ok(grants)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proto::{identity::v1::Permission, permission::PermissionSet};

    use super::{Grants, Tree};

    fn grants() -> Grants {
        let held: PermissionSet = [Permission::TicketRead, Permission::TicketReply].into_iter().collect();
        Grants {
            everywhere: PermissionSet::EMPTY.with(Permission::UserRead),
            departments: [("dep_1".to_owned(), held)].into(),
            tree: Arc::default(),
        }
    }

    /// `dep_1` with `dep_2` below it, and `dep_3` beside.
    fn in_a_tree() -> Grants {
        let pairs = [("dep_1", ""), ("dep_2", "dep_1"), ("dep_3", "")];
        let tree = Tree::new(1, pairs.map(|(id, parent)| (id.to_owned(), parent.to_owned())));
        Grants { tree: Arc::new(tree), ..grants() }
    }

    #[test]
    fn a_permission_holds_where_it_was_granted() {
        let grants = grants();
        assert!(
            grants.holds(Permission::TicketRead, "dep_1") && !grants.holds(Permission::TicketRead, "dep_2")
        );
        assert!(grants.holds(Permission::UserRead, "dep_2") && grants.anywhere(Permission::TicketReply));
    }

    #[test]
    fn a_permission_holds_below_where_it_was_granted() {
        let grants = in_a_tree();
        assert!(
            grants.holds(Permission::TicketRead, "dep_2") && !grants.holds(Permission::TicketRead, "dep_3")
        );
        assert!(!grants.holds(Permission::TicketRead, "") && grants.holds(Permission::UserRead, ""));
        let with: Vec<_> = grants.departments_with(Permission::TicketRead).into_iter().collect();
        assert_eq!(with, ["dep_1", "dep_2"]);
        assert!(grants.departments_with(Permission::UserRead).is_empty());
    }

    #[test]
    fn grants_survive_the_token_and_the_wire() {
        let grants = grants();
        let json = serde_json::to_string(&grants).expect("serialises");
        assert_eq!(json, r#"{"*":"4000000","dep_1":"a"}"#);
        assert_eq!(serde_json::from_str::<Grants>(&json).expect("parses"), grants);
        assert_eq!(Grants::from_proto(&grants.to_proto()), grants);
    }

    #[test]
    fn messages_name_every_department_and_tokens_only_those_a_role_was_given_in() {
        let grants = in_a_tree();
        let named: Vec<_> = grants.to_proto().into_iter().map(|grant| grant.department_id).collect();
        assert_eq!(named, ["", "dep_1", "dep_2"]);
        assert_eq!(serde_json::to_string(&grants).expect("serialises"), r#"{"*":"4000000","dep_1":"a"}"#);
    }
}
