//! Who failed to sign in, who is kept from trying on, and letting him.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    page,
    policy::{self, Action, Scope},
};
use proto::identity::v1::{Block, BlockKind, ListBlocksRequest, ListBlocksResponse, UnblockRequest};
use serde_json::json;

use super::super::{PAGE, page as cut};
use crate::{
    Identity,
    access::Authority,
    guard,
    protection::Counter,
    store::{
        counters::{self, Wanted},
        users,
    },
    user::User,
    wire,
};

const KINDS: [BlockKind; 3] = [BlockKind::Address, BlockKind::Device, BlockKind::Account];

impl Identity {
    pub(super) async fn list_blocks(
        &self,
        caller: Caller,
        mut ask: ListBlocksRequest,
    ) -> Result<ListBlocksResponse> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        let kinds = kinds(ask.kind)?;
        let (size, token) = (page::size(ask.page_size, PAGE), std::mem::take(&mut ask.page_token));
        ask.page_size = 0;
        let after = self.pages.open(&caller, &ask, &token)?;
        let mut db = self.db.reader().acquire().await?;
        let (protection, now) = (guard::protection(&mut db).await?, self.clock.now());
        let kinds = kinds.into_iter().map(|kind| (kind, protection.bounds(kind))).collect();
        let wanted = Wanted { kinds, only_blocked: ask.only_blocked, now };
        let (rows, more) = cut(counters::list(&mut db, &wanted, after, size + 1).await?, size);
        let next_page_token = match rows.last().filter(|_| more) {
            Some(last) => {
                self.pages.seal(&caller, &ask, &(last.last_failure_at.as_microsecond(), &last.id))?
            }
            None => String::new(),
        };
        let block = |counter: &Counter| wire::block(counter, &protection.bounds(counter.kind), now);
        Ok(ListBlocksResponse { blocks: rows.iter().map(block).collect(), next_page_token })
    }

    pub(super) async fn unblock(&self, caller: Caller, ask: UnblockRequest) -> Result<Block> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        let mut wrong = Violations::default();
        wrong.id("block_id", &ask.block_id, "blk");
        wrong.into_result()?;
        let unknown = || Error::not_found("block", &ask.block_id);
        let mut tx = self.db.begin().await?;
        let counter = counters::find(tx.conn(), &ask.block_id).await?.ok_or_else(unknown)?;
        if !counters::reset(&mut tx, &counter.id).await? {
            return Err(unknown());
        }
        let bounds = guard::protection(tx.conn()).await?.bounds(counter.kind);
        if counter.kind == BlockKind::Account && counter.blocked_until(&bounds, tx.now()).is_some() {
            self.tell_unlocked(&mut tx, &counter.subject).await?;
        }
        let line = Authority::of(&caller).line.about("sign_in.unblocked", &counter.subject);
        let said = |failures| json!({ "kind": counter.kind.as_str_name(), "failures": failures });
        line.change(&said(counter.failures), &said(0)).write(&mut tx).await?;
        let answer = wire::block(&Counter { failures: 0, ..counter }, &bounds, tx.now());
        tx.commit().await?;
        Ok(answer)
    }

    /// Tells the owner of the account with this address, if there is one.
    async fn tell_unlocked(&self, tx: &mut Tx, email: &str) -> Result<()> {
        match users::find_by_email(tx.conn(), email).await?.filter(User::is_active) {
            Some(user) => self.write_unlock_notice(tx, &user).await,
            None => Ok(()),
        }
    }
}

/// The kinds a list wants, by the contract's number of one of them, or of none for all.
fn kinds(number: i32) -> Result<Vec<BlockKind>> {
    match BlockKind::try_from(number) {
        Ok(BlockKind::Unspecified) => Ok(KINDS.into()),
        Ok(kind) => Ok(vec![kind]),
        Err(_) => Err(Error::invalid("kind", "is unknown; name one of BlockKind, or none for all")),
    }
}
