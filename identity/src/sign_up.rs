//! Sign-up: somebody asks for an account of his own and proves his address by a link sent there.
//!
//! Nothing is made before the address is proven, and whoever asks gets his answer before anybody has looked whether there is an
//! account with that address: the looking is a job, so neither the answer nor its time tells.

use async_trait::async_trait;
use jiff::SignedDuration;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Job},
};
use proto::identity::v1::{ErrorReason, UserKind};
use serde::{Deserialize, Serialize};

use crate::{
    Identity,
    audit::Line,
    invitation::Invitation,
    people::NewUser,
    role,
    settings::AccessSettings,
    store::{departments, invitations, letter_turns, users},
    user::{Profile, account_key},
};

/// The kind of these jobs, and of their letters.
pub(crate) const KIND: &str = "sign_up";

/// One address gets one letter in so long, whoever asks how often.
const EVERY: SignedDuration = SignedDuration::from_mins(5);

/// Somebody asked for an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// Folded.
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) locale: String,
    /// Where he asked from.
    pub(crate) address: String,
}

impl Asked {
    /// What is known of somebody who has proven nothing yet.
    fn wanted(&self) -> Profile {
        let Self { email, display_name, locale, .. } = self.clone();
        Profile { display_name, email, locale, ..Profile::default() }
    }

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
        let line = Line { address: asked.address.clone(), ..Line::default() };
        let line = if let Some(user) = users::find_by_email(tx.conn(), &asked.email).await? {
            self.0.write_account_exists(&mut tx, &user).await?;
            line.about("sign_up.refused", &user.id).because("has an account")
        } else {
            self.send_link(&mut tx, &asked).await?;
            line.about("sign_up.requested", &asked.email)
        };
        line.write(&mut tx).await?;
        tx.commit().await
    }
}

impl Answers {
    /// Sends the link that proves the address; an older one opens nothing any more.
    async fn send_link(&self, tx: &mut Tx, asked: &Asked) -> Result<()> {
        invitations::revoke_sign_ups(tx, &asked.email).await?;
        let (invitation, token) = Invitation::for_sign_up(asked.wanted(), tx.ids(), tx.now());
        invitations::insert(tx, &invitation).await?;
        let link = self.0.invitation_link(&token);
        self.0.write_sign_up(tx, &invitation.wanted, &link).await
    }
}

/// The account of somebody whose address is proven, as the settings want it now.
pub(crate) async fn newcomer(
    tx: &mut Tx,
    settings: &AccessSettings,
    wanted: Profile,
    password_hash: String,
) -> Result<NewUser> {
    // A department archived since it was chosen is no reason to turn people away.
    let home = &settings.sign_up_department_id;
    let department_id = if departments::hold_open(tx, home).await? { home.clone() } else { String::new() };
    Ok(NewUser {
        kind: UserKind::Person,
        status: settings.sign_up_status(),
        profile: Profile { department_id, ..wanted },
        description: String::new(),
        password_hash: Some(password_hash),
        roles: vec![(role::REQUESTER.into(), String::new())],
    })
}

/// People can't make accounts for themselves, or not with this address.
pub(crate) fn closed() -> Error {
    let message =
        "accounts are made by invitation only, or not for addresses like this; ask for an invitation";
    Error::failed_precondition(&ErrorReason::SignUpClosed, message)
}
