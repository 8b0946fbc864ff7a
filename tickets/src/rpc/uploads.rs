//! `UploadService`: the bytes of an upload have come.
//!
//! The order that keeps a content from being collected under our hands: refer to it and commit; then make it a blob; then say
//! that it is there. Stopped between any two steps, the same call goes on from the beginning.

use mesh_core::{
    blobs::Arrived,
    caller::open,
    error::{Error, Result, Violations},
    policy::{self, Action, Scope},
};
use proto::tickets::v1::{
    self as wire, AttachmentState, FinishUploadRequest, upload_service_server::UploadService,
};
use tonic::{Request, Response, Status};

use super::Uploads;
use crate::{
    attachment::{
        Attachment,
        kind::{Kind, recognise},
    },
    files::{self, Content},
    store::{attachments, contents},
    wire::attachment as encode,
};

#[tonic::async_trait]
impl UploadService for Uploads {
    async fn finish_upload(
        &self,
        request: Request<FinishUploadRequest>,
    ) -> Result<Response<wire::Attachment>, Status> {
        let (caller, ask) = open(request)?;
        policy::check(&caller, Action::FinishUpload, &Scope::everywhere())?;
        Ok(Response::new(self.finish(&ask).await?))
    }
}

impl Uploads {
    async fn finish(&self, ask: &FinishUploadRequest) -> Result<wire::Attachment> {
        let mut wrong = Violations::default();
        wrong.id("id", &ask.id, "att");
        wrong.into_result()?;
        let awaited = self.upload(&ask.id).await?;
        if awaited.state != AttachmentState::Uploading {
            return Ok(encode(&awaited));
        }
        match self.take(&awaited, &ask.sha256).await {
            // Another request may have been faster; then it is done.
            Err(error @ Error::Aborted { .. }) => match self.upload(&ask.id).await? {
                taken if taken.state != AttachmentState::Uploading => Ok(encode(&taken)),
                _ => Err(error),
            },
            Err(error) if is_final(&error) => {
                self.forget(&awaited).await?;
                Err(error)
            }
            Err(error) => Err(error),
            Ok(()) => Ok(encode(&self.upload(&ask.id).await?)),
        }
    }

    async fn upload(&self, id: &str) -> Result<Attachment> {
        self.0.store.attachment(id).await?.ok_or_else(|| Error::not_found("upload", id))
    }

    /// Takes what has come, if it is whole and what it should be.
    async fn take(&self, awaited: &Attachment, said: &str) -> Result<()> {
        let arrived = self.0.blobs.arrived(&awaited.id).await?;
        let (come, size) = (arrived.size, u64::try_from(awaited.size).unwrap_or_default());
        if come != size {
            return Err(Error::conflict(format!("{come} of {size} bytes have come; go on there")));
        }
        let content = files::read(self.0.blobs.read(&arrived).await?).await?;
        if !said.is_empty() && said != content.sha256 {
            let problem = format!("is {said}, but the bytes have {}; send them again", content.sha256);
            return Err(Error::invalid("sha256", problem));
        }
        let kind = recognise(&awaited.name, &content.head)?;
        self.refer(awaited, &content).await?;
        self.keep(awaited, &arrived, &content, &kind).await
    }

    /// Says what content the upload has, so that nobody collects it.
    async fn refer(&self, awaited: &Attachment, content: &Content) -> Result<()> {
        let mut tx = self.0.store.db().begin().await?;
        contents::note(&mut tx, &content.sha256, awaited.size).await?;
        if !attachments::refer(&mut tx, &awaited.id, &content.sha256).await? {
            return Err(overtaken());
        }
        if awaited.sha256 != content.sha256 {
            files::collect_later(&mut tx, vec![awaited.sha256.clone()]).await?;
        }
        tx.commit().await
    }

    /// Makes the content a blob, and the upload a file.
    async fn keep(
        &self,
        awaited: &Attachment,
        arrived: &Arrived,
        content: &Content,
        kind: &Kind,
    ) -> Result<()> {
        self.0.blobs.keep(arrived, &content.sha256).await?;
        let is_scanned = !self.0.scanner.is_none();
        let state = if is_scanned { AttachmentState::Scanning } else { AttachmentState::Ready };
        let mut tx = self.0.store.db().begin().await?;
        if !attachments::take(&mut tx, &awaited.id, &content.sha256, kind, state).await? {
            return Err(overtaken());
        }
        if is_scanned {
            files::scan_soon(&mut tx, &awaited.id).await?;
        }
        tx.commit().await?;
        self.0.discard(&awaited.id).await;
        Ok(())
    }

    /// Forgets an upload that can come to nothing.
    async fn forget(&self, awaited: &Attachment) -> Result<()> {
        let mut tx = self.0.store.db().begin().await?;
        if let Some(content) = attachments::expire(&mut tx, &awaited.id).await? {
            files::collect_later(&mut tx, vec![content]).await?;
            tx.commit().await?;
        }
        self.0.discard(&awaited.id).await;
        Ok(())
    }
}

/// Whether sending the same bytes again would end the same way.
const fn is_final(error: &Error) -> bool {
    matches!(error, Error::Invalid { .. } | Error::FailedPrecondition { .. })
}

fn overtaken() -> Error {
    Error::conflict("the upload was ended by another request; ask how far it is")
}
