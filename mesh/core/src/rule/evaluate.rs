//! Asking a rule in memory.
//!
//! The invariant: an asking takes at most [`MOST_STEPS`] steps. A rule has no loops, so what could be large is only the values:
//! whoever looks at one pays for its size.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::{
    MOST_STEPS,
    check::{Expr, Kind, Order, Piece, Sign},
    problem::Fault,
    value::{Value, Values},
};

/// Bytes one looks at in a step.
const BYTES_A_STEP: usize = 100;

/// Whether a condition holds.
pub(super) fn holds(condition: &Expr, values: &Values<'_>, now: Timestamp) -> Result<bool, Fault> {
    Evaluation { values, now, steps: 0 }.holds(condition)
}

/// What an expression comes to.
pub(super) fn value<'v>(
    expression: &'v Expr,
    values: &'v Values<'v>,
    now: Timestamp,
) -> Result<Value<'v>, Fault> {
    Evaluation { values, now, steps: 0 }.value(expression)
}

#[derive(Debug)]
struct Evaluation<'v> {
    values: &'v Values<'v>,
    now: Timestamp,
    steps: usize,
}

impl<'v> Evaluation<'v> {
    fn holds(&mut self, condition: &'v Expr) -> Result<bool, Fault> {
        let at = condition.at;
        self.pay(at, 1)?;
        match &condition.kind {
            Kind::All(parts) => Ok(!self.some(parts, false)?),
            Kind::Any(parts) => self.some(parts, true),
            Kind::Not(inner) => Ok(!self.holds(inner)?),
            Kind::Present(inner) => Ok(!self.value(inner)?.is_missing()),
            Kind::Equal(sides) => {
                let [left, right] = self.both(sides)?;
                self.pay_for(at, &left)?;
                Ok(left.equals(&right))
            }
            Kind::Ordered(order, sides) => self.ordered(at, *order, sides),
            Kind::OneOf(inner, members) => {
                let value = self.value(inner)?;
                self.pay(at, members.len())?;
                Ok(!value.is_missing() && members.iter().any(|member| member.equals(&value)))
            }
            Kind::Member(sides) => self.member(at, sides),
            Kind::Piece(piece, text, wanted) => self.piece(at, *piece, text, wanted),
            Kind::Matches(text, pattern) => {
                let value = self.value(text)?;
                self.pay(at, value.weight())?;
                Ok(matches!(&value, Value::Text(text) if pattern.is_match(text)))
            }
            _ => Ok(self.value(condition)?.is_true()),
        }
    }

    /// Whether one of the parts comes to `wanted`; those behind it are not asked.
    fn some(&mut self, parts: &'v [Expr], wanted: bool) -> Result<bool, Fault> {
        for part in parts {
            if self.holds(part)? == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn value(&mut self, expr: &'v Expr) -> Result<Value<'v>, Fault> {
        self.pay(expr.at, 1)?;
        Ok(match &expr.kind {
            Kind::Constant(value) => value.borrowed(),
            Kind::Now => self.now.into(),
            Kind::Variable { name, .. } => self.values.get(name),
            Kind::Part(base, field) => part(&self.value(base)?, field),
            Kind::Sum(sign, sides) => {
                let [left, right] = self.both(sides)?;
                sum(*sign, &left, &right)
            }
            Kind::Choice(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                let chosen = if self.holds(condition)? { then } else { otherwise };
                self.value(chosen)?
            }
            Kind::Lower(inner) => {
                let value = self.value(inner)?;
                self.pay_for(expr.at, &value)?;
                match value {
                    Value::Text(text) => text.to_ascii_lowercase().into(),
                    _ => Value::Missing,
                }
            }
            Kind::Size(inner) => {
                let value = self.value(inner)?;
                self.pay_for(expr.at, &value)?;
                size(&value)
            }
            Kind::Widen(inner) => self.value(inner)?.number().into(),
            _ => self.holds(expr)?.into(),
        })
    }

    fn both(&mut self, sides: &'v [Expr; 2]) -> Result<[Value<'v>; 2], Fault> {
        Ok([self.value(&sides[0])?, self.value(&sides[1])?])
    }

    fn ordered(&mut self, at: usize, order: Order, sides: &'v [Expr; 2]) -> Result<bool, Fault> {
        let [left, right] = self.both(sides)?;
        self.pay_for(at, &left)?;
        Ok(left.order(&right).is_some_and(|found| match order {
            Order::Less => found.is_lt(),
            Order::LessOrEqual => found.is_le(),
            Order::Greater => found.is_gt(),
            Order::GreaterOrEqual => found.is_ge(),
        }))
    }

    /// Whether a list has a member, or an object a field.
    fn member(&mut self, at: usize, sides: &'v [Expr; 2]) -> Result<bool, Fault> {
        let [wanted, all] = self.both(sides)?;
        Ok(match (&wanted, &all) {
            (Value::Missing, _) => false,
            (Value::Text(wanted), Value::Texts(texts)) => {
                self.pay(at, texts.len())?;
                texts.iter().any(|text| text == wanted)
            }
            (wanted, Value::Dynamic(json)) => match json.as_ref() {
                Json::Array(members) => {
                    self.pay(at, members.len())?;
                    members.iter().any(|member| Value::of_json(member).equals(wanted))
                }
                Json::Object(fields) => {
                    matches!(wanted, Value::Text(name) if fields.contains_key(name.as_ref()))
                }
                _ => false,
            },
            _ => false,
        })
    }

    fn piece(&mut self, at: usize, piece: Piece, text: &'v Expr, wanted: &str) -> Result<bool, Fault> {
        let value = self.value(text)?;
        self.pay_for(at, &value)?;
        let Value::Text(text) = &value else {
            return Ok(false);
        };
        Ok(match piece {
            Piece::Start => text.starts_with(wanted),
            Piece::End => text.ends_with(wanted),
            Piece::Anywhere => text.contains(wanted),
        })
    }

    fn pay_for(&mut self, at: usize, value: &Value<'_>) -> Result<(), Fault> {
        self.pay(at, value.weight() / BYTES_A_STEP)
    }

    fn pay(&mut self, at: usize, steps: usize) -> Result<(), Fault> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MOST_STEPS {
            return Err(Fault::new(at, "the values are too large to look through; ask for a smaller part"));
        }
        Ok(())
    }
}

/// A field of an object; anything else has none.
fn part<'v>(base: &Value<'v>, field: &str) -> Value<'v> {
    match base {
        Value::Dynamic(Cow::Borrowed(json)) => json.get(field).map_or(Value::Missing, Value::of_json),
        // Only what a caller gave is owned, and that has been borrowed by now.
        _ => Value::Missing,
    }
}

/// Sums stay within 64 bits, see [`MOST_SUMS`](super::MOST_SUMS); values beyond what can be written end at the bounds.
fn sum(sign: Sign, left: &Value<'_>, right: &Value<'_>) -> Value<'static> {
    let add = |one: i64, two: i64| match sign {
        Sign::Plus => one.saturating_add(two),
        Sign::Minus => one.saturating_sub(two),
    };
    match (left, right) {
        (Value::Whole(one), Value::Whole(two)) => Value::Whole(add(*one, *two)),
        (Value::Duration(one), Value::Duration(two)) | (Value::Time(one), Value::Time(two)) => {
            Value::Duration(add(*one, *two))
        }
        (Value::Time(one), Value::Duration(two)) | (Value::Duration(one), Value::Time(two)) => {
            Value::Time(add(*one, *two))
        }
        (Value::Number(one), Value::Number(two)) => match sign {
            Sign::Plus => (one + two).into(),
            Sign::Minus => (one - two).into(),
        },
        _ => Value::Missing,
    }
}

fn size(value: &Value<'_>) -> Value<'static> {
    let size = match value {
        Value::Text(text) => text.chars().count(),
        Value::Texts(texts) => texts.len(),
        Value::Dynamic(json) => match json.as_ref() {
            Json::Array(members) => members.len(),
            Json::Object(fields) => fields.len(),
            _ => return Value::Missing,
        },
        _ => return Value::Missing,
    };
    i64::try_from(size).ok().into()
}
