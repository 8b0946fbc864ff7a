//! Asking for an account of one's own.

use mesh_core::{
    caller::Caller,
    error::{Result, Violations},
};
use proto::identity::v1::{SignUpRequest, UserKind};

use crate::{
    Identity, settings,
    sign_up::{Asked, closed},
    user::Profile,
};

impl Identity {
    pub(super) async fn sign_up(&self, caller: Caller, ask: SignUpRequest) -> Result<()> {
        let SignUpRequest { email, display_name, locale } = ask;
        let wanted = Profile { email: email.trim().into(), display_name, locale, ..Profile::default() };
        let mut wrong = Violations::default();
        let Profile { email, display_name, locale, .. } = wanted.check("", UserKind::Person, &mut wrong);
        wrong.into_result()?;
        self.expect_local_domain(&caller, &email).await?;
        if !settings::access(self.db.reader()).await?.admits(&email) {
            return Err(closed());
        }
        let mut tx = self.db.begin().await?;
        Asked { email, display_name, locale, address: caller.address().into() }.later(&mut tx).await?;
        tx.commit().await
    }
}
