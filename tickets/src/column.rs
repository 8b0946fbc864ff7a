//! Values that one text column holds: word lists and actors.
//!
//! The invariant: what was written comes back equal; ids and tags hold no white space, so a list of them is a line of words.

use proto::identity::v1::Actor;
use serde::{Deserialize, Serialize};

/// A list of ids or tags, kept as one line of words.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Words(Vec<String>);

impl Words {
    /// The words, each once, in the order of their first occurrence.
    pub(crate) fn of(words: &[String]) -> Self {
        let mut kept: Vec<String> = Vec::with_capacity(words.len());
        for word in words {
            if !kept.contains(word) {
                kept.push(word.clone());
            }
        }
        Self(kept)
    }

    /// These words, then those of `more` that are not among them.
    pub(crate) fn with(&self, more: &Self) -> Self {
        Self::of(&[self.to_vec(), more.to_vec()].concat())
    }

    /// These words but those of `others`.
    pub(crate) fn without(&self, others: &Self) -> Self {
        Self(self.0.iter().filter(|word| !others.has(word)).cloned().collect())
    }

    /// Whether the word is among them.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.0.iter().any(|kept| kept == word)
    }

    /// The words as messages carry them.
    pub(crate) fn to_vec(&self) -> Vec<String> {
        self.0.clone()
    }

    /// The words one after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The column's text.
    pub(crate) fn to_column(&self) -> String {
        self.0.join(" ")
    }
}

impl From<String> for Words {
    fn from(column: String) -> Self {
        Self(column.split_ascii_whitespace().map(str::to_owned).collect())
    }
}

/// Who did something, kept as JSON. The default is nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Doer {
    kind: i32,
    #[serde(skip_serializing_if = "String::is_empty")]
    user_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    api_key_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    system: String,
}

impl Doer {
    /// The person behind it; empty for the system.
    pub(crate) fn user_id(&self) -> &str {
        &self.user_id
    }

    /// What he was called then.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The same under another name.
    pub(crate) fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// The actor as messages carry it; `None` for nobody.
    pub(crate) fn to_proto(&self) -> Option<Actor> {
        (self.kind != 0).then(|| Actor {
            kind: self.kind,
            user_id: self.user_id.clone(),
            display_name: self.name.clone(),
            api_key_id: self.api_key_id.clone(),
            system: self.system.clone(),
        })
    }

    /// The column's text; empty for nobody.
    pub(crate) fn to_column(&self) -> Result<String, serde_json::Error> {
        if self.kind == 0 { Ok(String::new()) } else { serde_json::to_string(self) }
    }
}

impl From<Actor> for Doer {
    fn from(actor: Actor) -> Self {
        let Actor { kind, user_id, display_name, api_key_id, system } = actor;
        Self { kind, user_id, name: display_name, api_key_id, system }
    }
}

impl TryFrom<String> for Doer {
    type Error = serde_json::Error;

    fn try_from(column: String) -> Result<Self, Self::Error> {
        if column.is_empty() { Ok(Self::default()) } else { serde_json::from_str(&column) }
    }
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::{Actor, ActorKind};

    use super::{Doer, Words};

    #[test]
    fn words_survive_their_column_and_come_once() {
        let words = Words::of(&["a".into(), "b".into(), "a".into()]);
        assert_eq!(words.to_vec(), ["a", "b"]);
        assert_eq!(Words::from(words.to_column()), words);
        assert_eq!(Words::from(String::new()).len(), 0);
        let more = Words::from("b c".to_owned());
        assert_eq!(words.with(&more).to_column(), "a b c");
        assert_eq!(words.without(&more).to_column(), "a");
    }

    #[test]
    fn an_actor_survives_his_column_and_nobody_does_too() {
        let actor = Actor {
            kind: ActorKind::Person.into(),
            user_id: "usr_1".into(),
            display_name: "Ada \"L\"".into(),
            ..Actor::default()
        };
        let column = Doer::from(actor.clone()).to_column().expect("writes");
        assert_eq!(Doer::try_from(column).expect("reads").to_proto(), Some(actor));
        assert_eq!(Doer::try_from(String::new()).expect("reads").to_proto(), None);
    }
}
