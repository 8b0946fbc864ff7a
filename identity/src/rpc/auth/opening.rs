//! Opening a session for somebody who has proved who he is, in whatever way.

use mesh_core::{caller::Caller, db::Tx, error::Result};
use proto::identity::v1::SessionTokens;

use crate::{
    Identity,
    audit::Line,
    device::Device,
    session::{Method, Session},
    store::{sessions, users},
    user::User,
};

/// What the session is to be like.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub(super) device: Device,
    pub(super) device_label: String,
    /// Outlives the browser's window.
    pub(super) persistent: bool,
    pub(super) methods: Vec<Method>,
}

impl Identity {
    /// The device of a call by which somebody signs in.
    pub(super) fn device(&self, caller: &Caller, token: &str) -> Device {
        Device::new(caller, token, &self.vault, &self.ids)
    }

    /// Makes the session and notes it; whether the person may have one is the caller's business. Somebody who was never seen on the
    /// device hears of it.
    pub(super) async fn open_session(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        user: &User,
        opening: Opening,
    ) -> Result<Session> {
        let now = tx.now();
        let session = Session {
            id: tx.ids().id("ses"),
            user_id: user.id.clone(),
            device_label: opening.device_label,
            address: caller.address().into(),
            expires_at: Session::expiry(opening.persistent, now),
            persistent: opening.persistent,
            methods: opening.methods,
            salt: tx.ids().secret::<16>(),
            generation: 1,
            rotated_at: now,
            created_at: now,
            last_used_at: now,
            ended_at: None,
        };
        sessions::insert(tx, &session).await?;
        users::signed_in(tx, &user.id, now).await?;
        if opening.device.remember(tx, &user.id).await? {
            self.write_new_device_notice(tx, user, &session).await?;
        }
        let line = Line { session_id: session.id.clone(), ..Line::of_person(user, caller) };
        line.about("sign_in.succeeded", &user.id).write(tx).await?;
        Ok(session)
    }

    /// The first tokens of a session, with the word by which its device is known from then on.
    pub(super) async fn first_tokens(
        &self,
        user: &User,
        session: &Session,
        device_token: String,
    ) -> Result<SessionTokens> {
        Ok(SessionTokens { device_token, ..self.session_tokens(user, session).await? })
    }
}
