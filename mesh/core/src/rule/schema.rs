//! The variables a rule may speak of.

use std::{borrow::Cow, fmt};

use serde::Serialize;

use super::value::Value;

/// What kind of thing a variable or an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// Text; its columns are `text`.
    Text,
    /// A whole number; its columns are `bigint`.
    Whole,
    /// A number with a fraction; its columns are `double precision`.
    Number,
    /// True or false; its columns are `bigint` with 1 and 0.
    Bool,
    /// An instant; its columns are `bigint` with microseconds since 1970.
    Time,
    /// A length of time; its columns are `bigint` with microseconds.
    Duration,
    /// A list of texts.
    Texts,
    /// JSON whose shape nobody knows before, such as claims: only in memory. Where a part of it is not of the type it is
    /// used as, it is missing.
    Dynamic,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a text",
            Self::Whole => "a whole number",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Time => "a time",
            Self::Duration => "a duration",
            Self::Texts => "a list of texts",
            Self::Dynamic => "anything",
        })
    }
}

/// A declared variable.
#[derive(Clone, Debug)]
pub struct Variable {
    pub(super) name: Cow<'static, str>,
    pub(super) kind: Type,
    pub(super) about: Cow<'static, str>,
    pub(super) nullable: bool,
    pub(super) column: Option<Column>,
    /// The words it may be, when it is one of a few.
    pub(super) words: Option<Words>,
    /// What it stands for, where that is known before the rule is read.
    pub(super) fixed: Option<Value<'static>>,
}

/// Where and how a database keeps a variable.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) place: Place,
    pub(super) kept: Kept,
}

/// Where a database keeps a variable.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// In a column of the row.
    Row(&'static str),
    /// Under a key in another table.
    Key(Lookup),
}

/// How a value is found that is kept under a key in another table than the row's.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The key; it is bound.
    pub key: String,
    /// A `select` in parentheses that gives the value of the row at hand, or for a list of texts its members: before and behind
    /// the key.
    pub value: [&'static str; 2],
    /// A condition that finds rows by their value, for the sake of an index: before the key, and between the key and
    /// ` in (…))`.
    pub rows: [&'static str; 2],
}

/// In which form a column has a variable.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    /// As it is; null is missing.
    Plain,
    /// As it is, never null; this value is missing.
    Blank(Value<'static>),
    /// A word by its number; other numbers are missing.
    Numbers(Words),
    /// As a condition of SQL.
    Condition,
    /// A list as one line, with spaces between its members; an index of its own may find rows by a member.
    Line(Option<[&'static str; 2]>),
}

/// The words a text may be, each with its number.
pub(super) type Words = &'static [(&'static str, i64)];

impl Variable {
    /// A variable that is always there. `name` may have dots (`ticket.priority`); `about` is a sentence for people.
    pub fn new(name: impl Into<Cow<'static, str>>, kind: Type, about: impl Into<Cow<'static, str>>) -> Self {
        let nullable = kind == Type::Dynamic;
        Self {
            name: name.into(),
            kind,
            about: about.into(),
            nullable,
            column: None,
            words: None,
            fixed: None,
        }
    }

    /// The same variable that may also be missing.
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The same variable, kept in this column; for a list of texts a `select` in parentheses that gives its members, none of
    /// them null: `(select tag from ticket_tags where ticket_id = tickets.id)`.
    pub fn column(self, sql: &'static str) -> Self {
        self.kept(sql, Kept::Plain)
    }

    /// The same variable, kept in this column that is never null: `missing` stands there for nothing.
    pub fn column_or(self, sql: &'static str, missing: impl Into<Value<'static>>) -> Self {
        self.nullable().kept(sql, Kept::Blank(missing.into()))
    }

    /// The same text, which is one of these words and kept as its number. A rule with another word is refused.
    pub fn numbered(self, sql: &'static str, words: &'static [(&'static str, i64)]) -> Self {
        self.one_of(words).kept(sql, Kept::Numbers(words))
    }

    /// The same text, which is one of these words wherever it is kept. A rule with another word is refused.
    pub fn one_of(mut self, words: &'static [(&'static str, i64)]) -> Self {
        self.words = Some(words);
        self
    }

    /// The same true or false, which a database finds out by this condition.
    pub fn condition(self, sql: &'static str) -> Self {
        self.kept(sql, Kept::Condition)
    }

    /// The same list of texts, kept in this column as one line with single spaces between members that have none.
    pub fn line(self, sql: &'static str) -> Self {
        self.kept(sql, Kept::Line(None))
    }

    /// The same, with an index: a condition that finds rows by a member, before and behind it.
    pub fn line_found_by(self, sql: &'static str, rows: [&'static str; 2]) -> Self {
        self.kept(sql, Kept::Line(Some(rows)))
    }

    /// A name for a value that is known before the rule is read, such as who asks.
    pub fn standing_for(mut self, value: impl Into<Value<'static>>) -> Self {
        self.fixed = Some(value.into());
        self
    }

    /// The same variable, kept under a key in another table.
    pub fn looked_up(mut self, lookup: Lookup) -> Self {
        self.column = Some(Column { place: Place::Key(lookup), kept: Kept::Plain });
        self
    }

    fn kept(mut self, sql: &'static str, kept: Kept) -> Self {
        self.column = Some(Column { place: Place::Row(sql), kept });
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> Type {
        self.kind
    }

    /// What it stands for, a sentence for people.
    pub fn about(&self) -> &str {
        &self.about
    }
}

impl Column {
    pub(super) const fn words(&self) -> Option<Words> {
        match self.kept {
            Kept::Numbers(words) => Some(words),
            _ => None,
        }
    }
}

/// The variables of one kind of rule. `now` is always one of them.
#[derive(Clone, Debug)]
pub struct Schema(Vec<Variable>);

/// The name of the time at which a rule is asked.
pub(super) const NOW: &str = "now";

impl Schema {
    /// A schema with these variables.
    pub fn new(variables: impl IntoIterator<Item = Variable>) -> Self {
        let now = Variable::new(NOW, Type::Time, "The time at which the rule is asked.");
        Self(variables.into_iter().chain([now]).collect())
    }

    /// Every variable, in the order they were declared.
    pub fn variables(&self) -> &[Variable] {
        &self.0
    }

    pub(super) fn find(&self, name: &str) -> Option<&Variable> {
        self.0.iter().find(|variable| variable.name == name)
    }

    /// Whether `path` is the beginning of a name with dots.
    pub(super) fn leads_on(&self, path: &str) -> bool {
        self.0
            .iter()
            .any(|variable| variable.name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
    }

    /// The name somebody may have meant.
    pub(super) fn nearest(&self, name: &str) -> Option<&str> {
        let near = |variable: &&Variable| strsim::jaro_winkler(&variable.name, name) > 0.8;
        let distance = |variable: &&Variable| strsim::damerau_levenshtein(&variable.name, name);
        self.0.iter().filter(near).min_by_key(distance).map(Variable::name)
    }
}
