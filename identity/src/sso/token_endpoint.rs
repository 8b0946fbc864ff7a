//! Trading a code for what it stands for (RFC 6749, with the verifier of RFC 7636).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{Discovery, Document, Fault};

/// A code and what proves that it is ours to redeem.
#[derive(Clone, Copy)]
pub(crate) struct Grant<'a> {
    pub(crate) client_id: &'a str,
    /// Empty for a client without one, whom the verifier alone proves.
    pub(crate) client_secret: &'a str,
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: &'a str,
}

/// What the provider answers.
pub(crate) enum Redeemed {
    Tokens {
        id_token: String,
        /// Opens the userinfo endpoint.
        access_token: String,
    },
    /// The error code of RFC 6749: `invalid_client`, `invalid_grant`.
    Refused(String),
}

/// Asks the provider what the code stands for.
pub(crate) async fn redeem(
    discovery: &Discovery,
    document: &Document,
    grant: &Grant<'_>,
) -> Result<Redeemed, Fault> {
    let in_header = document.takes_basic && !grant.client_secret.is_empty();
    let authorization = if in_header { basic(grant.client_id, grant.client_secret) } else { String::new() };
    let reply = discovery.http.post(&document.token_endpoint, form(grant, in_header), &authorization).await?;
    let text = |name: &str| reply.json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if !reply.status.is_success() {
        let error = Some(text("error")).filter(|error| !error.is_empty());
        return Ok(Redeemed::Refused(error.unwrap_or_else(|| reply.status.to_string())));
    }
    let id_token = text("id_token");
    if id_token.is_empty() {
        return Err(Fault::wrong(
            "the provider answers without an ID token; allow its client the scope `openid`",
        ));
    }
    Ok(Redeemed::Tokens { id_token, access_token: text("access_token") })
}

fn form(grant: &Grant<'_>, proven_in_header: bool) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", grant.code)
        .append_pair("redirect_uri", grant.redirect_uri)
        .append_pair("code_verifier", grant.verifier);
    if !proven_in_header {
        form.append_pair("client_id", grant.client_id);
        if !grant.client_secret.is_empty() {
            form.append_pair("client_secret", grant.client_secret);
        }
    }
    form.finish()
}

/// Name and secret are encoded as in a form before they are joined, so that a colon in the name divides nothing.
fn basic(client_id: &str, client_secret: &str) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(client_id), encoded(client_secret));
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}

#[cfg(test)]
mod tests {
    use super::{Grant, basic, form};

    #[test]
    fn the_secret_goes_into_the_header_or_the_form_and_never_into_both() {
        let grant = Grant {
            client_id: "desk:1",
            client_secret: "a b",
            code: "c&d",
            redirect_uri: "https://desk.example.com/sso/x/callback",
            verifier: "v",
        };
        assert!(form(&grant, false).ends_with("client_id=desk%3A1&client_secret=a+b"));
        let form = form(&grant, true);
        assert!(form.contains("code=c%26d") && !form.contains("client_"), "{form}");
        assert_eq!(basic("desk:1", "a b"), "Basic ZGVzayUzQTE6YSti");
    }
}
