//! `AuthService`: proof of who calls.

mod invitations;
mod keys;
mod opening;
mod passkey;
mod passwords;
mod refresh;
mod resets;
mod revocations;
mod second_factor;
mod sessions;
mod sign_in;
mod sign_up;
mod sso;

use proto::identity::v1::{
    AcceptInvitationRequest, ChangePasswordRequest, ExchangeApiKeyRequest, FinishSsoRequest,
    FinishSsoResponse, GetJwksRequest, GetSignInPolicyRequest, Jwks, ListRevocationsRequest,
    ListRevocationsResponse, ListSessionsRequest, ListSessionsResponse, RefreshSessionRequest,
    RequestPasswordResetRequest, ResetPasswordRequest, RevokeSessionRequest, SecondFactorNeeded,
    SendSecondFactorCodeRequest, SessionTokens, SignInPolicy, SignInRequest, SignInResponse, SignOutRequest,
    SignUpRequest, StartPasskeySignInRequest, StartSsoRequest, StartSsoResponse, User,
    VerifySecondFactorRequest, auth_service_server::AuthService,
};
use tonic::{Request, Response, Status};

use super::answer;
use crate::Identity;

pub(super) use second_factor::{LONGEST_TOKEN, check_code};
pub(super) use sign_in::check_password;

#[derive(Debug)]
pub(crate) struct Auth(pub(crate) Identity);

#[tonic::async_trait]
impl AuthService for Auth {
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        answer(request, |caller, ask| self.0.sign_in(caller, ask)).await
    }

    async fn verify_second_factor(
        &self,
        request: Request<VerifySecondFactorRequest>,
    ) -> Result<Response<SessionTokens>, Status> {
        answer(request, |caller, ask| self.0.verify_second_factor(caller, ask)).await
    }

    async fn send_second_factor_code(
        &self,
        request: Request<SendSecondFactorCodeRequest>,
    ) -> Result<Response<()>, Status> {
        answer(request, |caller, ask| self.0.send_second_factor_code(caller, ask)).await
    }

    async fn start_passkey_sign_in(
        &self,
        request: Request<StartPasskeySignInRequest>,
    ) -> Result<Response<SecondFactorNeeded>, Status> {
        answer(request, |_, ask| self.0.start_passkey_sign_in(ask)).await
    }

    async fn start_sso(
        &self,
        request: Request<StartSsoRequest>,
    ) -> Result<Response<StartSsoResponse>, Status> {
        answer(request, |_, ask| self.0.start_sso(ask)).await
    }

    async fn finish_sso(
        &self,
        request: Request<FinishSsoRequest>,
    ) -> Result<Response<FinishSsoResponse>, Status> {
        answer(request, |caller, ask| self.0.finish_sso(caller, ask)).await
    }

    async fn refresh_session(
        &self,
        request: Request<RefreshSessionRequest>,
    ) -> Result<Response<SessionTokens>, Status> {
        answer(request, |caller, ask| self.0.refresh_session(caller, ask)).await
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<()>, Status> {
        answer(request, |caller, ask| self.0.sign_out(caller, ask)).await
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        answer(request, |caller, ask| self.0.list_sessions(caller, ask)).await
    }

    async fn revoke_session(&self, request: Request<RevokeSessionRequest>) -> Result<Response<()>, Status> {
        answer(request, |caller, ask| self.0.revoke_session(caller, ask)).await
    }

    async fn change_password(&self, request: Request<ChangePasswordRequest>) -> Result<Response<()>, Status> {
        answer(request, |caller, ask| self.0.change_password(caller, ask)).await
    }

    async fn request_password_reset(
        &self,
        request: Request<RequestPasswordResetRequest>,
    ) -> Result<Response<()>, Status> {
        answer(request, |caller, ask| self.0.request_password_reset(caller, ask)).await
    }

    async fn reset_password(&self, request: Request<ResetPasswordRequest>) -> Result<Response<()>, Status> {
        answer(request, |caller, ask| self.0.reset_password(caller, ask)).await
    }

    async fn accept_invitation(
        &self,
        request: Request<AcceptInvitationRequest>,
    ) -> Result<Response<User>, Status> {
        answer(request, |caller, ask| self.0.accept_invitation(caller, ask)).await
    }

    async fn sign_up(&self, request: Request<SignUpRequest>) -> Result<Response<()>, Status> {
        answer(request, |caller, ask| self.0.sign_up(caller, ask)).await
    }

    async fn exchange_api_key(
        &self,
        request: Request<ExchangeApiKeyRequest>,
    ) -> Result<Response<SessionTokens>, Status> {
        answer(request, |caller, ask| self.0.exchange_api_key(caller, ask)).await
    }

    async fn get_jwks(&self, request: Request<GetJwksRequest>) -> Result<Response<Jwks>, Status> {
        answer(request, |_, _| self.0.keyring.published()).await
    }

    async fn list_revocations(
        &self,
        request: Request<ListRevocationsRequest>,
    ) -> Result<Response<ListRevocationsResponse>, Status> {
        answer(request, |caller, _| self.0.list_revocations(caller)).await
    }

    async fn get_sign_in_policy(
        &self,
        request: Request<GetSignInPolicyRequest>,
    ) -> Result<Response<SignInPolicy>, Status> {
        answer(request, |_, ask| self.0.get_sign_in_policy(ask)).await
    }
}
