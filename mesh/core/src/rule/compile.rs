//! Asking a rule in a database: as a condition of SQL.
//!
//! The invariants: the text comes from constants of this file and from declared columns, every value is bound; each part is
//! written once, so the statement is as long as the rule; and where SQL knows three answers, the third never gets out: a
//! condition that comes to `null` does not hold, and `is not true` makes its opposite hold.
//!
//! One text serves both engines but for what they don't share: the order of texts, which must be that of code points, and
//! functions that look for a piece of a text.

use jiff::Timestamp;

use super::{
    check::{Expr, Kind, Order, Piece, Sign},
    problem::Fault,
    schema::Type,
    value::Value,
};
use crate::db::{Assembly, Engine};

/// Goes on with a condition in parentheses.
pub(super) fn push(
    condition: &Expr,
    statement: &mut Assembly,
    engine: Engine,
    now: Timestamp,
) -> Result<(), Fault> {
    Compilation { statement, engine, now }.condition(condition)
}

#[derive(Debug)]
struct Compilation<'a> {
    statement: &'a mut Assembly,
    engine: Engine,
    now: Timestamp,
}

impl Compilation<'_> {
    /// What is true, false or null in SQL.
    fn condition(&mut self, expr: &Expr) -> Result<(), Fault> {
        self.push("(");
        match &expr.kind {
            Kind::All(parts) => self.joined(parts, " and ")?,
            Kind::Any(parts) => self.joined(parts, " or ")?,
            Kind::Not(inner) => {
                self.condition(inner)?;
                self.push(" is not true");
            }
            Kind::Present(inner) => self.present(inner)?,
            Kind::Equal(sides) => self.equal(sides)?,
            Kind::Ordered(order, sides) => self.ordered(*order, sides)?,
            Kind::OneOf(inner, members) => {
                self.value(inner)?;
                self.push(" in (");
                for (index, member) in members.iter().enumerate() {
                    self.push(if index == 0 { "" } else { ", " });
                    self.bind(member, inner.at)?;
                }
                self.push(if members.is_empty() { "null)" } else { ")" });
            }
            Kind::Member(sides) => {
                self.value(&sides[0])?;
                self.push(" in ");
                self.value(&sides[1])?;
            }
            Kind::Piece(piece, text, wanted) => self.piece(*piece, text, wanted)?,
            Kind::Matches(..) => {
                return Err(Fault::new(expr.at, "a list can't be filtered by a pattern; use `contains`"));
            }
            _ => {
                self.value(expr)?;
                self.push(" = 1");
            }
        }
        self.push(")");
        Ok(())
    }

    /// What is of a column's type, or null.
    fn value(&mut self, expr: &Expr) -> Result<(), Fault> {
        match &expr.kind {
            Kind::Constant(value) => self.bind(value, expr.at),
            Kind::Now => {
                self.statement.bind(self.now.as_microsecond());
                Ok(())
            }
            Kind::Variable { sql: Some(sql), .. } => {
                self.push(sql);
                Ok(())
            }
            Kind::Variable { .. } | Kind::Part(..) => {
                Err(Fault::new(expr.at, "a list can't be filtered by this; use one of the other variables"))
            }
            Kind::Sum(sign, sides) => {
                self.push("(");
                self.infix(sides, if *sign == Sign::Plus { " + " } else { " - " })?;
                self.push(")");
                Ok(())
            }
            Kind::Choice(parts) => self.choice(parts),
            Kind::Lower(inner) => {
                self.call("lower(", inner, if self.is_postgres() { " collate \"C\")" } else { ")" })
            }
            Kind::Size(inner) if inner.gives == Type::Texts => {
                self.call("(select count(*) from ", inner, " as members)")
            }
            Kind::Size(inner) => self.call("length(", inner, ")"),
            Kind::Widen(inner) => self.call("cast(", inner, " as double precision)"),
            _ => {
                self.push("(case when ");
                self.condition(expr)?;
                self.push(" then 1 else 0 end)");
                Ok(())
            }
        }
    }

    fn choice(&mut self, [condition, then, otherwise]: &[Expr; 3]) -> Result<(), Fault> {
        self.push("(case when ");
        self.condition(condition)?;
        self.push(" then ");
        self.value(then)?;
        self.push(" else ");
        self.value(otherwise)?;
        self.push(" end)");
        Ok(())
    }

    fn joined(&mut self, parts: &[Expr], between: &'static str) -> Result<(), Fault> {
        for (index, part) in parts.iter().enumerate() {
            self.push(if index == 0 { "" } else { between });
            self.condition(part)?;
        }
        Ok(())
    }

    /// A list is there always, with members or without.
    fn present(&mut self, inner: &Expr) -> Result<(), Fault> {
        if inner.gives == Type::Texts {
            return self.call("(select count(*) from ", inner, " as members) >= 0");
        }
        self.value(inner)?;
        self.push(" is not null");
        Ok(())
    }

    /// An index helps with `=`, so that is written wherever it says the same.
    fn equal(&mut self, sides: &[Expr; 2]) -> Result<(), Fault> {
        let both_nullable = sides.iter().all(|side| side.nullable);
        self.infix(sides, if both_nullable { " is not distinct from " } else { " = " })
    }

    fn ordered(&mut self, order: Order, sides: &[Expr; 2]) -> Result<(), Fault> {
        let operator = match order {
            Order::Less => " < ",
            Order::LessOrEqual => " <= ",
            Order::Greater => " > ",
            Order::GreaterOrEqual => " >= ",
        };
        self.infix(sides, operator)?;
        if self.is_postgres() && sides[0].gives == Type::Text {
            self.push(" collate \"C\"");
        }
        Ok(())
    }

    fn piece(&mut self, piece: Piece, text: &Expr, wanted: &str) -> Result<(), Fault> {
        // Every text has the empty piece; the engines don't agree where.
        if wanted.is_empty() {
            return self.present(text);
        }
        let (before, between, after) = match (piece, self.engine) {
            (Piece::Start, Engine::Sqlite) => ("instr(", ", ", ") = 1"),
            (Piece::Start, Engine::Postgres) => ("starts_with(", ", ", ")"),
            (Piece::Anywhere, Engine::Sqlite) => ("instr(", ", ", ") > 0"),
            (Piece::Anywhere, Engine::Postgres) => ("strpos(", ", ", ") > 0"),
            (Piece::End, Engine::Sqlite) => ("substr(", ", -length(", ")) = "),
            (Piece::End, Engine::Postgres) => ("right(", ", length(", ")) = "),
        };
        self.call(before, text, between)?;
        self.statement.bind(wanted.to_owned()).push(after);
        if piece == Piece::End {
            self.statement.bind(wanted.to_owned());
        }
        Ok(())
    }

    fn infix(&mut self, sides: &[Expr; 2], operator: &'static str) -> Result<(), Fault> {
        self.value(&sides[0])?;
        self.push(operator);
        self.value(&sides[1])
    }

    fn call(&mut self, before: &'static str, inner: &Expr, after: &'static str) -> Result<(), Fault> {
        self.push(before);
        self.value(inner)?;
        self.push(after);
        Ok(())
    }

    fn bind(&mut self, value: &Value<'_>, at: usize) -> Result<(), Fault> {
        match value {
            Value::Text(text) => self.statement.bind(text.clone().into_owned()),
            Value::Whole(micros) | Value::Time(micros) | Value::Duration(micros) => {
                self.statement.bind(*micros)
            }
            Value::Number(number) => self.statement.bind(*number),
            Value::Bool(truth) => self.statement.bind(i64::from(*truth)),
            Value::Missing | Value::Texts(_) | Value::Dynamic(_) => {
                return Err(Fault::new(at, "this can't be given to a database"));
            }
        };
        Ok(())
    }

    fn push(&mut self, text: &'static str) {
        self.statement.push(text);
    }

    fn is_postgres(&self) -> bool {
        self.engine == Engine::Postgres
    }
}
