//! What a browser is asked, as JSON that `PublicKeyCredential.parse…OptionsFromJSON` takes.

use serde_json::{Value, json};

use super::{Passkey, Site, cose::Algorithm};
use crate::user::User;

/// How long a person may take, in milliseconds; as long as a ceremony lasts.
const TIMEOUT: u32 = 300_000;

/// `PublicKeyCredentialCreationOptions` for a passkey besides those the person has. One that knows its owner and checks him is
/// preferred, since it signs in by itself; a plain security key does as a second factor.
pub(crate) fn creation_options(site: &Site, user: &User, challenge: &str, has: &[Passkey]) -> Value {
    let algorithms: Vec<Value> =
        Algorithm::ALL.iter().map(|one| json!({"type": "public-key", "alg": one.number()})).collect();
    json!({
        "rp": {"id": site.id, "name": "Ticketmesh"},
        "user": {
            "id": super::to_text(user.id.as_bytes()),
            "name": user.profile.email,
            "displayName": user.profile.display_name,
        },
        "challenge": challenge,
        "pubKeyCredParams": algorithms,
        "timeout": TIMEOUT,
        "excludeCredentials": descriptors(has),
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "preferred"},
        "attestation": "none",
    })
}

/// `PublicKeyCredentialRequestOptions`: for one of these passkeys, or, without any, for whichever knows its owner and checks him.
pub(crate) fn request_options(site: &Site, challenge: &str, allowed: &[Passkey]) -> Value {
    json!({
        "challenge": challenge,
        "timeout": TIMEOUT,
        "rpId": site.id,
        "allowCredentials": descriptors(allowed),
        "userVerification": if allowed.is_empty() { "required" } else { "preferred" },
    })
}

fn descriptors(passkeys: &[Passkey]) -> Vec<Value> {
    passkeys.iter().map(|one| json!({"type": "public-key", "id": one.credential_id})).collect()
}
