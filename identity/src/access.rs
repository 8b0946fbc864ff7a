//! What the roles somebody holds amount to, and the rule that nobody gives what he does not hold.

use std::{collections::BTreeMap, sync::Arc};

use mesh_core::{
    caller::{self, Caller, Grants, Roles, Tree},
    error::{Error, Result},
    outbox::Cause,
};
use proto::{
    identity::v1::{Actor, ActorKind, ErrorReason},
    permission::PermissionSet,
    reason::Reason,
};

use crate::{audit::Line, user::User};

/// One role that somebody holds somewhere.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) role_id: String,
    pub(crate) permissions: PermissionSet,
    /// Empty for everywhere.
    pub(crate) department_id: String,
    /// Counts for a person only after a second factor.
    pub(crate) requires_second_factor: bool,
}

/// Who changes something, and what he may give.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    pub(crate) grants: Grants,
    pub(crate) cause: Cause,
    /// What the audit log begins its lines with.
    pub(crate) line: Line,
}

impl Authority {
    /// The caller's own.
    pub(crate) fn of(caller: &Caller) -> Self {
        Self { grants: caller.grants().clone(), cause: Cause::of(caller), line: Line::of(caller) }
    }

    /// Somebody who opens his own account: he is known by his link alone and gives nothing.
    pub(crate) fn of_person(user: &User, caller: &Caller) -> Self {
        let actor = Actor {
            kind: ActorKind::Person.into(),
            user_id: user.id.clone(),
            display_name: user.profile.display_name.clone(),
            ..Actor::default()
        };
        let cause = Cause::of_itself(actor, caller.request_id());
        Self { grants: Grants::default(), cause, line: Line::of_person(user, caller) }
    }

    /// A part of the system that may do everything: the set-up.
    pub(crate) fn system(part: &str) -> Self {
        let actor = caller::system(part);
        let line = Line {
            actor_id: actor.system.clone(),
            actor_name: actor.display_name.clone(),
            ..Line::default()
        };
        let grants = Grants::full();
        Self { grants, cause: Cause::of_itself(actor, part), line }
    }

    /// Who it is; empty for the system.
    pub(crate) fn user_id(&self) -> &str {
        &self.cause.actor().user_id
    }

    /// Fine when the permissions may be given there.
    pub(crate) fn expect_may_give(&self, permissions: PermissionSet, department_id: &str) -> Result<()> {
        if may_give(&self.grants, permissions, department_id) {
            return Ok(());
        }
        let own = self.grants.held_in(department_id);
        let missing: Vec<_> =
            permissions.iter().filter(|one| !own.holds(*one)).map(proto::permission::code).collect();
        Err(exceeds(format!("you can't give what you don't hold there: {}", missing.join(", "))))
    }

    /// Fine when an account with these grants may be ruled over.
    pub(crate) fn expect_covers(&self, grants: &Grants) -> Result<()> {
        if covers(&self.grants, grants) {
            Ok(())
        } else {
            Err(exceeds("this account may do things you may not; ask an administrator"))
        }
    }
}

fn exceeds(message: impl Into<String>) -> Error {
    Error::PermissionDenied { reason: ErrorReason::GrantExceedsOwn.name(), message: message.into() }
}

/// Everything held, by the departments it was given in; the tree says what is below them.
pub(crate) fn amounts_to(held: &[Held], tree: Arc<Tree>) -> Grants {
    let (everywhere, local): (Vec<_>, Vec<_>) = held.iter().partition(|one| one.department_id.is_empty());
    let everywhere = everywhere.iter().fold(PermissionSet::EMPTY, |all, one| all.union(one.permissions));
    let mut departments: BTreeMap<String, PermissionSet> = BTreeMap::new();
    // What is held everywhere needs no second line for a department.
    for one in local.iter().filter(|one| !one.permissions.is_within(everywhere)) {
        let all = departments.entry(one.department_id.clone()).or_default();
        *all = all.union(one.permissions);
    }
    Grants { everywhere, departments, tree }
}

/// The roles, and where they were given.
pub(crate) fn roles_of(held: &[Held]) -> Roles {
    let mut roles = Roles::default();
    for one in held {
        roles.add(&one.role_id, &one.department_id);
    }
    roles
}

/// Whether some of it counts only after a second factor.
pub(crate) fn requires_second_factor(held: &[Held]) -> bool {
    held.iter().any(|one| one.requires_second_factor)
}

/// What counts of it for somebody who was proven by a second factor, or was not.
pub(crate) fn counted(mut held: Vec<Held>, proven: bool) -> Vec<Held> {
    held.retain(|one| proven || !one.requires_second_factor);
    held
}

/// The grants narrowed to the scopes of an API key; no scopes narrow nothing.
pub(crate) fn narrowed(grants: Grants, scopes: PermissionSet) -> Grants {
    if scopes.is_empty() {
        return grants;
    }
    let within =
        |set: PermissionSet| -> PermissionSet { set.iter().filter(|one| scopes.holds(*one)).collect() };
    let departments =
        grants.departments.into_iter().map(|(id, set)| (id, within(set))).filter(|(_, set)| !set.is_empty());
    Grants { everywhere: within(grants.everywhere), departments: departments.collect(), tree: grants.tree }
}

/// Whether somebody with these grants may give the permissions in the department (`""` = everywhere).
pub(crate) fn may_give(giver: &Grants, permissions: PermissionSet, department_id: &str) -> bool {
    permissions.is_within(giver.held_in(department_id))
}

/// Whether somebody may rule over an account with the other grants: he holds everything that one does.
pub(crate) fn covers(ruler: &Grants, other: &Grants) -> bool {
    may_give(ruler, other.everywhere, "")
        && other.departments.iter().all(|(department, permissions)| may_give(ruler, *permissions, department))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mesh_core::caller::Tree;
    use proto::{identity::v1::Permission, permission::PermissionSet};

    use super::{Held, amounts_to, counted, covers, may_give, narrowed, requires_second_factor};

    fn tree() -> Arc<Tree> {
        let pairs = [("it", ""), ("desk", "it"), ("hr", "")];
        Arc::new(Tree::new(1, pairs.map(|(id, parent)| (id.into(), parent.into()))))
    }

    fn held(permissions: &[Permission], department_id: &str) -> Held {
        Held {
            role_id: String::new(),
            permissions: permissions.iter().copied().collect(),
            department_id: department_id.into(),
            requires_second_factor: false,
        }
    }

    #[test]
    fn a_role_in_a_department_holds_below_it_and_nowhere_else() {
        let grants = amounts_to(&[held(&[Permission::TicketRead], "it")], tree());
        assert!(grants.holds(Permission::TicketRead, "desk") && grants.holds(Permission::TicketRead, "it"));
        assert!(!grants.holds(Permission::TicketRead, "hr") && !grants.holds(Permission::TicketRead, ""));
        assert_eq!(grants.departments.len(), 1, "what is below is the tree's to say");
    }

    #[test]
    fn what_is_held_everywhere_is_not_repeated_for_departments() {
        let read = &[Permission::TicketRead];
        assert!(amounts_to(&[held(read, ""), held(read, "it")], tree()).departments.is_empty());
    }

    #[test]
    fn nobody_gives_what_he_does_not_hold_there() {
        let lead = amounts_to(&[held(&[Permission::TicketRead, Permission::UserManage], "it")], tree());
        let read: PermissionSet = [Permission::TicketRead].into_iter().collect();
        assert!(may_give(&lead, read, "desk") && may_give(&lead, read, "it"));
        assert!(!may_give(&lead, read, "hr") && !may_give(&lead, read, ""));
        assert!(!may_give(&lead, PermissionSet::full(), "it"));
        assert!(may_give(&lead, PermissionSet::EMPTY, ""));
    }

    #[test]
    fn a_leader_rules_over_his_people_and_not_over_his_own_leader() {
        let lead = amounts_to(&[held(&[Permission::TicketRead, Permission::UserManage], "it")], tree());
        let agent = amounts_to(&[held(&[Permission::TicketRead], "desk")], tree());
        assert!(covers(&lead, &agent) && !covers(&agent, &lead) && covers(&agent, &agent));
    }

    #[test]
    fn a_role_that_requires_a_second_factor_counts_after_one_only() {
        let guarded = Held { requires_second_factor: true, ..held(&[Permission::UserManage], "") };
        let all = vec![held(&[Permission::TicketRead], ""), guarded];
        assert!(requires_second_factor(&all));
        let unproven = counted(all.clone(), false);
        assert!(unproven.len() == 1 && !requires_second_factor(&unproven));
        assert_eq!(counted(all, true).len(), 2);
    }

    #[test]
    fn who_holds_more_above_covers_who_holds_less_below() {
        let lead = amounts_to(&[held(&[Permission::TicketRead, Permission::UserManage], "it")], tree());
        let both = [held(&[Permission::UserManage], "it"), held(&[Permission::TicketRead], "desk")];
        let both = amounts_to(&both, tree());
        assert!(covers(&lead, &both) && !covers(&both, &lead));
    }

    #[test]
    fn scopes_narrow_and_never_widen() {
        let agent = amounts_to(&[held(&[Permission::TicketRead, Permission::TicketReply], "it")], tree());
        let scopes = [Permission::TicketRead, Permission::AuditRead].into_iter().collect();
        let narrow = narrowed(agent.clone(), scopes);
        assert!(covers(&agent, &narrow) && !covers(&narrow, &agent));
        assert!(!narrow.departments["it"].holds(Permission::AuditRead));
    }
}
