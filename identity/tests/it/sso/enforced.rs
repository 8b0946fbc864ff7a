//! Domains that are held to a provider, and the one administrator who comes in without it.

use mesh_core::db::Engine;
use prost_types::FieldMask;
use proto::identity::v1::{
    AccessSettings, ConfigureSsoRequest, DeleteUserRequest, GetAccessSettingsRequest,
    RequestPasswordResetRequest, SetUserStatusRequest, SignUpRequest, SsoProvider, UnassignRoleRequest,
    UpdateAccessSettingsRequest, User, UserStatus,
};
use rstest::rstest;
use serde_json::json;
use tonic::{Code, Status};

use super::{Desk, ann};
use crate::{
    authenticator::Authenticator,
    house::{ADMIN, PASSWORD, refusal},
};

const KEEPER: &str = "keeper@example.com";

/// Whoever has to come by the provider is told so.
fn required() -> (Code, String) {
    (Code::FailedPrecondition, "SSO_REQUIRED".into())
}

/// What is kept for emergencies stays.
fn needed() -> (Code, String) {
    (Code::FailedPrecondition, "BREAK_GLASS_NEEDED".into())
}

impl Desk {
    /// A house whose people of this domain sign in at the provider, with its administrator for emergencies.
    async fn enforcing(engine: Engine, domain: &str) -> (Self, User) {
        let desk = Self::new(engine).await;
        let keeper = desk.house.person(&desk.admin, KEEPER, &[("admin", "")]).await;
        desk.name_keeper(&keeper.id).await.expect("an administrator with a password");
        desk.enforce(domain).await.expect("somebody is named for emergencies");
        (desk, keeper)
    }

    async fn name_keeper(&self, user_id: &str) -> Result<(), Status> {
        let mut security = self.house.security(&self.admin);
        let settings =
            security.get_access_settings(GetAccessSettingsRequest {}).await.expect("tells").into_inner();
        let ask = UpdateAccessSettingsRequest {
            settings: Some(AccessSettings { break_glass_user_id: user_id.into(), ..settings }),
            update_mask: Some(FieldMask { paths: vec!["break_glass_user_id".into()] }),
        };
        security.update_access_settings(ask).await.map(drop)
    }

    async fn enforce(&self, domain: &str) -> Result<(), Status> {
        let enforced_domains = vec![domain.to_owned()];
        let provider = SsoProvider { enforced_domains, etag: "1".into(), ..self.provider.described() };
        let ask = ConfigureSsoRequest { provider: Some(provider) };
        self.house.security(&self.admin).configure_sso(ask).await.map(drop)
    }

    async fn unassign(&self, user: &User) -> Result<(), Status> {
        let ask = UnassignRoleRequest { role_assignment_id: user.role_assignments[0].id.clone() };
        self.house.directory(&self.admin).unassign_role(ask).await.map(drop)
    }

    async fn suspend(&self, user: &User) -> Result<(), Status> {
        let (user_id, etag) = (user.id.clone(), user.etag.clone());
        let ask = SetUserStatusRequest {
            user_id,
            etag,
            status: UserStatus::Suspended.into(),
            ..SetUserStatusRequest::default()
        };
        self.house.directory(&self.admin).set_user_status(ask).await.map(drop)
    }

    async fn delete(&self, user: &User) -> Result<(), Status> {
        let (user_id, etag) = (user.id.clone(), user.etag.clone());
        let ask = DeleteUserRequest { user_id, etag, reason: "has left".into() };
        self.house.directory(&self.admin).delete_user(ask).await.map(drop)
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn people_of_an_enforced_domain_sign_in_at_their_provider_only(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (desk, _) = Desk::enforcing(engine, "acme.example").await;
    desk.house.person(&desk.admin, "ann@acme.example", &[]).await;
    for (email, password) in [("Ann@acme.example", PASSWORD), ("nobody@acme.example", "wrong wrong wrong")] {
        assert_eq!(
            refusal(desk.house.try_sign_in(email, password).await),
            required(),
            "there or not: {email}"
        );
    }
    let noted = desk.log("sign_in.refused").await;
    assert_eq!(noted, ["sign_in.refused single sign-on is required"; 2]);
    desk.house.try_sign_in(ADMIN, PASSWORD).await.expect("other domains are free");
    let ann = json!({"sub": "a-1", "email": "ann@acme.example", "email_verified": true});
    desk.arrive(ann).await.expect("signs in at the provider");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_enforced_domain_takes_no_password_in_any_way_but_from_the_one_for_emergencies(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (desk, _) = Desk::enforcing(engine, "example.com").await;
    let mut anybody = desk.house.anybody();
    let reset = RequestPasswordResetRequest { email: "ann@example.com".into() };
    assert_eq!(refusal(anybody.request_password_reset(reset).await), required());
    let (email, display_name) = ("ann@example.com".into(), "Ann Lee".into());
    let sign_up = SignUpRequest { email, display_name, locale: String::new() };
    assert_eq!(refusal(anybody.sign_up(sign_up).await), required());
    assert_eq!(refusal(desk.house.try_sign_in(ADMIN, PASSWORD).await), required());
    desk.house.try_sign_in(KEEPER, PASSWORD).await.expect("the one for emergencies comes in");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_opens_no_way_around_the_provider(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    let house = &desk.house;
    let keeper = house.person(&desk.admin, KEEPER, &[("admin", "")]).await;
    house.person(&desk.admin, "ann@example.com", &[]).await;
    let (mut anns, mut keepers) = (Authenticator::new("green"), Authenticator::new("blue"));
    house.keep(house.sign_in("ann@example.com").await, &mut anns).await;
    house.keep(house.sign_in(KEEPER).await, &mut keepers).await;
    // Her password was right before the domain was held to the provider.
    let half = house.half_sign_in("ann@example.com").await;
    desk.name_keeper(&keeper.id).await.expect("is named");
    desk.enforce("example.com").await.expect("somebody is named for emergencies");
    let needed = house.start_passkey_sign_in().await;
    let answer = anns.get(&needed.passkey_options_json);
    assert_eq!(refusal(house.verify_passkey(&needed, answer).await), required());
    let answer = anns.get(&half.passkey_options_json);
    assert_eq!(refusal(house.verify_passkey(&half, answer).await), required());
    let needed = house.start_passkey_sign_in().await;
    let answer = keepers.get(&needed.passkey_options_json);
    house.verify_passkey(&needed, answer).await.expect("the one for emergencies comes in");
    assert_eq!(desk.log("sign_in.refused").await, ["sign_in.refused single sign-on is required"; 2]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_held_to_a_provider_once_somebody_is_kept_for_emergencies(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::with(engine, |described| SsoProvider { create_accounts: true, ..described }).await;
    assert_eq!(refusal(desk.enforce("acme.example").await), needed(), "nobody is named");
    let ann = desk.user(&desk.arrive(ann()).await.expect("gets an account").user_id).await;
    assert_eq!(refusal(desk.name_keeper(&ann.id).await).0, Code::InvalidArgument, "no administrator");
    let admin_role = desk.house.role(&desk.admin, "admin").await.id;
    desk.house.assign(&desk.admin, &ann, &admin_role, "").await.expect("gives it");
    assert_eq!(refusal(desk.name_keeper(&ann.id).await).0, Code::InvalidArgument, "no password");
    let bob = desk.house.person(&desk.admin, "bob@example.com", &[("admin", "")]).await;
    desk.name_keeper(&bob.id).await.expect("an administrator with a password");
    desk.suspend(&bob).await.expect("nothing is enforced yet");
    assert_eq!(refusal(desk.enforce("acme.example").await), needed(), "who is suspended can't come in");
    let root = desk.house.me(&desk.admin).await.expect("is there");
    desk.name_keeper(&root.id).await.expect("an administrator with a password");
    desk.enforce("acme.example").await.expect("now there is one");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_is_kept_for_emergencies_stays_what_he_is_until_another_one_is_named(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (desk, _) = Desk::enforcing(engine, "acme.example").await;
    let keeper = desk.house.person_named(&desk.admin, KEEPER).await;
    assert_eq!(refusal(desk.suspend(&keeper).await), needed());
    assert_eq!(refusal(desk.unassign(&keeper).await), needed());
    assert_eq!(refusal(desk.delete(&keeper).await), needed());
    assert_eq!(refusal(desk.name_keeper("").await), needed());
    let root = desk.house.me(&desk.admin).await.expect("is there");
    desk.name_keeper(&root.id).await.expect("another administrator");
    desk.unassign(&keeper).await.expect("he is one like all others");
    let keeper = desk.house.person_named(&desk.admin, KEEPER).await;
    desk.suspend(&keeper).await.expect("he is one like all others");
}
