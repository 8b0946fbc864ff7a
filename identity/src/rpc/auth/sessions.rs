//! Looking at sessions and ending them.

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    policy::{self, Action, Scope},
};
use proto::identity::v1::{ListSessionsRequest, ListSessionsResponse, RevokeSessionRequest, SignOutRequest};

use crate::{Identity, access::Authority, events, session::Session, store::sessions, wire};

impl Identity {
    pub(super) async fn sign_out(&self, caller: Caller, ask: SignOutRequest) -> Result<()> {
        let own = caller.session_id().map(str::to_owned);
        let session = match self.session_of(&ask.refresh_token).await? {
            Some((_, session)) => Some(session),
            None => sessions::find(self.db.reader(), own.as_deref().unwrap_or_default()).await?,
        };
        match session {
            Some(session) => self.end_session(&caller, &session, "session.signed_out").await,
            None => Ok(()),
        }
    }

    pub(super) async fn list_sessions(
        &self,
        caller: Caller,
        ask: ListSessionsRequest,
    ) -> Result<ListSessionsResponse> {
        let mut wrong = Violations::default();
        wrong.optional_id("user_id", &ask.user_id, "usr");
        wrong.into_result()?;
        let user_id = if ask.user_id.is_empty() { caller.user_id()? } else { &ask.user_id };
        let own = caller.user_id()? == user_id;
        let action = if own { Action::OwnAccount } else { Action::SecurityManage };
        policy::check(&caller, action, &Scope::everywhere())?;
        let live = sessions::live_of(self.db.reader(), user_id, self.clock.now()).await?;
        Ok(ListSessionsResponse {
            sessions: live.iter().map(|one| wire::session(one, caller.session_id())).collect(),
        })
    }

    pub(super) async fn revoke_session(&self, caller: Caller, ask: RevokeSessionRequest) -> Result<()> {
        let mut wrong = Violations::default();
        wrong.id("session_id", &ask.session_id, "ses");
        wrong.into_result()?;
        let unknown = || Error::not_found("session", &ask.session_id);
        let session = sessions::find(self.db.reader(), &ask.session_id).await?.ok_or_else(unknown)?;
        if policy::check(&caller, Action::SecurityManage, &Scope::everywhere()).is_err() {
            if session.user_id != caller.user_id()? {
                return Err(unknown());
            }
            policy::check(&caller, Action::OwnAccount, &Scope::everywhere())?;
        }
        self.end_session(&caller, &session, "session.revoked").await
    }

    async fn end_session(&self, caller: &Caller, session: &Session, action: &str) -> Result<()> {
        let authority = Authority::of(caller);
        let mut tx = self.db.begin().await?;
        if sessions::end(&mut tx, &session.id).await? {
            events::session_revoked(&mut tx, &authority.cause, &session.id, &session.user_id).await?;
            authority.line.about(action, &session.id).write(&mut tx).await?;
        }
        tx.commit().await
    }
}
