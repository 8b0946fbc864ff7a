//! What others have missed.

use mesh_core::{
    caller::Caller,
    error::Result,
    policy::{self, Action, Scope},
};
use proto::identity::v1::ListRevocationsResponse;

use crate::{Identity, revocation};

impl Identity {
    pub(super) async fn list_revocations(&self, caller: Caller) -> Result<ListRevocationsResponse> {
        policy::check(&caller, Action::CatchUp, &Scope::everywhere())?;
        revocation::lately(&self.db).await
    }
}
