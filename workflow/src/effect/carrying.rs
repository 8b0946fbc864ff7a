//! Doing what was ordered, through tickets, in the workflow's own name.
//!
//! Each call has the order's request id, or is a change that means the same when it is made twice.

use mesh_core::error::{Error, Result};
use proto::tickets::v1::{
    AddCommentRequest, Comment, CommentKind, CreateTicketRequest, GetTicketRequest, Impact, LinkKind,
    LinkTicketsRequest, ListLinksRequest, Priority, Ticket, TicketLink, UpdateTicketRequest, Urgency,
    ticket_service_client::TicketServiceClient,
};
use serde_json::Value as Json;
use tonic::Code;

use super::{Deed, Order, Target};
use crate::{form::Form, workflow::Workflow};

/// Nobody is overtaken so often in a row by chance.
const ATTEMPTS: usize = 8;

impl Order {
    /// Does it.
    pub(crate) async fn carry_out(&self, workflow: &Workflow) -> Result<()> {
        match &self.deed {
            Deed::Set { field, value } => self.set(workflow, field, value).await,
            Deed::AddTag(tag) => self.tag(workflow, tag, true).await,
            Deed::RemoveTag(tag) => self.tag(workflow, tag, false).await,
            Deed::Comment { text, internal } => {
                let kind = if *internal { CommentKind::Internal } else { CommentKind::Public };
                say(workflow, &self.ticket_id, kind, text, self.request_id.clone()).await
            }
            Deed::CloseChildren(text) => self.close_children(workflow, text).await,
            // Told by the transaction that would have ordered it.
            Deed::Notify { .. } => Ok(()),
            Deed::CreateChild { category_id, subject, description } => {
                let child = Ticket {
                    category_id: category_id.clone(),
                    subject: subject.clone(),
                    description: description.clone(),
                    ..Ticket::default()
                };
                self.create_child(workflow, child).await
            }
        }
    }

    async fn set(&self, workflow: &Workflow, field: &str, value: &Json) -> Result<()> {
        let word = value.as_str().unwrap_or_default();
        let mut ticket = Ticket { id: self.ticket_id.clone(), ..Ticket::default() };
        let path = match Target::named(field) {
            Some(Target::Priority) => {
                ticket.priority = named(Priority::from_str_name(&format!("PRIORITY_{word}")), field)?.into();
                field.to_owned()
            }
            Some(Target::Impact) => {
                ticket.impact = named(Impact::from_str_name(&format!("IMPACT_{word}")), field)?.into();
                field.to_owned()
            }
            Some(Target::Urgency) => {
                ticket.urgency = named(Urgency::from_str_name(&format!("URGENCY_{word}")), field)?.into();
                field.to_owned()
            }
            Some(Target::Form(key)) => {
                let known = self.ticket(workflow).await?;
                let form = Form::of(workflow, &known.category_id).await?;
                let given = form.value(&key, value).map_err(|problem| Error::invalid(&key, problem))?;
                let path = format!("fields.{key}");
                ticket.fields.insert(key, given);
                path
            }
            None => return Err(Error::internal(format!("nothing can be set by the name {field}"))),
        };
        self.update(workflow, ticket, path, self.request_id.clone()).await
    }

    /// Read, changed, and written over what was read, again when somebody was faster.
    async fn tag(&self, workflow: &Workflow, tag: &str, wanted: bool) -> Result<()> {
        for _ in 1..ATTEMPTS {
            match self.try_tag(workflow, tag, wanted).await {
                Err(Error::Peer(status)) if status.code() == Code::Aborted => tokio::task::yield_now().await,
                done => return done,
            }
        }
        self.try_tag(workflow, tag, wanted).await
    }

    async fn try_tag(&self, workflow: &Workflow, tag: &str, wanted: bool) -> Result<()> {
        let mut ticket = self.ticket(workflow).await?;
        if ticket.tags.iter().any(|known| known == tag) == wanted {
            return Ok(());
        }
        ticket.tags.retain(|known| known != tag);
        if wanted {
            ticket.tags.push(tag.to_owned());
        }
        let request_id = format!("{}:{}", self.request_id, ticket.etag);
        self.update(workflow, ticket, "tags".to_owned(), request_id).await
    }

    /// Children have none of their own this way: a workflow that files one and takes it would never come to an end.
    async fn create_child(&self, workflow: &Workflow, child: Ticket) -> Result<()> {
        let mut tickets = TicketServiceClient::new(workflow.tickets.for_worker());
        let links = tickets.list_links(ListLinksRequest { ticket_id: self.ticket_id.clone() }).await?;
        let mut links = links.into_inner().links.into_iter().filter_map(|linked| linked.link);
        if links.any(|link| link.kind() == LinkKind::Parent && link.to_id == self.ticket_id) {
            tracing::warn!(ticket = self.ticket_id, "a child ticket files no children by itself");
            return Ok(());
        }
        let parent = self.ticket(workflow).await?;
        let child = Ticket {
            requester_id: parent.requester_id,
            on_behalf_of_id: parent.on_behalf_of_id,
            department_id: parent.department_id,
            ..child
        };
        let ask = CreateTicketRequest {
            ticket: Some(child),
            request_id: self.request_id.clone(),
            ..CreateTicketRequest::default()
        };
        let child = tickets.create_ticket(ask).await?.into_inner();
        let link = TicketLink {
            from_id: self.ticket_id.clone(),
            to_id: child.id,
            kind: LinkKind::Parent.into(),
            ..TicketLink::default()
        };
        let ask = LinkTicketsRequest { link: Some(link), request_id: self.request_id.clone() };
        match tickets.link_tickets(ask).await {
            Err(status) if status.code() != Code::AlreadyExists => Err(status.into()),
            _ => Ok(()),
        }
    }

    async fn ticket(&self, workflow: &Workflow) -> Result<Ticket> {
        let ask = GetTicketRequest { id: self.ticket_id.clone(), ..GetTicketRequest::default() };
        Ok(TicketServiceClient::new(workflow.tickets.for_worker()).get_ticket(ask).await?.into_inner())
    }

    async fn update(
        &self,
        workflow: &Workflow,
        ticket: Ticket,
        path: String,
        request_id: String,
    ) -> Result<()> {
        let ask = UpdateTicketRequest {
            ticket: Some(ticket),
            update_mask: Some(prost_types::FieldMask { paths: vec![path] }),
            request_id,
            cause: self.cause.clone(),
        };
        TicketServiceClient::new(workflow.tickets.for_worker()).update_ticket(ask).await?;
        Ok(())
    }
}

/// Writes a comment.
pub(super) async fn say(
    workflow: &Workflow,
    ticket_id: &str,
    kind: CommentKind,
    text: &str,
    request_id: String,
) -> Result<()> {
    let comment = Comment {
        ticket_id: ticket_id.to_owned(),
        kind: kind.into(),
        text: text.to_owned(),
        ..Comment::default()
    };
    let add = AddCommentRequest { comment: Some(comment), request_id, ..AddCommentRequest::default() };
    TicketServiceClient::new(workflow.tickets.for_worker()).add_comment(add).await?;
    Ok(())
}

fn named<E>(word: Option<E>, field: &str) -> Result<E> {
    word.ok_or_else(|| Error::invalid(field, "is none of its words; use one as in \"HIGH\""))
}
