//! Invitations: single-use links into an account that has no password yet, or that is made when the link is opened. Only a hash
//! of the link is stored.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::{SignedDuration, Timestamp};
use mesh_core::id::Ids;
use proto::identity::v1::{InvitationKind, InvitationState};
use sha2::{Digest, Sha256};

use crate::user::Profile;

const LIFETIME: SignedDuration = SignedDuration::from_hours(72);
/// Somebody who signs up waits for his letter.
const SIGN_UP_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// A way into one account, or to the first one.
#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    pub(crate) id: String,
    pub(crate) kind: InvitationKind,
    /// Empty for the first administrator and for those who signed up.
    pub(crate) user_id: String,
    pub(crate) inviter_id: String,
    /// Address, name and language of somebody who signed up; empty for all others.
    pub(crate) wanted: Profile,
    pub(crate) token_hash: String,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) accepted_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
}

impl Invitation {
    /// A new invitation and the token that accepts it.
    pub(crate) fn new(
        kind: InvitationKind,
        user_id: &str,
        inviter_id: &str,
        ids: &Ids,
        now: Timestamp,
    ) -> (Self, String) {
        let id = ids.id("inv");
        let token = mint(&id, ids);
        let invitation = Self {
            id,
            kind,
            user_id: user_id.into(),
            inviter_id: inviter_id.into(),
            wanted: Profile::default(),
            token_hash: hash(&token),
            created_at: now,
            expires_at: now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX),
            accepted_at: None,
            revoked_at: None,
        };
        (invitation, token)
    }

    /// A link for somebody who asked for an account himself, and its token.
    pub(crate) fn for_sign_up(wanted: Profile, ids: &Ids, now: Timestamp) -> (Self, String) {
        let (invitation, token) = Self::new(InvitationKind::SignUp, "", "", ids, now);
        let expires_at = now.saturating_add(SIGN_UP_LIFETIME).unwrap_or(Timestamp::MAX);
        (Self { wanted, expires_at, ..invitation }, token)
    }

    /// The same with a token of its own in the place of the one before, good as long as a new one's.
    pub(crate) fn renewed(self, ids: &Ids, now: Timestamp) -> (Self, String) {
        let token = mint(&self.id, ids);
        let expires_at = now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX);
        (Self { token_hash: hash(&token), expires_at, ..self }, token)
    }

    pub(crate) fn state(&self, now: Timestamp) -> InvitationState {
        if self.accepted_at.is_some() {
            InvitationState::Accepted
        } else if self.revoked_at.is_some() {
            InvitationState::Revoked
        } else if now >= self.expires_at {
            InvitationState::Expired
        } else {
            InvitationState::Open
        }
    }

    /// Whether the token opens this invitation now.
    pub(crate) fn opens_with(&self, token: &str, now: Timestamp) -> bool {
        let same = verify_slices_are_equal(hash(token).as_bytes(), self.token_hash.as_bytes()).is_ok();
        same && self.state(now) == InvitationState::Open
    }
}

/// The id inside a token; `None` when it is no token at all.
pub(crate) fn id_of(token: &str) -> Option<&str> {
    let (id, _) = token.split_once('.')?;
    proto::id::is("inv", id).then_some(id)
}

fn mint(id: &str, ids: &Ids) -> String {
    format!("{id}.{}", ids.secret::<48>())
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};
    use mesh_core::{clock::SystemClock, id::Ids};
    use proto::identity::v1::InvitationKind;

    use super::{Invitation, id_of};

    #[test]
    fn a_link_works_once_and_for_three_days() {
        let ids = Ids::seeded(Arc::new(SystemClock), 1);
        let start = Timestamp::UNIX_EPOCH;
        let (invitation, token) = Invitation::new(InvitationKind::Member, "usr_1", "usr_2", &ids, start);
        assert_eq!(id_of(&token), Some(invitation.id.as_str()));
        assert!(invitation.opens_with(&token, start + SignedDuration::from_hours(71)));
        assert!(!invitation.opens_with(&token, start + SignedDuration::from_hours(72)));
        assert!(!invitation.opens_with(&format!("{}.guess", invitation.id), start));
        let late = start + SignedDuration::from_hours(100);
        let (renewed, new) = invitation.clone().renewed(&ids, late);
        assert!(renewed.opens_with(&new, late + SignedDuration::from_hours(71)));
        assert!(!renewed.opens_with(&token, late) && !invitation.opens_with(&new, start));
        let spent = Invitation { accepted_at: Some(start), ..invitation };
        assert!(!spent.opens_with(&token, start));
    }
}
