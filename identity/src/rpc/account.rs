//! `AccountService`: the caller's own account.

mod api_keys;
mod passkeys;
mod picture;
mod proof;
mod second_factors;

use mesh_core::{
    caller::Caller,
    error::{Result, Violations},
};
use proto::identity::v1::{
    ConfirmPasskeyRequest, ConfirmPasskeyResponse, ConfirmTotpRequest, CreateApiKeyRequest,
    CreateApiKeyResponse, DisableSecondFactorRequest, GetMeRequest, GetSecondFactorsRequest,
    ListMyApiKeysRequest, ListMyApiKeysResponse, RecoveryCodes, RegenerateRecoveryCodesRequest,
    RemovePasskeyRequest, RevokeApiKeyRequest, SecondFactors, SetPictureRequest, StartPasskeyRequest,
    StartPasskeyResponse, StartTotpRequest, StartTotpResponse, UpdateMeRequest, User,
    account_service_server::AccountService,
};
use tonic::{Request, Response, Status};

use super::{answer, expect_version, overtaken, paths, required};
use crate::{Identity, access::Authority, events, store::users, user::Profile, wire};

#[derive(Debug)]
pub(crate) struct Account(pub(crate) Identity);

#[tonic::async_trait]
impl AccountService for Account {
    async fn get_me(&self, request: Request<GetMeRequest>) -> Result<Response<User>, Status> {
        answer(request, |caller, _| self.0.get_me(caller)).await
    }

    async fn update_me(&self, request: Request<UpdateMeRequest>) -> Result<Response<User>, Status> {
        answer(request, |caller, ask| self.0.update_me(caller, ask)).await
    }

    async fn get_second_factors(
        &self,
        request: Request<GetSecondFactorsRequest>,
    ) -> Result<Response<SecondFactors>, Status> {
        answer(request, |caller, _| self.0.get_second_factors(caller)).await
    }

    async fn start_totp(
        &self,
        request: Request<StartTotpRequest>,
    ) -> Result<Response<StartTotpResponse>, Status> {
        answer(request, |caller, ask| self.0.start_totp(caller, ask)).await
    }

    async fn confirm_totp(
        &self,
        request: Request<ConfirmTotpRequest>,
    ) -> Result<Response<RecoveryCodes>, Status> {
        answer(request, |caller, ask| self.0.confirm_totp(caller, ask)).await
    }

    async fn disable_second_factor(
        &self,
        request: Request<DisableSecondFactorRequest>,
    ) -> Result<Response<User>, Status> {
        answer(request, |caller, ask| self.0.disable_second_factor(caller, ask)).await
    }

    async fn regenerate_recovery_codes(
        &self,
        request: Request<RegenerateRecoveryCodesRequest>,
    ) -> Result<Response<RecoveryCodes>, Status> {
        answer(request, |caller, ask| self.0.regenerate_recovery_codes(caller, ask)).await
    }

    async fn start_passkey(
        &self,
        request: Request<StartPasskeyRequest>,
    ) -> Result<Response<StartPasskeyResponse>, Status> {
        answer(request, |caller, ask| self.0.start_passkey(caller, ask)).await
    }

    async fn confirm_passkey(
        &self,
        request: Request<ConfirmPasskeyRequest>,
    ) -> Result<Response<ConfirmPasskeyResponse>, Status> {
        answer(request, |caller, ask| self.0.confirm_passkey(caller, ask)).await
    }

    async fn remove_passkey(&self, request: Request<RemovePasskeyRequest>) -> Result<Response<()>, Status> {
        answer(request, |caller, ask| self.0.remove_passkey(caller, ask)).await
    }

    async fn set_picture(&self, request: Request<SetPictureRequest>) -> Result<Response<User>, Status> {
        answer(request, |caller, ask| self.0.set_picture(caller, ask)).await
    }

    async fn list_my_api_keys(
        &self,
        request: Request<ListMyApiKeysRequest>,
    ) -> Result<Response<ListMyApiKeysResponse>, Status> {
        answer(request, |caller, _| self.0.list_my_api_keys(caller)).await
    }

    async fn create_api_key(
        &self,
        request: Request<CreateApiKeyRequest>,
    ) -> Result<Response<CreateApiKeyResponse>, Status> {
        answer(request, |caller, ask| self.0.create_api_key(caller, ask)).await
    }

    async fn revoke_api_key(&self, request: Request<RevokeApiKeyRequest>) -> Result<Response<()>, Status> {
        answer(request, |caller, ask| self.0.revoke_api_key(caller, ask)).await
    }
}

impl Identity {
    /// What the caller holds is what his token says, which is less than his roles amount to when one of them waits for a second
    /// factor or his key is narrow.
    async fn get_me(&self, caller: Caller) -> Result<User> {
        let mut db = self.db.reader().acquire().await?;
        let user = users::get(&mut *db, caller.user_id()?).await?;
        Ok(User { grants: caller.grants().to_proto(), ..wire::one_full(&mut db, &user).await? })
    }

    async fn update_me(&self, caller: Caller, ask: UpdateMeRequest) -> Result<User> {
        let (given, paths) = (required("user", ask.user)?, paths(ask.update_mask)?);
        let mut tx = self.db.begin().await?;
        let user = users::get(tx.conn(), caller.user_id()?).await?;
        expect_version(&caller, &given.etag, user.version, &wire::one_full(tx.conn(), &user).await?)?;
        let mut wrong = Violations::default();
        let mut profile = user.profile.clone();
        for path in &paths {
            wrong.when(
                !take_own(&mut profile, &given, path),
                "update_mask",
                "names a field you can't change yourself",
            );
        }
        let profile = profile.check("user.", user.kind, &mut wrong);
        wrong.into_result()?;
        let (now, before) = (tx.now(), user.profile.clone());
        let user = crate::user::User { profile, ..user }.changed(now);
        if !users::update(&mut tx, &user).await? {
            return Err(overtaken());
        }
        let Authority { cause, line, .. } = Authority::of(&caller);
        events::user_updated(&mut tx, &cause, &user).await?;
        if let Some(line) = line.about("user.updated", &user.id).profile(&before, &user.profile) {
            line.write(&mut tx).await?;
        }
        let answer = wire::one_full(tx.conn(), &user).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// Takes over a field people may change of themselves; false for any other.
fn take_own(profile: &mut Profile, given: &User, path: &str) -> bool {
    let (field, value) = match path {
        "display_name" => (&mut profile.display_name, &given.display_name),
        "given_name" => (&mut profile.given_name, &given.given_name),
        "family_name" => (&mut profile.family_name, &given.family_name),
        "phone" => (&mut profile.phone, &given.phone),
        "locale" => (&mut profile.locale, &given.locale),
        "time_zone" => (&mut profile.time_zone, &given.time_zone),
        _ => return false,
    };
    field.clone_from(value);
    true
}
