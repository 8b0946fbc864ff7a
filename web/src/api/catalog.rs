//! The catalogue: what may be asked for, and with which fields.

use proto::tickets::v1::{
    AdoptCategoryTemplatesRequest, ArchiveCategoryRequest, ArchiveFieldRequest, Category, CategoryTemplate,
    CreateCategoryRequest, CreateFieldRequest, Field, Form, GetFormRequest, GetPriorityMatrixRequest,
    ListCategoriesRequest, ListCategoryTemplatesRequest, ListFieldsRequest, PriorityMatrix,
    UpdateCategoryRequest, UpdateFieldRequest, UpdatePriorityMatrixRequest, catalog_service,
};

use super::{Answer, ask, mask, request_id};

/// The categories of a department, of all when empty; parents before children.
pub(crate) async fn categories(department_id: String, with_archived: bool) -> Answer<Vec<Category>> {
    let asked = ListCategoriesRequest { department_id, with_archived };
    ask(catalog_service::LIST_CATEGORIES, asked).await.map(|answer| answer.categories)
}

/// Adds a category; the same `request_id` never adds it twice.
pub(crate) async fn create_category(category: Category, request_id: String) -> Answer<Category> {
    let asked = CreateCategoryRequest { category: Some(category), request_id };
    ask(catalog_service::CREATE_CATEGORY, asked).await
}

/// Changes the named fields of a category as it was read.
pub(crate) async fn update_category(category: Category, paths: &[&str]) -> Answer<Category> {
    let asked = UpdateCategoryRequest { category: Some(category), update_mask: Some(mask(paths)) };
    ask(catalog_service::UPDATE_CATEGORY, asked).await
}

/// Takes a category, and those below it, out of use.
pub(crate) async fn archive_category(category: &Category) -> Answer<Category> {
    let asked = ArchiveCategoryRequest { id: category.id.clone(), etag: category.etag.clone() };
    ask(catalog_service::ARCHIVE_CATEGORY, asked).await
}

/// All fields that forms can show.
pub(crate) async fn fields(with_archived: bool) -> Answer<Vec<Field>> {
    let asked = ListFieldsRequest { with_archived };
    ask(catalog_service::LIST_FIELDS, asked).await.map(|answer| answer.fields)
}

/// Adds a field; the same `request_id` never adds it twice.
pub(crate) async fn create_field(field: Field, request_id: String) -> Answer<Field> {
    let asked = CreateFieldRequest { field: Some(field), request_id };
    ask(catalog_service::CREATE_FIELD, asked).await
}

/// Changes the named parts of a field as it was read.
pub(crate) async fn update_field(field: Field, paths: &[&str]) -> Answer<Field> {
    let asked = UpdateFieldRequest { field: Some(field), update_mask: Some(mask(paths)) };
    ask(catalog_service::UPDATE_FIELD, asked).await
}

/// Takes a field out of use.
pub(crate) async fn archive_field(field: &Field) -> Answer<Field> {
    let asked = ArchiveFieldRequest { id: field.id.clone(), etag: field.etag.clone() };
    ask(catalog_service::ARCHIVE_FIELD, asked).await
}

/// A category's form, and what of it is shown and required for what was entered so far.
pub(crate) async fn form(asked: GetFormRequest) -> Answer<Form> {
    ask(catalog_service::GET_FORM, asked).await
}

/// Which priority goes with which impact and urgency.
pub(crate) async fn matrix() -> Answer<PriorityMatrix> {
    ask(catalog_service::GET_PRIORITY_MATRIX, GetPriorityMatrixRequest {}).await
}

/// Changes that.
pub(crate) async fn update_matrix(matrix: PriorityMatrix) -> Answer<PriorityMatrix> {
    let asked = UpdatePriorityMatrixRequest { matrix: Some(matrix) };
    ask(catalog_service::UPDATE_PRIORITY_MATRIX, asked).await
}

/// The parts of the catalogue that is shipped.
pub(crate) async fn templates() -> Answer<Vec<CategoryTemplate>> {
    ask(catalog_service::LIST_CATEGORY_TEMPLATES, ListCategoryTemplatesRequest {})
        .await
        .map(|answer| answer.templates)
}

/// Takes parts of it into a department; what is there stays as it is.
pub(crate) async fn adopt(department_id: String, template_keys: Vec<String>) -> Answer<Vec<Category>> {
    let asked = AdoptCategoryTemplatesRequest { department_id, template_keys, request_id: request_id() };
    ask(catalog_service::ADOPT_CATEGORY_TEMPLATES, asked).await.map(|answer| answer.categories)
}
