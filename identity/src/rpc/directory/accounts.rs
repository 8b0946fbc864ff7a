//! Making and changing accounts.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    policy::{self, Action},
};
use proto::identity::v1::{
    CreateUserRequest, ErrorReason, RoleGrant, SetUserStatusRequest, UpdateUserRequest, User as WireUser,
    UserKind, UserStatus,
};
use serde_json::json;

use super::{
    super::{expect_version, overtaken, paths, place, required},
    people::home,
};
use crate::{
    Identity,
    access::Authority,
    emergency, events,
    people::{self, NewUser},
    store::{password_resets, passwords, users},
    user::{Profile, User, may_move},
    wire,
};

const CREATE: &str = "/ticketmesh.identity.v1.DirectoryService/CreateUser";
/// How many roles an account can be given at its beginning.
const MOST_ROLES: usize = 20;

impl Identity {
    pub(super) async fn create_user(&self, caller: Caller, ask: CreateUserRequest) -> Result<WireUser> {
        let given = required("user", ask.user.clone())?;
        let mut wrong = Violations::default();
        let profile = profile_of(given).check("user.", UserKind::Person, &mut wrong);
        let roles = check_roles(&ask.roles, &mut wrong);
        wrong.into_result()?;
        expect_manager(&caller, &profile.department_id, &roles)?;
        // The kept fingerprint of the call must be no quick test for guesses at the password.
        let stamped = CreateUserRequest { password: self.vault.stamp(&ask.password), ..ask.clone() };
        let request = RequestKey::new(&caller, CREATE, &ask.request_id, &stamped)?;
        let (status, password_hash) = self.first_password(&profile, ask.password).await?;
        let mut tx = self.db.begin().await?;
        if let Some(done) = request.replay::<WireUser>(&mut tx).await? {
            return Ok(done);
        }
        let new = NewUser {
            kind: UserKind::Person,
            status,
            profile,
            description: String::new(),
            password_hash,
            roles,
        };
        let user = people::create(&mut tx, &Authority::of(&caller), new).await?;
        let answer = wire::one_full(tx.conn(), &user).await?;
        request.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// With a password an account can be used at once; without, it waits for its owner.
    async fn first_password(
        &self,
        profile: &Profile,
        password: String,
    ) -> Result<(UserStatus, Option<String>)> {
        if password.is_empty() {
            return Ok((UserStatus::Pending, None));
        }
        let hash =
            self.passwords.hash_new("password", password, people::known_words(profile), vec![]).await?;
        Ok((UserStatus::Active, Some(hash)))
    }

    pub(super) async fn update_user(&self, caller: Caller, ask: UpdateUserRequest) -> Result<WireUser> {
        let (given, paths) = (required("user", ask.user)?, paths(ask.update_mask)?);
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        let user = users::get(tx.conn(), &given.id).await?;
        policy::check(&caller, Action::UserManage, &home(&user))?;
        people::expect_remembered(&user)?;
        people::expect_covered(&mut tx, &authority, &user).await?;
        expect_version(&caller, &given.etag, user.version, &wire::one_full(tx.conn(), &user).await?)?;
        let profile = edited(&user, given, &paths)?;
        if profile.department_id != user.profile.department_id {
            expect_manager(&caller, &profile.department_id, &[])?;
            people::expect_open_department(&mut tx, &profile.department_id).await?;
        }
        let (old, now) = (user.clone(), tx.now());
        let user = User { profile, ..user }.changed(now);
        people::expect_free(&mut tx, &user).await?;
        if !users::update(&mut tx, &user).await? {
            return Err(overtaken());
        }
        events::user_updated(&mut tx, &authority.cause, &user).await?;
        self.tell_of_update(&mut tx, &authority, &old, &user).await?;
        if let Some(line) =
            authority.line.about("user.updated", &user.id).profile(&old.profile, &user.profile)
        {
            line.write(&mut tx).await?;
        }
        let answer = wire::one_full(tx.conn(), &user).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// A person hears that somebody else changed his profile; a link to a new password that went to another address is void.
    async fn tell_of_update(
        &self,
        tx: &mut Tx,
        authority: &Authority,
        before: &User,
        after: &User,
    ) -> Result<()> {
        if after.profile.email != before.profile.email {
            password_resets::void(tx, &after.id).await?;
        }
        if !after.is_person() || !after.is_active() || after.id == authority.user_id() {
            return Ok(());
        }
        let editor = &authority.cause.actor().display_name;
        self.write_profile_updated(tx, editor, before, after).await
    }

    pub(super) async fn set_user_status(
        &self,
        caller: Caller,
        ask: SetUserStatusRequest,
    ) -> Result<WireUser> {
        let mut wrong = Violations::default();
        wrong.id("user_id", &ask.user_id, "usr");
        wrong.text("reason", &ask.reason, 0..=500);
        wrong.into_result()?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        let user = users::get(tx.conn(), &ask.user_id).await?;
        policy::check(&caller, Action::UserManage, &home(&user))?;
        people::expect_remembered(&user)?;
        people::expect_covered(&mut tx, &authority, &user).await?;
        expect_version(&caller, &ask.etag, user.version, &wire::one_full(tx.conn(), &user).await?)?;
        expect_move(user.status, ask.status())?;
        // Somebody who waits and has a password signed up; somebody who was invited has none yet.
        let signed_up =
            user.status == UserStatus::Pending && passwords::current(tx.conn(), &user.id).await?.is_some();
        let user = move_status(&mut tx, &authority, user, ask.status(), ask.reason).await?;
        if signed_up {
            self.write_decision(&mut tx, &user).await?;
        }
        let answer = wire::one_full(tx.conn(), &user).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// Writes the status, ends what it ends, and tells of it.
async fn move_status(
    tx: &mut Tx,
    authority: &Authority,
    user: User,
    to: UserStatus,
    reason: String,
) -> Result<User> {
    if user.is_active() {
        people::expect_another_admin(tx, &user.id).await?;
        emergency::expect_other(tx, &user.id).await?;
        people::end_sessions(tx, authority, &user.id, |_| true).await?;
    }
    let said = |status: UserStatus| json!({"status": status.as_str_name()});
    let (before, now) = (said(user.status), tx.now());
    let user = User { status: to, ..user }.changed(now);
    if !users::update(tx, &user).await? {
        return Err(overtaken());
    }
    events::access_changed(tx, &authority.cause, &user.id).await?;
    let line = authority.line.clone().about("user.status_changed", &user.id);
    line.because(reason).change(&before, &said(to)).write(tx).await?;
    users::get(tx.conn(), &user.id).await
}

/// Fine when the caller may look after people at home there, and give roles in those places.
pub(super) fn expect_manager(caller: &Caller, department_id: &str, roles: &[(String, String)]) -> Result<()> {
    policy::check(caller, Action::UserManage, &place(department_id))?;
    roles
        .iter()
        .try_for_each(|(_, department_id)| policy::check(caller, Action::RoleAssign, &place(department_id)))
}

/// The roles to be given, as (role, department) each.
pub(super) fn check_roles(roles: &[RoleGrant], wrong: &mut Violations) -> Vec<(String, String)> {
    wrong.when(roles.len() > MOST_ROLES, "roles", "has too many entries; give at most 20 at once");
    for (index, role) in roles.iter().enumerate().take(MOST_ROLES) {
        wrong.id(&format!("roles[{index}].role_id"), &role.role_id, "rol");
        wrong.optional_id(&format!("roles[{index}].department_id"), &role.department_id, "dep");
    }
    roles.iter().map(|role| (role.role_id.clone(), role.department_id.clone())).collect()
}

fn expect_move(from: UserStatus, to: UserStatus) -> Result<()> {
    if to == UserStatus::Unspecified {
        return Err(Error::invalid("status", "is missing; use ACTIVE, SUSPENDED or DEACTIVATED"));
    }
    if may_move(from, to) {
        return Ok(());
    }
    let name = |status: UserStatus| status.as_str_name().trim_start_matches("USER_STATUS_").to_lowercase();
    let message = format!("an account that is {} can't become {}", name(from), name(to));
    Err(Error::failed_precondition(&ErrorReason::StatusMoveNotAllowed, message))
}

fn profile_of(user: WireUser) -> Profile {
    Profile {
        display_name: user.display_name,
        email: user.email,
        given_name: user.given_name,
        family_name: user.family_name,
        phone: user.phone,
        employee_number: user.employee_number,
        locale: user.locale,
        time_zone: user.time_zone,
        department_id: user.department_id,
    }
}

/// The profile with the fields of the mask taken over.
fn edited(user: &User, given: WireUser, paths: &[String]) -> Result<Profile> {
    let (mut profile, given) = (user.profile.clone(), profile_of(given));
    let mut wrong = Violations::default();
    for path in paths {
        let (field, value) = match path.as_str() {
            "display_name" => (&mut profile.display_name, &given.display_name),
            "email" if user.is_person() => (&mut profile.email, &given.email),
            "given_name" => (&mut profile.given_name, &given.given_name),
            "family_name" => (&mut profile.family_name, &given.family_name),
            "phone" => (&mut profile.phone, &given.phone),
            "employee_number" => (&mut profile.employee_number, &given.employee_number),
            "locale" => (&mut profile.locale, &given.locale),
            "time_zone" => (&mut profile.time_zone, &given.time_zone),
            "department_id" => (&mut profile.department_id, &given.department_id),
            other => {
                wrong.add(
                    "update_mask",
                    format!("names {other}, which can't be written so; see UpdateUserRequest"),
                );
                continue;
            }
        };
        field.clone_from(value);
    }
    let profile = profile.check("user.", user.kind, &mut wrong);
    wrong.into_result()?;
    Ok(profile)
}
