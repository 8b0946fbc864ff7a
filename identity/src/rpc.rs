//! The gRPC face: one module a service. A handler reads top to bottom: check what was asked, load, `policy::check`, domain, one
//! transaction, answer.

mod account;
mod auth;
mod directory;
mod security;

use mesh_core::{
    caller::{self, Caller},
    error::{Error, Result},
    policy::Scope,
};
use prost::Name;
use proto::{
    errors::v1::ErrorReason as Shared,
    identity::v1::{
        account_service_server::AccountServiceServer, auth_service_server::AuthServiceServer,
        directory_service_server::DirectoryServiceServer, security_service_server::SecurityServiceServer,
    },
};
use tonic::{Request, Response, Status, service::Routes};

use crate::{Identity, wire};

/// Every service of the package.
pub(crate) fn routes(identity: &Identity) -> Routes {
    let mut routes = Routes::builder();
    routes
        .add_service(AuthServiceServer::new(auth::Auth(identity.clone())))
        .add_service(AccountServiceServer::new(account::Account(identity.clone())))
        .add_service(DirectoryServiceServer::new(directory::Directory(identity.clone())))
        .add_service(SecurityServiceServer::new(security::Security(identity.clone())));
    routes.routes()
}

/// Opens a request, has it handled, and wraps the answer.
async fn answer<Q, A, F>(
    request: Request<Q>,
    handle: impl FnOnce(Caller, Q) -> F,
) -> Result<Response<A>, Status>
where
    F: Future<Output = Result<A>>,
{
    let (caller, ask) = caller::open(request)?;
    Ok(Response::new(handle(caller, ask).await?))
}

/// Fine when the etag is that of this version; `current` is what a caller with an old one is shown.
fn expect_version(caller: &Caller, etag: &str, version: i64, current: &impl Name) -> Result<()> {
    if etag.is_empty() && caller.is_interactive() {
        let problem = "is missing; send the etag of the version you read";
        return Err(Error::invalid_because(&Shared::EtagRequired, "etag", problem));
    }
    if etag.is_empty() || etag == wire::etag(version) {
        return Ok(());
    }
    Err(Error::stale(current))
}

/// The write met another one between reading and writing.
fn overtaken() -> Error {
    Error::conflict("somebody else changed it at the same moment; read it again and repeat the change")
}

/// A department, or everywhere for `""`.
fn place(department_id: &str) -> Scope<'_> {
    if department_id.is_empty() { Scope::everywhere() } else { Scope::department(department_id) }
}

/// The message an update can't do without.
fn required<T>(field: &str, message: Option<T>) -> Result<T> {
    message.ok_or_else(|| Error::invalid(field, "is missing; send what is to be written"))
}

/// The paths of an update mask, of which there must be one at least.
fn paths(mask: Option<prost_types::FieldMask>) -> Result<Vec<String>> {
    let paths = mask.unwrap_or_default().paths;
    if paths.is_empty() {
        return Err(Error::invalid("update_mask", "is empty; name the fields to be written"));
    }
    Ok(paths)
}

/// The rows of one page, and whether there are more: one row more than the page has was asked for.
fn page<T>(mut rows: Vec<T>, size: i64) -> (Vec<T>, bool) {
    let size = usize::try_from(size).unwrap_or_default();
    let more = rows.len() > size;
    rows.truncate(size);
    (rows, more)
}

/// Sizes of pages when none was asked for.
const PAGE: i32 = 50;
