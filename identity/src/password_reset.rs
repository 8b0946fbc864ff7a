//! Password reset: links that set a new password, each good for one use and one hour. Only a hash of the link is stored.
//!
//! Whoever asks for one gets his answer before anybody has looked whether there is such an account: the looking is a job, so
//! neither the answer nor its time tells.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    id::Ids,
    jobs::{self, Job},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Identity,
    audit::Line,
    store::{letter_turns, password_resets, users},
    user::{User, account_key},
};

/// The kind of these jobs, and of their letters.
pub(crate) const KIND: &str = "password_reset";

const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// One address gets one link in so long, whoever asks how often.
const EVERY: SignedDuration = SignedDuration::from_mins(5);

/// A way to a new password.
#[derive(Clone, Debug)]
pub(crate) struct PasswordReset {
    pub(crate) user_id: String,
    pub(crate) token_hash: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) spent_at: Option<Timestamp>,
}

impl PasswordReset {
    /// A new link for somebody: what is kept of it, and the token itself.
    fn new(user_id: &str, ids: &Ids, now: Timestamp) -> (Self, String) {
        let token = ids.secret::<48>();
        let expires_at = now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX);
        let reset = Self { user_id: user_id.into(), token_hash: hash(&token), expires_at, spent_at: None };
        (reset, token)
    }

    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        self.spent_at.is_none() && now < self.expires_at
    }
}

/// What is stored of a token.
pub(crate) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// Somebody asked for a link.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// The sign-in name, folded.
    pub(crate) email: String,
    /// Where he asked from.
    pub(crate) address: String,
}

impl Asked {
    /// Has the question answered by mail soon after this transaction.
    pub(crate) async fn later(&self, tx: &mut Tx) -> Result<()> {
        let payload = serde_json::to_vec(self).map_err(Error::internal)?;
        let (key, due) = (account_key(&self.email), tx.now());
        jobs::enqueue(tx, Job { kind: KIND, key, due, payload }).await?;
        Ok(())
    }
}

/// Answers those who asked. Done twice it writes one letter.
pub(crate) struct Answers(pub(crate) Identity);

#[async_trait]
impl jobs::Handler for Answers {
    async fn run(&self, job: &Job) -> Result<()> {
        let asked: Asked = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        let mut tx = self.0.db.begin().await?;
        if !letter_turns::take(&mut tx, KIND, &account_key(&asked.email), EVERY).await? {
            return Ok(());
        }
        let user = users::find_by_email(tx.conn(), &asked.email).await?;
        let line = Line { address: asked.address, ..Line::default() };
        let line = match &user {
            None => line.about("password.reset_refused", &asked.email).because("unknown address"),
            Some(user) if !user.is_active() => {
                line.about("password.reset_refused", &user.id).because("account not active")
            }
            Some(user) => {
                self.send_link(&mut tx, user).await?;
                line.about("password.reset_requested", &user.id)
            }
        };
        line.write(&mut tx).await?;
        tx.commit().await
    }
}

impl Answers {
    async fn send_link(&self, tx: &mut Tx, user: &User) -> Result<()> {
        let (reset, token) = PasswordReset::new(&user.id, tx.ids(), tx.now());
        password_resets::put(tx, &reset).await?;
        let link = format!("{}/reset/{token}", self.0.public_url);
        self.0.write_password_reset(tx, user, &link).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};
    use mesh_core::{clock::SystemClock, id::Ids};

    use super::{PasswordReset, hash};

    #[test]
    fn a_link_works_once_and_for_an_hour() {
        let ids = Ids::seeded(Arc::new(SystemClock), 1);
        let start = Timestamp::UNIX_EPOCH;
        let (reset, token) = PasswordReset::new("usr_1", &ids, start);
        assert_eq!((token.len(), &reset.token_hash), (64, &hash(&token)));
        assert!(reset.is_open(start + SignedDuration::from_mins(59)));
        assert!(!reset.is_open(start + SignedDuration::from_mins(60)));
        assert!(!PasswordReset { spent_at: Some(start), ..reset }.is_open(start));
    }
}
