//! A passkey authenticator in software, and the browser before it.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// One passkey and the device that keeps it.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    pub(crate) says: Says,
    counter: AtomicU32,
}

/// What device and browser say, and a hostile one would lie about.
#[derive(Clone)]
pub(crate) struct Says {
    pub(crate) credential_id: String,
    pub(crate) user_handle: String,
    pub(crate) origin: &'static str,
    pub(crate) site: &'static str,
    /// Presence and verification.
    pub(crate) flags: u8,
    /// How much is added at each signature.
    pub(crate) step: u32,
}

impl Authenticator {
    /// A device that checks its owner and counts.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key"),
            says: Says {
                credential_id: BASE64_URL_SAFE_NO_PAD.encode(name),
                user_handle: String::new(),
                origin: "https://desk.example.com",
                site: "desk.example.com",
                flags: PRESENT | VERIFIED,
                step: 1,
            },
            counter: AtomicU32::new(0),
        }
    }

    /// A security key that does not know who touches it.
    pub(crate) fn unverifying(name: &str) -> Self {
        let mut device = Self::new(name);
        device.says.flags = PRESENT;
        device
    }

    /// `navigator.credentials.create`
    pub(crate) fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options");
        self.says.user_handle = text(&options["user"]["id"]);
        let data = [self.data(ATTESTED), vec![0; 16], self.named_key()].concat();
        let object = Cbor::Map(vec![
            (Cbor::Text("fmt".into()), Cbor::Text("none".into())),
            (Cbor::Text("attStmt".into()), Cbor::Map(vec![])),
            (Cbor::Text("authData".into()), Cbor::Bytes(data)),
        ]);
        let response = json!({
            "clientDataJSON": encode(&self.client_data("webauthn.create", &options)),
            "attestationObject": encode(&cbor(&object)),
            "transports": ["internal"],
        });
        self.credential(&response)
    }

    /// `navigator.credentials.get`
    pub(crate) fn get(&self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options");
        let (client_data, data) = (self.client_data("webauthn.get", &options), self.data(0));
        let message = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).expect("signs");
        let response = json!({
            "clientDataJSON": encode(&client_data),
            "authenticatorData": encode(&data),
            "signature": encode(signature.as_ref()),
            "userHandle": self.says.user_handle,
        });
        self.credential(&response)
    }

    fn credential(&self, response: &Value) -> String {
        let id = &self.says.credential_id;
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}})
            .to_string()
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        json!({"type": kind, "challenge": options["challenge"], "origin": self.says.origin, "crossOrigin": false})
            .to_string()
            .into_bytes()
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let step = self.says.step;
        let counter = self.counter.fetch_add(step, Ordering::Relaxed) + step;
        let site = digest(&SHA256, self.says.site.as_bytes());
        [site.as_ref(), &[self.says.flags | more], &counter.to_be_bytes()].concat()
    }

    /// The passkey's name, its length before it, and the public key.
    fn named_key(&self) -> Vec<u8> {
        let name = BASE64_URL_SAFE_NO_PAD.decode(&self.says.credential_id).expect("base64url");
        let length = u16::try_from(name.len()).expect("a short name").to_be_bytes();
        let point = self.key.public_key().as_ref();
        let number = |number: i64| Cbor::Integer(number.into());
        let key = Cbor::Map(vec![
            (number(1), number(2)),
            (number(3), number(-7)),
            (number(-1), number(1)),
            (number(-2), Cbor::Bytes(point[1..33].to_vec())),
            (number(-3), Cbor::Bytes(point[33..].to_vec())),
        ]);
        [length.as_slice(), &name, &cbor(&key)].concat()
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn cbor(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("is written");
    bytes
}
