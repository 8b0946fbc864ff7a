//! From a tree to a typed expression: every name is known, every operator fits what it stands between.
//!
//! The invariant: a checked expression can be evaluated without a type error; only parts of dynamic values are looked at again
//! then, and count as missing where they don't fit.

mod call;
mod compare;

use std::borrow::Cow;

use regex::Regex;

use super::{
    MOST_SUMS,
    parse::{Infix, Kind as Written, Node},
    problem::Fault,
    schema::{Column, NOW, Schema, Type, Variable, Words},
    value::Value,
};

/// A typed part of a rule.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) at: usize,
    pub(super) kind: Kind,
    pub(super) gives: Type,
    /// Whether it may come to nothing.
    pub(super) nullable: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Constant(Value<'static>),
    Now,
    Variable {
        name: Cow<'static, str>,
        column: Option<Column>,
        words: Option<Words>,
    },
    /// A field of a dynamic value.
    Part(Box<Expr>, String),
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Equal(Box<[Expr; 2]>),
    Ordered(Order, Box<[Expr; 2]>),
    Present(Box<Expr>),
    OneOf(Box<Expr>, Vec<Value<'static>>),
    Member(Box<[Expr; 2]>),
    Sum(Sign, Box<[Expr; 2]>),
    /// Condition, then, otherwise.
    Choice(Box<[Expr; 3]>),
    Piece(Piece, Box<Expr>, String),
    Matches(Box<Expr>, Regex),
    Lower(Box<Expr>),
    Size(Box<Expr>),
    /// A whole number as a number.
    Widen(Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

/// Where a text has a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Start,
    End,
    Anywhere,
}

type Checked = Result<Expr, Fault>;

/// The whole rule, which is a condition.
pub(super) fn condition(tree: Node, schema: &Schema) -> Checked {
    Checker { schema, sums: 0 }.condition(tree, "a rule")
}

#[derive(Debug)]
struct Checker<'s> {
    schema: &'s Schema,
    sums: usize,
}

impl Expr {
    fn new(at: usize, kind: Kind, gives: Type, nullable: bool) -> Self {
        Self { at, kind, gives, nullable }
    }

    fn constant(at: usize, value: impl Into<Value<'static>>, gives: Type) -> Self {
        Self::new(at, Kind::Constant(value.into()), gives, false)
    }

    /// What holds or does not, and is never missing.
    fn truth(at: usize, kind: Kind) -> Self {
        Self::new(at, kind, Type::Bool, false)
    }

    /// A whole number as a number, written-out ones at once.
    fn widened(self) -> Self {
        let (at, nullable) = (self.at, self.nullable);
        let kind = match self.kind {
            Kind::Constant(value) => Kind::Constant(value.number().into()),
            _ => Kind::Widen(Box::new(self)),
        };
        Self::new(at, kind, Type::Number, nullable)
    }

    /// The same when it is of this type; `user` is what needs it.
    fn of(self, wanted: Type, user: &str) -> Checked {
        if self.gives == wanted || self.gives == Type::Dynamic {
            return Ok(self);
        }
        Err(Fault::new(self.at, format!("{user} needs {wanted}, and this is {}", self.gives)))
    }
}

impl Checker<'_> {
    fn condition(&mut self, node: Node, user: &str) -> Checked {
        self.check(node)?.of(Type::Bool, user)
    }

    fn check(&mut self, node: Node) -> Checked {
        let at = node.at;
        match node.kind {
            Written::Null => Err(Fault::new(at, "`null` can only be compared, with `==` and `!=`")),
            Written::Bool(truth) => Ok(Expr::constant(at, truth, Type::Bool)),
            Written::Whole(whole) => Ok(Expr::constant(at, whole, Type::Whole)),
            Written::Number(number) => Ok(Expr::constant(at, number, Type::Number)),
            Written::Text(text) => Ok(Expr::constant(at, text, Type::Text)),
            Written::Name(_) => self.named(&node),
            Written::Field(base, field) => self.field(at, *base, field),
            Written::Index(base, index) => self.index(*base, *index),
            Written::Call { target, name, arguments } => self.call(at, target, &name, arguments),
            Written::List(_) => Err(Fault::new(at, "a list can only stand after `in`")),
            Written::Not(inner) => {
                let inner = self.condition(*inner, "`!`")?;
                Ok(Expr::truth(at, Kind::Not(Box::new(inner))))
            }
            Written::Negative(inner) => self.negative(at, *inner),
            Written::All(parts) => Ok(Expr::truth(at, Kind::All(self.conditions(parts, "`&&`")?))),
            Written::Any(parts) => Ok(Expr::truth(at, Kind::Any(self.conditions(parts, "`||`")?))),
            Written::Infix(Infix::Plus, left, right) => self.sum(at, Sign::Plus, *left, *right),
            Written::Infix(Infix::Minus, left, right) => self.sum(at, Sign::Minus, *left, *right),
            Written::Infix(relation, left, right) => self.relation(at, relation, *left, *right),
            Written::Choice(parts) => self.choice(at, *parts),
        }
    }

    fn conditions(&mut self, parts: Vec<Node>, user: &str) -> Result<Vec<Expr>, Fault> {
        parts.into_iter().map(|part| self.condition(part, user)).collect()
    }

    fn named(&self, node: &Node) -> Checked {
        let name = path(node).unwrap_or_default();
        match self.schema.find(&name) {
            Some(variable) => Ok(variable_at(node.at, variable)),
            None if self.schema.leads_on(&name) => {
                Err(Fault::new(node.at, format!("`{name}` has fields; name one of them, as in `{name}.…`")))
            }
            None => Err(self.unknown(node.at, &name)),
        }
    }

    /// A variable with dots in its name, or a part of a dynamic value.
    fn field(&mut self, at: usize, base: Node, field: String) -> Checked {
        if let Some(before) = path(&base) {
            let name = format!("{before}.{field}");
            if let Some(variable) = self.schema.find(&name) {
                return Ok(variable_at(at, variable));
            }
            if self.schema.leads_on(&name) || self.schema.leads_on(&before) {
                return Err(self.unknown(base.at, &name));
            }
        }
        self.part(at, base, field)
    }

    /// `claims["given-name"]`.
    fn index(&mut self, base: Node, index: Node) -> Checked {
        match index.kind {
            Written::Text(field) => self.part(index.at, base, field),
            _ => Err(Fault::new(
                index.at,
                "only the name of a field can stand here, as in `claims[\"given-name\"]`",
            )),
        }
    }

    fn part(&mut self, at: usize, base: Node, field: String) -> Checked {
        let base = self.check(base)?;
        if base.gives != Type::Dynamic {
            return Err(Fault::new(at, format!("{} has no field `{field}`", base.gives)));
        }
        Ok(Expr::new(at, Kind::Part(Box::new(base), field), Type::Dynamic, true))
    }

    fn unknown(&self, at: usize, name: &str) -> Fault {
        let remedy = self.schema.nearest(name).map_or_else(
            || {
                let known = self.schema.variables().iter().take(12);
                let known: Vec<_> = known.map(|variable| format!("`{}`", variable.name())).collect();
                format!("there are {}", known.join(", "))
            },
            |near| format!("did you mean `{near}`?"),
        );
        Fault::new(at, format!("there is no variable `{name}`; {remedy}"))
    }

    fn negative(&mut self, at: usize, inner: Node) -> Checked {
        let inner = self.check(inner)?;
        let zero = match inner.gives {
            Type::Whole => Expr::constant(at, 0_i64, Type::Whole),
            Type::Number => Expr::constant(at, 0.0, Type::Number),
            Type::Duration => Expr::constant(at, Value::Duration(0), Type::Duration),
            other => return Err(Fault::new(at, format!("{other} has no negative"))),
        };
        self.add(at, Sign::Minus, zero, inner)
    }

    fn sum(&mut self, at: usize, sign: Sign, left: Node, right: Node) -> Checked {
        let (left, right) = (self.check(left)?, self.check(right)?);
        self.add(at, sign, left, right)
    }

    fn add(&mut self, at: usize, sign: Sign, left: Expr, right: Expr) -> Checked {
        self.sums += 1;
        if self.sums > MOST_SUMS {
            let sentence =
                format!("the rule has more than {MOST_SUMS} additions and subtractions; write fewer");
            return Err(Fault::new(at, sentence));
        }
        let gives = match (left.gives, sign, right.gives) {
            (Type::Whole, _, Type::Whole) => Type::Whole,
            (Type::Number, _, Type::Number) => Type::Number,
            (Type::Duration, _, Type::Duration) | (Type::Time, Sign::Minus, Type::Time) => Type::Duration,
            (Type::Time, _, Type::Duration) | (Type::Duration, Sign::Plus, Type::Time) => Type::Time,
            (Type::Whole, _, Type::Number) | (Type::Number, _, Type::Whole) => {
                return Err(Fault::new(
                    at,
                    "a whole number and a number don't add up; write `1.0` instead of `1`",
                ));
            }
            (left, _, right) => {
                return Err(Fault::new(
                    at,
                    format!("{left} and {right} don't add up; numbers, times and durations do"),
                ));
            }
        };
        let nullable = left.nullable || right.nullable;
        Ok(Expr::new(at, Kind::Sum(sign, Box::new([left, right])), gives, nullable))
    }

    fn choice(&mut self, at: usize, [condition, then, otherwise]: [Node; 3]) -> Checked {
        let condition = self.condition(condition, "`?`")?;
        let (then, otherwise) = (self.check(then)?, self.check(otherwise)?);
        if then.gives != otherwise.gives {
            let sentence = format!(
                "both sides of `:` must be of one type; this is {} or {}",
                then.gives, otherwise.gives
            );
            return Err(Fault::new(at, sentence));
        }
        let (gives, nullable) = (then.gives, then.nullable || otherwise.nullable);
        if matches!(gives, Type::Texts) {
            return Err(Fault::new(
                at,
                "lists can't be chosen with `?`; choose between conditions over them",
            ));
        }
        Ok(Expr::new(at, Kind::Choice(Box::new([condition, then, otherwise])), gives, nullable))
    }
}

fn variable_at(at: usize, variable: &Variable) -> Expr {
    let kind = match &variable.fixed {
        Some(value) => Kind::Constant(value.clone()),
        None if variable.name == NOW => Kind::Now,
        None => {
            let (name, column) = (variable.name.clone(), variable.column.clone());
            Kind::Variable { name, column, words: variable.words }
        }
    };
    Expr::new(at, kind, variable.kind, variable.nullable)
}

/// The name with dots that names and fields make, and nothing else.
fn path(node: &Node) -> Option<String> {
    match &node.kind {
        Written::Name(name) => Some(name.clone()),
        Written::Field(base, field) => path(base).map(|base| format!("{base}.{field}")),
        _ => None,
    }
}
