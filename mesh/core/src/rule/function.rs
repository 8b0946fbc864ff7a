//! The functions of the language, with what they take and give: one table for reading rules, for completions and for the
//! reference page.

use super::schema::Type;

/// A function rules may call.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it is called on, as in `text.size()`; `None` for a function called by itself.
    pub on: Option<Type>,
    /// How its arguments are shown.
    pub arguments: &'static str,
    /// What it comes to.
    pub gives: Type,
    /// What it does, for people.
    pub about: &'static str,
    /// Whether lists in a database can be filtered with it.
    pub in_lists: bool,
    pub(super) builtin: Builtin,
}

/// What a function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builtin {
    StartsWith,
    EndsWith,
    Contains,
    Matches,
    LowerAscii,
    Size,
    Has,
    Timestamp,
    Duration,
}

/// Every function.
pub const FUNCTIONS: &[Function] = &[
    on_text("startsWith", "\"text\"", Type::Bool, "Whether the text begins so.", Builtin::StartsWith),
    on_text("endsWith", "\"text\"", Type::Bool, "Whether the text ends so.", Builtin::EndsWith),
    on_text(
        "contains",
        "\"text\"",
        Type::Bool,
        "Whether the text has this anywhere in it.",
        Builtin::Contains,
    ),
    Function {
        in_lists: false,
        ..on_text(
            "matches",
            "\"pattern\"",
            Type::Bool,
            "Whether a regular expression finds something in the text.",
            Builtin::Matches,
        )
    },
    on_text("lowerAscii", "", Type::Text, "The text with A to Z as a to z.", Builtin::LowerAscii),
    on_text("size", "", Type::Whole, "How many characters the text has.", Builtin::Size),
    Function {
        on: Some(Type::Texts),
        ..on_text("size", "", Type::Whole, "How many members the list has.", Builtin::Size)
    },
    by_itself("size", "value", Type::Whole, "The same as `value.size()`.", Builtin::Size),
    by_itself(
        "has",
        "field",
        Type::Bool,
        "Whether the field has a value; the same as `field != null`.",
        Builtin::Has,
    ),
    by_itself(
        "timestamp",
        "\"2026-01-07T08:30:00Z\"",
        Type::Time,
        "A time, as RFC 3339 writes it.",
        Builtin::Timestamp,
    ),
    by_itself(
        "duration",
        "\"36h\"",
        Type::Duration,
        "A length of time in `h`, `m`, `s`, `ms` and `us`, as in `1h30m`.",
        Builtin::Duration,
    ),
];

const fn on_text(
    name: &'static str,
    arguments: &'static str,
    gives: Type,
    about: &'static str,
    builtin: Builtin,
) -> Function {
    Function { on: Some(Type::Text), ..by_itself(name, arguments, gives, about, builtin) }
}

const fn by_itself(
    name: &'static str,
    arguments: &'static str,
    gives: Type,
    about: &'static str,
    builtin: Builtin,
) -> Function {
    Function { name, on: None, arguments, gives, about, in_lists: true, builtin }
}

/// The function of this name that is called so.
pub(super) fn find(name: &str, on_something: bool) -> Option<Builtin> {
    let same = |function: &&Function| function.name == name && function.on.is_some() == on_something;
    FUNCTIONS.iter().find(same).map(|function| function.builtin)
}
