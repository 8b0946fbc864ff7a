//! `CatalogService`, method by method.

mod adoption;
mod categories;
mod fields;
mod forms;

use mesh_core::{
    audit::Deed,
    caller::{Caller, open},
    db::Tx,
    error::{Error, Result, Violations},
    outbox::{self, Cause},
};
use proto::{
    errors::v1::ErrorReason as Shared,
    events::v1::CatalogChanged,
    tickets::v1::{
        AdoptCategoryTemplatesRequest, AdoptCategoryTemplatesResponse, ArchiveCategoryRequest,
        ArchiveFieldRequest, Category, CreateCategoryRequest, CreateFieldRequest, Field, Form,
        GetFormRequest, GetPriorityMatrixRequest, ListCategoriesRequest, ListCategoriesResponse,
        ListCategoryTemplatesRequest, ListCategoryTemplatesResponse, ListFieldsRequest, ListFieldsResponse,
        PriorityMatrix, UpdateCategoryRequest, UpdateFieldRequest, UpdatePriorityMatrixRequest,
        catalog_service_server::CatalogService,
    },
};
use tonic::{Request, Response, Status};

use super::Catalog;
use crate::{events, store::catalogue};

/// Each method opens its request and hands it to the function of the same purpose.
macro_rules! methods {
    ($($method:ident: $ask:ty => $function:ident -> $answer:ty;)*) => {
        #[tonic::async_trait]
        impl CatalogService for Catalog {
            $(async fn $method(&self, request: Request<$ask>) -> Result<Response<$answer>, Status> {
                let (caller, ask) = open(request)?;
                Ok(Response::new(self.$function(&caller, ask).await?))
            })*
        }
    };
}

methods! {
    list_categories: ListCategoriesRequest => categories -> ListCategoriesResponse;
    create_category: CreateCategoryRequest => add_category -> Category;
    update_category: UpdateCategoryRequest => change_category -> Category;
    archive_category: ArchiveCategoryRequest => put_away_category -> Category;
    list_fields: ListFieldsRequest => fields -> ListFieldsResponse;
    create_field: CreateFieldRequest => add_field -> Field;
    update_field: UpdateFieldRequest => change_field -> Field;
    archive_field: ArchiveFieldRequest => put_away_field -> Field;
    get_form: GetFormRequest => form -> Form;
    get_priority_matrix: GetPriorityMatrixRequest => matrix -> PriorityMatrix;
    update_priority_matrix: UpdatePriorityMatrixRequest => change_matrix -> PriorityMatrix;
    list_category_templates: ListCategoryTemplatesRequest => templates -> ListCategoryTemplatesResponse;
    adopt_category_templates: AdoptCategoryTemplatesRequest => adopt -> AdoptCategoryTemplatesResponse;
}

/// Tells everybody what changed, the audit log who did it, and whoever kept the catalogue that it is another one.
async fn announce(
    tx: &mut Tx,
    caller: &Caller,
    deed: Deed,
    (subject, version): (&str, i64),
    what: CatalogChanged,
) -> Result<()> {
    catalogue::raise(tx).await?;
    deed.note(tx, caller).await?;
    outbox::push(tx, &Cause::of(caller), events::catalog_changed(subject, version, what)).await?;
    Ok(())
}

/// What an id and a part of it that must be there must look like.
fn check_id(field: &str, id: &str, prefix: &str) -> Result<()> {
    let mut wrong = Violations::default();
    wrong.id(field, id, prefix);
    wrong.into_result()
}

/// It is out of use, and stays as it is.
fn archived(kind: &str) -> Error {
    let message = format!("the {kind} is archived and stays as it is; make another one");
    Error::failed_precondition(&Shared::WrongState, message)
}

/// Somebody else was faster.
fn overtaken() -> Error {
    Error::conflict("somebody else changed it at the same moment; read it again and repeat the change")
}

/// So many are the most there may be.
fn too_many(message: &str) -> Error {
    Error::failed_precondition(&proto::tickets::v1::ErrorReason::TooMany, message)
}
