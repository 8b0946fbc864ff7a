//! Letters about accounts. Written in the transaction that causes them, in the reader's language, and sent by a job; what waits
//! is sealed, since a link in a letter is as good as a password.

mod templates;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{Timestamp, tz::TimeZone};
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Job},
    mail::{Letter, Mail},
};
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use crate::{
    Identity,
    session::Session,
    user::{Profile, User},
    vault::{Purpose, Vault},
};
pub(crate) use templates::{Kind, Templates};
use templates::{Language, Wording};

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
    html: String,
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
        self.write(tx, &user.profile, Kind::AccountCreated, context! { inviter, message, link }).await
    }

    /// Where an invitation is opened.
    pub(crate) fn invitation_link(&self, token: &str) -> String {
        format!("{}/invitation/{token}", self.public_url)
    }

    /// Sends the link that proves the address of somebody who signed up. His name is not in it: whoever wants to send advertising
    /// to strangers would write it there.
    pub(crate) async fn write_sign_up(&self, tx: &mut Tx, wanted: &Profile, link: &str) -> Result<()> {
        let nameless = Profile { display_name: String::new(), ..wanted.clone() };
        self.write(tx, &nameless, Kind::SignUp, context! { link }).await
    }

    /// Tells somebody who asked for an account that he has one.
    pub(crate) async fn write_account_exists(&self, tx: &mut Tx, user: &User) -> Result<()> {
        let values = context! { open => user.is_active(), link => &self.public_url };
        self.write(tx, &user.profile, Kind::AccountExists, values).await
    }

    /// Tells somebody who can approve accounts that one waits.
    pub(crate) async fn write_account_waiting(
        &self,
        tx: &mut Tx,
        approver: &User,
        applicant: &User,
    ) -> Result<()> {
        let link = format!("{}/admin/people", self.public_url);
        let Profile { display_name, email, .. } = &applicant.profile;
        let values = context! { applicant => display_name, applicant_email => email, link };
        self.write(tx, &approver.profile, Kind::AccountWaiting, values).await
    }

    /// Tells somebody who signed up what became of it.
    pub(crate) async fn write_decision(&self, tx: &mut Tx, user: &User) -> Result<()> {
        if user.is_active() {
            let values = context! { link => &self.public_url };
            return self.write(tx, &user.profile, Kind::AccountApproved, values).await;
        }
        self.write(tx, &user.profile, Kind::AccountDeclined, context! {}).await
    }

    /// Tells somebody that another one changed his profile: at his address from before, and at the new one if it is new.
    pub(crate) async fn write_profile_updated(
        &self,
        tx: &mut Tx,
        editor: &str,
        before: &User,
        after: &User,
    ) -> Result<()> {
        let (old, new) = (&before.profile, &after.profile);
        let new_email = if new.email == old.email { "" } else { &new.email };
        let values = context! { editor, new_email, link => &self.public_url };
        if !new_email.is_empty() {
            self.write(tx, new, Kind::ProfileUpdated, values.clone()).await?;
        }
        self.write(tx, old, Kind::ProfileUpdated, values).await
    }

    /// Sends the link that sets a new password.
    pub(crate) async fn write_password_reset(&self, tx: &mut Tx, user: &User, link: &str) -> Result<()> {
        self.write(tx, &user.profile, Kind::PasswordReset, context! { link }).await
    }

    /// Tells somebody that his password is another one now.
    pub(crate) async fn write_password_changed(&self, tx: &mut Tx, user: &User) -> Result<()> {
        let time = on_the_clock_of(&user.profile, tx.now());
        self.write(tx, &user.profile, Kind::PasswordChanged, context! { time }).await
    }

    /// Warns somebody whose refresh token was used twice.
    pub(crate) async fn write_theft_warning(&self, tx: &mut Tx, user: &User, device: &str) -> Result<()> {
        let values = context! { device, link => &self.public_url };
        self.write(tx, &user.profile, Kind::SessionStolen, values).await
    }

    /// Tells somebody that he signed in on a device he was never seen on, or that somebody else did.
    pub(crate) async fn write_new_device_notice(
        &self,
        tx: &mut Tx,
        user: &User,
        session: &Session,
    ) -> Result<()> {
        let Session { device_label, address, .. } = session;
        let time = on_the_clock_of(&user.profile, session.created_at);
        let link = format!("{}/account/sessions", self.public_url);
        let values = context! { device => device_label, address, time, link };
        self.write(tx, &user.profile, Kind::NewDevice, values).await
    }

    /// Warns somebody whose account was locked after too many wrong passwords.
    pub(crate) async fn write_lock_warning(&self, tx: &mut Tx, user: &User, minutes: i64) -> Result<()> {
        self.write(tx, &user.profile, Kind::AccountLocked, context! { minutes }).await
    }

    /// Warns somebody whose password somebody tries to guess.
    pub(crate) async fn write_failed_sign_ins_warning(
        &self,
        tx: &mut Tx,
        user: &User,
        failures: i64,
    ) -> Result<()> {
        self.write(tx, &user.profile, Kind::FailedSignIns, context! { failures }).await
    }

    /// Tells somebody that his account is no longer locked.
    pub(crate) async fn write_unlock_notice(&self, tx: &mut Tx, user: &User) -> Result<()> {
        self.write(tx, &user.profile, Kind::AccountUnlocked, context! { link => &self.public_url }).await
    }

    /// Sends the code that completes a sign-in.
    pub(crate) async fn write_sign_in_code(&self, tx: &mut Tx, user: &User, code: &str) -> Result<()> {
        self.write(tx, &user.profile, Kind::SignInCode, context! { code, minutes => 5 }).await
    }

    /// Tells somebody what became of his second factors.
    pub(crate) async fn write_second_factor_notice(
        &self,
        tx: &mut Tx,
        user: &User,
        news: Kind,
    ) -> Result<()> {
        self.write(tx, &user.profile, news, context! {}).await
    }

    /// Warns somebody whose second factor is being guessed.
    pub(crate) async fn write_guess_warning(&self, tx: &mut Tx, user: &User) -> Result<()> {
        self.write(tx, &user.profile, Kind::CodesGuessed, context! {}).await
    }

    /// Writes a letter; `values` are those its template names beside what every letter has.
    async fn write(&self, tx: &mut Tx, to: &Profile, kind: Kind, values: Value) -> Result<()> {
        let common = context! {
            name => &to.display_name, public_url => &self.public_url, link => "", code => "",
        };
        let language = Language::of(&to.locale);
        let Wording { subject, text, html } =
            self.templates.wording(kind, language, &context! { ..values, ..common })?;
        let id = tx.ids().id("let");
        let (to, to_name) = (to.email.clone(), to.display_name.clone());
        let waiting = Waiting { id: id.clone(), to, to_name, subject, text, html };
        let plain = serde_json::to_vec(&waiting).map_err(Error::internal)?;
        let payload = self.vault.seal(Purpose::Letter, &plain)?.into_bytes();
        let due = tx.now();
        jobs::enqueue(tx, Job { kind: KIND, key: id, due, payload }).await?;
        Ok(())
    }
}

/// An instant as the reader's clock shows it.
fn on_the_clock_of(reader: &Profile, instant: Timestamp) -> String {
    let zone = TimeZone::get(&reader.time_zone).unwrap_or(TimeZone::UTC);
    instant.to_zoned_datetime(zone).strftime("%Y-%m-%d %H:%M %Z").to_string()
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
        let Waiting { id, to, to_name, subject, text, html } = waiting;
        let letter = Letter { id, to, to_name, subject, text, html: Some(html), ..Letter::default() };
        self.mail.send(&letter).await
    }
}
