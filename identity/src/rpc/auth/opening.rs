//! Opening a session for somebody who has proved who he is, in whatever way.

use mesh_core::{caller::Caller, db::Tx, error::Result};

use crate::{
    audit::Line,
    session::{Method, Session},
    store::{sessions, users},
    user::User,
};

/// What the session is to be like.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub(super) device_label: String,
    /// Outlives the browser's window.
    pub(super) persistent: bool,
    pub(super) methods: Vec<Method>,
}

impl Opening {
    /// Makes the session and notes it; whether the person may have one is the caller's business.
    pub(super) async fn open(self, tx: &mut Tx, caller: &Caller, user: &User) -> Result<Session> {
        let now = tx.now();
        let session = Session {
            id: tx.ids().id("ses"),
            user_id: user.id.clone(),
            device_label: self.device_label,
            address: caller.address().into(),
            expires_at: Session::expiry(self.persistent, now),
            persistent: self.persistent,
            methods: self.methods,
            salt: tx.ids().secret::<16>(),
            generation: 1,
            rotated_at: now,
            created_at: now,
            last_used_at: now,
            ended_at: None,
        };
        sessions::insert(tx, &session).await?;
        users::signed_in(tx, &user.id, now).await?;
        let line = Line { session_id: session.id.clone(), ..Line::of_person(user, caller) };
        line.about("sign_in.succeeded", &user.id).write(tx).await?;
        Ok(session)
    }
}
