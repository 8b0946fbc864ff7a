//! The domain in the contract's words.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    caller::{Grants, Tree},
    clock::to_proto,
    error::Result,
};
use proto::identity::v1 as pb;
use sqlx::AnyConnection;

use crate::{
    access::{Held, amounts_to, requires_second_factor},
    api_key::ApiKey,
    department::Department,
    invitation::Invitation,
    passkey::Passkey,
    protection::{Bounds, Counter, Protection},
    session::Session,
    settings::AccessSettings,
    sso::{Mapping, Provider},
    store::{
        assignments::{self, Assignment},
        departments,
        roles::{self, Power},
        second_factors,
        settings::Versioned,
    },
    user::{User, initials},
};

/// The version of a resource as clients send it back.
pub(crate) fn etag(version: i64) -> String {
    version.to_string()
}

/// What every signed-in caller may see of somebody.
pub(crate) fn basic(user: &User) -> pb::User {
    pb::User {
        id: user.id.clone(),
        kind: user.kind.into(),
        status: user.status.into(),
        display_name: user.profile.display_name.clone(),
        initials: initials(&user.profile.display_name),
        picture_path: user.picture_path.clone(),
        ..pb::User::default()
    }
}

/// Everything about somebody. Whoever can't sign in may do nothing, whatever roles he has.
pub(crate) fn full(user: &User, assignments: &[Assignment], grants: &Grants) -> pb::User {
    let profile = &user.profile;
    pb::User {
        etag: etag(user.version),
        email: profile.email.clone(),
        given_name: profile.given_name.clone(),
        family_name: profile.family_name.clone(),
        phone: profile.phone.clone(),
        employee_number: profile.employee_number.clone(),
        locale: profile.locale.clone(),
        time_zone: profile.time_zone.clone(),
        department_id: profile.department_id.clone(),
        role_assignments: assignments.iter().map(assignment).collect(),
        grants: if user.is_active() { grants.to_proto() } else { vec![] },
        create_time: Some(to_proto(user.created_at)),
        update_time: Some(to_proto(user.updated_at)),
        last_sign_in_time: user.last_sign_in_at.map(to_proto),
        delete_time: user.deleted_at.map(to_proto),
        ..basic(user)
    }
}

/// Several people in full, in the order given, with as many questions as for one.
pub(crate) async fn all_full(db: &mut AnyConnection, users: &[User]) -> Result<Vec<pb::User>> {
    let ids: Vec<String> = users.iter().map(|user| user.id.clone()).collect();
    let mut assigned: BTreeMap<String, Vec<Assignment>> = BTreeMap::new();
    for one in assignments::of_users(&mut *db, &ids).await? {
        assigned.entry(one.user_id.clone()).or_default().push(one);
    }
    // There are few roles and many who hold them: each is read once, and none where nobody holds any.
    let powers = if assigned.is_empty() { BTreeMap::new() } else { roles::powers(&mut *db).await? };
    let is_local = assigned.values().flatten().any(|one| !one.department_id.is_empty());
    let tree = Arc::new(if is_local { departments::tree(&mut *db).await? } else { Tree::default() });
    let on = second_factors::on_among(&mut *db, &ids).await?;
    let full = |user: &User| {
        let assigned = assigned.get(&user.id).map_or(&[][..], Vec::as_slice);
        let held: Vec<_> = assigned.iter().filter_map(|one| held_by(one, &powers)).collect();
        pb::User {
            second_factor_enabled: on.contains(&user.id),
            second_factor_required: user.is_person() && requires_second_factor(&held),
            ..full(user, assigned, &amounts_to(&held, tree.clone()))
        }
    };
    Ok(users.iter().map(full).collect())
}

/// What an assignment gives its holder.
fn held_by(one: &Assignment, powers: &BTreeMap<String, Power>) -> Option<Held> {
    let Power { permissions, requires_second_factor } = *powers.get(&one.role_id)?;
    let (role_id, department_id) = (one.role_id.clone(), one.department_id.clone());
    Some(Held { role_id, permissions, department_id, requires_second_factor })
}

/// One person in full.
pub(crate) async fn one_full(db: &mut AnyConnection, user: &User) -> Result<pb::User> {
    Ok(all_full(db, std::slice::from_ref(user)).await?.pop().unwrap_or_default())
}

pub(crate) fn assignment(one: &Assignment) -> pb::RoleAssignment {
    pb::RoleAssignment {
        id: one.id.clone(),
        user_id: one.user_id.clone(),
        role_id: one.role_id.clone(),
        department_id: one.department_id.clone(),
        create_time: Some(to_proto(one.created_at)),
        creator_id: one.creator_id.clone(),
        provider_key: one.provider_key.clone(),
    }
}

/// A provider without its secret.
pub(crate) fn sso_provider(one: &Provider) -> pb::SsoProvider {
    pb::SsoProvider {
        key: one.key.clone(),
        etag: etag(one.version),
        display_name: one.display_name.clone(),
        issuer: one.issuer.clone(),
        client_id: one.client_id.clone(),
        client_secret: String::new(),
        scopes: one.scopes.clone(),
        mappings: one.mappings.iter().map(claim_mapping).collect(),
        create_accounts: one.create_accounts,
        enforced_domains: one.enforced_domains.clone(),
        enabled: one.enabled,
        trust_unmarked_emails: one.trust_unmarked_emails,
        second_factor_acrs: one.second_factor_acrs.clone(),
    }
}

pub(crate) fn claim_mapping(one: &Mapping) -> pb::ClaimMapping {
    pb::ClaimMapping {
        condition: one.condition.clone(),
        role_id: one.role_id.clone(),
        department_id: one.department_id.clone(),
    }
}

pub(crate) fn department(one: &Department) -> pb::Department {
    pb::Department {
        id: one.id.clone(),
        etag: etag(one.version),
        display_name: one.display_name.clone(),
        description: one.description.clone(),
        parent_id: one.parent_id.clone(),
        archive_time: one.archived_at.map(to_proto),
        create_time: Some(to_proto(one.created_at)),
        update_time: Some(to_proto(one.updated_at)),
    }
}

pub(crate) fn role(counted: &roles::Counted) -> pb::Role {
    let role = &counted.role;
    pb::Role {
        id: role.id.clone(),
        etag: etag(role.version),
        key: role.key.clone(),
        display_name: role.display_name.clone(),
        description: role.description.clone(),
        built_in: role.built_in,
        permissions: role.permissions.iter().map(i32::from).collect(),
        requires_second_factor: role.requires_second_factor,
        assignment_count: counted.assignments,
        create_time: Some(to_proto(role.created_at)),
        update_time: Some(to_proto(role.updated_at)),
    }
}

/// A session as the caller with the session `current` sees it.
pub(crate) fn session(one: &Session, current: Option<&str>) -> pb::Session {
    pb::Session {
        id: one.id.clone(),
        user_id: one.user_id.clone(),
        device_label: one.device_label.clone(),
        address: one.address.clone(),
        create_time: Some(to_proto(one.created_at)),
        last_use_time: Some(to_proto(one.last_used_at)),
        expire_time: Some(to_proto(one.expires_at)),
        current: current == Some(one.id.as_str()),
    }
}

pub(crate) fn api_key(key: &ApiKey) -> pb::ApiKey {
    pb::ApiKey {
        id: key.id.clone(),
        owner_id: key.owner_id.clone(),
        display_name: key.display_name.clone(),
        hint: key.hint.clone(),
        scopes: key.scopes.iter().map(i32::from).collect(),
        allowed_networks: key.allowed_networks.clone(),
        create_time: Some(to_proto(key.created_at)),
        expire_time: key.expires_at.map(to_proto),
        last_use_time: key.last_used_at.map(to_proto),
        revoke_time: key.revoked_at.map(to_proto),
    }
}

pub(crate) fn passkey(one: &Passkey) -> pb::Passkey {
    pb::Passkey {
        id: one.id.clone(),
        display_name: one.display_name.clone(),
        create_time: Some(to_proto(one.created_at)),
        last_use_time: one.last_used_at.map(to_proto),
    }
}

/// An invitation and the account it opens, if there is one yet; else what it was asked for with.
pub(crate) fn invitation(one: &Invitation, user: Option<&User>, now: Timestamp) -> pb::Invitation {
    let profile = user.map_or_else(|| one.wanted.clone(), |user| user.profile.clone());
    pb::Invitation {
        id: one.id.clone(),
        kind: one.kind.into(),
        user_id: one.user_id.clone(),
        email: profile.email,
        display_name: profile.display_name,
        inviter_id: one.inviter_id.clone(),
        create_time: Some(to_proto(one.created_at)),
        expire_time: Some(to_proto(one.expires_at)),
        state: one.state(now).into(),
    }
}

pub(crate) fn access_settings(set: &Versioned<AccessSettings>) -> pb::AccessSettings {
    let Versioned { version, value } = set;
    pb::AccessSettings {
        etag: etag(*version),
        sign_up_mode: value.sign_up_mode.into(),
        sign_up_domains: value.sign_up_domains.clone(),
        sign_up_department_id: value.sign_up_department_id.clone(),
        email_codes_allowed: value.email_codes_allowed,
        break_glass_user_id: value.break_glass_user_id.clone(),
        audit_retention: value.audit_retention.map(duration),
    }
}

fn duration(length: SignedDuration) -> prost_types::Duration {
    prost_types::Duration { seconds: length.as_secs(), nanos: length.subsec_nanos() }
}

pub(crate) fn protection(set: &Versioned<Protection>) -> pb::SignInProtection {
    let Versioned { version, value } = set;
    pb::SignInProtection {
        etag: etag(*version),
        address_limit: value.address_limit,
        address_block: Some(duration(value.address_block)),
        device_challenge_limit: value.device_challenge_limit,
        device_limit: value.device_limit,
        device_block: Some(duration(value.device_block)),
        account_limit: value.account_limit,
        account_lock: Some(duration(value.account_lock)),
        account_warning_limit: value.account_warning_limit,
        counter_lifetime: Some(duration(value.counter_lifetime)),
        challenge_difficulty: value.challenge_difficulty,
    }
}

/// A counter as it stands against these bounds.
pub(crate) fn block(counter: &Counter, bounds: &Bounds, now: Timestamp) -> pb::Block {
    pb::Block {
        id: counter.id.clone(),
        kind: counter.kind.into(),
        subject: counter.subject.clone(),
        failures: i32::try_from(counter.standing(bounds, now)).unwrap_or(i32::MAX),
        last_failure_time: Some(to_proto(counter.last_failure_at)),
        blocked_until: counter.blocked_until(bounds, now).map(to_proto),
    }
}
