//! How tickets belong together.

use mesh_core::{
    db::{Assembly, Tx},
    error::Result,
};
use proto::tickets::v1::LinkKind;
use sqlx::AnyConnection;

use super::{
    Store,
    tickets::SELECT_SUMMARY,
    visibility::{self, Shape},
};
use crate::{
    access::Viewer,
    link::{Edge, Link},
    ticket::Ticket,
};

/// The most tickets below one that are looked at.
const MOST_DESCENDANTS: i64 = 500;

mesh_core::statements! {
    /// One link.
    BY_ID = "select id, from_id, to_id, kind, create_time from links where id = $1";
    /// The links of a ticket, oldest first.
    OF_TICKET = "select id, from_id, to_id, kind, create_time from links where from_id = $1 or to_id = $1 order by create_time, id";
    /// Keeps a link, once.
    INSERT = "insert into links (id, from_id, to_id, kind, create_time) values ($1, $2, $3, $4, $5) on conflict do nothing";
    /// Removes a link.
    DELETE = "delete from links where id = $1";
    /// Whether links of kind $1 lead from ticket $2 to ticket $3, however far.
    LEADS = "with recursive below (id) as (select to_id from links where kind = $1 and from_id = $2 \
        union select l.to_id from links l join below on l.from_id = below.id where l.kind = $1) \
        select 1 from below where id = $3";
    /// The tickets below ticket $2 by links of kind $1.
    BELOW = "with recursive below (id) as (select to_id from links where kind = $1 and from_id = $2 \
        union select l.to_id from links l join below on l.from_id = below.id where l.kind = $1) \
        select id from below limit $3";
}

/// One link.
pub(crate) async fn link(tx: &mut Tx, id: &str) -> Result<Option<Link>> {
    Ok(sqlx::query_as(BY_ID).bind(id.to_owned()).fetch_optional(tx.conn()).await?)
}

/// The links of a ticket, oldest first.
pub(crate) async fn of_ticket(connection: &mut AnyConnection, ticket_id: &str) -> Result<Vec<Link>> {
    Ok(sqlx::query_as(OF_TICKET).bind(ticket_id.to_owned()).fetch_all(connection).await?)
}

/// Keeps a link; `false` when it is there.
pub(crate) async fn insert(tx: &mut Tx, link: &Link) -> Result<bool> {
    let query = sqlx::query(INSERT).bind(link.id.clone()).bind(link.from_id.clone()).bind(link.to_id.clone());
    let query = query.bind(link.kind as i32).bind(link.create_time);
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Removes a link; `false` when it is gone.
pub(crate) async fn delete(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(sqlx::query(DELETE).bind(id.to_owned()).execute(tx.conn()).await?.rows_affected() == 1)
}

/// Whether links of this kind lead from one ticket to another, however far.
pub(crate) async fn leads(tx: &mut Tx, kind: LinkKind, from: &str, to: &str) -> Result<bool> {
    let query = sqlx::query(LEADS).bind(kind as i32).bind(from.to_owned()).bind(to.to_owned());
    Ok(query.fetch_optional(tx.conn()).await?.is_some())
}

impl Store {
    /// The links of a ticket, oldest first.
    pub(crate) async fn links(&self, ticket_id: &str) -> Result<Vec<Link>> {
        let mut connection = self.db.reader().acquire().await?;
        of_ticket(&mut connection, ticket_id).await
    }

    /// The links of these tickets, oldest first.
    pub(crate) async fn links_of(&self, ids: &[&str]) -> Result<Vec<Link>> {
        let mut sql =
            Assembly::new("select id, from_id, to_id, kind, create_time from links where from_id in ");
        sql.list(ids.iter().copied()).push(" or to_id in ").list(ids.iter().copied());
        sql.push(" order by create_time, id");
        let mut connection = self.db.reader().acquire().await?;
        sql.fetch_as(&mut connection).await
    }

    /// Those of these tickets the viewer may see, in no order.
    pub(crate) async fn visible(&self, viewer: &Viewer, ids: Vec<&str>) -> Result<Vec<Ticket>> {
        let mut sql = Assembly::new(SELECT_SUMMARY);
        sql.push("t.id in ").list(ids);
        visibility::push(&mut sql, viewer, Shape::Row);
        let mut connection = self.db.reader().acquire().await?;
        sql.fetch_as(&mut connection).await
    }

    /// The tickets below one by links to children.
    pub(crate) async fn descendants(&self, ticket_id: &str) -> Result<Vec<String>> {
        let query = sqlx::query_scalar(BELOW).bind(LinkKind::Parent as i32).bind(ticket_id.to_owned());
        Ok(query.bind(MOST_DESCENDANTS).fetch_all(self.db.reader()).await?)
    }

    /// The links by which others block these tickets.
    pub(crate) async fn blocks(&self, ids: &[&str]) -> Result<Vec<Edge>> {
        let mut sql = Assembly::new("select from_id, to_id from links where kind = ");
        sql.bind(LinkKind::Blocks as i32).push(" and to_id in ").list(ids.iter().copied());
        sql.push(" order by from_id, to_id");
        let mut connection = self.db.reader().acquire().await?;
        sql.fetch_as(&mut connection).await
    }
}
