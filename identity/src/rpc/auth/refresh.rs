//! Going on with a session: the next access token, the next refresh token.

use mesh_core::{
    caller::Caller,
    error::{Error, Result},
};
use proto::{
    errors::v1::ErrorReason as Shared,
    identity::v1::{ErrorReason, RefreshSessionRequest, SessionTokens},
};

use crate::{
    Identity,
    access::Authority,
    events,
    session::{RefreshToken, Session, Verdict},
    store::{sessions, users},
    user::User,
};

impl Identity {
    pub(super) async fn refresh_session(
        &self,
        caller: Caller,
        ask: RefreshSessionRequest,
    ) -> Result<SessionTokens> {
        let (token, session) = self.session_of(&ask.refresh_token).await?.ok_or_else(over)?;
        let user = users::get(self.db.reader(), &session.user_id).await?;
        if !user.is_active() {
            return Err(over());
        }
        match session.judge(token.generation, self.clock.now()) {
            Verdict::Rotate => self.rotate(&caller, &user, session).await,
            Verdict::Repeat => self.session_tokens(&user, &session).await,
            Verdict::Reused => Err(self.end_stolen(&caller, &user, &session).await?),
            Verdict::Over => Err(over()),
        }
    }

    /// The session of a refresh token we made, current or not; `None` for anything else.
    pub(super) async fn session_of<'a>(&self, sent: &'a str) -> Result<Option<(RefreshToken<'a>, Session)>> {
        let Some(token) = RefreshToken::parse(sent) else {
            return Ok(None);
        };
        let session = sessions::find(self.db.reader(), token.session_id).await?;
        Ok(session.filter(|session| token.is_ours(session, &self.vault)).map(|session| (token, session)))
    }

    /// Makes the next refresh token, or finds the one a parallel call has just made.
    async fn rotate(&self, caller: &Caller, user: &User, session: Session) -> Result<SessionTokens> {
        let mut tx = self.db.begin().await?;
        sessions::rotate(&mut tx, &session, caller.address()).await?;
        let session = sessions::find(tx.conn(), &session.id).await?.ok_or_else(over)?;
        let now = tx.now();
        tx.commit().await?;
        if !session.is_live(now) {
            return Err(over());
        }
        self.session_tokens(user, &session).await
    }

    /// Ends a session whose old token came back: of its two holders one is a thief, and nobody knows which.
    async fn end_stolen(&self, caller: &Caller, user: &User, session: &Session) -> Result<Error> {
        let authority = Authority::of(caller);
        let mut tx = self.db.begin().await?;
        if sessions::end(&mut tx, &session.id).await? {
            events::session_revoked(&mut tx, &authority.cause, &session.id, &user.id).await?;
            self.write_theft_warning(&mut tx, user, &session.device_label).await?;
            authority.line.about("session.reuse_detected", &session.id).write(&mut tx).await?;
        }
        tx.commit().await?;
        let message = "this refresh token was used before; the session was ended, sign in again";
        Ok(Error::unauthenticated(&ErrorReason::RefreshTokenReused, message))
    }
}

fn over() -> Error {
    Error::unauthenticated(&Shared::SessionRevoked, "the session is over; sign in again")
}
