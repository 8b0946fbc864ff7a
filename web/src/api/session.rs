//! Signing in and out, and opening an account by a link.

use proto::gateway::v1::live_service_client::LiveServiceClient;
use proto::gateway::v1::{
    GetSessionRequest, RefreshRequest, Session, SignInRequest, SignInResponse, SignOutRequest, WatchRequest,
    WatchResponse, session_service,
};
use proto::identity::v1::{
    AcceptInvitationRequest, GetSignInPolicyRequest, RequestPasswordResetRequest, ResetPasswordRequest,
    SecondFactorNeeded, SendSecondFactorCodeRequest, SignInPolicy, SignUpRequest, StartPasskeySignInRequest,
    User, VerifySecondFactorRequest, auth_service,
};
use tonic::{Status, Streaming};

use super::{Answer, ask, endless_channel};
use crate::browser;

/// Who is signed in.
pub(crate) async fn current() -> Answer<Session> {
    ask(session_service::GET_SESSION, GetSessionRequest {}).await
}

/// Renews the token behind the cookie, so that changed roles count.
pub(crate) async fn refresh() -> Answer<Session> {
    ask(session_service::REFRESH, RefreshRequest {}).await
}

/// Tries a password; a challenge may come first, and a second factor after it.
pub(crate) async fn sign_in(asked: SignInRequest) -> Answer<SignInResponse> {
    ask(session_service::SIGN_IN, asked).await
}

/// Answers for a second factor, or for a sign-in by passkey alone.
pub(crate) async fn verify(asked: VerifySecondFactorRequest) -> Answer<Session> {
    ask(session_service::VERIFY_SECOND_FACTOR, asked).await
}

/// Has a code mailed for a second factor.
pub(crate) async fn send_code(attempt: String) -> Answer<()> {
    let asked = SendSecondFactorCodeRequest { attempt };
    ask(auth_service::SEND_SECOND_FACTOR_CODE, asked).await
}

/// Begins a sign-in by a passkey that knows its owner.
pub(crate) async fn start_passkey(keep_signed_in: bool) -> Answer<SecondFactorNeeded> {
    let asked = StartPasskeySignInRequest { keep_signed_in, device_label: browser::device_label() };
    ask(auth_service::START_PASSKEY_SIGN_IN, asked).await
}

pub(crate) async fn sign_out() -> Answer<()> {
    ask(session_service::SIGN_OUT, SignOutRequest {}).await.map(|_| ())
}

/// What the sign-in page shows, and what the link leads to.
pub(crate) async fn policy(invitation_token: String) -> Answer<SignInPolicy> {
    let asked = GetSignInPolicyRequest { invitation_token };
    ask(auth_service::GET_SIGN_IN_POLICY, asked).await
}

pub(crate) async fn accept_invitation(asked: AcceptInvitationRequest) -> Answer<User> {
    ask(auth_service::ACCEPT_INVITATION, asked).await
}

/// Asks for an account of one's own.
pub(crate) async fn sign_up(asked: SignUpRequest) -> Answer<()> {
    ask(auth_service::SIGN_UP, asked).await
}

/// Has a link mailed that sets a new password.
pub(crate) async fn request_reset(email: String) -> Answer<()> {
    let asked = RequestPasswordResetRequest { email };
    ask(auth_service::REQUEST_PASSWORD_RESET, asked).await
}

/// Sets a new password by such a link.
pub(crate) async fn reset_password(token: String, new_password: String) -> Answer<()> {
    let asked = ResetPasswordRequest { token, new_password };
    ask(auth_service::RESET_PASSWORD, asked).await
}

/// Everything that happens from now on, or since the last event heard.
pub(crate) async fn watch(last_event_id: String) -> Result<Streaming<WatchResponse>, Status> {
    let asked = WatchRequest { last_event_id, ..WatchRequest::default() };
    Ok(LiveServiceClient::new(endless_channel()).watch(asked).await?.into_inner())
}
