//! Roles that claims give and take.

use mesh_core::db::Engine;
use proto::identity::v1::{
    ClaimMapping, ConfigureSsoRequest, DeleteSsoProviderRequest, Role, SetUserStatusRequest, SsoProvider,
    UserStatus,
};
use rstest::rstest;
use serde_json::json;
use tonic::Code;

use super::{Desk, ann};
use crate::provider::KEY;

fn mapping(group: &str, role: &Role) -> ClaimMapping {
    ClaimMapping {
        condition: format!("\"{group}\" in claims.groups"),
        role_id: role.id.clone(),
        department_id: String::new(),
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn mapped_roles_are_renewed_at_each_sign_in_and_those_given_by_hand_stay(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    let [agent, auditor] = ["agent", "auditor"].map(|key| desk.house.role(&desk.admin, key));
    let (agent, auditor) = (agent.await, auditor.await);
    let known = desk.house.person(&desk.admin, "ann@example.com", &[("auditor", "")]).await;
    let mappings = vec![mapping("helpdesk", &agent), mapping("helpdesk", &auditor)];
    desk.describe(SsoProvider { mappings, etag: "1".into(), ..desk.provider.described() }).await;
    let mut seen = Vec::new();
    for groups in [json!(["helpdesk"]), json!([]), json!("helpdesk of another kind"), json!(["helpdesk"])] {
        let mut claims = ann();
        claims["groups"] = groups;
        desk.arrive(claims).await.expect("signs in");
        let held = desk.user(&known.id).await.role_assignments;
        seen.push(held.iter().map(|one| (one.role_id.clone(), one.provider_key.clone())).collect::<Vec<_>>());
    }
    let (by_hand, mapped) = ((auditor.id, String::new()), (agent.id, KEY.to_owned()));
    let (with, without) = (vec![by_hand.clone(), mapped], vec![by_hand]);
    assert_eq!(seen, [with.clone(), without.clone(), without, with]);
    assert!(desk.log("role.unassigned").await[0].contains("rules of the provider acme"));
    let delete = DeleteSsoProviderRequest { key: KEY.into(), etag: "2".into() };
    desk.house.security(&desk.admin).delete_sso_provider(delete).await.expect("is removed");
    let left = desk.user(&known.id).await.role_assignments;
    assert!(
        left.len() == 2 && left.iter().all(|one| one.provider_key.is_empty()),
        "it is in people's care now"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_never_takes_the_last_administrator(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    let admin_role = desk.house.role(&desk.admin, "admin").await;
    desk.house.person(&desk.admin, "ann@example.com", &[]).await;
    let mappings = vec![mapping("bosses", &admin_role)];
    desk.describe(SsoProvider { mappings, etag: "1".into(), ..desk.provider.described() }).await;
    let mut claims = ann();
    claims["groups"] = json!(["bosses"]);
    let token = desk.arrive(claims).await.expect("signs in").access_token;
    let root = desk.house.me(&desk.admin).await.expect("is there");
    let suspend = SetUserStatusRequest {
        user_id: root.id,
        etag: root.etag,
        status: UserStatus::Suspended.into(),
        ..SetUserStatusRequest::default()
    };
    desk.house.directory(&token).set_user_status(suspend).await.expect("there is another administrator");
    let token = desk.arrive(ann()).await.expect("signs in without the group").access_token;
    let kept = desk.house.me(&token).await.expect("is there").role_assignments;
    assert_eq!((kept.len(), kept[0].role_id.as_str()), (1, admin_role.id.as_str()));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_condition_that_is_no_rule_is_refused_with_its_place(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::new(engine).await;
    let agent = desk.house.role(&desk.admin, "agent").await;
    let damaged = ClaimMapping { condition: "\"desk\" in claim.groups".into(), ..mapping("", &agent) };
    let provider = SsoProvider { mappings: vec![damaged], etag: "1".into(), ..desk.provider.described() };
    let ask = ConfigureSsoRequest { provider: Some(provider) };
    let refused = desk.house.security(&desk.admin).configure_sso(ask).await.expect_err("is refused");
    let place = "provider.mappings[0].condition is no rule at line 1, column 11";
    assert!(refused.code() == Code::InvalidArgument && refused.message().starts_with(place), "{refused:?}");
}
