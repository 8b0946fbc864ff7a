//! Recovery codes: ten, each for one use, for the day the telephone is lost. Only stamps of them are stored.

use mesh_core::id::Ids;

use crate::vault::Vault;

/// How many somebody gets at a time.
pub(crate) const HOW_MANY: usize = 10;

/// Crockford's: what is easily taken for one another means the same. Each letter is worth five bits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const GROUPS: usize = 3;
const GROUP_LENGTH: usize = 4;

/// Ten new ones, as their owner writes them down: `k7mq-9x2p-4hcd`.
pub(crate) fn mint(ids: &Ids) -> Vec<String> {
    (0..HOW_MANY).map(|_| one(ids)).collect()
}

fn one(ids: &Ids) -> String {
    let bytes: [u8; GROUPS * GROUP_LENGTH] = ids.bytes();
    let letters = bytes.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
    let groups: Vec<String> = letters.chunks(GROUP_LENGTH).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// What is stored instead of somebody's code, however he types it.
pub(crate) fn stamp(vault: &Vault, user_id: &str, typed: &str) -> String {
    let plain: String = typed.chars().filter_map(plain).collect();
    vault.stamp(&format!("recovery code {user_id} {plain}"))
}

/// The letter somebody meant; `None` for what only stands between letters.
fn plain(typed: char) -> Option<char> {
    match typed.to_ascii_lowercase() {
        'o' => Some('0'),
        'i' | 'l' => Some('1'),
        letter => letter.is_ascii_alphanumeric().then_some(letter),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use mesh_core::{clock::SystemClock, id::Ids};

    use super::{ALPHABET, HOW_MANY, mint, stamp};
    use crate::vault::Vault;

    #[test]
    fn ten_codes_differ_and_are_easy_to_read() {
        let codes: BTreeSet<_> = mint(&Ids::seeded(Arc::new(SystemClock), 1)).into_iter().collect();
        assert_eq!(codes.len(), HOW_MANY);
        for code in codes {
            assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4]);
            assert!(code.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)), "{code}");
        }
    }

    #[test]
    fn a_code_is_known_however_it_is_typed_and_only_as_its_owners() {
        let vault = Vault::new(&[1; 32], Ids::seeded(Arc::new(SystemClock), 1)).expect("a vault");
        let stored = stamp(&vault, "usr_1", "k7m0-9x1p-4hcd");
        assert_eq!(stamp(&vault, "usr_1", " K7MO 9XLP 4HCD"), stored);
        assert_ne!(stamp(&vault, "usr_2", "k7m0-9x1p-4hcd"), stored);
        assert_ne!(stamp(&vault, "usr_1", "k7m0-9x1p-4hce"), stored);
    }
}
