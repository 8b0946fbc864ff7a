//! A copy of a database that is in use.

use std::path::Path;

use super::{Db, Engine};
use crate::error::{Error, Result};

/// Writes the whole database, as of one moment, into a file that is not there yet. SQLite's alone.
const COPY: &str = "vacuum into $1";

impl Db {
    /// Copies a SQLite database to `file` while others read and write it. PostgreSQL has `pg_dump` for that.
    pub async fn copy_to(&self, file: &Path) -> Result<()> {
        if self.engine() != Engine::Sqlite {
            return Err(Error::invalid("database", "is on PostgreSQL; copy it with pg_dump"));
        }
        let name = file
            .to_str()
            .ok_or_else(|| Error::invalid("file", "has a name that is no text; choose another"))?;
        sqlx::query(COPY).bind(name.to_owned()).execute(&self.0.writers).await?;
        Ok(())
    }
}
