//! Drawing workflows: making drafts, saving them, and saying what is wrong with them.
//!
//! Invariant: nothing here changes what a run does or which tickets a workflow takes; that is for publishing.

use mesh_core::{
    audit::Deed,
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
    policy::{self, Action, Scope},
};
use prost::Message;
use proto::workflow::v1::{
    CreateWorkflowRequest, DiffVersionsRequest, DiffVersionsResponse, ErrorReason, Graph, UpdateDraftRequest,
    ValidateDraftRequest, ValidateDraftResponse, Workflow as Wire, WorkflowStatus,
};
use sqlx::AnyConnection;

use super::access::expect_etag;
use crate::{
    check, diff, events,
    store::{definitions, drafts},
    workflow::Workflow,
};

const CREATE: &str = "/ticketmesh.workflow.v1.WorkflowService/CreateWorkflow";
/// Whoever draws is alone, so that names and places in the order stay their own.
const SECTION: &str = "workflow.draw";
/// Bytes of a graph, well above what 200 stages and their transitions need.
const GRAPH: usize = 1 << 20;
const PATHS: &str = "graph, name, description or applies_to";

impl Workflow {
    /// Makes a draft, empty or copied.
    pub(super) async fn create(&self, caller: &Caller, ask: CreateWorkflowRequest) -> Result<Wire> {
        may(caller, Action::WorkflowEdit)?;
        let key = RequestKey::new(caller, CREATE, &ask.request_id, &ask)?;
        let mut new = Wire {
            name: ask.name.trim().to_owned(),
            description: ask.description,
            applies_to: ask.applies_to,
            status: WorkflowStatus::Draft.into(),
            ..Wire::default()
        };
        check_words(&new, Violations::default())?;
        let mut tx = self.begin_drawing().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let draft = copied(&mut tx, &ask.copy_of_id).await?;
        new.id = tx.ids().id("wfl");
        expect_own_name(&mut tx, &new).await?;
        let now = tx.now();
        drafts::insert(tx.conn(), &new, &draft, now).await?;
        let answer = announced(&mut tx, caller, &new.id).await?;
        Deed::new("workflow.created", &new.id).made(&undrawn(&answer))?.note(&mut tx, caller).await?;
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Saves the draft as it is.
    pub(super) async fn update_draft(&self, caller: &Caller, ask: UpdateDraftRequest) -> Result<Wire> {
        may(caller, Action::WorkflowEdit)?;
        let mut tx = self.begin_drawing().await?;
        let before = changeable(&mut tx, caller, &ask.workflow_id, &ask.etag).await?;
        let (mut after, mut wrong, mut drawn) = (before.clone(), Violations::default(), None);
        let paths = ask.update_mask.unwrap_or_default().paths;
        wrong.when(paths.is_empty(), "update_mask", &format!("is empty; name {PATHS}"));
        for path in &paths {
            match path.as_str() {
                "name" => ask.name.trim().clone_into(&mut after.name),
                "description" => after.description.clone_from(&ask.description),
                "applies_to" => after.applies_to.clone_from(&ask.applies_to),
                "graph" => drawn = Some(ask.graph.clone().unwrap_or_default()),
                other => wrong.add("update_mask", format!("names {other:?}; name {PATHS}")),
            }
        }
        let too_large = drawn.as_ref().is_some_and(|graph| graph.encoded_len() > GRAPH);
        wrong.when(too_large, "graph", "is larger than 1 MiB; shorten instructions and texts");
        check_words(&after, wrong)?;
        expect_own_name(&mut tx, &after).await?;
        save(&mut tx, &after).await?;
        if let Some(graph) = drawn {
            draw(&mut tx, &after, &graph).await?;
        }
        let answer = announced(&mut tx, caller, &after.id).await?;
        let deed = Deed::new("workflow.updated", &after.id);
        deed.edited(&undrawn(&before), &undrawn(&answer))?.note(&mut tx, caller).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// What publishing would refuse or warn about.
    pub(super) async fn validate_draft(
        &self,
        caller: &Caller,
        ask: ValidateDraftRequest,
    ) -> Result<ValidateDraftResponse> {
        may(caller, Action::WorkflowEdit)?;
        let mut conn = self.read().await?;
        let workflow = known(&mut conn, &ask.workflow_id).await?;
        let graph = match ask.graph {
            Some(graph) => graph,
            None => drawn(&mut conn, &workflow).await?,
        };
        Ok(ValidateDraftResponse { findings: check::findings(&graph, &workflow.applies_to) })
    }

    /// How two versions differ.
    pub(super) async fn diff_versions(&self, ask: &DiffVersionsRequest) -> Result<DiffVersionsResponse> {
        let mut conn = self.read().await?;
        let workflow = known(&mut conn, &ask.workflow_id).await?;
        let from = published(&mut conn, &workflow.id, ask.from_version).await?;
        let to = match ask.to_version {
            0 => drawn(&mut conn, &workflow).await?,
            number => published(&mut conn, &workflow.id, number).await?,
        };
        Ok(DiffVersionsResponse { differences: diff::differences(&from, &to) })
    }

    /// A transaction alone among all that change workflows.
    pub(super) async fn begin_drawing(&self) -> Result<Tx> {
        self.db.begin_alone(SECTION).await
    }
}

/// Workflows belong to no department: whoever changes one changes it for all.
pub(super) fn may(caller: &Caller, action: Action) -> Result<()> {
    policy::check(caller, action, &Scope::everywhere())
}

pub(super) async fn known(conn: &mut AnyConnection, id: &str) -> Result<Wire> {
    definitions::workflow(conn, id).await?.ok_or_else(|| Error::not_found("workflow", id))
}

/// The workflow, if it may be changed with this etag in hand.
pub(super) async fn changeable(tx: &mut Tx, caller: &Caller, id: &str, etag: &str) -> Result<Wire> {
    let workflow = known(tx.conn(), id).await?;
    if workflow.built_in {
        let message = "workflows that ship with Ticketmesh cannot be changed; copy it and change the copy";
        return Err(Error::failed_precondition(&ErrorReason::BuiltIn, message));
    }
    if workflow.status() == WorkflowStatus::Archived {
        let message = "the workflow is archived; copy it and change the copy";
        return Err(Error::failed_precondition(&ErrorReason::WrongWorkflowState, message));
    }
    expect_etag(caller, etag, &workflow.etag, || workflow.clone())?;
    Ok(workflow)
}

/// What is being drawn, or the live version when nothing is.
pub(super) async fn drawn(conn: &mut AnyConnection, workflow: &Wire) -> Result<Graph> {
    match drafts::draft(conn, &workflow.id).await? {
        Some(graph) => Ok(graph),
        None if workflow.live_version == 0 => Ok(Graph::default()),
        None => published(conn, &workflow.id, workflow.live_version).await,
    }
}

pub(super) async fn published(conn: &mut AnyConnection, workflow_id: &str, number: i32) -> Result<Graph> {
    let version = definitions::version(conn, workflow_id, number).await?;
    let version =
        version.ok_or_else(|| Error::not_found("version", &format!("{number} of {workflow_id}")))?;
    Ok(version.graph.unwrap_or_default())
}

/// Writes a workflow as its next version; whoever holds the section is alone, so nobody else did.
pub(super) async fn save(tx: &mut Tx, workflow: &Wire) -> Result<()> {
    let version = workflow.etag.parse::<i64>().map_err(Error::internal)? + 1;
    let now = tx.now();
    if drafts::save(tx.conn(), workflow, version, now).await? {
        return Ok(());
    }
    Err(Error::conflict("the workflow was changed at the same moment; send the same request again"))
}

/// The workflow as it is now, told to whoever may read workflows.
pub(super) async fn announced(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Wire> {
    let workflow = known(tx.conn(), id).await?;
    outbox::push(tx, &Cause::of(caller), events::workflow_changed(&workflow)).await?;
    Ok(workflow)
}

/// The workflow as the audit log tells of it: without what is being drawn, which does nothing before it is published, and without how many
/// tickets happen to be in it.
pub(super) fn undrawn(workflow: &Wire) -> Wire {
    Wire { draft: None, open_runs: 0, ..workflow.clone() }
}

/// Keeps a drawing, unless it is what is published already.
async fn draw(tx: &mut Tx, workflow: &Wire, graph: &Graph) -> Result<()> {
    let live = match workflow.live_version {
        0 => None,
        number => Some(published(tx.conn(), &workflow.id, number).await?),
    };
    if live.as_ref() == Some(graph) {
        return drafts::clear(tx.conn(), &workflow.id).await;
    }
    drafts::draw(tx.conn(), &workflow.id, graph).await
}

/// The graph a new workflow begins with.
async fn copied(tx: &mut Tx, copy_of_id: &str) -> Result<Graph> {
    if copy_of_id.is_empty() {
        return Ok(Graph::default());
    }
    let original = known(tx.conn(), copy_of_id).await?;
    if original.live_version == 0 {
        return Err(Error::invalid("copy_of_id", "has nothing published to copy; publish it first"));
    }
    published(tx.conn(), &original.id, original.live_version).await
}

async fn expect_own_name(tx: &mut Tx, workflow: &Wire) -> Result<()> {
    if drafts::has_namesake(tx.conn(), workflow).await? {
        return Err(Error::already_exists("name", "is the name of another workflow; choose another one"));
    }
    Ok(())
}

fn check_words(workflow: &Wire, mut wrong: Violations) -> Result<()> {
    wrong.text("name", &workflow.name, 1..=100);
    wrong.text("description", &workflow.description, 0..=1000);
    let length = workflow.applies_to.chars().count();
    wrong.when(length > 2000, "applies_to", "is too long; give at most 2000 characters");
    wrong.into_result()
}
