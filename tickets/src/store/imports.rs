//! What tickets of other systems are called there.
//!
//! The invariant: a name is claimed in the transaction that keeps its ticket, so of two who import the same only one does.

use std::collections::{BTreeMap, HashMap, HashSet};

use mesh_core::{
    db::{Assembly, Tx},
    error::Result,
};
use sqlx::{AnyConnection, Row};

use super::Store;
use crate::import::{Key, OWN};

impl Store {
    /// Those of the names that were claimed, or that are those of tickets filed here, also when they were deleted since: an export
    /// brought back adds nothing.
    pub(crate) async fn claimed(&self, keys: &[Key]) -> Result<HashSet<Key>> {
        let mut connection = self.db.reader().acquire().await?;
        let mut by_system: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for key in keys {
            by_system.entry(&key.system).or_default().push(&key.external_id);
        }
        let mut claimed = HashSet::new();
        for (system, external_ids) in by_system {
            let mut sql = Assembly::new("select external_id from imports where system = ");
            sql.bind(system.to_owned()).push(" and external_id in ").list(external_ids.iter().copied());
            if system == OWN {
                sql.push(" union select id from tickets where id in ").list(external_ids.iter().copied());
                sql.push(" union select ticket_id from tombstones where ticket_id in ").list(external_ids);
            }
            for row in sql.fetch_all(&mut connection).await? {
                claimed.insert(Key { system: system.to_owned(), external_id: row.try_get(0)? });
            }
        }
        Ok(claimed)
    }

    /// The ids of the tickets that are there under these names.
    pub(crate) async fn called(&self, keys: &[Key]) -> Result<HashMap<Key, String>> {
        let mut connection = self.db.reader().acquire().await?;
        let mut by_system: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for key in keys {
            by_system.entry(&key.system).or_default().push(&key.external_id);
        }
        let mut called = HashMap::new();
        for (system, external_ids) in by_system {
            let mut sql = Assembly::new("select external_id, ticket_id from imports where system = ");
            sql.bind(system.to_owned()).push(" and external_id in ").list(external_ids.iter().copied());
            if system == OWN {
                sql.push(" union select id, id from tickets where id in ").list(external_ids);
            }
            for row in sql.fetch_all(&mut connection).await? {
                let key = Key { system: system.to_owned(), external_id: row.try_get(0)? };
                called.insert(key, row.try_get(1)?);
            }
        }
        Ok(called)
    }

    /// The names of these tickets, by their ids, as far as they were imported.
    pub(crate) async fn names(&self, ticket_ids: &[&str]) -> Result<HashMap<String, Key>> {
        let mut connection = self.db.reader().acquire().await?;
        names(&mut connection, ticket_ids).await
    }
}

async fn names(connection: &mut AnyConnection, ticket_ids: &[&str]) -> Result<HashMap<String, Key>> {
    let mut sql = Assembly::new("select ticket_id, system, external_id from imports where ticket_id in ");
    sql.list(ticket_ids.iter().copied());
    let mut names = HashMap::new();
    for row in sql.fetch_all(connection).await? {
        names.insert(row.try_get(0)?, Key { system: row.try_get(1)?, external_id: row.try_get(2)? });
    }
    Ok(names)
}

/// Claims a name for each ticket; the ids of those whose name was free. In one order, so that no two wait for each other.
pub(crate) async fn claim(tx: &mut Tx, mut tickets: Vec<(&Key, &str)>) -> Result<HashSet<String>> {
    tickets.sort_unstable();
    let mut sql = Assembly::new("insert into imports (system, external_id, ticket_id) values ");
    for (index, (key, ticket_id)) in tickets.iter().enumerate() {
        sql.push(if index == 0 { "" } else { ", " });
        sql.list([key.system.clone(), key.external_id.clone(), (*ticket_id).to_owned()]);
    }
    sql.push(" on conflict (system, external_id) do nothing returning ticket_id");
    let claimed = sql.fetch_all(tx.conn()).await?;
    Ok(claimed.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?)
}
