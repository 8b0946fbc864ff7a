//! Roles and what they hold.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    policy::{self, Action, Scope},
};
use proto::identity::v1::{
    CreateRoleRequest, DeleteRoleRequest, ErrorReason, ListRolesResponse, Permission, Role as WireRole,
    UpdateRoleRequest,
};
use serde_json::{Value, json};

use super::super::{expect_version, overtaken, paths, required};
use crate::{
    Identity,
    access::Authority,
    announce, events,
    role::{MOST, Role, to_codes},
    store::{
        assignments,
        roles::{self, Counted},
    },
    wire,
};

const CREATE: &str = "/ticketmesh.identity.v1.DirectoryService/CreateRole";

impl Identity {
    pub(super) async fn list_roles(&self, caller: Caller) -> Result<ListRolesResponse> {
        policy::check_somewhere(&caller, Action::UserRead)?;
        let all = roles::all(self.db.reader()).await?;
        Ok(ListRolesResponse { roles: all.iter().map(wire::role).collect() })
    }

    pub(super) async fn create_role(&self, caller: Caller, ask: CreateRoleRequest) -> Result<WireRole> {
        policy::check(&caller, Action::RoleManage, &Scope::everywhere())?;
        let given = required("role", ask.role.clone())?;
        let request = RequestKey::new(&caller, CREATE, &ask.request_id, &ask)?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        if let Some(done) = request.replay::<WireRole>(&mut tx).await? {
            return Ok(done);
        }
        let role = new_role(&tx, &given)?;
        authority.expect_may_give(role.permissions, "")?;
        if roles::count(tx.conn()).await? >= i64::try_from(MOST).unwrap_or(i64::MAX) {
            return Err(Error::invalid("role", "is one too many; there may be 200"));
        }
        expect_own_name(&mut tx, &role).await?;
        roles::insert(&mut tx, &role).await?;
        let counted = Counted { role, assignments: 0 };
        events::role_changed(&mut tx, &authority.cause, &counted, false).await?;
        let answer = wire::role(&counted);
        request.record(&mut tx, &answer).await?;
        authority
            .line
            .about("role.created", &answer.id)
            .change(&Value::Null, &said(&counted.role))
            .write(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn update_role(&self, caller: Caller, ask: UpdateRoleRequest) -> Result<WireRole> {
        policy::check(&caller, Action::RoleManage, &Scope::everywhere())?;
        let (given, paths) = (required("role", ask.role)?, paths(ask.update_mask)?);
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        let counted = roles::get(tx.conn(), &given.id).await?;
        let before = expect_own(&counted)?;
        expect_version(&caller, &given.etag, before.version, &wire::role(&counted))?;
        let after = edited(&tx, before, &given, &paths)?;
        // Taking a permission away that one does not hold would be as much a change of others' power as giving it.
        authority.expect_may_give(after.permissions.union(before.permissions), "")?;
        expect_own_name(&mut tx, &after).await?;
        if !roles::update(&mut tx, &after).await? {
            return Err(overtaken());
        }
        if after.permissions != before.permissions
            || after.requires_second_factor != before.requires_second_factor
        {
            let holders = assignments::holders_of_role(tx.conn(), &after.id).await?;
            announce::later(&mut tx, &authority.cause, &holders).await?;
        }
        authority
            .line
            .clone()
            .about("role.updated", &after.id)
            .change(&said(before), &said(&after))
            .write(&mut tx)
            .await?;
        let counted = Counted { role: after, assignments: counted.assignments };
        events::role_changed(&mut tx, &authority.cause, &counted, false).await?;
        tx.commit().await?;
        Ok(wire::role(&counted))
    }

    pub(super) async fn delete_role(&self, caller: Caller, ask: DeleteRoleRequest) -> Result<()> {
        policy::check(&caller, Action::RoleManage, &Scope::everywhere())?;
        let mut wrong = Violations::default();
        wrong.id("role_id", &ask.role_id, "rol");
        wrong.into_result()?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        let counted = roles::get(tx.conn(), &ask.role_id).await?;
        let role = expect_own(&counted)?;
        expect_version(&caller, &ask.etag, role.version, &wire::role(&counted))?;
        if counted.assignments > 0 {
            let message = format!("the role is held {} times; unassign it first", counted.assignments);
            return Err(Error::failed_precondition(&ErrorReason::RoleInUse, message));
        }
        if !roles::delete(&mut tx, role).await? {
            return Err(overtaken());
        }
        events::role_changed(&mut tx, &authority.cause, &counted, true).await?;
        authority
            .line
            .about("role.deleted", &role.id)
            .change(&said(role), &Value::Null)
            .write(&mut tx)
            .await?;
        tx.commit().await
    }
}

fn new_role(tx: &Tx, given: &WireRole) -> Result<Role> {
    let now = tx.now();
    let role = Role {
        id: tx.ids().id("rol"),
        version: 1,
        key: given.key.clone(),
        display_name: given.display_name.trim().into(),
        description: given.description.clone(),
        built_in: false,
        permissions: given.permissions().collect(),
        requires_second_factor: given.requires_second_factor,
        created_at: now,
        updated_at: now,
    };
    let mut wrong = Violations::default();
    role.check("role.", &mut wrong);
    check_permissions(given, &mut wrong);
    wrong.into_result()?;
    Ok(role)
}

fn edited(tx: &Tx, before: &Role, given: &WireRole, paths: &[String]) -> Result<Role> {
    let mut after = Role { version: before.version + 1, updated_at: tx.now(), ..before.clone() };
    let mut wrong = Violations::default();
    for path in paths {
        match path.as_str() {
            "display_name" => after.display_name = given.display_name.trim().into(),
            "description" => after.description.clone_from(&given.description),
            "permissions" => after.permissions = given.permissions().collect(),
            "requires_second_factor" => after.requires_second_factor = given.requires_second_factor,
            other => wrong
                .add("update_mask", format!("names {other}, which can't be changed; see UpdateRoleRequest")),
        }
    }
    after.check("role.", &mut wrong);
    check_permissions(given, &mut wrong);
    wrong.into_result()?;
    Ok(after)
}

fn check_permissions(given: &WireRole, wrong: &mut Violations) {
    let unknown = given.permissions.iter().any(|one| *one == 0 || Permission::try_from(*one).is_err());
    wrong.when(unknown, "role.permissions", "has an unknown permission; use those of the contract");
}

/// The role, when people may change it.
fn expect_own(counted: &Counted) -> Result<&Role> {
    if counted.role.built_in {
        let message = "built-in roles stay as they are; create one of your own";
        return Err(Error::failed_precondition(&ErrorReason::BuiltInRole, message));
    }
    Ok(&counted.role)
}

async fn expect_own_name(tx: &mut Tx, role: &Role) -> Result<()> {
    if roles::is_name_taken(tx.conn(), role).await? {
        return Err(Error::already_exists("role.display_name", "or its key belongs to another role"));
    }
    Ok(())
}

/// What the audit log keeps of a role.
fn said(role: &Role) -> Value {
    json!({
        "key": role.key,
        "display_name": role.display_name,
        "permissions": to_codes(role.permissions),
        "requires_second_factor": role.requires_second_factor,
    })
}
