//! The catalogue as clients write it.

use std::collections::BTreeMap;

use mesh_core::peer::PeerChannel;
use proto::tickets::v1::{
    AdoptCategoryTemplatesRequest, AdoptCategoryTemplatesResponse, ArchiveCategoryRequest,
    ArchiveFieldRequest, Category, CreateCategoryRequest, CreateFieldRequest, Field, FieldType, FieldValue,
    Form, GetFormRequest, GetPriorityMatrixRequest, ListCategoriesRequest, ListFieldsRequest,
    Option as Choice, PriorityMatrix, UpdateCategoryRequest, UpdateFieldRequest, UpdatePriorityMatrixRequest,
    catalog_service_client::CatalogServiceClient, field_value::Value,
};

use super::{Answer, Client, fresh};

/// A category at the top whose form has these fields.
pub(crate) fn category(department_id: &str, name: &str, keys: &[&str]) -> Category {
    Category {
        department_id: department_id.to_owned(),
        name: name.to_owned(),
        field_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..Category::default()
    }
}

/// A field that is always shown and never required.
pub(crate) fn field(key: &str, kind: FieldType) -> Field {
    let label = key.replace('_', " ");
    Field { key: key.to_owned(), label, r#type: kind.into(), ..Field::default() }
}

/// A choice between these options.
pub(crate) fn choice(key: &str, options: &[&str]) -> Field {
    let option = |key: &&str| Choice { key: (*key).to_owned(), label: (*key).to_owned(), retired: false };
    Field { options: options.iter().map(option).collect(), ..field(key, FieldType::Choice) }
}

/// A text as a value.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Values by key.
pub(crate) fn answers(given: &[(&str, Value)]) -> BTreeMap<String, FieldValue> {
    let value = |value: &Value| FieldValue { value: Some(value.clone()) };
    given.iter().map(|(key, given)| ((*key).to_owned(), value(given))).collect()
}

impl Client {
    /// The generated client of the catalogue, for calls without a shorthand.
    pub(crate) fn catalogue(&self) -> CatalogServiceClient<PeerChannel> {
        self.catalogue.clone()
    }

    pub(crate) async fn add_category(&self, category: Category) -> Answer<Category> {
        let ask = CreateCategoryRequest { category: Some(category), request_id: fresh() };
        Ok(self.catalogue().create_category(ask).await?.into_inner())
    }

    pub(crate) async fn change_category(&self, category: Category, paths: &[&str]) -> Answer<Category> {
        let update_mask = Some(mask(paths));
        let ask = UpdateCategoryRequest { category: Some(category), update_mask };
        Ok(self.catalogue().update_category(ask).await?.into_inner())
    }

    pub(crate) async fn archive_category(&self, category: &Category) -> Answer<Category> {
        let ask = ArchiveCategoryRequest { id: category.id.clone(), etag: category.etag.clone() };
        Ok(self.catalogue().archive_category(ask).await?.into_inner())
    }

    pub(crate) async fn categories(&self, department_id: &str, with_archived: bool) -> Vec<Category> {
        let ask = ListCategoriesRequest { department_id: department_id.to_owned(), with_archived };
        self.catalogue().list_categories(ask).await.expect("lists").into_inner().categories
    }

    pub(crate) async fn add_field(&self, field: Field) -> Answer<Field> {
        let ask = CreateFieldRequest { field: Some(field), request_id: fresh() };
        Ok(self.catalogue().create_field(ask).await?.into_inner())
    }

    pub(crate) async fn change_field(&self, field: Field, paths: &[&str]) -> Answer<Field> {
        let update_mask = Some(mask(paths));
        let ask = UpdateFieldRequest { field: Some(field), update_mask };
        Ok(self.catalogue().update_field(ask).await?.into_inner())
    }

    pub(crate) async fn archive_field(&self, field: &Field) -> Answer<Field> {
        let ask = ArchiveFieldRequest { id: field.id.clone(), etag: field.etag.clone() };
        Ok(self.catalogue().archive_field(ask).await?.into_inner())
    }

    /// The keys of the fields one sees.
    pub(crate) async fn field_keys(&self, with_archived: bool) -> Vec<String> {
        let ask = ListFieldsRequest { with_archived };
        let fields = self.catalogue().list_fields(ask).await.expect("lists").into_inner().fields;
        fields.into_iter().map(|field| field.key).collect()
    }

    /// The field with this key.
    pub(crate) async fn catalogue_field(&self, key: &str) -> Field {
        let listed = self.catalogue().list_fields(ListFieldsRequest::default()).await.expect("fields");
        let found = listed.into_inner().fields.into_iter().find(|field| field.key == key);
        found.expect("the field is there")
    }

    pub(crate) async fn form(&self, category: &Category, given: &[(&str, Value)]) -> Answer<Form> {
        let ask = GetFormRequest {
            category_id: category.id.clone(),
            fields: answers(given),
            ..GetFormRequest::default()
        };
        Ok(self.catalogue().get_form(ask).await?.into_inner())
    }

    pub(crate) async fn matrix(&self) -> PriorityMatrix {
        self.catalogue().get_priority_matrix(GetPriorityMatrixRequest {}).await.expect("reads").into_inner()
    }

    pub(crate) async fn change_matrix(&self, matrix: PriorityMatrix) -> Answer<PriorityMatrix> {
        let ask = UpdatePriorityMatrixRequest { matrix: Some(matrix) };
        Ok(self.catalogue().update_priority_matrix(ask).await?.into_inner())
    }

    pub(crate) async fn adopt(
        &self,
        department_id: &str,
        keys: &[&str],
    ) -> Answer<AdoptCategoryTemplatesResponse> {
        let ask = AdoptCategoryTemplatesRequest {
            department_id: department_id.to_owned(),
            template_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            request_id: fresh(),
        };
        Ok(self.catalogue().adopt_category_templates(ask).await?.into_inner())
    }
}

fn mask(paths: &[&str]) -> prost_types::FieldMask {
    prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
}
