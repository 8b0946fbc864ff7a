//! The catalogue: categories, fields, the priority matrix.
//!
//! The invariant: whoever changes it does so alone and raises the revision, so that what was read is right as long as the
//! revision is the same; asking for that costs one row.

use std::sync::Arc;

use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use sqlx::AnyConnection;
use tokio::sync::Mutex;

use super::Store;
use crate::catalogue::{Adoption, Catalogue, Category, Field, Matrix};

mesh_core::statements! {
    /// Which revision it is.
    REVISION = "select revision from catalogue where name = 'catalogue'";
    /// The same with the priority matrix.
    STATE = "select revision, matrix, matrix_version from catalogue where name = 'catalogue'";
    /// Something changed.
    RAISE = "update catalogue set revision = revision + 1 where name = 'catalogue'";
    /// Writes the matrix, if nobody was faster.
    SAVE_MATRIX = "update catalogue set matrix = $2, matrix_version = matrix_version + 1 where name = 'catalogue' and \
        matrix_version = $1";
    /// Every category.
    CATEGORIES = "select id, department_id, parent_id, name, description, position, field_keys, default_priority, archive_time, \
        version from categories";
    /// Keeps a new category.
    INSERT_CATEGORY = "insert into categories (id, department_id, parent_id, name, name_key, description, position, field_keys, \
        default_priority, archive_time, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 1)";
    /// Writes a changed category, if nobody was faster.
    SAVE_CATEGORY = "update categories set parent_id = $3, name = $4, name_key = $5, description = $6, position = $7, \
        field_keys = $8, default_priority = $9, archive_time = $10, version = version + 1 where id = $1 and version = $2";
    /// Every field.
    FIELDS = "select id, key, label, help, kind, options, required_when, visible_when, default_value, staff_only, role_ids, \
        archive_time, version from fields";
    /// Keeps a new field.
    INSERT_FIELD = "insert into fields (id, key, label, help, kind, options, required_when, visible_when, default_value, staff_only, \
        role_ids, archive_time, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 1)";
    /// Writes a changed field, if nobody was faster.
    SAVE_FIELD = "update fields set label = $3, help = $4, options = $5, required_when = $6, visible_when = $7, default_value = $8, \
        staff_only = $9, role_ids = $10, archive_time = $11, version = version + 1 where id = $1 and version = $2";
}

/// The catalogue as it is, read again only when it changed. Clones share what was read.
#[derive(Clone, Debug)]
pub(crate) struct Catalogues {
    store: Store,
    kept: Arc<Mutex<Option<Arc<Catalogue>>>>,
}

impl Catalogues {
    /// The catalogue in this store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store, kept: Arc::default() }
    }

    /// The catalogue as it is now.
    pub(crate) async fn now(&self) -> Result<Arc<Catalogue>> {
        let revision: i64 = sqlx::query_scalar(REVISION).fetch_one(self.store.db().reader()).await?;
        let mut kept = self.kept.lock().await;
        if let Some(catalogue) = &*kept
            && catalogue.revision >= revision
        {
            return Ok(catalogue.clone());
        }
        let mut connection = self.store.db().reader().acquire().await?;
        let catalogue = Arc::new(load(&mut connection).await?);
        *kept = Some(catalogue.clone());
        Ok(catalogue)
    }
}

/// Begins a change of the catalogue, which no other can meet; with the catalogue as it is.
pub(crate) async fn begin(store: &Store) -> Result<(Tx, Catalogue)> {
    let mut tx = store.db().begin_alone("catalogue").await?;
    let catalogue = load(tx.conn()).await?;
    Ok((tx, catalogue))
}

/// Reads all of it. The revision comes first: what changes meanwhile is read again next time.
async fn load(connection: &mut AnyConnection) -> Result<Catalogue> {
    let (revision, matrix, version): (i64, String, i64) =
        sqlx::query_as(STATE).fetch_one(&mut *connection).await?;
    let matrix = Matrix::of_column(&matrix, version)
        .ok_or_else(|| Error::internal(format!("the priority matrix is damaged: {matrix}")))?;
    let categories: Vec<Category> = sqlx::query_as(CATEGORIES).fetch_all(&mut *connection).await?;
    let fields: Vec<Field> = sqlx::query_as(FIELDS).fetch_all(&mut *connection).await?;
    Catalogue::new(revision, matrix, categories, fields)
        .map_err(|broken| Error::internal(format!("a rule of {} is damaged: {}", broken.key, broken.problem)))
}

/// Tells whoever kept the catalogue that it is another one now.
pub(crate) async fn raise(tx: &mut Tx) -> Result<()> {
    sqlx::query(RAISE).execute(tx.conn()).await?;
    Ok(())
}

/// Writes the matrix over the version before it; `false` when somebody was faster.
pub(crate) async fn save_matrix(tx: &mut Tx, matrix: &Matrix) -> Result<bool> {
    let saved = sqlx::query(SAVE_MATRIX).bind(matrix.version - 1).bind(matrix.to_column());
    Ok(saved.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Keeps what was taken out of the shipped catalogue and is new.
pub(crate) async fn adopt(tx: &mut Tx, adoption: &Adoption) -> Result<()> {
    for field in &adoption.new_fields {
        insert_field(tx, field).await?;
    }
    for category in &adoption.new_categories {
        insert_category(tx, category).await?;
    }
    Ok(())
}

/// Keeps a new category.
pub(crate) async fn insert_category(tx: &mut Tx, category: &Category) -> Result<()> {
    sqlx::query(INSERT_CATEGORY)
        .bind(category.id.clone())
        .bind(category.department_id.clone())
        .bind(category.parent_id.clone())
        .bind(category.name.clone())
        .bind(category.name_key())
        .bind(category.description.clone())
        .bind(category.position)
        .bind(category.field_keys.to_column())
        .bind(category.default_priority as i32)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Writes a category over the version before it; `false` when somebody was faster.
pub(crate) async fn save_category(tx: &mut Tx, after: &Category) -> Result<bool> {
    let saved = sqlx::query(SAVE_CATEGORY)
        .bind(after.id.clone())
        .bind(after.version - 1)
        .bind(after.parent_id.clone())
        .bind(after.name.clone())
        .bind(after.name_key())
        .bind(after.description.clone())
        .bind(after.position)
        .bind(after.field_keys.to_column())
        .bind(after.default_priority as i32)
        .bind(after.archive_time)
        .execute(tx.conn())
        .await?;
    Ok(saved.rows_affected() == 1)
}

/// Keeps a new field.
pub(crate) async fn insert_field(tx: &mut Tx, field: &Field) -> Result<()> {
    sqlx::query(INSERT_FIELD)
        .bind(field.id.clone())
        .bind(field.key.clone())
        .bind(field.label.clone())
        .bind(field.help.clone())
        .bind(field.kind as i32)
        .bind(field.options.to_column().map_err(Error::internal)?)
        .bind(field.required_when.clone())
        .bind(field.visible_when.clone())
        .bind(field.default_value.to_column().map_err(Error::internal)?)
        .bind(field.staff_only)
        .bind(field.role_ids.to_column())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Writes a field over the version before it; `false` when somebody was faster.
pub(crate) async fn save_field(tx: &mut Tx, after: &Field) -> Result<bool> {
    let saved = sqlx::query(SAVE_FIELD)
        .bind(after.id.clone())
        .bind(after.version - 1)
        .bind(after.label.clone())
        .bind(after.help.clone())
        .bind(after.options.to_column().map_err(Error::internal)?)
        .bind(after.required_when.clone())
        .bind(after.visible_when.clone())
        .bind(after.default_value.to_column().map_err(Error::internal)?)
        .bind(after.staff_only)
        .bind(after.role_ids.to_column())
        .bind(after.archive_time)
        .execute(tx.conn())
        .await?;
    Ok(saved.rows_affected() == 1)
}
