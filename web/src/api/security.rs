//! Who may come in and how: sign-in protection, access, single sign-on, the programs' accounts, other people's sessions.

use proto::identity::v1::account_service_client::AccountServiceClient;
use proto::identity::v1::auth_service_client::AuthServiceClient;
use proto::identity::v1::security_service_client::SecurityServiceClient;
use proto::identity::v1::{
    AccessSettings, ApiKey, Block, ConfigureSsoRequest, CreateApiKeyRequest, CreateApiKeyResponse,
    CreateServiceAccountRequest, DeleteSsoProviderRequest, GetAccessSettingsRequest,
    GetSignInProtectionRequest, ListApiKeysRequest, ListBlocksRequest, ListBlocksResponse,
    ListServiceAccountsRequest, ListServiceAccountsResponse, ListSessionsRequest, ListSsoProvidersRequest,
    RevokeApiKeyRequest, RevokeSessionRequest, ServiceAccount, Session, SignInProtection, SsoProvider,
    TestSsoRequest, TestSsoResponse, UnblockRequest, UpdateAccessSettingsRequest,
    UpdateSignInProtectionRequest,
};

use super::{Answer, Channel, ask, channel, mask};

fn client() -> SecurityServiceClient<Channel> {
    SecurityServiceClient::new(channel())
}

fn auth() -> AuthServiceClient<Channel> {
    AuthServiceClient::new(channel())
}

fn accounts() -> AccountServiceClient<Channel> {
    AccountServiceClient::new(channel())
}

/// The limits of failed sign-ins.
pub(crate) async fn protection() -> Answer<SignInProtection> {
    ask(GetSignInProtectionRequest {}, |asked| async move { client().get_sign_in_protection(asked).await })
        .await
}

/// Changes the named limits.
pub(crate) async fn update_protection(
    protection: SignInProtection,
    paths: &[&str],
) -> Answer<SignInProtection> {
    let asked =
        UpdateSignInProtectionRequest { protection: Some(protection), update_mask: Some(mask(paths)) };
    ask(asked, |asked| async move { client().update_sign_in_protection(asked).await }).await
}

/// A page of what is blocked or has failures on record.
pub(crate) async fn blocks(page_token: String, page_size: i32) -> Answer<ListBlocksResponse> {
    let asked = ListBlocksRequest { page_token, page_size, ..ListBlocksRequest::default() };
    ask(asked, |asked| async move { client().list_blocks(asked).await }).await
}

/// Forgets the failures of one of them.
pub(crate) async fn unblock(block_id: String) -> Answer<Block> {
    ask(UnblockRequest { block_id }, |asked| async move { client().unblock(asked).await }).await
}

/// How people get accounts.
pub(crate) async fn access() -> Answer<AccessSettings> {
    ask(GetAccessSettingsRequest {}, |asked| async move { client().get_access_settings(asked).await }).await
}

/// Changes the named settings.
pub(crate) async fn update_access(settings: AccessSettings, paths: &[&str]) -> Answer<AccessSettings> {
    let asked = UpdateAccessSettingsRequest { settings: Some(settings), update_mask: Some(mask(paths)) };
    ask(asked, |asked| async move { client().update_access_settings(asked).await }).await
}

/// The single sign-on providers in the order of their buttons.
pub(crate) async fn providers() -> Answer<Vec<SsoProvider>> {
    ask(ListSsoProvidersRequest {}, |asked| async move { client().list_sso_providers(asked).await })
        .await
        .map(|answer| answer.providers)
}

/// Makes a provider, or puts it in place of the one with its key.
pub(crate) async fn configure(provider: SsoProvider) -> Answer<SsoProvider> {
    let asked = ConfigureSsoRequest { provider: Some(provider) };
    ask(asked, |asked| async move { client().configure_sso(asked).await }).await
}

/// Tries a provider as it is written, on claims made up for the trial.
pub(crate) async fn try_provider(
    provider: SsoProvider,
    sample_claims_json: String,
) -> Answer<TestSsoResponse> {
    let asked = TestSsoRequest { provider: Some(provider), sample_claims_json };
    ask(asked, |asked| async move { client().test_sso(asked).await }).await
}

/// Removes a provider.
pub(crate) async fn delete_provider(key: String, etag: String) -> Answer<()> {
    let asked = DeleteSsoProviderRequest { key, etag };
    ask(asked, |asked| async move { client().delete_sso_provider(asked).await }).await.map(drop)
}

/// A page of the programs' accounts, by name.
pub(crate) async fn programs(page_token: String, page_size: i32) -> Answer<ListServiceAccountsResponse> {
    let asked = ListServiceAccountsRequest { page_size, page_token };
    ask(asked, |asked| async move { client().list_service_accounts(asked).await }).await
}

/// Makes an account for a program; the same `request_id` never makes two.
pub(crate) async fn create_program(asked: CreateServiceAccountRequest) -> Answer<ServiceAccount> {
    ask(asked, |asked| async move { client().create_service_account(asked).await }).await
}

/// Makes a key; its secret is in this answer only.
pub(crate) async fn create_key(asked: CreateApiKeyRequest) -> Answer<CreateApiKeyResponse> {
    ask(asked, |asked| async move { accounts().create_api_key(asked).await }).await
}

/// Ends a key.
pub(crate) async fn revoke_key(api_key_id: String) -> Answer<()> {
    let asked = RevokeApiKeyRequest { api_key_id };
    ask(asked, |asked| async move { accounts().revoke_api_key(asked).await }).await.map(drop)
}

/// Somebody's keys that are good, newest first.
pub(crate) async fn keys_of(owner_id: String) -> Answer<Vec<ApiKey>> {
    let asked = ListApiKeysRequest { owner_id };
    let mut keys = ask(asked, |asked| async move { client().list_api_keys(asked).await }).await?.api_keys;
    keys.retain(|key| key.revoke_time.is_none());
    Ok(keys)
}

/// Where somebody is signed in.
pub(crate) async fn sessions_of(user_id: String) -> Answer<Vec<Session>> {
    let asked = ListSessionsRequest { user_id };
    ask(asked, |asked| async move { auth().list_sessions(asked).await }).await.map(|answer| answer.sessions)
}

/// Signs a session out.
pub(crate) async fn end_session(session_id: String) -> Answer<()> {
    let asked = RevokeSessionRequest { session_id };
    ask(asked, |asked| async move { auth().revoke_session(asked).await }).await.map(drop)
}
