//! `SecurityService`: sign-in protection, audit, service accounts, settings and single sign-on.

mod audit;
mod blocks;
mod keys;
mod protection;
mod record;
mod settings;
mod sso;
mod sso_trial;

use mesh_core::{
    caller::Caller,
    error::{Result, Violations},
    idempotency::RequestKey,
    page,
    policy::{self, Action, Scope},
};
use proto::identity::v1::{
    AccessSettings, AuditEvent, Block, ConfigureSsoRequest, CreateServiceAccountRequest,
    DeleteSsoProviderRequest, ExportAuditEventsRequest, ExportAuditEventsResponse, GetAccessSettingsRequest,
    GetSignInProtectionRequest, ListApiKeysRequest, ListApiKeysResponse, ListAuditEventsRequest,
    ListAuditEventsResponse, ListBlocksRequest, ListBlocksResponse, ListServiceAccountsRequest,
    ListServiceAccountsResponse, ListSsoProvidersRequest, ListSsoProvidersResponse, RecordAuditEventRequest,
    ServiceAccount, SignInProtection, SsoProvider, TestSsoRequest, TestSsoResponse, UnblockRequest,
    UpdateAccessSettingsRequest, UpdateSignInProtectionRequest, UserKind, UserStatus,
    security_service_server::SecurityService,
};
use sqlx::AnyConnection;
use tonic::{Request, Response, Status, codegen::BoxStream};

use super::{PAGE, answer, page as cut};
use crate::{
    Identity,
    access::Authority,
    people::{self, NewUser},
    store::{api_keys, users},
    user::{Profile, User, name_key},
    wire,
};

const CREATE: &str = "/ticketmesh.identity.v1.SecurityService/CreateServiceAccount";

#[derive(Debug)]
pub(crate) struct Security(pub(crate) Identity);

#[tonic::async_trait]
impl SecurityService for Security {
    async fn get_sign_in_protection(
        &self,
        request: Request<GetSignInProtectionRequest>,
    ) -> Result<Response<SignInProtection>, Status> {
        answer(request, |caller, _| self.0.get_sign_in_protection(caller)).await
    }

    async fn update_sign_in_protection(
        &self,
        request: Request<UpdateSignInProtectionRequest>,
    ) -> Result<Response<SignInProtection>, Status> {
        answer(request, |caller, ask| self.0.update_sign_in_protection(caller, ask)).await
    }

    async fn list_blocks(
        &self,
        request: Request<ListBlocksRequest>,
    ) -> Result<Response<ListBlocksResponse>, Status> {
        answer(request, |caller, ask| self.0.list_blocks(caller, ask)).await
    }

    async fn unblock(&self, request: Request<UnblockRequest>) -> Result<Response<Block>, Status> {
        answer(request, |caller, ask| self.0.unblock(caller, ask)).await
    }

    async fn list_audit_events(
        &self,
        request: Request<ListAuditEventsRequest>,
    ) -> Result<Response<ListAuditEventsResponse>, Status> {
        answer(request, |caller, ask| self.0.list_audit_events(caller, ask)).await
    }

    async fn export_audit_events(
        &self,
        request: Request<ExportAuditEventsRequest>,
    ) -> Result<Response<BoxStream<ExportAuditEventsResponse>>, Status> {
        answer(request, |caller, ask| self.0.export_audit_events(caller, ask)).await
    }

    async fn record_audit_event(
        &self,
        request: Request<RecordAuditEventRequest>,
    ) -> Result<Response<AuditEvent>, Status> {
        answer(request, |caller, ask| self.0.record_audit_event(caller, ask)).await
    }

    async fn list_service_accounts(
        &self,
        request: Request<ListServiceAccountsRequest>,
    ) -> Result<Response<ListServiceAccountsResponse>, Status> {
        answer(request, |caller, ask| self.0.list_service_accounts(caller, ask)).await
    }

    async fn create_service_account(
        &self,
        request: Request<CreateServiceAccountRequest>,
    ) -> Result<Response<ServiceAccount>, Status> {
        answer(request, |caller, ask| self.0.create_service_account(caller, ask)).await
    }

    async fn get_access_settings(
        &self,
        request: Request<GetAccessSettingsRequest>,
    ) -> Result<Response<AccessSettings>, Status> {
        answer(request, |caller, _| self.0.get_access_settings(caller)).await
    }

    async fn update_access_settings(
        &self,
        request: Request<UpdateAccessSettingsRequest>,
    ) -> Result<Response<AccessSettings>, Status> {
        answer(request, |caller, ask| self.0.update_access_settings(caller, ask)).await
    }

    async fn list_api_keys(
        &self,
        request: Request<ListApiKeysRequest>,
    ) -> Result<Response<ListApiKeysResponse>, Status> {
        answer(request, |caller, ask| self.0.list_api_keys(caller, ask)).await
    }

    async fn list_sso_providers(
        &self,
        request: Request<ListSsoProvidersRequest>,
    ) -> Result<Response<ListSsoProvidersResponse>, Status> {
        answer(request, |caller, _| self.0.list_sso_providers(caller)).await
    }

    async fn configure_sso(
        &self,
        request: Request<ConfigureSsoRequest>,
    ) -> Result<Response<SsoProvider>, Status> {
        answer(request, |caller, ask| self.0.configure_sso(caller, ask)).await
    }

    async fn delete_sso_provider(
        &self,
        request: Request<DeleteSsoProviderRequest>,
    ) -> Result<Response<()>, Status> {
        answer(request, |caller, ask| self.0.delete_sso_provider(caller, ask)).await
    }

    async fn test_sso(&self, request: Request<TestSsoRequest>) -> Result<Response<TestSsoResponse>, Status> {
        answer(request, |caller, ask| self.0.test_sso(caller, ask)).await
    }
}

impl Identity {
    async fn list_service_accounts(
        &self,
        caller: Caller,
        mut ask: ListServiceAccountsRequest,
    ) -> Result<ListServiceAccountsResponse> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        let (size, token) = (page::size(ask.page_size, PAGE), std::mem::take(&mut ask.page_token));
        ask.page_size = 0;
        let after = self.pages.open(&caller, &ask, &token)?;
        let mut db = self.db.reader().acquire().await?;
        let (rows, more) = cut(users::list_service_accounts(&mut *db, after, size + 1).await?, size);
        let next_page_token = match rows.last().filter(|_| more) {
            Some(last) => {
                self.pages.seal(&caller, &ask, &(name_key(&last.profile.display_name), &last.id))?
            }
            None => String::new(),
        };
        Ok(ListServiceAccountsResponse {
            service_accounts: with_keys(&mut db, &rows).await?,
            next_page_token,
        })
    }

    async fn create_service_account(
        &self,
        caller: Caller,
        ask: CreateServiceAccountRequest,
    ) -> Result<ServiceAccount> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        let (display_name, department_id) = (ask.display_name.clone(), ask.department_id.clone());
        let mut wrong = Violations::default();
        let profile = Profile { display_name, department_id, ..Profile::default() };
        let profile = profile.check("", UserKind::ServiceAccount, &mut wrong);
        wrong.long_text("description", &ask.description, 0..=2_000);
        wrong.into_result()?;
        let request = RequestKey::new(&caller, CREATE, &ask.request_id, &ask)?;
        let mut tx = self.db.begin().await?;
        if let Some(done) = request.replay::<ServiceAccount>(&mut tx).await? {
            return Ok(done);
        }
        let new = NewUser {
            kind: UserKind::ServiceAccount,
            status: UserStatus::Active,
            profile,
            description: ask.description,
            password_hash: None,
            roles: vec![],
        };
        let user = people::create(&mut tx, &Authority::of(&caller), new).await?;
        let answer = with_keys(tx.conn(), &[user]).await?.pop().unwrap_or_default();
        request.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// Service accounts with the keys they call with.
async fn with_keys(db: &mut AnyConnection, accounts: &[User]) -> Result<Vec<ServiceAccount>> {
    let ids: Vec<String> = accounts.iter().map(|user| user.id.clone()).collect();
    let keys = api_keys::live_of_all(&mut *db, &ids).await?;
    let full = wire::all_full(db, accounts).await?;
    let with_keys = |(user, account): (proto::identity::v1::User, &User)| ServiceAccount {
        description: account.description.clone(),
        api_keys: keys.iter().filter(|key| key.owner_id == account.id).map(wire::api_key).collect(),
        user: Some(user),
    };
    Ok(full.into_iter().zip(accounts).map(with_keys).collect())
}
