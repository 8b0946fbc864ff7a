//! What a caller may do: deny by default.
//!
//! Every RPC declares its [`Action`] in one table ([`METHODS`]); an RPC that is missing there is refused before it runs. An action has
//! one [`Rule`]; a handler asks [`check`] with the place and the caller's relation to the thing, a list asks [`reach`] for the
//! departments its SQL may read, the live stream asks [`sees`]. There is no other way to a permission.

mod action;
mod methods;

use proto::{errors::v1::ErrorReason, events::v1::Audience, identity::v1::Permission};

pub use action::{Action, Place, Relation, Rule};
pub use methods::{METHODS, action_of, services_of};

use crate::{
    caller::{Caller, Grants},
    error::{Error, Result},
};

/// Where an action happens, and what the caller is to the thing it happens to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope<'a> {
    department_id: Option<&'a str>,
    relations: &'a [Relation],
}

impl<'a> Scope<'a> {
    /// No single department: only a permission held everywhere counts.
    pub const fn everywhere() -> Self {
        Self { department_id: None, relations: &[] }
    }

    /// In one department.
    pub const fn department(department_id: &'a str) -> Self {
        Self { department_id: Some(department_id), relations: &[] }
    }

    /// The caller is all this to the thing.
    #[must_use]
    pub const fn related(mut self, relations: &'a [Relation]) -> Self {
        self.relations = relations;
        self
    }
}

/// How far a caller's permission for an action goes, for the `where` of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every department.
    Everywhere,
    /// These departments; none of them when empty. What the caller is related to comes on top.
    Departments(Vec<String>),
}

/// Fine when the caller may do `action` in `scope`; otherwise says which permission is missing.
pub fn check(caller: &Caller, action: Action, scope: &Scope<'_>) -> Result<()> {
    match action.rule() {
        Rule::Public => Ok(()),
        Rule::Mesh if caller.is_worker() => Ok(()),
        Rule::Mesh => Err(mesh_only()),
        Rule::SignedIn if caller.is_known() => Ok(()),
        Rule::Session if caller.is_interactive() => Ok(()),
        Rule::Session if caller.is_known() => Err(session_only()),
        Rule::Permission { permission, place, .. } if caller.is_known() => {
            if allows(caller.grants(), action, scope) { Ok(()) } else { Err(denied(permission, place)) }
        }
        Rule::SignedIn | Rule::Session | Rule::Permission { .. } => Err(unknown()),
    }
}

/// Whether `action` in `scope` is for somebody with an account who holds these grants: for people a call names. Who calls is asked by
/// [`check`].
pub fn allows(grants: &Grants, action: Action, scope: &Scope<'_>) -> bool {
    match action.rule() {
        Rule::Public | Rule::SignedIn | Rule::Session => true,
        Rule::Mesh => false,
        Rule::Permission { permission, place, relations } => {
            let related = relations.iter().any(|relation| scope.relations.contains(relation));
            let held = match scope.department_id.filter(|_| place == Place::Department) {
                Some(department_id) => grants.holds(permission, department_id),
                None => grants.everywhere.holds(permission),
            };
            related || held
        }
    }
}

/// Fine when the caller may do `action` at least somewhere; for methods whose place is only known after loading.
pub fn check_somewhere(caller: &Caller, action: Action) -> Result<()> {
    match action.rule() {
        Rule::Permission { permission, place, .. }
            if caller.is_known() && !caller.grants().anywhere(permission) =>
        {
            Err(denied(permission, place))
        }
        _ => check_known(caller, action),
    }
}

/// What the layer before every service asks: is anybody there whom this action could be for?
pub fn check_known(caller: &Caller, action: Action) -> Result<()> {
    match action.rule() {
        Rule::Public => Ok(()),
        Rule::Mesh if caller.is_mesh() => Ok(()),
        Rule::Mesh => Err(mesh_only()),
        // What no department answers is answered here.
        Rule::Session | Rule::Permission { place: Place::Everywhere, .. } => {
            check(caller, action, &Scope::everywhere())
        }
        Rule::SignedIn | Rule::Permission { .. } if caller.is_known() => Ok(()),
        Rule::SignedIn | Rule::Permission { .. } => Err(unknown()),
    }
}

/// The departments in which the caller may do `action` by permission.
pub fn reach(caller: &Caller, action: Action) -> Reach {
    match action.rule() {
        Rule::Public => Reach::Everywhere,
        Rule::Mesh | Rule::SignedIn if caller.is_worker() => Reach::Everywhere,
        Rule::Permission { permission, .. } if caller.grants().everywhere.holds(permission) => {
            Reach::Everywhere
        }
        Rule::Mesh | Rule::SignedIn | Rule::Session | Rule::Permission { place: Place::Everywhere, .. } => {
            Reach::Departments(vec![])
        }
        Rule::Permission { permission, .. } => {
            Reach::Departments(caller.grants().departments_with(permission).into_iter().collect())
        }
    }
}

/// Whether the caller may hear of an event with this audience.
pub fn sees(caller: &Caller, audience: &Audience) -> bool {
    let named = caller.user_id().is_ok_and(|user_id| audience.user_ids.iter().any(|id| id == user_id));
    let permission = audience.permission();
    let permitted = permission != Permission::Unspecified
        && (caller.grants().everywhere.holds(permission)
            || (audience.anywhere && caller.grants().anywhere(permission))
            || audience
                .department_ids
                .iter()
                .any(|department_id| caller.grants().holds(permission, department_id)));
    caller.is_known() && (audience.everyone || named || permitted)
}

fn denied(permission: Permission, place: Place) -> Error {
    let code = proto::permission::code(permission);
    let place = if place == Place::Everywhere { " everywhere" } else { "" };
    Error::permission_denied(format!(
        "this needs the permission {code}{place}; ask an administrator for a role that has it"
    ))
}

fn session_only() -> Error {
    Error::PermissionDenied {
        reason: proto::reason::Reason::name(&ErrorReason::SessionRequired),
        message: "an API key can't do this, whatever its scopes; sign in and do it in a session of your own"
            .into(),
    }
}

fn mesh_only() -> Error {
    Error::PermissionDenied {
        reason: proto::reason::Reason::name(&ErrorReason::MeshOnly),
        message: "this method is for the services of the mesh among themselves".into(),
    }
}

fn unknown() -> Error {
    Error::unauthenticated(&ErrorReason::Unauthenticated, "sign in first; the call carries no access token")
}
