//! The person's own account: profile, password, sessions, second factors, API keys.

use proto::identity::v1::{
    ApiKey, ChangePasswordRequest, ConfirmPasskeyRequest, ConfirmPasskeyResponse, ConfirmTotpRequest,
    CreateApiKeyRequest, CreateApiKeyResponse, DisableSecondFactorRequest, GetMeRequest,
    GetSecondFactorsRequest, ListMyApiKeysRequest, ListSessionsRequest, RegenerateRecoveryCodesRequest,
    RemovePasskeyRequest, RevokeApiKeyRequest, RevokeSessionRequest, SecondFactors, Session,
    SetPictureRequest, StartPasskeyRequest, StartPasskeyResponse, StartTotpRequest, StartTotpResponse,
    UpdateMeRequest, User, account_service, auth_service,
};

use super::{Answer, ask, request_id};

/// Oneself, with everything there is to know.
pub(crate) async fn me() -> Answer<User> {
    ask(account_service::GET_ME, GetMeRequest {}).await
}

/// Changes what people may change of themselves.
pub(crate) async fn update_me(user: User) -> Answer<User> {
    let paths = ["display_name", "given_name", "family_name", "phone", "locale", "time_zone"];
    let paths = paths.map(str::to_owned).to_vec();
    let asked = UpdateMeRequest { user: Some(user), update_mask: Some(prost_types::FieldMask { paths }) };
    ask(account_service::UPDATE_ME, asked).await
}

/// Sets the picture; an empty one removes it.
pub(crate) async fn set_picture(picture: Vec<u8>) -> Answer<User> {
    let asked = SetPictureRequest { picture };
    ask(account_service::SET_PICTURE, asked).await
}

/// Replaces the password and ends all other sessions.
pub(crate) async fn change_password(current_password: String, new_password: String) -> Answer<()> {
    let asked = ChangePasswordRequest { current_password, new_password };
    ask(auth_service::CHANGE_PASSWORD, asked).await
}

/// Where one is signed in, the latest used first.
pub(crate) async fn sessions() -> Answer<Vec<Session>> {
    let asked = ListSessionsRequest::default();
    ask(auth_service::LIST_SESSIONS, asked).await.map(|answer| answer.sessions)
}

/// Ends a session.
pub(crate) async fn end_session(session_id: String) -> Answer<()> {
    let asked = RevokeSessionRequest { session_id };
    ask(auth_service::REVOKE_SESSION, asked).await
}

/// How one can prove oneself besides the password.
pub(crate) async fn second_factors() -> Answer<SecondFactors> {
    let asked = GetSecondFactorsRequest {};
    ask(account_service::GET_SECOND_FACTORS, asked).await
}

/// Begins an authenticator app.
pub(crate) async fn start_totp((password, code): (String, String)) -> Answer<StartTotpResponse> {
    let asked = StartTotpRequest { password, code };
    ask(account_service::START_TOTP, asked).await
}

/// Proves that the app works; answers recovery codes where there were none.
pub(crate) async fn confirm_totp(code: String) -> Answer<Vec<String>> {
    let asked = ConfirmTotpRequest { code };
    ask(account_service::CONFIRM_TOTP, asked).await.map(|answer| answer.codes)
}

/// Begins a passkey.
pub(crate) async fn start_passkey((password, code): (String, String)) -> Answer<StartPasskeyResponse> {
    let asked = StartPasskeyRequest { password, code };
    ask(account_service::START_PASSKEY, asked).await
}

/// Keeps the passkey that was made.
pub(crate) async fn confirm_passkey(asked: ConfirmPasskeyRequest) -> Answer<ConfirmPasskeyResponse> {
    ask(account_service::CONFIRM_PASSKEY, asked).await
}

/// Forgets a passkey.
pub(crate) async fn remove_passkey(passkey_id: String, (password, code): (String, String)) -> Answer<()> {
    let asked = RemovePasskeyRequest { passkey_id, password, code };
    ask(account_service::REMOVE_PASSKEY, asked).await
}

/// Makes ten new recovery codes in place of the old ones.
pub(crate) async fn new_recovery_codes((password, code): (String, String)) -> Answer<Vec<String>> {
    let asked = RegenerateRecoveryCodesRequest { password, code, request_id: request_id() };
    ask(account_service::REGENERATE_RECOVERY_CODES, asked).await.map(|answer| answer.codes)
}

/// Turns every second factor off.
pub(crate) async fn turn_off_second_factor((password, code): (String, String)) -> Answer<()> {
    let asked = DisableSecondFactorRequest { password, code };
    ask(account_service::DISABLE_SECOND_FACTOR, asked).await.map(|_| ())
}

/// The person's API keys, newest first.
pub(crate) async fn api_keys() -> Answer<Vec<ApiKey>> {
    let asked = ListMyApiKeysRequest {};
    ask(account_service::LIST_MY_API_KEYS, asked).await.map(|answer| answer.api_keys)
}

/// Makes a key; the answer alone shows its secret.
pub(crate) async fn create_api_key(asked: CreateApiKeyRequest) -> Answer<CreateApiKeyResponse> {
    ask(account_service::CREATE_API_KEY, asked).await
}

/// Ends a key.
pub(crate) async fn revoke_api_key(api_key_id: String) -> Answer<()> {
    let asked = RevokeApiKeyRequest { api_key_id };
    ask(account_service::REVOKE_API_KEY, asked).await
}
