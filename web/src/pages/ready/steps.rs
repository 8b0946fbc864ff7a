//! The steps tickets can take, as far as some of them are looked at.

use std::collections::BTreeMap;

use crate::api;
use crate::parts::Choice;
use crate::text::t;

/// The most tickets whose transitions are looked at to offer them.
const LOOKED_AT: usize = 20;

/// The transitions some of the tickets could take, each with how many of those that were looked at.
pub(in crate::pages) async fn moves_of(ids: Vec<String>) -> Vec<Choice> {
    let looked_at = ids.len().min(LOOKED_AT);
    let mut found: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for id in ids.into_iter().take(LOOKED_AT) {
        for option in api::runs::transitions(id).await.unwrap_or_default().options {
            found.entry(option.key).or_insert((option.label, 0)).1 += 1;
        }
    }
    let choice = |(value, (label, count)): (String, (String, usize))| Choice {
        value,
        label,
        detail: t!("attachment-place", number = count, count = looked_at),
        ..Choice::default()
    };
    found.into_iter().map(choice).collect()
}
