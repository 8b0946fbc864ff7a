//! Approvals and those who are asked.

use mesh_core::error::{Error, Result};
use prost::Message;
use proto::workflow::v1::{Approval, TransitionRequest};
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::{number, touch};
use crate::approval::Asked;

mesh_core::statements! {
    /// A new one, unless the run waits for one.
    INSERT = "insert into approvals (id, version, run_id, state, approval, press) values ($1, $2, $3, $4, $5, $6) \
        on conflict do nothing";
    /// It as it is now, if it still had the version before.
    SAVE = "update approvals set version = $2, state = $3, approval = $4 where id = $1 and version = $2 - 1";
    /// Somebody is asked.
    ASK = "insert into approvers (user_id, approval_id) values ($1, $2) on conflict do nothing";
    /// One of them.
    BY_ID = "select * from approvals where id = $1";
    /// The one a run waits for.
    OPEN_OF = "select * from approvals where run_id = $1 and state = 1";
    /// Those of a run before an id, newest first; closed ones only when asked for.
    OF_RUN = "select * from approvals where run_id = $1 and id < $2 and (state = 1 or $3 = 1) order by id desc limit $4";
    /// Those asked of a person before an id, newest first; closed ones only when asked for.
    OF_PERSON = "select a.* from approvers p join approvals a on a.id = p.approval_id where p.user_id = $1 and a.id < $2 \
        and (a.state = 1 or $3 = 1) order by a.id desc limit $4";
}

/// Writes a new one and asks its first level; false when the run waits for another one.
pub(crate) async fn insert(conn: &mut AnyConnection, asked: &Asked) -> Result<bool> {
    let statement = query(INSERT)
        .bind(asked.approval.id.clone())
        .bind(asked.version)
        .bind(asked.approval.run_id.clone())
        .bind(number(asked.approval.state()))
        .bind(asked.approval.encode_to_vec())
        .bind(asked.press.encode_to_vec());
    if touch(statement, &mut *conn).await? == 0 {
        return Ok(false);
    }
    ask(conn, asked).await?;
    Ok(true)
}

/// Writes it anew, and asks those who are new; false when somebody else voted at the same moment.
pub(crate) async fn save(conn: &mut AnyConnection, asked: &Asked) -> Result<bool> {
    let statement = query(SAVE)
        .bind(asked.approval.id.clone())
        .bind(asked.version)
        .bind(number(asked.approval.state()))
        .bind(asked.approval.encode_to_vec());
    if touch(statement, &mut *conn).await? == 0 {
        return Ok(false);
    }
    ask(conn, asked).await?;
    Ok(true)
}

async fn ask(conn: &mut AnyConnection, asked: &Asked) -> Result<()> {
    for user_id in asked.approvers() {
        touch(query(ASK).bind(user_id.to_owned()).bind(asked.approval.id.clone()), &mut *conn).await?;
    }
    Ok(())
}

pub(crate) async fn by_id(conn: &mut AnyConnection, id: &str) -> Result<Option<Asked>> {
    query(BY_ID).bind(id.to_owned()).fetch_optional(conn).await?.as_ref().map(read).transpose()
}

/// The approval a run waits for.
pub(crate) async fn open_of(conn: &mut AnyConnection, run_id: &str) -> Result<Option<Asked>> {
    query(OPEN_OF).bind(run_id.to_owned()).fetch_optional(conn).await?.as_ref().map(read).transpose()
}

/// Whose approvals.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whose<'a> {
    Run(&'a str),
    Person(&'a str),
}

/// Approvals before an id, newest first.
pub(crate) async fn before(
    conn: &mut AnyConnection,
    whose: Whose<'_>,
    id: &str,
    closed: bool,
    limit: i64,
) -> Result<Vec<Asked>> {
    let statement = match whose {
        Whose::Run(run_id) => query(OF_RUN).bind(run_id.to_owned()),
        Whose::Person(user_id) => query(OF_PERSON).bind(user_id.to_owned()),
    };
    let statement = statement.bind(id.to_owned()).bind(i64::from(closed)).bind(limit);
    statement.fetch_all(conn).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Asked> {
    let (approval, press): (Vec<u8>, Vec<u8>) = (row.try_get("approval")?, row.try_get("press")?);
    Ok(Asked {
        approval: Approval::decode(approval.as_slice()).map_err(Error::internal)?,
        press: TransitionRequest::decode(press.as_slice()).map_err(Error::internal)?,
        version: row.try_get("version")?,
    })
}
