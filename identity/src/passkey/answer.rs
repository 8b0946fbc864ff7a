//! What a browser answers, and whether it is true: the steps of WebAuthn level 3, 7.1 (registration) and 7.2 (assertion), in their
//! order, without what needs attestation.

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use ciborium::Value;
use serde::{Deserialize, de::DeserializeOwned};

use super::{Doubt, LONGEST_ANSWER, Passkey, Site, cose::Key, to_bytes, to_text};

/// The longest name an authenticator may give a passkey, in bytes.
const LONGEST_CREDENTIAL_ID: usize = 1_023;
/// The person touched the authenticator.
const PRESENT: u8 = 0x01;
/// The authenticator knows that it was its owner.
const VERIFIED: u8 = 0x04;
/// A new key follows.
const ATTESTED: u8 = 0x40;

/// The `PublicKeyCredential` of a browser, its parts in base64url.
#[derive(Debug, Deserialize)]
struct Credential<R> {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    response: R,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    user_handle: Option<String>,
}

/// What the browser itself says of the exchange.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// A passkey just made.
#[derive(Debug)]
pub(crate) struct Registration {
    pub(crate) credential_id: String,
    pub(crate) public_key: String,
    pub(crate) counter: i64,
}

impl Registration {
    /// The passkey in a browser's answer to this challenge.
    pub(crate) fn read(json: &str, site: &Site, challenge: &str) -> Result<Self, Doubt> {
        let credential: Credential<AttestationResponse> = parse(json)?;
        expect_client(&to_bytes(&credential.response.client_data)?, "webauthn.create", site, challenge)?;
        let object: Value =
            ciborium::from_reader(to_bytes(&credential.response.attestation_object)?.as_slice())
                .map_err(|_| "an attestation that is no CBOR")?;
        let bytes =
            text_field(&object, "authData").and_then(Value::as_bytes).ok_or("no authenticator data")?;
        let (said, rest) = AuthenticatorData::read(bytes, site)?;
        if said.flags & ATTESTED == 0 {
            return Err("no new key");
        }
        let (credential_id, rest) = credential_id(rest)?;
        if to_text(credential_id) != credential.id.trim_end_matches('=') {
            return Err("two names for one passkey");
        }
        let (_, length) = Key::read(rest)?;
        Ok(Self {
            credential_id: to_text(credential_id),
            public_key: to_text(&rest[..length]),
            counter: i64::from(said.counter),
        })
    }
}

/// The name after the authenticator's model, which is of no interest, and what follows.
fn credential_id(attested: &[u8]) -> Result<(&[u8], &[u8]), Doubt> {
    let cut = "a new key cut short";
    let (_model, rest) = attested.split_first_chunk::<16>().ok_or(cut)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(cut)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length > LONGEST_CREDENTIAL_ID {
        return Err("a name that is too long");
    }
    rest.split_at_checked(length).ok_or(cut)
}

/// A signature by a passkey; nothing in it is believed before [`Assertion::verify`].
#[derive(Debug)]
pub(crate) struct Assertion {
    pub(crate) credential_id: String,
    response: AssertionResponse,
}

/// What a true signature says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed {
    pub(crate) counter: i64,
    /// The authenticator knew its owner, by a PIN or his finger.
    pub(crate) verified: bool,
}

impl Assertion {
    pub(crate) fn read(json: &str) -> Result<Self, Doubt> {
        let Credential { id, response, .. } = parse(json)?;
        Ok(Self { credential_id: id.trim_end_matches('=').into(), response })
    }

    /// Whether the authenticator itself knows whose the passkey is.
    pub(crate) fn names(&self, user_id: &str) -> bool {
        let handle = self.response.user_handle.as_deref().and_then(|handle| to_bytes(handle).ok());
        handle.is_some_and(|handle| handle == user_id.as_bytes())
    }

    /// What it says, if the passkey signed it in answer to this challenge.
    pub(crate) fn verify(&self, site: &Site, challenge: &str, passkey: &Passkey) -> Result<Signed, Doubt> {
        let client_data = to_bytes(&self.response.client_data)?;
        expect_client(&client_data, "webauthn.get", site, challenge)?;
        let data = to_bytes(&self.response.authenticator_data)?;
        let (said, _extensions) = AuthenticatorData::read(&data, site)?;
        let (key, _) = Key::read(&to_bytes(&passkey.public_key)?)?;
        let message = [data.as_slice(), digest::digest(&digest::SHA256, &client_data).as_ref()].concat();
        key.verify(&message, &to_bytes(&self.response.signature)?)?;
        Ok(Signed { counter: i64::from(said.counter), verified: said.flags & VERIFIED != 0 })
    }
}

/// What the authenticator says of the exchange.
#[derive(Debug)]
struct AuthenticatorData {
    flags: u8,
    counter: u32,
}

impl AuthenticatorData {
    /// What it says, if it is meant for this site and somebody was there, and the bytes after that.
    fn read<'a>(bytes: &'a [u8], site: &Site) -> Result<(Self, &'a [u8]), Doubt> {
        let cut = "authenticator data cut short";
        let (site_hash, rest) = bytes.split_first_chunk::<32>().ok_or(cut)?;
        let (flags, rest) = rest.split_first().ok_or(cut)?;
        let (counter, rest) = rest.split_first_chunk::<4>().ok_or(cut)?;
        let expected = digest::digest(&digest::SHA256, site.id.as_bytes());
        if verify_slices_are_equal(expected.as_ref(), site_hash).is_err() {
            return Err("a passkey of another site");
        }
        if flags & PRESENT == 0 {
            return Err("nobody was there");
        }
        Ok((Self { flags: *flags, counter: u32::from_be_bytes(*counter) }, rest))
    }
}

fn parse<R: DeserializeOwned>(json: &str) -> Result<Credential<R>, Doubt> {
    if json.len() > LONGEST_ANSWER {
        return Err("an answer that is too long");
    }
    let credential: Credential<R> = serde_json::from_str(json).map_err(|_| "no credential")?;
    if credential.kind == "public-key" { Ok(credential) } else { Err("a credential of another kind") }
}

/// Fine when the browser says that this is an answer to our challenge, on our own page.
fn expect_client(client_data: &[u8], kind: &str, site: &Site, challenge: &str) -> Result<(), Doubt> {
    let said: ClientData = serde_json::from_slice(client_data).map_err(|_| "no client data")?;
    if said.kind != kind {
        return Err("an answer to another question");
    }
    if said.challenge.trim_end_matches('=') != challenge {
        return Err("an answer to another challenge");
    }
    if said.origin != site.origin || said.cross_origin {
        return Err("an answer from another site");
    }
    Ok(())
}

/// The value under a name of a map.
fn text_field<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    map.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}
