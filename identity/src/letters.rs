//! Letters about accounts: invitations, warnings. Written in the transaction that causes them, sent by a job; what waits is
//! sealed, since an invitation is as good as a password.

use std::sync::Arc;

use async_trait::async_trait;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Job},
    mail::{Letter, Mail},
};
use serde::{Deserialize, Serialize};

use crate::{
    Identity,
    user::User,
    vault::{Purpose, Vault},
};

/// The kind of these jobs.
pub(crate) const KIND: &str = "letter";

/// A letter that waits.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    id: String,
    to: String,
    to_name: String,
    subject: String,
    text: String,
}

impl Identity {
    /// Sends the link that opens an invited account.
    pub(crate) async fn write_invitation(
        &self,
        tx: &mut Tx,
        user: &User,
        inviter: &str,
        message: &str,
        link: &str,
    ) -> Result<()> {
        let name = &user.profile.display_name;
        let from = if inviter.is_empty() { "Your administrator" } else { inviter };
        let personal = if message.is_empty() { String::new() } else { format!("\n\n{message}") };
        let text = format!(
            "Hello {name},\n\n{from} has made an account for you.{personal}\n\nChoose a password here; the link works once, \
             within three days:\n{link}\n\nIf you did not expect this, ignore it."
        );
        self.write(tx, user, "Your account is ready".into(), text).await
    }

    /// Warns somebody whose refresh token was used twice.
    pub(crate) async fn write_theft_warning(&self, tx: &mut Tx, user: &User, device: &str) -> Result<()> {
        let name = &user.profile.display_name;
        let device = if device.is_empty() { "one of your devices" } else { device };
        let text = format!(
            "Hello {name},\n\nThe sign-in on {device} was used from a second place, as if it had been copied. It was ended. \
             Sign in again, and change your password if you can't explain it:\n{}",
            self.public_url
        );
        self.write(tx, user, "A sign-in of yours was ended".into(), text).await
    }

    /// Warns somebody whose account was locked after too many wrong passwords.
    pub(crate) async fn write_lock_warning(&self, tx: &mut Tx, user: &User, minutes: i64) -> Result<()> {
        let name = &user.profile.display_name;
        let text = format!(
            "Hello {name},\n\nSomebody tried too many wrong passwords on your account. Nobody can sign in to it for \
             {minutes} minutes. If it was not you, your password was not guessed; there is nothing you have to do."
        );
        self.write(tx, user, "Your account is locked for a while".into(), text).await
    }

    /// Sends the code that completes a sign-in.
    pub(crate) async fn write_sign_in_code(&self, tx: &mut Tx, user: &User, code: &str) -> Result<()> {
        let name = &user.profile.display_name;
        let text = format!(
            "Hello {name},\n\n{code} is the code for your sign-in; it is good for five minutes. Give it to nobody. If you are not \
             signing in, somebody knows your password: change it."
        );
        self.write(tx, user, format!("{code} is your code"), text).await
    }

    /// Tells somebody what became of his second factors.
    pub(crate) async fn write_second_factor_notice(
        &self,
        tx: &mut Tx,
        user: &User,
        news: &'static str,
    ) -> Result<()> {
        let name = &user.profile.display_name;
        let text = format!(
            "Hello {name},\n\n{news}. If it was not you, change your password and tell your administrator:\n{}",
            self.public_url
        );
        self.write(tx, user, news.into(), text).await
    }

    /// Warns somebody whose second factor is being guessed.
    pub(crate) async fn write_guess_warning(&self, tx: &mut Tx, user: &User) -> Result<()> {
        let name = &user.profile.display_name;
        let text = format!(
            "Hello {name},\n\nSomebody gave your password and then too many wrong codes. No code is taken for half an hour. If it was \
             not you, your password is known: change it as soon as you can:\n{}",
            self.public_url
        );
        self.write(tx, user, "Somebody is guessing your codes".into(), text).await
    }

    async fn write(&self, tx: &mut Tx, user: &User, subject: String, text: String) -> Result<()> {
        let profile = &user.profile;
        let id = tx.ids().id("let");
        let waiting = Waiting {
            id: id.clone(),
            to: profile.email.clone(),
            to_name: profile.display_name.clone(),
            subject,
            text,
        };
        let plain = serde_json::to_vec(&waiting).map_err(Error::internal)?;
        let payload = self.vault.seal(Purpose::Letter, &plain)?.into_bytes();
        let due = tx.now();
        jobs::enqueue(tx, Job { kind: KIND, key: id, due, payload }).await?;
        Ok(())
    }
}

/// Sends the letters that wait.
pub(crate) struct Post {
    pub(crate) vault: Arc<Vault>,
    pub(crate) mail: Arc<dyn Mail>,
}

#[async_trait]
impl jobs::Handler for Post {
    async fn run(&self, job: &Job) -> Result<()> {
        let sealed = std::str::from_utf8(&job.payload).map_err(Error::internal)?;
        let waiting: Waiting =
            serde_json::from_slice(&self.vault.open(Purpose::Letter, sealed)?).map_err(Error::internal)?;
        let Waiting { id, to, to_name, subject, text } = waiting;
        self.mail.send(&Letter { id, to, to_name, subject, text, ..Letter::default() }).await
    }
}
