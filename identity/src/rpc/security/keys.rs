//! The API keys of one account, for administrators.

use mesh_core::{
    caller::Caller,
    error::{Result, Violations},
    policy::{self, Action, Scope},
};
use proto::identity::v1::{ListApiKeysRequest, ListApiKeysResponse};

use crate::{Identity, store::users};

impl Identity {
    pub(super) async fn list_api_keys(
        &self,
        caller: Caller,
        ask: ListApiKeysRequest,
    ) -> Result<ListApiKeysResponse> {
        let mut wrong = Violations::default();
        wrong.id("owner_id", &ask.owner_id, "usr");
        wrong.into_result()?;
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        let owner = users::get(self.db.reader(), &ask.owner_id).await?;
        Ok(ListApiKeysResponse { api_keys: self.keys_of(&owner.id).await? })
    }
}
