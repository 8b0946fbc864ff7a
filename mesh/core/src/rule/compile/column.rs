//! Variables in a database, whatever form their column has them in.
//!
//! The invariant: each form means what [`Kept`] says of it, so a rule finds the same with any of them. Where an index can help,
//! the column stands by itself beside a bound value.

use super::{
    super::{
        check::{Expr, Kind},
        problem::Fault,
        schema::{Column, Kept, Place, Words},
        value::Value,
    },
    Compilation,
};
use crate::db::Engine;

/// The column of a variable.
pub(super) const fn of(expr: &Expr) -> Option<&Column> {
    match &expr.kind {
        Kind::Variable { column: Some(column), .. } => Some(column),
        _ => None,
    }
}

/// The column and what stands in it for nothing.
pub(super) const fn blank(expr: &Expr) -> Option<(&Place, &Value<'static>)> {
    match of(expr) {
        Some(Column { place, kept: Kept::Blank(missing) }) => Some((place, missing)),
        _ => None,
    }
}

/// The column of a list that is one line.
pub(super) const fn line(expr: &Expr) -> Option<&Place> {
    match of(expr) {
        Some(Column { place, kept: Kept::Line(_) }) => Some(place),
        _ => None,
    }
}

/// The condition that finds rows by a member of the list.
const fn index(expr: &Expr) -> Option<[&'static str; 2]> {
    match of(expr) {
        Some(Column { kept: Kept::Line(rows), .. }) => *rows,
        _ => None,
    }
}

/// The number of a word; one that no column has when there is no such word.
fn number(words: Words, word: &Value<'_>) -> i64 {
    let found = |wanted: &str| words.iter().find(|(word, _)| *word == wanted).map(|(_, number)| *number);
    match word {
        Value::Text(wanted) => found(wanted).unwrap_or(-1),
        _ => -1,
    }
}

impl Compilation<'_> {
    /// What is kept there.
    pub(super) fn place(&mut self, place: &Place) {
        match place {
            Place::Row(column) => self.push(column),
            Place::Key(lookup) => {
                let [before, behind] = lookup.value;
                self.statement.push(before).bind(lookup.key.clone()).push(behind);
            }
        }
    }

    /// A variable as a value of its type, or null.
    pub(super) fn column(&mut self, column: &Column, at: usize) -> Result<(), Fault> {
        match &column.kept {
            Kept::Plain => self.place(&column.place),
            Kept::Blank(missing) => {
                self.push("nullif(");
                self.place(&column.place);
                self.push(", ");
                self.bind(missing, at)?;
                self.push(")");
            }
            Kept::Numbers(words) => {
                self.push("(case ");
                self.place(&column.place);
                for (word, number) in *words {
                    self.push(" when ");
                    self.statement.bind(*number).push(" then ").bind((*word).to_owned());
                }
                self.push(" end)");
            }
            Kept::Condition => {
                self.push("(case when ");
                self.place(&column.place);
                self.push(" then 1 else 0 end)");
            }
            Kept::Line(_) => {
                return Err(Fault::new(at, "a list can't stand here; ask for one of its members"));
            }
        }
        Ok(())
    }

    /// A variable that is the same as a written-out value, so that an index of its column helps; `false` when this is another
    /// comparison and nothing was written.
    pub(super) fn equals_constant(&mut self, sides: &[Expr; 2]) -> Result<bool, Fault> {
        let [left, right] = sides;
        Ok(match (of(left), &left.kind, of(right), &right.kind) {
            (Some(column), _, _, Kind::Constant(value)) => self.is_one_of(column, &[value], left.at)?,
            (_, Kind::Constant(value), Some(column), _) => self.is_one_of(column, &[value], right.at)?,
            _ => false,
        })
    }

    /// The same for several values.
    pub(super) fn is_one_of(
        &mut self,
        column: &Column,
        values: &[&Value<'static>],
        at: usize,
    ) -> Result<bool, Fault> {
        match (&column.place, &column.kept) {
            (_, Kept::Blank(missing)) if values.iter().any(|value| value.equals(missing)) => {
                return Ok(false);
            }
            (Place::Row(name), Kept::Blank(_) | Kept::Numbers(_)) => self.push(name),
            (Place::Key(lookup), Kept::Plain) => {
                let [before, behind] = lookup.rows;
                self.statement.push(before).bind(lookup.key.clone()).push(behind);
            }
            _ => return Ok(false),
        }
        self.push(" in (");
        for (index, value) in values.iter().enumerate() {
            self.push(if index == 0 { "" } else { ", " });
            match column.words() {
                Some(words) => {
                    self.statement.bind(number(words, value));
                }
                None => self.bind(value, at)?,
            }
        }
        self.push(if values.is_empty() { "null)" } else { ")" });
        self.push(if matches!(column.place, Place::Key(_)) { ")" } else { "" });
        Ok(true)
    }

    /// Whether a column that is never null has something, or nothing.
    pub(super) fn is_blank(
        &mut self,
        (place, missing): (&Place, &Value<'static>),
        blank: bool,
        at: usize,
    ) -> Result<(), Fault> {
        self.place(place);
        self.push(if blank { " = " } else { " <> " });
        self.bind(missing, at)
    }

    /// A list that has a written-out member, found by an index; `false` when there is none, and nothing was written.
    pub(super) fn has_constant(&mut self, [wanted, list]: &[Expr; 2]) -> Result<bool, Fault> {
        let (Kind::Constant(member), Some([before, behind])) = (&wanted.kind, index(list)) else {
            return Ok(false);
        };
        self.push(before);
        self.bind(member, wanted.at)?;
        self.push(behind);
        Ok(true)
    }

    /// Whether a line has a member. A wanted text with spaces is made one that no line has.
    pub(super) fn line_has(&mut self, line: &Place, wanted: &Expr) -> Result<(), Fault> {
        self.push(match self.engine {
            Engine::Sqlite => "instr(' ' || nullif(",
            Engine::Postgres => "strpos(' ' || nullif(",
        });
        self.place(line);
        self.call(", '') || ' ', ' ' || replace(", wanted, ", ' ', '  ') || ' ') > 0")
    }

    /// How many members a line has.
    pub(super) fn line_size(&mut self, line: &Place) {
        for before in ["(length(", ") - length(replace(", ", ' ', '')) + (case when "] {
            self.push(before);
            self.place(line);
        }
        self.push(" = '' then 0 else 1 end))");
    }
}
