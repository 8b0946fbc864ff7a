//! The inboxes in the database. One method a question.

use mesh_core::{
    clock::{from_micros, to_proto},
    db::{Db, Tx},
    error::Result,
};
use proto::notify::v1::Notification;
use sqlx::{Row, any::AnyRow};

use crate::news::News;

mesh_core::statements! {
    /// One more notification.
    INSERT = "insert into notifications (id, user_id, kind, subject, body, ticket_id, ticket_number, actor_id, actor_name, created_at)
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// A page of a person's notifications, newest first.
    LIST = "select id, user_id, kind, subject, body, ticket_id, ticket_number, actor_id, created_at, read_at
            from notifications where user_id = $1 and id < $2 order by id desc limit $3";
    /// The same of the unread ones.
    LIST_UNREAD = "select id, user_id, kind, subject, body, ticket_id, ticket_number, actor_id, created_at, read_at
                   from notifications where user_id = $1 and read_at is null and id < $2 order by id desc limit $3";
    /// How many a person has not read.
    COUNT_UNREAD = "select count(*) as unread from notifications where user_id = $1 and read_at is null";
    /// One notification of a person was read; reading it again changes nothing.
    READ = "update notifications set read_at = $1 where id = $2 and user_id = $3 and read_at is null";
    /// All notifications of a person up to a moment were read.
    READ_ALL = "update notifications set read_at = $1 where user_id = $2 and read_at is null and created_at <= $3";
    /// The next notifications of everybody, with whom they name.
    AFTER = "select id, user_id, subject, body, actor_id, actor_name from notifications where id > $1 order by id limit $2";
    /// The same words with another name in them.
    RENAME = "update notifications set subject = $2, body = $3, actor_name = $4 where id = $1";
    /// One that nobody will read.
    REMOVE = "delete from notifications where id = $1";
}

/// What a notification says, to whom, and whom it names.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) actor_id: String,
    /// What its words call him; empty where they don't.
    pub(crate) actor_name: String,
}

/// Sorts after every id.
const AFTER_ALL_IDS: &str = "~";

/// The database of inboxes.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: Db,
}

impl Store {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    pub(crate) async fn begin(&self) -> Result<Tx> {
        self.db.begin().await
    }

    /// Puts news into a person's inbox.
    pub(crate) async fn insert(&self, tx: &mut Tx, news: &News) -> Result<Notification> {
        let id = tx.ids().id("ntf");
        let now = tx.now();
        sqlx::query(INSERT)
            .bind(&id)
            .bind(&news.user_id)
            .bind(i64::from(i32::from(news.kind)))
            .bind(&news.subject)
            .bind(&news.body)
            .bind(&news.ticket_id)
            .bind(&news.ticket_number)
            .bind(&news.actor_id)
            .bind(&news.actor_name)
            .bind(now.as_microsecond())
            .execute(tx.conn())
            .await?;
        Ok(Notification {
            id,
            user_id: news.user_id.clone(),
            kind: news.kind.into(),
            subject: news.subject.clone(),
            body: news.body.clone(),
            ticket_id: news.ticket_id.clone(),
            ticket_number: news.ticket_number.clone(),
            actor_id: news.actor_id.clone(),
            create_time: Some(to_proto(now)),
            read_time: None,
        })
    }

    /// A person's notifications made before the one with id `before`, newest first.
    pub(crate) async fn list(
        &self,
        user_id: &str,
        unread_only: bool,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Notification>> {
        let rows = sqlx::query(if unread_only { LIST_UNREAD } else { LIST })
            .bind(user_id)
            .bind(before.unwrap_or(AFTER_ALL_IDS))
            .bind(limit)
            .fetch_all(self.db.reader())
            .await?;
        rows.iter().map(notification).collect()
    }

    /// How many notifications a person has not read.
    pub(crate) async fn count_unread(&self, user_id: &str) -> Result<i64> {
        Ok(sqlx::query(COUNT_UNREAD).bind(user_id).fetch_one(self.db.reader()).await?.try_get("unread")?)
    }

    /// The same as of this transaction.
    pub(crate) async fn count_unread_in(&self, tx: &mut Tx, user_id: &str) -> Result<i64> {
        Ok(sqlx::query(COUNT_UNREAD).bind(user_id).fetch_one(tx.conn()).await?.try_get("unread")?)
    }

    /// Marks a notification as read; answers whether that changed anything.
    pub(crate) async fn read(&self, tx: &mut Tx, user_id: &str, id: &str) -> Result<bool> {
        let now = tx.now().as_microsecond();
        Ok(sqlx::query(READ).bind(now).bind(id).bind(user_id).execute(tx.conn()).await?.rows_affected() > 0)
    }

    /// Marks everything up to a moment as read; answers whether that changed anything.
    pub(crate) async fn read_all(&self, tx: &mut Tx, user_id: &str, until: jiff::Timestamp) -> Result<bool> {
        let now = tx.now().as_microsecond();
        let done = sqlx::query(READ_ALL)
            .bind(now)
            .bind(user_id)
            .bind(until.as_microsecond())
            .execute(tx.conn())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The next notifications of everybody, after an id.
    pub(crate) async fn after(&self, tx: &mut Tx, id: &str, limit: i64) -> Result<Vec<Told>> {
        let rows = sqlx::query(AFTER).bind(id).bind(limit).fetch_all(tx.conn()).await?;
        rows.iter().map(told).collect()
    }

    /// Writes the words of a notification and whom they name.
    pub(crate) async fn rename(&self, tx: &mut Tx, told: &Told) -> Result<()> {
        let Told { id, subject, body, actor_name, .. } = told;
        let query = sqlx::query(RENAME).bind(id).bind(subject).bind(body).bind(actor_name);
        query.execute(tx.conn()).await?;
        Ok(())
    }

    /// Forgets a notification.
    pub(crate) async fn remove(&self, tx: &mut Tx, id: &str) -> Result<()> {
        sqlx::query(REMOVE).bind(id).execute(tx.conn()).await?;
        Ok(())
    }
}

fn told(row: &AnyRow) -> Result<Told> {
    Ok(Told {
        id: row.try_get("id")?,
        user_id: row.try_get("user_id")?,
        subject: row.try_get("subject")?,
        body: row.try_get("body")?,
        actor_id: row.try_get("actor_id")?,
        actor_name: row.try_get("actor_name")?,
    })
}

fn notification(row: &AnyRow) -> Result<Notification> {
    let instant = |micros: i64| to_proto(from_micros(micros));
    Ok(Notification {
        id: row.try_get("id")?,
        user_id: row.try_get("user_id")?,
        kind: i32::try_from(row.try_get::<i64, _>("kind")?).unwrap_or_default(),
        subject: row.try_get("subject")?,
        body: row.try_get("body")?,
        ticket_id: row.try_get("ticket_id")?,
        ticket_number: row.try_get("ticket_number")?,
        actor_id: row.try_get("actor_id")?,
        create_time: Some(instant(row.try_get("created_at")?)),
        read_time: row.try_get::<Option<i64>, _>("read_at")?.map(instant),
    })
}

#[cfg(test)]
mod tests {
    use mesh_core::{db::Engine, testing::prepare_all};
    use rstest::rstest;

    #[rstest]
    #[tokio::test]
    async fn both_engines_take_every_statement(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
        prepare_all(engine, crate::MIGRATIONS, &[super::ALL]).await;
    }
}
