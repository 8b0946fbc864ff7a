//! The public API as a person of the demonstration uses it: native gRPC through the front door.

use std::time::Duration;

use mesh_core::{
    config::Secret,
    error::{Error, Result},
};
use proto::{
    identity::v1::{
        SignInRequest, auth_service_client::AuthServiceClient,
        directory_service_client::DirectoryServiceClient, sign_in_response::Outcome,
    },
    tickets::v1::{
        catalog_service_client::CatalogServiceClient, knowledge_service_client::KnowledgeServiceClient,
        ticket_service_client::TicketServiceClient,
    },
    workflow::v1::{
        ListTransitionsRequest, TransitionOption, TransitionRequest,
        routing_service_client::RoutingServiceClient, run_service_client::RunServiceClient,
        workflow_service_client::WorkflowServiceClient,
    },
};
use tonic::{
    Code, Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;

/// How often a call is tried that meets a limit.
const TRIES: usize = 20;
/// How long is waited where nothing says when to come again.
pub(super) const MOMENT: Duration = Duration::from_millis(200);

/// The front door.
#[derive(Clone, Debug)]
pub(super) struct Front {
    address: String,
    channel: Channel,
}

/// A channel that shows who calls.
type Signed = InterceptedService<Channel, Bearer>;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: String,
    channel: Signed,
}

/// Puts the access token on every call.
#[derive(Clone, Debug)]
pub(super) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

impl Front {
    /// The front door at `address`; it need not be open yet.
    pub(super) fn connect(address: &str) -> Result<Self> {
        let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|_| {
            Error::invalid("address", "is no http address; give one like http://localhost:8080")
        })?;
        Ok(Self { address: address.to_owned(), channel: endpoint.connect_lazy() })
    }

    /// Signs somebody in.
    pub(super) async fn sign_in(&self, email: &str, password: &Secret) -> Result<Person> {
        let ask = SignInRequest {
            email: email.into(),
            password: password.reveal().into(),
            ..SignInRequest::default()
        };
        let answer =
            patiently(async || AuthServiceClient::new(self.channel.clone()).sign_in(ask.clone()).await)
                .await
                .map_err(|error| self.no_sign_in(email, error))?;
        let Some(Outcome::Tokens(tokens)) = answer.outcome else {
            return Err(Error::invalid(
                "demo",
                format!("can't sign in as {email}: more than the password is asked for"),
            ));
        };
        let bearer =
            MetadataValue::try_from(format!("Bearer {}", tokens.access_token)).map_err(Error::internal)?;
        Ok(Person {
            id: tokens.user_id,
            channel: InterceptedService::new(self.channel.clone(), Bearer(bearer)),
        })
    }

    /// Says what helps where nobody is, or somebody else's password was given.
    fn no_sign_in(&self, email: &str, error: Error) -> Error {
        match error {
            Error::Peer(refused) if refused.code() == Code::Unauthenticated => Error::invalid(
                "TM_DEMO_PASSWORD",
                format!("is not the password of {email}; give the one the demonstration was made with"),
            ),
            Error::Peer(refused) if refused.code() == Code::Unavailable => Error::unavailable_because(
                format!(
                    "the front door at {} can't be reached; start the mesh, or name another with --url",
                    self.address
                ),
                refused.message().to_owned(),
            ),
            other => other,
        }
    }
}

impl Person {
    pub(super) fn directory(&self) -> DirectoryServiceClient<Signed> {
        DirectoryServiceClient::new(self.channel.clone())
    }

    pub(super) fn catalogue(&self) -> CatalogServiceClient<Signed> {
        CatalogServiceClient::new(self.channel.clone())
    }

    pub(super) fn knowledge(&self) -> KnowledgeServiceClient<Signed> {
        KnowledgeServiceClient::new(self.channel.clone())
    }

    pub(super) fn tickets(&self) -> TicketServiceClient<Signed> {
        TicketServiceClient::new(self.channel.clone())
    }

    pub(super) fn runs(&self) -> RunServiceClient<Signed> {
        RunServiceClient::new(self.channel.clone())
    }

    pub(super) fn workflows(&self) -> WorkflowServiceClient<Signed> {
        WorkflowServiceClient::new(self.channel.clone())
    }

    pub(super) fn routing(&self) -> RoutingServiceClient<Signed> {
        RoutingServiceClient::new(self.channel.clone())
    }

    /// Presses a button on the run as it stands, if it is there: who goes on with a demonstration finds some pressed already.
    pub(super) async fn press(&self, press: &TransitionRequest) -> Result<()> {
        patiently(async || {
            let ask = ListTransitionsRequest { ticket_id: press.ticket_id.clone() };
            let buttons = self.runs().list_transitions(ask).await?.into_inner();
            let is_there = |option: &TransitionOption| option.key == press.transition_key && option.enabled;
            if buttons.options.iter().any(is_there) {
                let press = TransitionRequest { etag: buttons.run_etag, ..press.clone() };
                self.runs().transition(press).await?;
            }
            Ok(Response::new(()))
        })
        .await
    }
}

/// Calls until it goes through: a limit says when to come again, a door that opens in a moment is worth waiting for, and what has
/// just been changed is looked at again.
pub(super) async fn patiently<T>(call: impl AsyncFn() -> Result<Response<T>, Status>) -> Result<T> {
    let passes = |refused: &Status| {
        matches!(refused.code(), Code::ResourceExhausted | Code::Unavailable | Code::Aborted)
    };
    let mut tries = 0;
    loop {
        tries += 1;
        match call().await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(refused) if tries < TRIES && passes(&refused) => {
                let asked = refused.get_details_retry_info().and_then(|info| info.retry_delay);
                tokio::time::sleep(asked.unwrap_or(MOMENT)).await;
            }
            Err(refused) => return Err(refused.into()),
        }
    }
}
