//! The catalogue as the desk needs it: categories to sort a ticket into, and the fields of one.

use std::collections::BTreeMap;

use proto::tickets::v1::{
    Category, FieldValue, Form, GetFormRequest, ListCategoriesRequest, catalog_service,
};

use super::{Answer, ask};

/// The categories of a department, a parent before its children.
pub(crate) async fn categories(department_id: String) -> Answer<Vec<Category>> {
    let asked = ListCategoriesRequest { department_id, with_archived: false };
    ask(catalog_service::LIST_CATEGORIES, asked).await.map(|answer| answer.categories)
}

/// A category's form, with what is shown and what must be filled as things were entered so far.
pub(crate) async fn form(category_id: String, fields: BTreeMap<String, FieldValue>) -> Answer<Form> {
    let asked = GetFormRequest { category_id, fields, ..GetFormRequest::default() };
    ask(catalog_service::GET_FORM, asked).await
}
