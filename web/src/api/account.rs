//! The person's own account: profile, password, sessions, second factors, API keys.

use proto::identity::v1::account_service_client::AccountServiceClient;
use proto::identity::v1::auth_service_client::AuthServiceClient;
use proto::identity::v1::{
    ApiKey, ChangePasswordRequest, ConfirmPasskeyRequest, ConfirmPasskeyResponse, ConfirmTotpRequest,
    CreateApiKeyRequest, CreateApiKeyResponse, DisableSecondFactorRequest, GetMeRequest,
    GetSecondFactorsRequest, ListMyApiKeysRequest, ListSessionsRequest, RegenerateRecoveryCodesRequest,
    RemovePasskeyRequest, RevokeApiKeyRequest, RevokeSessionRequest, SecondFactors, Session,
    SetPictureRequest, StartPasskeyRequest, StartPasskeyResponse, StartTotpRequest, StartTotpResponse,
    UpdateMeRequest, User,
};

use super::{Answer, Channel, ask, channel};

fn client() -> AccountServiceClient<Channel> {
    AccountServiceClient::new(channel())
}

fn auth() -> AuthServiceClient<Channel> {
    AuthServiceClient::new(channel())
}

/// Oneself, with everything there is to know.
pub(crate) async fn me() -> Answer<User> {
    ask(GetMeRequest {}, |asked| async move { client().get_me(asked).await }).await
}

/// Changes what people may change of themselves.
pub(crate) async fn update_me(user: User) -> Answer<User> {
    let paths = ["display_name", "given_name", "family_name", "phone", "locale", "time_zone"];
    let paths = paths.map(str::to_owned).to_vec();
    let asked = UpdateMeRequest { user: Some(user), update_mask: Some(prost_types::FieldMask { paths }) };
    ask(asked, |asked| async move { client().update_me(asked).await }).await
}

/// Sets the picture; an empty one removes it.
pub(crate) async fn set_picture(picture: Vec<u8>) -> Answer<User> {
    let asked = SetPictureRequest { picture };
    ask(asked, |asked| async move { client().set_picture(asked).await }).await
}

/// Replaces the password and ends all other sessions.
pub(crate) async fn change_password(current_password: String, new_password: String) -> Answer<()> {
    let asked = ChangePasswordRequest { current_password, new_password };
    ask(asked, |asked| async move { auth().change_password(asked).await }).await
}

/// Where one is signed in, the latest used first.
pub(crate) async fn sessions() -> Answer<Vec<Session>> {
    let asked = ListSessionsRequest::default();
    ask(asked, |asked| async move { auth().list_sessions(asked).await }).await.map(|answer| answer.sessions)
}

/// Ends a session.
pub(crate) async fn end_session(session_id: String) -> Answer<()> {
    let asked = RevokeSessionRequest { session_id };
    ask(asked, |asked| async move { auth().revoke_session(asked).await }).await
}

/// How one can prove oneself besides the password.
pub(crate) async fn second_factors() -> Answer<SecondFactors> {
    let asked = GetSecondFactorsRequest {};
    ask(asked, |asked| async move { client().get_second_factors(asked).await }).await
}

/// Begins an authenticator app.
pub(crate) async fn start_totp(password: String) -> Answer<StartTotpResponse> {
    let asked = StartTotpRequest { password };
    ask(asked, |asked| async move { client().start_totp(asked).await }).await
}

/// Proves that the app works; answers recovery codes where there were none.
pub(crate) async fn confirm_totp(code: String) -> Answer<Vec<String>> {
    let asked = ConfirmTotpRequest { code };
    ask(asked, |asked| async move { client().confirm_totp(asked).await }).await.map(|answer| answer.codes)
}

/// Begins a passkey.
pub(crate) async fn start_passkey(password: String) -> Answer<StartPasskeyResponse> {
    let asked = StartPasskeyRequest { password };
    ask(asked, |asked| async move { client().start_passkey(asked).await }).await
}

/// Keeps the passkey that was made.
pub(crate) async fn confirm_passkey(asked: ConfirmPasskeyRequest) -> Answer<ConfirmPasskeyResponse> {
    ask(asked, |asked| async move { client().confirm_passkey(asked).await }).await
}

/// Forgets a passkey.
pub(crate) async fn remove_passkey(passkey_id: String, password: String) -> Answer<()> {
    let asked = RemovePasskeyRequest { passkey_id, password };
    ask(asked, |asked| async move { client().remove_passkey(asked).await }).await
}

/// Makes ten new recovery codes in place of the old ones.
pub(crate) async fn new_recovery_codes(password: String) -> Answer<Vec<String>> {
    let asked = RegenerateRecoveryCodesRequest { password };
    ask(asked, |asked| async move { client().regenerate_recovery_codes(asked).await })
        .await
        .map(|answer| answer.codes)
}

/// Turns every second factor off.
pub(crate) async fn turn_off_second_factor(password: String, code: String) -> Answer<()> {
    let asked = DisableSecondFactorRequest { password, code };
    ask(asked, |asked| async move { client().disable_second_factor(asked).await }).await.map(|_| ())
}

/// The person's API keys, newest first.
pub(crate) async fn api_keys() -> Answer<Vec<ApiKey>> {
    let asked = ListMyApiKeysRequest {};
    ask(asked, |asked| async move { client().list_my_api_keys(asked).await })
        .await
        .map(|answer| answer.api_keys)
}

/// Makes a key; the answer alone shows its secret.
pub(crate) async fn create_api_key(asked: CreateApiKeyRequest) -> Answer<CreateApiKeyResponse> {
    ask(asked, |asked| async move { client().create_api_key(asked).await }).await
}

/// Ends a key.
pub(crate) async fn revoke_api_key(api_key_id: String) -> Answer<()> {
    let asked = RevokeApiKeyRequest { api_key_id };
    ask(asked, |asked| async move { client().revoke_api_key(asked).await }).await
}
