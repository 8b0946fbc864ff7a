//! `ticketmesh.gateway.v1.SessionService`.

use std::sync::Arc;

use http::HeaderValue;
use mesh_core::{
    caller::{self, Caller},
    clock,
    error::{Error, Result},
    peer::{Peer, PeerChannel},
    token::Verifier,
};
use proto::{
    errors::v1::ErrorReason,
    gateway::v1::{
        GetSessionRequest, RefreshRequest, Session, SignInRequest, SignInResponse, SignOutRequest,
        SignOutResponse, session_service_server::SessionService, sign_in_response::Outcome,
    },
    identity::v1::{
        GetMeRequest, SessionTokens, SignInRequest as Credentials, SignOutRequest as Goodbye,
        VerifySecondFactorRequest, account_service_client::AccountServiceClient,
        auth_service_client::AuthServiceClient, sign_in_response,
    },
};
use tonic::{
    Extensions, Request, Response, Status, async_trait,
    metadata::{AsciiMetadataValue, MetadataMap},
};

use super::{Keeper, Rider, csrf, seal::Tokens};
use crate::origin::Origin;

/// The service behind the contract.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) identity: Peer,
    pub(crate) verifier: Verifier,
}

#[async_trait]
impl SessionService for Sessions {
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        let device_token = self.keeper.device(request.metadata().as_ref());
        let origin = origin(request.extensions())?;
        let (caller, ask) = caller::open(request)?;
        let ask = origin.calls(credentials(ask, device_token));
        let answer = self.auth(&caller).sign_in(ask).await?.into_inner();
        let outcome = answer
            .outcome
            .ok_or_else(|| Error::internal("identity answered a sign-in without an outcome"))?;
        let device_token = answer.device_token;
        let known = self.keeper.remember_device(&device_token);
        let (outcome, lines) = match outcome {
            sign_in_response::Outcome::SecondFactor(needed) => (Outcome::SecondFactor(needed), known),
            sign_in_response::Outcome::Challenge(challenge) => (Outcome::Challenge(challenge), known),
            sign_in_response::Outcome::Tokens(bought) => {
                let (session, lines) = self.begin(SessionTokens { device_token, ..bought }, &caller).await?;
                (Outcome::Session(session), lines)
            }
        };
        Ok(with_cookies(SignInResponse { outcome: Some(outcome) }, lines))
    }

    async fn verify_second_factor(
        &self,
        request: Request<VerifySecondFactorRequest>,
    ) -> Result<Response<Session>, Status> {
        let device_token = self.keeper.device(request.metadata().as_ref());
        let origin = origin(request.extensions())?;
        let (caller, ask) = caller::open(request)?;
        let ask = origin.calls(VerifySecondFactorRequest { device_token, ..ask });
        let bought = self.auth(&caller).verify_second_factor(ask).await?.into_inner();
        let (session, lines) = self.begin(bought, &caller).await?;
        Ok(with_cookies(session, lines))
    }

    async fn refresh(&self, request: Request<RefreshRequest>) -> Result<Response<Session>, Status> {
        let (tokens, origin) = (riding(request.extensions())?, origin(request.extensions())?);
        let (caller, _) = caller::open(request)?;
        let (tokens, lines) = self.keeper.renew(&tokens, origin).await?;
        Ok(with_cookies(self.describe(&tokens.access, &caller).await?, lines))
    }

    /// Ends the session where it can be found; the browser forgets it in any case.
    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        if let Ok(Tokens { refresh, .. }) = riding(request.extensions()) {
            let identity = self.identity.for_worker();
            AuthServiceClient::new(identity).sign_out(Goodbye { refresh_token: refresh }).await?;
        }
        Ok(with_cookies(SignOutResponse::default(), self.keeper.forget()))
    }

    async fn get_session(&self, request: Request<GetSessionRequest>) -> Result<Response<Session>, Status> {
        let tokens = riding(request.extensions())?;
        let (caller, _) = caller::open(request)?;
        Ok(Response::new(self.describe(&tokens.access, &caller).await?))
    }
}

impl Sessions {
    fn auth(&self, caller: &Caller) -> AuthServiceClient<PeerChannel> {
        AuthServiceClient::new(self.identity.for_caller(caller))
    }

    /// A session that has just begun, with the lines that set its cookie.
    async fn begin(&self, bought: SessionTokens, caller: &Caller) -> Result<(Session, Vec<HeaderValue>)> {
        let (tokens, lines) = self.keeper.keep(bought)?;
        Ok((self.describe(&tokens.access, caller).await?, lines))
    }

    /// What the page may know of a session.
    async fn describe(&self, access_token: &str, caller: &Caller) -> Result<Session> {
        let claims = self.verifier.verify(access_token).await?;
        let identity = self.identity.for_token(access_token, caller.request_id());
        let user = AccountServiceClient::new(identity).get_me(GetMeRequest::default()).await?.into_inner();
        Ok(Session {
            id: claims.sid.clone(),
            user: Some(user),
            csrf_header: csrf::HEADER.to_owned(),
            access_expire_time: Some(clock::to_proto(clock::from_micros(
                claims.exp.saturating_mul(1_000_000),
            ))),
        })
    }
}

fn credentials(ask: SignInRequest, device_token: String) -> Credentials {
    Credentials {
        email: ask.email,
        password: ask.password,
        keep_signed_in: ask.keep_signed_in,
        device_label: ask.device_label,
        device_token,
        challenge_solution: ask.challenge_solution,
    }
}

/// The session whose cookie came with the request.
fn riding(extensions: &Extensions) -> Result<Tokens> {
    match extensions.get::<Rider>() {
        Some(Rider::Session(tokens, _)) => Ok(tokens.clone()),
        Some(Rider::Broken(status)) => Err(status.clone().into()),
        Some(Rider::Nobody) | None => Err(Error::unauthenticated(
            &ErrorReason::Unauthenticated,
            "nobody is signed in in this browser; sign in first",
        )),
    }
}

/// Where the request came from.
fn origin(extensions: &Extensions) -> Result<Origin> {
    extensions
        .get::<Origin>()
        .copied()
        .ok_or_else(|| Error::internal("the front door did not say where a request came from"))
}

fn with_cookies<T>(message: T, lines: Vec<HeaderValue>) -> Response<T> {
    let mut response = Response::new(message);
    let metadata: &mut MetadataMap = response.metadata_mut();
    for line in lines {
        // Cookies are visible ASCII, so none is left out.
        if let Ok(line) = AsciiMetadataValue::try_from(line.as_bytes()) {
            metadata.append("set-cookie", line);
        }
    }
    response
}
