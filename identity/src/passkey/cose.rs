//! Public keys as authenticators write them (COSE, RFC 9052 and 9053), and signatures by them.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};
use ciborium::Value;

use super::Doubt;

/// The labels of a key's map.
const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;
/// The curve, or the modulus of RSA.
const FIRST: i64 = -1;
/// The point's x, or the exponent of RSA.
const SECOND: i64 = -2;
const Y: i64 = -3;

/// What a passkey may sign with: what browsers' authenticators have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    EdDsa,
    Es256,
    /// Older Windows machines have nothing else.
    Rs256,
}

impl Algorithm {
    /// Best first.
    pub(super) const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// As COSE numbers it.
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::EdDsa => -8,
            Self::Es256 => -7,
            Self::Rs256 => -257,
        }
    }

    /// The type of its keys and, where it has one, their curve.
    const fn shape(self) -> (i64, Option<i64>) {
        match self {
            Self::EdDsa => (1, Some(6)),
            Self::Es256 => (2, Some(1)),
            Self::Rs256 => (3, None),
        }
    }
}

/// A public key.
#[derive(Debug)]
pub(super) enum Key {
    EdDsa(Vec<u8>),
    /// The uncompressed point.
    Es256(Vec<u8>),
    Rs256 {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

impl Key {
    /// The key behind the first item of some CBOR, and how many bytes that is.
    pub(super) fn read(cbor: &[u8]) -> Result<(Self, usize), Doubt> {
        let mut rest = cbor;
        let map: Value = ciborium::from_reader(&mut rest).map_err(|_| "a key that is no CBOR")?;
        Ok((Self::of(&map)?, cbor.len() - rest.len()))
    }

    fn of(map: &Value) -> Result<Self, Doubt> {
        let number = field(map, ALGORITHM).and_then(integer).ok_or("a key without an algorithm")?;
        let known = Algorithm::ALL.into_iter().find(|one| one.number() == number);
        let algorithm = known.ok_or("a key of an unknown algorithm")?;
        let (key_type, curve) = algorithm.shape();
        let right_curve = curve.is_none() || field(map, FIRST).and_then(integer) == curve;
        if field(map, KEY_TYPE).and_then(integer) != Some(key_type) || !right_curve {
            return Err("a key that does not fit its algorithm");
        }
        let bytes =
            |label| field(map, label).and_then(Value::as_bytes).cloned().ok_or("a key with a part missing");
        let coordinate = |label| {
            bytes(label).and_then(|part| if part.len() == 32 { Ok(part) } else { Err("a key of odd length") })
        };
        match algorithm {
            Algorithm::EdDsa => Ok(Self::EdDsa(coordinate(SECOND)?)),
            Algorithm::Es256 => Ok(Self::Es256([vec![4], coordinate(SECOND)?, coordinate(Y)?].concat())),
            Algorithm::Rs256 => Ok(Self::Rs256 { modulus: bytes(FIRST)?, exponent: bytes(SECOND)? }),
        }
    }

    /// Fine when the signature is this key's.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Doubt> {
        let plain = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature)
        };
        let verified =
            match self {
                Self::EdDsa(key) => plain(&ED25519, key),
                Self::Es256(key) => plain(&ECDSA_P256_SHA256_ASN1, key),
                Self::Rs256 { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }
                    .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            };
        verified.map_err(|_| "a signature that is not the passkey's")
    }
}

/// The value under a number of a map.
fn field(map: &Value, label: i64) -> Option<&Value> {
    map.as_map()?.iter().find(|(key, _)| integer(key) == Some(label)).map(|(_, value)| value)
}

fn integer(value: &Value) -> Option<i64> {
    i64::try_from(value.as_integer()?).ok()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    use ciborium::Value;
    use proptest::{prelude::any, prop_assert, proptest};

    use super::Key;

    fn cose(fields: &[(i64, Value)]) -> Vec<u8> {
        let map = fields.iter().map(|(label, value)| (Value::Integer((*label).into()), value.clone()));
        let mut bytes = Vec::new();
        ciborium::into_writer(&Value::Map(map.collect()), &mut bytes).expect("is written");
        bytes
    }

    fn number(number: i64) -> Value {
        Value::Integer(number.into())
    }

    #[test]
    fn a_key_knows_its_own_signatures_and_where_it_ends() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key");
        let point = Value::Bytes(pair.public_key().as_ref().to_vec());
        let mut bytes = cose(&[(1, number(1)), (3, number(-8)), (-1, number(6)), (-2, point)]);
        let whole = bytes.len();
        bytes.extend_from_slice(b"more");
        let (key, length) = Key::read(&bytes).expect("a key");
        assert_eq!(length, whole);
        let signature = pair.sign(b"yes");
        assert!(
            key.verify(b"yes", signature.as_ref()).is_ok() && key.verify(b"no", signature.as_ref()).is_err()
        );
    }

    #[test]
    fn keys_of_other_kinds_are_refused() {
        let bytes = |length| Value::Bytes(vec![1; length]);
        for fields in [
            vec![],
            vec![(1, number(1)), (3, number(-9)), (-1, number(6)), (-2, bytes(32))],
            vec![(1, number(2)), (3, number(-8)), (-1, number(6)), (-2, bytes(32))],
            vec![(1, number(1)), (3, number(-8)), (-1, number(1)), (-2, bytes(32))],
            vec![(1, number(1)), (3, number(-8)), (-1, number(6)), (-2, bytes(31))],
            vec![(1, number(2)), (3, number(-7)), (-1, number(1)), (-2, bytes(32))],
            vec![(1, number(3)), (3, number(-257)), (-1, bytes(256))],
        ] {
            assert!(Key::read(&cose(&fields)).is_err(), "{fields:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_somebody_sends_is_read_or_refused(sent in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok((_, length)) = Key::read(&sent) {
                prop_assert!(length <= sent.len());
            }
        }
    }
}
