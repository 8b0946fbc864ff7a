//! Fields and their options.
//!
//! The invariants: key and type never change; an option is retired, never removed.

use mesh_core::{
    error::Violations,
    rule::{MOST_CHARACTERS, Rule, Schema, Type, Variable},
};
use proto::tickets::v1::{self as wire, FieldType, FieldValue};
use serde::{Deserialize, Serialize};

use super::{Audience, Reader, Value, nearest};
use crate::{column::Words, ticket::Micros};

/// Fields in use.
pub(crate) const MOST_FIELDS: usize = 500;
/// Options of a field.
const MOST_OPTIONS: usize = 500;
/// Roles a field may be for.
const MOST_ROLES: usize = 20;
/// Characters of a rule.
const LONGEST_RULE: usize = 1_000;
const _: () = assert!(LONGEST_RULE <= MOST_CHARACTERS, "a rule of a field is a rule");
/// Characters of keys.
const LONGEST_KEY: usize = 64;
/// What an update may name.
const PATHS: &str = "label, help, options, required_when, visible_when, default_value, staff_only, role_ids";

/// A field that forms can show, as it is stored. What its fields mean stands in the contract.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(crate) struct Field {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) help: String,
    #[sqlx(try_from = "i32")]
    pub(crate) kind: FieldType,
    #[sqlx(try_from = "String")]
    pub(crate) options: Options,
    pub(crate) required_when: String,
    pub(crate) visible_when: String,
    #[sqlx(try_from = "String")]
    pub(crate) default_value: Start,
    /// 0 for everybody, 1 for the staff only.
    pub(crate) staff_only: i64,
    /// Those of the staff it is for; empty for all of them.
    #[sqlx(try_from = "String")]
    pub(crate) role_ids: Words,
    pub(crate) archive_time: Micros,
    pub(crate) version: i64,
}

/// The options of a choice, kept as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Options(pub(crate) Vec<Choice>);

/// One option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) key: String,
    pub(crate) label: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) retired: bool,
}

/// What a new ticket starts with, kept as JSON; the default is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Start(pub(crate) Option<Value>);

impl Field {
    /// A new field of what was sent, checked but for its rules.
    pub(crate) fn new(id: String, sent: &wire::Field, wrong: &mut Violations) -> Self {
        wrong.when(!is_key(&sent.key), "field.key", KEY_PROBLEM);
        let is_word = is_key(&sent.key) && !can_be_spoken_of(&sent.key);
        wrong.when(is_word, "field.key", "is a reserved word of the rule language; choose another one");
        wrong.when(
            sent.r#type() == FieldType::Unspecified,
            "field.type",
            "is unknown; use one of the contract's",
        );
        let blank = Self {
            id,
            key: sent.key.clone(),
            label: String::new(),
            help: String::new(),
            kind: sent.r#type(),
            options: Options::default(),
            required_when: String::new(),
            visible_when: String::new(),
            default_value: Start::default(),
            staff_only: 0,
            role_ids: Words::default(),
            archive_time: 0,
            version: 1,
        };
        let every: Vec<_> = PATHS.split(", ").map(str::to_owned).collect();
        blank.edited(sent, &every, wrong)
    }

    /// The field with what is named as it was sent, checked but for its rules.
    pub(crate) fn edited(&self, sent: &wire::Field, paths: &[String], wrong: &mut Violations) -> Self {
        let mut after = self.clone();
        for path in paths {
            match path.as_str() {
                "label" => sent.label.trim().clone_into(&mut after.label),
                "help" => after.help.clone_from(&sent.help),
                "options" => after.options = Options::of(&sent.options),
                "required_when" => sent.required_when.trim().clone_into(&mut after.required_when),
                "visible_when" => sent.visible_when.trim().clone_into(&mut after.visible_when),
                "default_value" => {} // Below, when the options are known.
                "staff_only" => after.staff_only = i64::from(sent.staff_only),
                "role_ids" => after.role_ids = Words::of(&sent.role_ids),
                other => wrong.add("update_mask", format!("names {other:?}; name {PATHS}")),
            }
        }
        wrong.when(paths.is_empty(), "update_mask", &format!("is empty; name {PATHS}"));
        wrong.text("field.label", &after.label, 1..=100);
        wrong.text("field.help", &after.help, 0..=500);
        for (name, rule) in [("required_when", &after.required_when), ("visible_when", &after.visible_when)] {
            let is_long = rule.chars().count() > LONGEST_RULE;
            wrong.when(is_long, &format!("field.{name}"), "is too long; write at most 1000 characters");
        }
        after.check_roles(wrong);
        after.check_options(&self.options, wrong);
        if paths.iter().any(|path| path == "default_value") {
            after.start_with(sent.default_value.as_ref(), wrong);
        }
        after
    }

    fn check_roles(&self, wrong: &mut Violations) {
        wrong.when(self.role_ids.len() > MOST_ROLES, "field.role_ids", "are too many; name at most 20");
        for (index, role) in self.role_ids.iter().take(MOST_ROLES).enumerate() {
            wrong.id(&format!("field.role_ids[{index}]"), role, "rol");
        }
        let is_open = self.staff_only == 0 && self.role_ids.len() > 0;
        wrong.when(
            is_open,
            "field.role_ids",
            "are roles of the staff; set staff_only too, or leave them out",
        );
    }

    /// Forgets the rules that are too long to be read.
    pub(crate) fn drop_long_rules(&mut self) {
        for rule in [&mut self.required_when, &mut self.visible_when] {
            if rule.chars().count() > LONGEST_RULE {
                rule.clear();
            }
        }
    }

    /// Forgets this rule.
    pub(crate) fn drop_rule(&mut self, rule: &str) {
        let rule = if rule == "required_when" { &mut self.required_when } else { &mut self.visible_when };
        rule.clear();
    }

    /// Takes over what a new ticket starts with.
    fn start_with(&mut self, sent: Option<&FieldValue>, wrong: &mut Violations) {
        match Value::read(self, &sent.cloned().unwrap_or_default()) {
            Ok(value) => self.default_value = Start(value),
            Err(problem) => wrong.add("field.default_value", problem),
        }
    }

    /// Names what is wrong with the options; `before` has those that must stay.
    fn check_options(&self, before: &Options, wrong: &mut Violations) {
        let options = &self.options.0;
        wrong.when(options.len() > MOST_OPTIONS, "field.options", "are too many; give at most 500");
        let offered = options.iter().filter(|option| !option.retired).count();
        if self.has_options() {
            wrong.when(offered == 0, "field.options", "offer nothing; give at least one that is not retired");
        } else {
            let problem = "belong to CHOICE and MULTI_CHOICE; leave them out";
            wrong.when(!options.is_empty() && self.kind != FieldType::Unspecified, "field.options", problem);
        }
        for (index, option) in options.iter().take(MOST_OPTIONS).enumerate() {
            let path = format!("field.options[{index}]");
            let is_option =
                |key: &str| (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(is_key_byte);
            wrong.when(!is_option(&option.key), &format!("{path}.key"), OPTION_PROBLEM);
            let is_double = options[..index].iter().any(|other| other.key == option.key);
            wrong.when(is_double, &format!("{path}.key"), "is the key of another option; choose another one");
            wrong.text(&format!("{path}.label"), &option.label, 1..=100);
        }
        for gone in before.0.iter().filter(|option| self.option(&option.key).is_none()) {
            wrong.add(
                "field.options",
                format!("lack {:?}, which tickets may have; retire it instead", gone.key),
            );
        }
    }

    /// Whether it has options to choose from.
    pub(crate) const fn has_options(&self) -> bool {
        matches!(self.kind, FieldType::Choice | FieldType::MultiChoice)
    }

    /// For whom it is.
    pub(crate) fn audience(&self) -> Audience {
        match (self.staff_only, self.role_ids.len()) {
            (0, _) => Audience::Everybody,
            (_, 0) => Audience::Staff,
            _ => Audience::Roles(self.role_ids.clone()),
        }
    }

    /// Whether the reader sees and sets it.
    pub(crate) fn is_for(&self, reader: Reader<'_>) -> bool {
        reader.sees(&self.audience())
    }

    /// The option with this key.
    fn option(&self, key: &str) -> Option<&Choice> {
        self.options.0.iter().find(|option| option.key == key)
    }

    /// Fine when the option can be chosen; the problem otherwise.
    pub(crate) fn expect_offered(&self, key: &str) -> Result<(), String> {
        let offered =
            || self.options.0.iter().filter(|option| !option.retired).map(|option| option.key.as_str());
        match self.option(key) {
            Some(option) if !option.retired => Ok(()),
            Some(_) => Err(format!("has {key:?}, which is no longer offered; choose another option")),
            None => {
                let some = || offered().take(12).collect::<Vec<_>>().join(", ");
                let remedy = nearest(key, offered()).map_or_else(
                    || format!("choose one of {}", some()),
                    |near| format!("did you mean {near}?"),
                );
                let shown: String = key.chars().take(LONGEST_KEY).collect();
                Err(format!("has no option {shown:?}; {remedy}"))
            }
        }
    }

    /// The field as the contract has it.
    pub(crate) fn to_proto(&self) -> wire::Field {
        let option = |one: &Choice| wire::Option {
            key: one.key.clone(),
            label: one.label.clone(),
            retired: one.retired,
        };
        wire::Field {
            id: self.id.clone(),
            key: self.key.clone(),
            label: self.label.clone(),
            help: self.help.clone(),
            r#type: self.kind.into(),
            options: self.options.0.iter().map(option).collect(),
            required_when: self.required_when.clone(),
            visible_when: self.visible_when.clone(),
            default_value: self.default_value.0.as_ref().map(Value::to_proto),
            staff_only: self.staff_only != 0,
            role_ids: self.role_ids.to_vec(),
            archive_time: crate::wire::time(self.archive_time),
            etag: self.etag(),
        }
    }

    /// The version for the wire.
    pub(crate) fn etag(&self) -> String {
        self.version.to_string()
    }
}

const KEY_PROBLEM: &str =
    "is no key; begin with a lower-case letter and go on with letters, digits and _, up to 64";
const OPTION_PROBLEM: &str = "is no key; use 1 to 64 lower-case letters, digits and _";

/// What keys are made of.
const fn is_key_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')
}

/// Whether fields may be called so.
fn is_key(key: &str) -> bool {
    key.len() <= LONGEST_KEY
        && key.bytes().all(is_key_byte)
        && key.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Whether rules can name a field with this key: some words are reserved.
fn can_be_spoken_of(key: &str) -> bool {
    let name = format!("fields.{key}");
    let rule = format!("{name} != null");
    let schema = Schema::new([Variable::new(name, Type::Text, "").nullable()]);
    Rule::parse(&rule, &schema).is_ok()
}

impl Options {
    fn of(sent: &[wire::Option]) -> Self {
        let one = |option: &wire::Option| Choice {
            key: option.key.clone(),
            label: option.label.trim().to_owned(),
            retired: option.retired,
        };
        Self(sent.iter().map(one).collect())
    }

    /// The column's text.
    pub(crate) fn to_column(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl TryFrom<String> for Options {
    type Error = serde_json::Error;

    fn try_from(column: String) -> Result<Self, Self::Error> {
        serde_json::from_str(&column)
    }
}

impl Start {
    /// The column's text.
    pub(crate) fn to_column(&self) -> Result<String, serde_json::Error> {
        self.0.as_ref().map_or(Ok(String::new()), serde_json::to_string)
    }
}

impl TryFrom<String> for Start {
    type Error = serde_json::Error;

    fn try_from(column: String) -> Result<Self, Self::Error> {
        if column.is_empty() {
            Ok(Self::default())
        } else {
            serde_json::from_str(&column).map(Some).map(Self)
        }
    }
}
