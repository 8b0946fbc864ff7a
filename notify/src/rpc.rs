//! The services of `ticketmesh.notify.v1`.

mod inbox_service;

pub(crate) use inbox_service::Inbox;
use proto::notify::v1::{mail_service_server::MailService, webhook_service_server::WebhookService};

/// Mail templates, deliveries and mailboxes: declared, not built; every method answers `UNIMPLEMENTED`.
#[derive(Debug)]
pub(crate) struct Mail;

impl MailService for Mail {}

/// Webhooks: declared, not built; every method answers `UNIMPLEMENTED`.
#[derive(Debug)]
pub(crate) struct Webhooks;

impl WebhookService for Webhooks {}
