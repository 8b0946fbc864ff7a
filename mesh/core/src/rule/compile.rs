//! Asking a rule in a database: as a condition of SQL.
//!
//! The invariants: the text comes from constants of this file and from declared columns, every value is bound; each part is
//! written once, so the statement is as long as the rule; and where SQL knows three answers, the third never gets out: a
//! condition that comes to `null` does not hold, and `is not true` makes its opposite hold.
//!
//! One text serves both engines but for what they don't share: the order of texts, which must be that of code points, and
//! functions that look for a piece of a text.

mod column;

use jiff::Timestamp;

use super::{
    check::{Expr, Kind, Order, Piece, Sign},
    problem::Fault,
    schema::{Kept, Type},
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
            Kind::Not(inner) => self.not(inner)?,
            Kind::Present(inner) => self.present(inner)?,
            Kind::Equal(sides) => self.equal(sides)?,
            Kind::Ordered(order, sides) => self.ordered(*order, sides)?,
            Kind::OneOf(inner, members) => self.one_of(inner, members)?,
            Kind::Member(sides) => self.member(sides)?,
            Kind::Piece(piece, text, wanted) => self.piece(*piece, text, wanted)?,
            Kind::Matches(..) => {
                return Err(Fault::new(expr.at, "a list can't be filtered by a pattern; use `contains`"));
            }
            _ => match column::of(expr) {
                Some(column) if matches!(column.kept, Kept::Condition) => self.place(&column.place),
                _ => {
                    self.value(expr)?;
                    self.push(" = 1");
                }
            },
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
            Kind::Variable { column: Some(column), .. } => self.column(column, expr.at),
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
            Kind::Size(inner) if inner.gives == Type::Texts => match column::line(inner) {
                Some(line) => {
                    self.line_size(line);
                    Ok(())
                }
                None => self.call("(select count(*) from ", inner, " as members)"),
            },
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

    fn member(&mut self, sides: &[Expr; 2]) -> Result<(), Fault> {
        match column::line(&sides[1]) {
            Some(_) if self.has_constant(sides)? => Ok(()),
            Some(line) => self.line_has(line, &sides[0]),
            None => self.infix(sides, " in "),
        }
    }

    fn joined(&mut self, parts: &[Expr], between: &'static str) -> Result<(), Fault> {
        for (index, part) in parts.iter().enumerate() {
            self.push(if index == 0 { "" } else { between });
            self.condition(part)?;
        }
        Ok(())
    }

    /// The opposite. What has nothing is looked for with `=`, for the sake of an index.
    fn not(&mut self, inner: &Expr) -> Result<(), Fault> {
        if let Kind::Present(inner) = &inner.kind
            && let Some(blank) = column::blank(inner)
        {
            return self.is_blank(blank, true, inner.at);
        }
        self.condition(inner)?;
        self.push(" is not true");
        Ok(())
    }

    fn one_of(&mut self, inner: &Expr, members: &[Value<'static>]) -> Result<(), Fault> {
        if let Some(column) = column::of(inner)
            && self.is_one_of(column, &members.iter().collect::<Vec<_>>(), inner.at)?
        {
            return Ok(());
        }
        self.value(inner)?;
        self.push(" in (");
        for (index, member) in members.iter().enumerate() {
            self.push(if index == 0 { "" } else { ", " });
            self.bind(member, inner.at)?;
        }
        self.push(if members.is_empty() { "null)" } else { ")" });
        Ok(())
    }

    /// A list is there always, with members or without.
    fn present(&mut self, inner: &Expr) -> Result<(), Fault> {
        if let Some(blank) = column::blank(inner) {
            return self.is_blank(blank, false, inner.at);
        }
        if column::line(inner).is_some() {
            self.push("1 = 1");
            return Ok(());
        }
        if inner.gives == Type::Texts {
            return self.call("(select count(*) from ", inner, " as members) >= 0");
        }
        self.value(inner)?;
        self.push(" is not null");
        Ok(())
    }

    /// An index helps with `=`, so that is written wherever it says the same.
    fn equal(&mut self, sides: &[Expr; 2]) -> Result<(), Fault> {
        if self.equals_constant(sides)? {
            return Ok(());
        }
        let both_nullable = sides.iter().all(|side| side.nullable);
        self.infix(sides, if both_nullable { " is not distinct from " } else { " = " })
    }

    fn ordered(&mut self, order: Order, sides: &[Expr; 2]) -> Result<(), Fault> {
        // The column by itself, so that an index helps.
        let blank = column::blank(&sides[0]);
        if let Some(blank) = blank {
            self.is_blank(blank, false, sides[0].at)?;
            self.push(" and ");
        }
        let operator = match order {
            Order::Less => " < ",
            Order::LessOrEqual => " <= ",
            Order::Greater => " > ",
            Order::GreaterOrEqual => " >= ",
        };
        match blank {
            Some((place, _)) => self.place(place),
            None => self.value(&sides[0])?,
        }
        self.push(operator);
        self.value(&sides[1])?;
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
