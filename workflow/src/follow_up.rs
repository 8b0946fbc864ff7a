//! Answers that come too late to open a closed ticket again: each is asked to begin a new ticket that goes on with the old one.
//!
//! Invariant: such an answer never vanishes. The job is written with the note that the answer was heard, and tickets makes one
//! ticket of it however often it is asked.

use async_trait::async_trait;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Handler, Job},
};
use proto::tickets::v1::{Comment, FileFollowUpRequest, projection_service_client::ProjectionServiceClient};
use tonic::Code;

use crate::workflow::Workflow;

/// The kind of these jobs; their key is the closed ticket, so that a second answer finds what the first one began.
pub(crate) const KIND: &str = "follow_up";

/// Asks for a ticket that goes on with the one this answer is on.
pub(crate) async fn ask_for(tx: &mut Tx, answer: &Comment) -> Result<()> {
    let payload = answer.id.clone().into_bytes();
    let job = Job { kind: KIND, key: answer.ticket_id.clone(), due: tx.now(), payload };
    jobs::enqueue(tx, job).await.map(drop)
}

/// Has them filed.
#[derive(Clone, Debug)]
pub(crate) struct FollowUps(pub(crate) Workflow);

#[async_trait]
impl Handler for FollowUps {
    async fn run(&self, job: &Job) -> Result<()> {
        let comment_id = String::from_utf8(job.payload.clone()).map_err(Error::internal)?;
        let ask = FileFollowUpRequest { ticket_id: job.key.clone(), comment_id };
        match ProjectionServiceClient::new(self.0.tickets.for_worker()).file_follow_up(ask).await {
            Ok(_) => Ok(()),
            // The ticket or the answer was deleted meanwhile, or moved by somebody who saw to it.
            Err(status) if status.code() == Code::NotFound => Ok(()),
            Err(status) => Err(status.into()),
        }
    }
}
