//! Signing in and out, and opening an account by a link.

use proto::gateway::v1::live_service_client::LiveServiceClient;
use proto::gateway::v1::session_service_client::SessionServiceClient;
use proto::gateway::v1::{
    GetSessionRequest, RefreshRequest, Session, SignInRequest, SignInResponse, SignOutRequest, WatchRequest,
    WatchResponse,
};
use proto::identity::v1::auth_service_client::AuthServiceClient;
use proto::identity::v1::{
    AcceptInvitationRequest, GetSignInPolicyRequest, SecondFactorKind, SignInPolicy, User,
    VerifySecondFactorRequest,
};
use tonic::{Status, Streaming};

use super::{Answer, Channel, ask, channel, endless_channel};
use crate::browser;

fn sessions() -> SessionServiceClient<Channel> {
    SessionServiceClient::new(channel())
}

fn auth() -> AuthServiceClient<Channel> {
    AuthServiceClient::new(channel())
}

/// Who is signed in.
pub(crate) async fn current() -> Answer<Session> {
    ask(GetSessionRequest {}, |asked| async move { sessions().get_session(asked).await }).await
}

/// Renews the token behind the cookie, so that changed roles count.
pub(crate) async fn refresh() -> Answer<Session> {
    ask(RefreshRequest {}, |asked| async move { sessions().refresh(asked).await }).await
}

pub(crate) async fn sign_in(email: String, password: String, keep_signed_in: bool) -> Answer<SignInResponse> {
    let device_label = browser::device_label();
    let asked = SignInRequest { email, password, keep_signed_in, device_label, challenge_solution: None };
    ask(asked, |asked| async move { sessions().sign_in(asked).await }).await
}

pub(crate) async fn verify_second_factor(
    attempt: String,
    kind: SecondFactorKind,
    code: String,
) -> Answer<Session> {
    let asked = VerifySecondFactorRequest {
        attempt,
        kind: kind.into(),
        code,
        ..VerifySecondFactorRequest::default()
    };
    ask(asked, |asked| async move { sessions().verify_second_factor(asked).await }).await
}

pub(crate) async fn sign_out() -> Answer<()> {
    ask(SignOutRequest {}, |asked| async move { sessions().sign_out(asked).await }).await.map(|_| ())
}

/// What the sign-in page shows, and what the link leads to.
pub(crate) async fn policy(invitation_token: String) -> Answer<SignInPolicy> {
    let asked = GetSignInPolicyRequest { invitation_token };
    ask(asked, |asked| async move { auth().get_sign_in_policy(asked).await }).await
}

pub(crate) async fn accept_invitation(asked: AcceptInvitationRequest) -> Answer<User> {
    ask(asked, |asked| async move { auth().accept_invitation(asked).await }).await
}

/// Everything that happens from now on, or since the last event heard.
pub(crate) async fn watch(last_event_id: String) -> Result<Streaming<WatchResponse>, Status> {
    let asked = WatchRequest { last_event_id, ..WatchRequest::default() };
    Ok(LiveServiceClient::new(endless_channel()).watch(asked).await?.into_inner())
}
