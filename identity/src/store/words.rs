//! The words people are found by: each word of a name, and the whole address. Kept as bytes, whose order is the same on both
//! engines, so that the beginning of a word is a range of an index.

use mesh_core::{
    db::{Assembly, Tx},
    error::Result,
};

use crate::user::{Profile, name_key};

mesh_core::statements! {
    /// Somebody's words go.
    FORGET = "delete from user_words where user_id = $1";
}

/// More than any beginning: UTF-8 has no such byte.
const AFTER_ALL: u8 = 0xff;

/// Makes these the words of somebody.
pub(crate) async fn set(tx: &mut Tx, user_id: &str, profile: &Profile) -> Result<()> {
    sqlx::query(FORGET).bind(user_id).execute(tx.conn()).await?;
    let mut insert = Assembly::new("insert into user_words (word, user_id, of_address) values ");
    let key = name_key(&profile.display_name);
    let of_name = key.split(' ').map(|word| (word, 0_i64));
    let of_address = (!profile.email.is_empty()).then_some((profile.email.as_str(), 1_i64));
    for (index, (word, of_address)) in of_name.chain(of_address).enumerate() {
        insert.push(if index == 0 { "(" } else { ", (" }).bind(word.as_bytes().to_vec());
        insert.push(", ").bind(user_id.to_owned()).push(", ").bind(of_address).push(")");
    }
    insert.push(" on conflict do nothing");
    insert.execute(tx.conn()).await?;
    Ok(())
}

/// Adds to a question for people that one of their words begins like this.
pub(crate) fn narrow(ask: &mut Assembly, beginning: &str, with_address: bool) {
    let (from, mut to) = (beginning.as_bytes().to_vec(), beginning.as_bytes().to_vec());
    to.push(AFTER_ALL);
    ask.push(" and id in (select user_id from user_words where word >= ").bind(from);
    ask.push(" and word < ").bind(to);
    ask.push(if with_address { ")" } else { " and of_address = 0)" });
}
