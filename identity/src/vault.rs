//! The master key at work: what this service must read again is sealed (AES-256-GCM), what it must only recognise is
//! stamped (HMAC-SHA-256). The database alone opens nothing.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf, hmac,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use mesh_core::{
    error::{Error, Result},
    id::Ids,
};

const SALT: &[u8] = b"ticketmesh.identity.v1";

/// What a sealed text is for; one that was sealed for something else does not open.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    SigningKey,
    Letter,
    ApiKey,
    Totp,
    RecoveryCode,
    SsoSecret,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::SigningKey => b"signing key",
            Self::Letter => b"letter",
            Self::ApiKey => b"api key",
            Self::Totp => b"totp",
            Self::RecoveryCode => b"recovery code",
            Self::SsoSecret => b"sso client secret",
        }
    }
}

/// Seals, opens and stamps.
pub(crate) struct Vault {
    seal: LessSafeKey,
    stamp: hmac::Key,
    ids: Ids,
}

impl fmt::Debug for Vault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Vault(…)")
    }
}

impl Vault {
    /// A vault under the master key; each use has a key of its own, derived from it.
    pub(crate) fn new(master: &[u8; 32], ids: Ids) -> Result<Self> {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(master);
        let unusable = |_| Error::internal("the master key is unusable");
        let derive = |label: &[u8]| -> Result<[u8; 32]> {
            let mut key = [0; 32];
            root.expand(&[label], hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key)).map_err(unusable)?;
            Ok(key)
        };
        let seal = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &derive(b"seal")?).map_err(unusable)?);
        Ok(Self { seal, stamp: hmac::Key::new(hmac::HMAC_SHA256, &derive(b"stamp")?), ids })
    }

    /// The text under seal: nonce, ciphertext and tag in base64url.
    pub(crate) fn seal(&self, purpose: Purpose, plain: &[u8]) -> Result<String> {
        let nonce: [u8; NONCE_LEN] = self.ids.bytes();
        let mut body = plain.to_vec();
        self.seal
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.label()),
                &mut body,
            )
            .map_err(|_| Error::internal("sealing failed"))?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode([nonce.as_slice(), &body].concat()))
    }

    /// What was sealed; fails when it was altered, or sealed for something else or under another master key.
    pub(crate) fn open(&self, purpose: Purpose, sealed: &str) -> Result<Vec<u8>> {
        let locked = || {
            Error::internal(
                "a sealed secret does not open: TM_MASTER_KEY_FILE is not the key it was sealed with",
            )
        };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).map_err(|_| locked())?;
        let (nonce, body) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(locked)?;
        let mut body = body.to_vec();
        let plain = self
            .seal
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(purpose.label()), &mut body)
            .map_err(|_| locked())?;
        Ok(plain.to_vec())
    }

    /// The stamp only this vault makes on a text.
    pub(crate) fn stamp(&self, text: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.stamp, text.as_bytes()))
    }

    /// Whether the stamp is ours; takes the same time either way.
    pub(crate) fn is_stamped(&self, text: &str, stamp: &str) -> bool {
        let tag = BASE64_URL_SAFE_NO_PAD.decode(stamp).unwrap_or_default();
        hmac::verify(&self.stamp, text.as_bytes(), &tag).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mesh_core::{clock::SystemClock, id::Ids};

    use super::{Purpose, Vault};

    fn vault(master: u8) -> Vault {
        Vault::new(&[master; 32], Ids::seeded(Arc::new(SystemClock), 1)).expect("a vault")
    }

    #[test]
    fn a_sealed_text_opens_only_for_its_purpose_and_under_its_key() {
        let sealed = vault(1).seal(Purpose::Letter, b"secret").expect("seals");
        assert!(!sealed.contains("secret"));
        assert_eq!(vault(1).open(Purpose::Letter, &sealed).expect("opens"), b"secret");
        assert!(vault(1).open(Purpose::ApiKey, &sealed).is_err());
        assert!(vault(2).open(Purpose::Letter, &sealed).is_err());
        assert!(vault(1).open(Purpose::Letter, "short").is_err());
    }

    #[test]
    fn a_stamp_fits_one_text_only() {
        let stamp = vault(1).stamp("ses_1.1");
        assert!(vault(1).is_stamped("ses_1.1", &stamp));
        assert!(!vault(1).is_stamped("ses_1.2", &stamp) && !vault(2).is_stamped("ses_1.1", &stamp));
        assert!(!vault(1).is_stamped("ses_1.1", ""));
    }
}
