//! The rule language: conditions in a subset of CEL (the Common Expression Language), one for filters, guards and mappings.
//!
//! A rule is read once against a [`Schema`] of declared variables and is typed from then on. It is asked in memory
//! ([`Rule::matches`]) or becomes part of a statement ([`Rule::to_sql`]), with the same answer on either way: a test puts
//! random rules to random rows in memory, on SQLite and on PostgreSQL. A [`Formula`] is the same for a value of any type.
//!
//! The invariants: whatever somebody writes, reading it ends soon, with a rule or with a [`Problem`] that has a position and a
//! sentence; a rule holds or it does not, there is no third answer (what is missing equals only what is missing, is in no
//! order, and has no part); and a statement gets values by binds only.
//!
//! | stage | module |
//! |---|---|
//! | text → words → tree | `lex`, `literal`, `parse` |
//! | tree → typed expression | `check`, with the functions in `function` |
//! | typed expression → answer | `evaluate` |
//! | typed expression → SQL | `compile` |
//! | what could be written next | `complete` |

mod check;
mod compile;
mod complete;
mod evaluate;
mod function;
mod lex;
mod literal;
mod parse;
mod problem;
mod schema;
mod value;

use jiff::Timestamp;

pub use complete::{Completions, Suggestion, SuggestionKind};
pub use function::{FUNCTIONS, Function};
pub use problem::Problem;
pub use schema::{Lookup, Schema, Type, Variable};
pub use value::{Value, Values};

use crate::db::{Assembly, Engine};
use check::Expr;
use problem::Fault;

/// Characters a rule has at most.
pub const MOST_CHARACTERS: usize = 4_096;
/// Values, names and operators a rule has at most.
pub const MOST_PARTS: usize = 500;
/// How deep parentheses, operators and fields may be nested.
pub const MOST_DEPTH: usize = 50;
/// Additions and subtractions in a rule. With the bounds of a written-out number no sum leaves 64 bits, on any engine.
pub const MOST_SUMS: usize = 16;
/// The largest whole number one can write, 2^53: the last one that is exact as a number, too.
pub const MOST_WHOLE: i64 = 1 << 53;
/// Steps one asking of a rule may take: an operation, or a hundred bytes looked at.
pub const MOST_STEPS: usize = 100_000;

/// A condition, understood.
#[derive(Clone, Debug)]
pub struct Rule {
    source: String,
    condition: Expr,
}

impl Rule {
    /// Reads a rule over the variables of `schema`.
    pub fn parse(source: &str, schema: &Schema) -> Result<Self, Problem> {
        let condition = parse::parse(source).and_then(|tree| check::condition(tree, schema));
        match condition {
            Ok(condition) => Ok(Self { source: source.to_owned(), condition }),
            Err(fault) => Err(fault.within(source)),
        }
    }

    /// The same rule, when a database can answer it: no variable without a column, no pattern.
    pub fn for_lists(self) -> Result<Self, Problem> {
        self.to_sql(&mut Assembly::default(), Engine::Sqlite, Timestamp::UNIX_EPOCH)?;
        Ok(self)
    }

    /// Whether the rule holds for these values at this time. The problem is that the values are too large to look through.
    pub fn matches(&self, values: &Values<'_>, now: Timestamp) -> Result<bool, Problem> {
        evaluate::holds(&self.condition, values, now).map_err(|fault| self.problem(&fault))
    }

    /// Goes on with the rule as a condition in parentheses, as of `now`. There is no problem with a rule
    /// [`for_lists`](Self::for_lists); after one the statement is half of one.
    pub fn to_sql(&self, statement: &mut Assembly, engine: Engine, now: Timestamp) -> Result<(), Problem> {
        statement.prepared_once();
        compile::push(&self.condition, statement, engine, now).map_err(|fault| self.problem(&fault))
    }

    /// The rule as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    fn problem(&self, fault: &Fault) -> Problem {
        fault.within(&self.source)
    }
}

/// What comes to a value instead of holding or not: the same language, asked in memory only.
#[derive(Clone, Debug)]
pub struct Formula {
    source: String,
    expression: Expr,
}

impl Formula {
    /// Reads a formula over the variables of `schema`.
    pub fn parse(source: &str, schema: &Schema) -> Result<Self, Problem> {
        match parse::parse(source).and_then(|tree| check::expression(tree, schema)) {
            Ok(expression) => Ok(Self { source: source.to_owned(), expression }),
            Err(fault) => Err(fault.within(source)),
        }
    }

    /// The type of what it comes to, if it comes to anything.
    pub fn gives(&self) -> Type {
        self.expression.gives
    }

    /// What it comes to for these values at this time. The problem is that the values are too large to look through.
    pub fn value<'v>(&'v self, values: &'v Values<'v>, now: Timestamp) -> Result<Value<'v>, Problem> {
        evaluate::value(&self.expression, values, now).map_err(|fault| fault.within(&self.source))
    }
}
