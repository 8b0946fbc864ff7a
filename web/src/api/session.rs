//! Signing in and out, and opening an account by a link.

use proto::gateway::v1::live_service_client::LiveServiceClient;
use proto::gateway::v1::session_service_client::SessionServiceClient;
use proto::gateway::v1::{
    GetSessionRequest, RefreshRequest, Session, SignInRequest, SignInResponse, SignOutRequest, WatchRequest,
    WatchResponse,
};
use proto::identity::v1::auth_service_client::AuthServiceClient;
use proto::identity::v1::{
    AcceptInvitationRequest, GetSignInPolicyRequest, RequestPasswordResetRequest, ResetPasswordRequest,
    SecondFactorNeeded, SendSecondFactorCodeRequest, SignInPolicy, SignUpRequest, StartPasskeySignInRequest,
    User, VerifySecondFactorRequest,
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

/// Tries a password; a challenge may come first, and a second factor after it.
pub(crate) async fn sign_in(asked: SignInRequest) -> Answer<SignInResponse> {
    ask(asked, |asked| async move { sessions().sign_in(asked).await }).await
}

/// Answers for a second factor, or for a sign-in by passkey alone.
pub(crate) async fn verify(asked: VerifySecondFactorRequest) -> Answer<Session> {
    ask(asked, |asked| async move { sessions().verify_second_factor(asked).await }).await
}

/// Has a code mailed for a second factor.
pub(crate) async fn send_code(attempt: String) -> Answer<()> {
    let asked = SendSecondFactorCodeRequest { attempt };
    ask(asked, |asked| async move { auth().send_second_factor_code(asked).await }).await
}

/// Begins a sign-in by a passkey that knows its owner.
pub(crate) async fn start_passkey(keep_signed_in: bool) -> Answer<SecondFactorNeeded> {
    let asked = StartPasskeySignInRequest { keep_signed_in, device_label: browser::device_label() };
    ask(asked, |asked| async move { auth().start_passkey_sign_in(asked).await }).await
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

/// Asks for an account of one's own.
pub(crate) async fn sign_up(asked: SignUpRequest) -> Answer<()> {
    ask(asked, |asked| async move { auth().sign_up(asked).await }).await
}

/// Has a link mailed that sets a new password.
pub(crate) async fn request_reset(email: String) -> Answer<()> {
    let asked = RequestPasswordResetRequest { email };
    ask(asked, |asked| async move { auth().request_password_reset(asked).await }).await
}

/// Sets a new password by such a link.
pub(crate) async fn reset_password(token: String, new_password: String) -> Answer<()> {
    let asked = ResetPasswordRequest { token, new_password };
    ask(asked, |asked| async move { auth().reset_password(asked).await }).await
}

/// Everything that happens from now on, or since the last event heard.
pub(crate) async fn watch(last_event_id: String) -> Result<Streaming<WatchResponse>, Status> {
    let asked = WatchRequest { last_event_id, ..WatchRequest::default() };
    Ok(LiveServiceClient::new(endless_channel()).watch(asked).await?.into_inner())
}
