//! Pages of lists: sizes, and the opaque tokens that say where the next page begins.
//!
//! A token is the cursor with a signature over it, the caller and the query. It carries no authority: with another caller's or
//! another query's token one gets `PAGE_TOKEN_INVALID`, and what a page shows is decided anew each time.

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use prost::Message;
use proto::errors::v1::ErrorReason;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    caller::Caller,
    error::{Error, Result},
    token::MeshKey,
};

/// The largest page any list gives.
pub const MOST: i32 = 200;

const SIGNATURE: usize = 32;

/// How many rows a page has: what was asked for, at most [`MOST`]; `default` when nothing was.
pub fn size(asked: i32, default: i32) -> i64 {
    i64::from(if asked > 0 { asked.min(MOST) } else { default })
}

/// Signs page tokens; the same for all replicas of a mesh.
#[derive(Clone, Debug)]
pub struct PageKey(hmac::Key);

impl PageKey {
    /// The key that belongs to a mesh.
    pub fn new(mesh: &MeshKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &mesh.derive(b"page tokens")))
    }

    /// The token that goes on after `cursor` in this caller's list; `query` is the request without page size and token.
    pub fn seal(&self, caller: &Caller, query: &impl Message, cursor: &impl Serialize) -> Result<String> {
        let cursor = serde_json::to_vec(cursor).map_err(Error::internal)?;
        let mut token = self.signature(caller, query, &cursor).as_ref().to_vec();
        token.extend_from_slice(&cursor);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(token))
    }

    /// Where the page begins; `None` for the empty token, the first page.
    pub fn open<C: DeserializeOwned>(
        &self,
        caller: &Caller,
        query: &impl Message,
        token: &str,
    ) -> Result<Option<C>> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| refused())?;
        let (signature, cursor) = bytes.split_at_checked(SIGNATURE).ok_or_else(refused)?;
        hmac::verify(&self.0, &Self::signed(caller, query, cursor), signature).map_err(|_| refused())?;
        serde_json::from_slice(cursor).map(Some).map_err(|_| refused())
    }

    fn signature(&self, caller: &Caller, query: &impl Message, cursor: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0, &Self::signed(caller, query, cursor))
    }

    /// What the signature covers; lengths first, so that no two combinations read the same.
    fn signed(caller: &Caller, query: &impl Message, cursor: &[u8]) -> Vec<u8> {
        let user_id = caller.user_id().unwrap_or_default();
        let mut bytes = Vec::new();
        for part in [user_id.as_bytes(), &query.encode_to_vec(), cursor] {
            bytes.extend_from_slice(&part.len().to_le_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

fn refused() -> Error {
    Error::invalid_because(
        &ErrorReason::PageTokenInvalid,
        "page_token",
        "belongs to another caller or query, or was altered; start from the first page with an empty one",
    )
}
