//! Ids on the wire are `TypeIDs`: a three-letter prefix, `_`, and a UUIDv7 in 26 characters of Crockford's base 32.
//! They sort by time of making and say in a log what they name.

/// Length of the part after the prefix and its underscore.
const SUFFIX: usize = 26;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Whether `id` is a well-formed id of the kind `prefix` (`tkt`, `usr`, …).
pub fn is(prefix: &str, id: &str) -> bool {
    id.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).is_some_and(|suffix| {
        suffix.len() == SUFFIX
            && suffix.bytes().all(|digit| ALPHABET.contains(&digit))
            && suffix.as_bytes()[0] <= b'7' // 26 digits hold 130 bits; the first may use three
    })
}

/// The id `prefix_…` of the 128 bits of a UUID.
pub fn encode(prefix: &str, uuid: u128) -> String {
    let digit = |index: usize| {
        let shift = 5 * (SUFFIX - 1 - index);
        char::from(ALPHABET[usize::try_from((uuid >> shift) & 31).unwrap_or_default()])
    };
    let mut id = String::with_capacity(prefix.len() + 1 + SUFFIX);
    id.push_str(prefix);
    id.push('_');
    id.extend((0..SUFFIX).map(digit));
    id
}

#[cfg(test)]
mod tests {
    use super::{encode, is};

    #[test]
    fn an_encoded_id_is_well_formed_and_keeps_its_kind() {
        let id = encode("tkt", u128::MAX);
        assert_eq!(id, "tkt_7zzzzzzzzzzzzzzzzzzzzzzzzz");
        assert!(is("tkt", &id));
        assert!(!is("usr", &id));
    }

    #[test]
    fn ids_sort_like_the_numbers_they_hold() {
        assert!(encode("tkt", 1) < encode("tkt", 1 << 80));
    }

    #[test]
    fn damaged_ids_are_refused() {
        for id in [
            "",
            "tkt_",
            "tkt_0",
            "tkt_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "tkt_7zzzzzzzzzzzzzzzzzzzzzzzzu",
            "tkt_7zzzzzzzzzzzzzzzzzzzzzzzzz ",
        ] {
            assert!(!is("tkt", id), "{id:?}");
        }
    }
}
