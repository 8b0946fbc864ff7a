//! What could be written next: for an editor that helps while somebody writes a rule.

use std::fmt;

use serde::Serialize;

use super::{
    function::FUNCTIONS,
    lex::{Kind, Lexer, Token},
    schema::{Schema, Type},
};

/// What could stand at a place of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Completions {
    /// The first character the chosen text replaces, counted from 0.
    pub from: usize,
    /// The character behind the last one it replaces: the cursor.
    pub to: usize,
    /// What could stand there, variables first.
    pub suggestions: Vec<Suggestion>,
}

/// One thing that could be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// What to write.
    pub text: String,
    /// What it is.
    pub kind: SuggestionKind,
    /// Of what type it is or what it comes to; operators have none.
    pub gives: Option<Type>,
    /// What it stands for, a sentence for people.
    pub about: String,
}

/// What a suggestion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// A declared variable.
    Variable,
    /// A function.
    Function,
    /// An operator.
    Operator,
    /// A word that is a value.
    Value,
}

impl fmt::Display for SuggestionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Variable => "variable",
            Self::Function => "function",
            Self::Operator => "operator",
            Self::Value => "value",
        })
    }
}

const ORDERED: &[Type] = &[Type::Text, Type::Whole, Type::Number, Type::Time, Type::Duration, Type::Dynamic];
const SINGLE: &[Type] =
    &[Type::Text, Type::Whole, Type::Number, Type::Bool, Type::Time, Type::Duration, Type::Dynamic];
const ADDED: &[Type] = &[Type::Whole, Type::Number, Type::Time, Type::Duration];
const TRUE: &[Type] = &[Type::Bool, Type::Dynamic];

/// Operators: what is written, between what, and what they ask.
const OPERATORS: [(&str, &[Type], &str); 12] = [
    ("==", SINGLE, "Both are the same."),
    ("!=", SINGLE, "They are not the same."),
    ("in", SINGLE, "It is a member of a list."),
    ("<", ORDERED, "It is less, or before."),
    ("<=", ORDERED, "It is less or the same."),
    (">", ORDERED, "It is more, or after."),
    (">=", ORDERED, "It is more or the same."),
    ("+", ADDED, "The sum."),
    ("-", ADDED, "The difference."),
    ("&&", TRUE, "Both hold."),
    ("||", TRUE, "One of them holds."),
    ("?", TRUE, "One of two, as in `urgent ? 1 : 2`."),
];
const VALUES: [(&str, &str); 3] =
    [("true", "It holds always."), ("false", "It holds never."), ("null", "What is missing.")];

impl Schema {
    /// What could be written into `source` at `cursor`, counted in characters. Nothing inside a text between quotes.
    pub fn completions(&self, source: &str, cursor: usize) -> Completions {
        let before: String = source.chars().take(cursor).collect();
        let to = before.chars().count();
        let Some(mut words) = words(&before) else {
            return Completions { from: to, to, suggestions: vec![] };
        };
        let begun = match words.last() {
            Some(Token { kind: Kind::Name(name), end, .. }) if *end == before.len() => name.clone(),
            Some(Token { kind: Kind::Symbol("in"), end, .. }) if *end == before.len() => "in".to_owned(),
            _ => String::new(),
        };
        if !begun.is_empty() {
            words.pop();
        }
        let mut suggestions = self.following(&words);
        let wanted = begun.to_lowercase();
        suggestions.retain(|suggestion| suggestion.text.to_lowercase().starts_with(&wanted));
        Completions { from: to - begun.chars().count(), to, suggestions }
    }

    /// What could follow these words.
    fn following(&self, words: &[Token]) -> Vec<Suggestion> {
        match words {
            [before @ .., last] if last.is(".") => self.members(before),
            [.., last] if ends_value(last) => operators(self.type_of(words)),
            _ => self.words_for(words).chain(self.operands()).collect(),
        }
    }

    /// What the variable before a comparison may be, when that is one of a few words.
    fn words_for(&self, words: &[Token]) -> impl Iterator<Item = Suggestion> {
        let compared = match words {
            [before @ .., last] if last.is("==") || last.is("!=") => Some(before),
            _ => before_list(words),
        };
        let variable = compared.and_then(path).and_then(|path| self.find(&path));
        let known = variable.and_then(|variable| variable.words).unwrap_or_default();
        known.iter().map(|(word, _)| Suggestion {
            text: format!("\"{word}\""),
            kind: SuggestionKind::Value,
            gives: Some(Type::Text),
            about: "One of the words this can be.".to_owned(),
        })
    }

    fn operands(&self) -> Vec<Suggestion> {
        let variables = self.variables().iter().map(|variable| Suggestion {
            text: variable.name().to_owned(),
            kind: SuggestionKind::Variable,
            gives: Some(variable.kind),
            about: variable.about.clone().into_owned(),
        });
        let values = VALUES.iter().map(|(text, about)| Suggestion {
            text: (*text).to_owned(),
            kind: SuggestionKind::Value,
            gives: (*text != "null").then_some(Type::Bool),
            about: (*about).to_owned(),
        });
        variables.chain(functions(|on| on.is_none())).chain(values).collect()
    }

    /// What could stand behind the dot after these words: the rest of a variable's name, or a function.
    fn members(&self, words: &[Token]) -> Vec<Suggestion> {
        let beginning = path(words).map(|path| format!("{path}.")).unwrap_or_default();
        let rest_of =
            |name: &str| (!beginning.is_empty()).then(|| name.strip_prefix(&beginning).map(str::to_owned));
        let named: Vec<_> = self
            .variables()
            .iter()
            .filter_map(|variable| {
                Some(Suggestion {
                    text: rest_of(variable.name()).flatten()?,
                    kind: SuggestionKind::Variable,
                    gives: Some(variable.kind),
                    about: variable.about.clone().into_owned(),
                })
            })
            .collect();
        if !named.is_empty() {
            return named;
        }
        let kind = self.type_of(words);
        let fits = |on| matches!(kind, None | Some(Type::Dynamic)) || kind == Some(on);
        functions(|on| on.is_some_and(fits)).collect()
    }

    /// The type of the value these words end with, when it is easy to see.
    fn type_of(&self, words: &[Token]) -> Option<Type> {
        match &words.last()?.kind {
            Kind::Text(_) => Some(Type::Text),
            Kind::Whole(_) => Some(Type::Whole),
            Kind::Number(_) => Some(Type::Number),
            Kind::Name(_) => {
                let path = path(words)?;
                let whole = self.find(&path).map(|variable| variable.kind);
                whole.or_else(|| {
                    let root = self.find(path.split('.').next()?)?;
                    (root.kind == Type::Dynamic).then_some(Type::Dynamic)
                })
            }
            _ => None,
        }
    }
}

/// The words of a beginning; `None` inside a text that has no end yet, or behind what has no meaning.
fn words(before: &str) -> Option<Vec<Token>> {
    let mut lexer = Lexer::new(before);
    let mut words = Vec::new();
    loop {
        match lexer.word().ok()? {
            Token { kind: Kind::End, .. } => return Some(words),
            word => words.push(word),
        }
    }
}

/// What stands before `in [` and the written-out members of a list that goes on.
fn before_list(words: &[Token]) -> Option<&[Token]> {
    let is_inside = |word: &Token| word.is(",") || matches!(word.kind, Kind::Text(_));
    let inside = words.iter().rev().take_while(|word| is_inside(word)).count();
    match &words[..words.len() - inside] {
        [before @ .., within, open] if within.is("in") && open.is("[") => Some(before),
        _ => None,
    }
}

fn ends_value(word: &Token) -> bool {
    match &word.kind {
        Kind::Symbol(symbol) => matches!(*symbol, ")" | "]"),
        Kind::End => false,
        _ => true,
    }
}

/// The name with dots that the last words make.
fn path(words: &[Token]) -> Option<String> {
    let mut parts = Vec::new();
    let mut rest = words;
    while let [before @ .., Token { kind: Kind::Name(name), .. }] = rest {
        parts.push(name.as_str());
        match before {
            [further @ .., dot] if dot.is(".") => rest = further,
            _ => {
                parts.reverse();
                return Some(parts.join("."));
            }
        }
    }
    None
}

fn functions(fits: impl Fn(Option<Type>) -> bool) -> impl Iterator<Item = Suggestion> {
    FUNCTIONS.iter().filter(move |function| fits(function.on)).map(|function| Suggestion {
        text: format!("{}({})", function.name, function.arguments),
        kind: SuggestionKind::Function,
        gives: Some(function.gives),
        about: function.about.to_owned(),
    })
}

fn operators(kind: Option<Type>) -> Vec<Suggestion> {
    let fitting = OPERATORS.iter().filter(|(_, types, _)| kind.is_none_or(|kind| types.contains(&kind)));
    let suggestion = |(text, _, about): &(&str, &[Type], &str)| Suggestion {
        text: (*text).to_owned(),
        kind: SuggestionKind::Operator,
        gives: None,
        about: (*about).to_owned(),
    };
    fitting.map(suggestion).collect()
}
