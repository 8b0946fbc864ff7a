//! The caller's picture.

use mesh_core::{caller::Caller, error::Result};
use proto::identity::v1::{SetPictureRequest, User};

use super::overtaken;
use crate::{
    Identity,
    access::Authority,
    events,
    store::{pictures, users},
    wire,
};

impl Identity {
    pub(super) async fn set_picture(&self, caller: Caller, ask: SetPictureRequest) -> Result<User> {
        let picture = match ask.picture {
            none if none.is_empty() => None,
            file => Some(self.studio.develop("picture", file).await?),
        };
        let mut tx = self.db.begin().await?;
        let user = users::get(tx.conn(), caller.user_id()?).await?;
        let now = tx.now();
        let user = user.pictured(picture.as_ref(), now);
        if !users::update(&mut tx, &user).await? {
            return Err(overtaken());
        }
        pictures::set(&mut tx, &user.id, picture.as_ref()).await?;
        events::user_updated(&mut tx, &Authority::of(&caller).cause, &user).await?;
        let answer = wire::one_full(tx.conn(), &user).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
