//! An organisation whose people sign in at the tests' OpenID provider.

use http::Method;
use mesh_core::testing::oidc_url;
use proto::identity::v1::{ClaimMapping, ConfigureSsoRequest, ListRolesRequest, SsoProvider};
use serde_json::{Value, json};
use url::Url;

use crate::{people::Person, running::Mesh, wanderer::Wanderer};

/// Where the provider leads back to.
pub(crate) const CALLBACK: &str = "/sso/acme/callback";

/// Makes a mesh believe the provider, with a mapping of a group to a role each; answers what it was told.
pub(crate) async fn believe(mesh: &Mesh, admin: &Person, mappings: &[(&str, &str)]) -> SsoProvider {
    let roles = admin.directory().list_roles(ListRolesRequest {}).await.expect("lists").into_inner().roles;
    let id_of = |key: &str| roles.iter().find(|role| role.key == key).expect("a role").id.clone();
    let mapping = |(group, role): &(&str, &str)| ClaimMapping {
        condition: format!("\"{group}\" in claims.groups"),
        role_id: id_of(role),
        department_id: String::new(),
    };
    let (client_id, client_secret) = register(mesh).await;
    let provider = SsoProvider {
        key: "acme".into(),
        display_name: "Acme".into(),
        issuer: oidc_url(),
        client_id,
        client_secret,
        scopes: ["email", "profile", "groups"].map(Into::into).into(),
        mappings: mappings.iter().map(mapping).collect(),
        create_accounts: true,
        enabled: true,
        ..SsoProvider::default()
    };
    describe(admin, provider.clone()).await;
    provider
}

/// Stores a provider.
pub(crate) async fn describe(admin: &Person, provider: SsoProvider) {
    let ask = ConfigureSsoRequest { provider: Some(provider) };
    admin.security().configure_sso(ask).await.expect("is stored");
}

/// Makes us known to the provider; answers the client's id and secret.
pub(crate) async fn register(mesh: &Mesh) -> (String, String) {
    let client = json!({"redirect_uris": [format!("{}{CALLBACK}", mesh.address())]}).to_string();
    let url = Url::parse(&format!("{}/reg", oidc_url())).expect("an address");
    let headers = [("content-type", "application/json")];
    let made = Wanderer::default().send(Method::POST, url, &headers, client).await.json();
    let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("no {name}: {made}")).to_owned();
    (text("client_id"), text("client_secret"))
}

/// Somebody the provider knows.
pub(crate) fn account(name: &str, groups: &[&str]) -> Value {
    json!({
        "sub": format!("{name}-{}", std::process::id()),
        "email": format!("{name}@acme.example"),
        "email_verified": true,
        "name": name.to_uppercase(),
        "groups": groups,
    })
}
