//! Who may come in and how: sign-in protection, access, single sign-on, the programs' accounts, other people's sessions.

use proto::identity::v1::{
    AccessSettings, ApiKey, Block, ConfigureSsoRequest, CreateApiKeyRequest, CreateApiKeyResponse,
    CreateServiceAccountRequest, DeleteSsoProviderRequest, GetAccessSettingsRequest,
    GetSignInProtectionRequest, ListApiKeysRequest, ListBlocksRequest, ListBlocksResponse,
    ListServiceAccountsRequest, ListServiceAccountsResponse, ListSessionsRequest, ListSsoProvidersRequest,
    RevokeApiKeyRequest, RevokeSessionRequest, ServiceAccount, Session, SignInProtection, SsoProvider,
    TestSsoRequest, TestSsoResponse, UnblockRequest, UpdateAccessSettingsRequest,
    UpdateSignInProtectionRequest, account_service, auth_service, security_service,
};

use super::{Answer, ask, mask};

/// The limits of failed sign-ins.
pub(crate) async fn protection() -> Answer<SignInProtection> {
    ask(security_service::GET_SIGN_IN_PROTECTION, GetSignInProtectionRequest {}).await
}

/// Changes the named limits.
pub(crate) async fn update_protection(
    protection: SignInProtection,
    paths: &[&str],
) -> Answer<SignInProtection> {
    let asked =
        UpdateSignInProtectionRequest { protection: Some(protection), update_mask: Some(mask(paths)) };
    ask(security_service::UPDATE_SIGN_IN_PROTECTION, asked).await
}

/// A page of what is blocked or has failures on record.
pub(crate) async fn blocks(page_token: String, page_size: i32) -> Answer<ListBlocksResponse> {
    let asked = ListBlocksRequest { page_token, page_size, ..ListBlocksRequest::default() };
    ask(security_service::LIST_BLOCKS, asked).await
}

/// Forgets the failures of one of them.
pub(crate) async fn unblock(block_id: String) -> Answer<Block> {
    ask(security_service::UNBLOCK, UnblockRequest { block_id }).await
}

/// How people get accounts.
pub(crate) async fn access() -> Answer<AccessSettings> {
    ask(security_service::GET_ACCESS_SETTINGS, GetAccessSettingsRequest {}).await
}

/// Changes the named settings.
pub(crate) async fn update_access(settings: AccessSettings, paths: &[&str]) -> Answer<AccessSettings> {
    let asked = UpdateAccessSettingsRequest { settings: Some(settings), update_mask: Some(mask(paths)) };
    ask(security_service::UPDATE_ACCESS_SETTINGS, asked).await
}

/// The single sign-on providers in the order of their buttons.
pub(crate) async fn providers() -> Answer<Vec<SsoProvider>> {
    ask(security_service::LIST_SSO_PROVIDERS, ListSsoProvidersRequest {}).await.map(|answer| answer.providers)
}

/// Makes a provider, or puts it in place of the one with its key.
pub(crate) async fn configure(provider: SsoProvider) -> Answer<SsoProvider> {
    let asked = ConfigureSsoRequest { provider: Some(provider) };
    ask(security_service::CONFIGURE_SSO, asked).await
}

/// Tries a provider as it is written, on claims made up for the trial.
pub(crate) async fn try_provider(
    provider: SsoProvider,
    sample_claims_json: String,
) -> Answer<TestSsoResponse> {
    let asked = TestSsoRequest { provider: Some(provider), sample_claims_json };
    ask(security_service::TEST_SSO, asked).await
}

/// Removes a provider.
pub(crate) async fn delete_provider(key: String, etag: String) -> Answer<()> {
    let asked = DeleteSsoProviderRequest { key, etag };
    ask(security_service::DELETE_SSO_PROVIDER, asked).await.map(drop)
}

/// A page of the programs' accounts, by name.
pub(crate) async fn programs(page_token: String, page_size: i32) -> Answer<ListServiceAccountsResponse> {
    let asked = ListServiceAccountsRequest { page_size, page_token };
    ask(security_service::LIST_SERVICE_ACCOUNTS, asked).await
}

/// Makes an account for a program; the same `request_id` never makes two.
pub(crate) async fn create_program(asked: CreateServiceAccountRequest) -> Answer<ServiceAccount> {
    ask(security_service::CREATE_SERVICE_ACCOUNT, asked).await
}

/// Makes a key; its secret is in this answer only.
pub(crate) async fn create_key(asked: CreateApiKeyRequest) -> Answer<CreateApiKeyResponse> {
    ask(account_service::CREATE_API_KEY, asked).await
}

/// Ends a key.
pub(crate) async fn revoke_key(api_key_id: String) -> Answer<()> {
    let asked = RevokeApiKeyRequest { api_key_id };
    ask(account_service::REVOKE_API_KEY, asked).await.map(drop)
}

/// Somebody's keys that are good, newest first.
pub(crate) async fn keys_of(owner_id: String) -> Answer<Vec<ApiKey>> {
    let asked = ListApiKeysRequest { owner_id };
    let mut keys = ask(security_service::LIST_API_KEYS, asked).await?.api_keys;
    keys.retain(|key| key.revoke_time.is_none());
    Ok(keys)
}

/// Where somebody is signed in.
pub(crate) async fn sessions_of(user_id: String) -> Answer<Vec<Session>> {
    let asked = ListSessionsRequest { user_id };
    ask(auth_service::LIST_SESSIONS, asked).await.map(|answer| answer.sessions)
}

/// Signs a session out.
pub(crate) async fn end_session(session_id: String) -> Answer<()> {
    let asked = RevokeSessionRequest { session_id };
    ask(auth_service::REVOKE_SESSION, asked).await.map(drop)
}
