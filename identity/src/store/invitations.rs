//! Invitations.

use jiff::Timestamp;
use mesh_core::{
    db::{Assembly, Tx},
    error::{Error, Result},
};
use proto::identity::v1::{InvitationKind, InvitationState};
use sqlx::{
    AnyConnection, Row,
    any::{AnyExecutor, AnyRow},
};

use super::{choice, instant, micros, number, optional_instant};
use crate::{invitation::Invitation, user::Profile};

macro_rules! columns {
    () => {
        "id, kind, user_id, inviter_id, email, display_name, locale, token_hash, created_at, expires_at, accepted_at, revoked_at"
    };
}

mesh_core::statements! {
    /// One invitation.
    BY_ID = concat!("select ", columns!(), " from invitations where id = $1");
    /// A new one.
    INSERT = concat!("insert into invitations (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
    /// Spends one; nothing when somebody was faster, or got another link for it.
    ACCEPT = "update invitations set accepted_at = $3 where id = $1 and token_hash = $2 and accepted_at is null and revoked_at is null";
    /// Gives one another link; nothing when it is spent.
    RENEW = "update invitations set token_hash = $2, expires_at = $3 where id = $1 and accepted_at is null and revoked_at is null";
    /// Voids one; nothing when it is spent.
    REVOKE = "update invitations set revoked_at = $2 where id = $1 and accepted_at is null and revoked_at is null";
    /// Voids every open one of a kind.
    REVOKE_KIND = "update invitations set revoked_at = $2 where kind = $1 and accepted_at is null and revoked_at is null";
    /// Voids every open one somebody asked for with this address.
    REVOKE_SIGN_UPS = "update invitations set revoked_at = $3 where kind = $1 and email = $2 and accepted_at is null and revoked_at is null";
    /// Forgets what strangers asked for and never opened.
    FORGET_SIGN_UPS = "delete from invitations where kind = $1 and expires_at < $2";
}

pub(crate) async fn find<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<Option<Invitation>> {
    sqlx::query(BY_ID).bind(id).fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// The invitation, or `NOT_FOUND`.
pub(crate) async fn get<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<Invitation> {
    find(db, id).await?.ok_or_else(|| Error::not_found("invitation", id))
}

/// One page of the members' invitations in a state, newest first, before the last id of the page before.
pub(crate) async fn list(
    db: &mut AnyConnection,
    state: InvitationState,
    now: Timestamp,
    before: &str,
    limit: i64,
) -> Result<Vec<Invitation>> {
    let mut ask = Assembly::new(concat!("select ", columns!(), " from invitations where 1 = 1"));
    in_state(&mut ask, state, now);
    if !before.is_empty() {
        ask.push(" and id < ").bind(before.to_owned());
    }
    ask.push(" order by id desc limit ").bind(limit);
    ask.fetch_all(db).await?.iter().map(read).collect()
}

/// How many there are in a state.
pub(crate) async fn count(db: &mut AnyConnection, state: InvitationState, now: Timestamp) -> Result<i64> {
    let mut ask = Assembly::new("select count(*) from invitations where 1 = 1");
    in_state(&mut ask, state, now);
    number(ask, db).await
}

fn in_state(ask: &mut Assembly, state: InvitationState, now: Timestamp) {
    ask.push(" and kind = ").bind(i64::from(i32::from(InvitationKind::Member)));
    let now = now.as_microsecond();
    match state {
        InvitationState::Accepted => ask.push(" and accepted_at is not null"),
        InvitationState::Revoked => ask.push(" and revoked_at is not null"),
        InvitationState::Expired => {
            ask.push(" and accepted_at is null and revoked_at is null and expires_at <= ").bind(now)
        }
        InvitationState::Open | InvitationState::Unspecified => {
            ask.push(" and accepted_at is null and revoked_at is null and expires_at > ").bind(now)
        }
    };
}

pub(crate) async fn insert(tx: &mut Tx, invitation: &Invitation) -> Result<()> {
    let query = sqlx::query(INSERT)
        .bind(&invitation.id)
        .bind(i64::from(i32::from(invitation.kind)))
        .bind(&invitation.user_id)
        .bind(&invitation.inviter_id)
        .bind(&invitation.wanted.email)
        .bind(&invitation.wanted.display_name)
        .bind(&invitation.wanted.locale)
        .bind(&invitation.token_hash)
        .bind(invitation.created_at.as_microsecond())
        .bind(invitation.expires_at.as_microsecond())
        .bind(micros(invitation.accepted_at))
        .bind(micros(invitation.revoked_at));
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Spends the invitation as it was read; false when it is spent already or has another link by now.
pub(crate) async fn accept(tx: &mut Tx, invitation: &Invitation) -> Result<bool> {
    let now = tx.micros();
    let query = sqlx::query(ACCEPT).bind(&invitation.id).bind(&invitation.token_hash).bind(now);
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Gives the invitation its new link and end; false when it is spent already.
pub(crate) async fn renew(tx: &mut Tx, invitation: &Invitation) -> Result<bool> {
    let query = sqlx::query(RENEW)
        .bind(&invitation.id)
        .bind(&invitation.token_hash)
        .bind(invitation.expires_at.as_microsecond());
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Voids the invitation; false when it is spent already.
pub(crate) async fn revoke(tx: &mut Tx, id: &str) -> Result<bool> {
    let now = tx.micros();
    Ok(sqlx::query(REVOKE).bind(id).bind(now).execute(tx.conn()).await?.rows_affected() == 1)
}

/// Voids every open invitation of the kind.
pub(crate) async fn revoke_kind(tx: &mut Tx, kind: InvitationKind) -> Result<()> {
    let now = tx.micros();
    sqlx::query(REVOKE_KIND).bind(i64::from(i32::from(kind))).bind(now).execute(tx.conn()).await?;
    Ok(())
}

/// Voids the open links that were sent to an address for signing up.
pub(crate) async fn revoke_sign_ups(tx: &mut Tx, email: &str) -> Result<()> {
    let (kind, now) = (i64::from(i32::from(InvitationKind::SignUp)), tx.micros());
    sqlx::query(REVOKE_SIGN_UPS).bind(kind).bind(email).bind(now).execute(tx.conn()).await?;
    Ok(())
}

/// Drops links for signing up that expired before then.
pub(crate) async fn forget_sign_ups(tx: &mut Tx, before: Timestamp) -> Result<()> {
    let kind = i64::from(i32::from(InvitationKind::SignUp));
    sqlx::query(FORGET_SIGN_UPS).bind(kind).bind(before.as_microsecond()).execute(tx.conn()).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Invitation> {
    Ok(Invitation {
        id: row.try_get("id")?,
        kind: choice(row, "kind")?,
        user_id: row.try_get("user_id")?,
        inviter_id: row.try_get("inviter_id")?,
        wanted: Profile {
            email: row.try_get("email")?,
            display_name: row.try_get("display_name")?,
            locale: row.try_get("locale")?,
            ..Profile::default()
        },
        token_hash: row.try_get("token_hash")?,
        created_at: instant(row, "created_at")?,
        expires_at: instant(row, "expires_at")?,
        accepted_at: optional_instant(row, "accepted_at")?,
        revoked_at: optional_instant(row, "revoked_at")?,
    })
}
