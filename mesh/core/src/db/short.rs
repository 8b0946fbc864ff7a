//! Rows that are read by the hundred, as one text each.
//!
//! To the driver for both engines each column of each row is a value of its own with a name and a type: fifty tickets of forty columns,
//! or two hundred people of nineteen, cost it several times what finding them costs. As one text they are read at once.
//!
//! Invariant: what a statement joins holds no [`SEPARATOR`]. Ids, words, tags of languages and numbers have none; texts of people stay by
//! themselves, or are rid of it where they are joined.

use std::str::{FromStr, Split};

use jiff::Timestamp;
use sqlx::{Error, Result, Row as _, any::AnyRow, error::BoxDynError};

use crate::clock;

/// Between the parts of the text: the unit separator of ASCII.
const SEPARATOR: char = '\u{1f}';

/// The parts of a row's column `short`, one after the other.
#[derive(Debug)]
pub struct Short<'r>(Split<'r, char>);

impl<'r> Short<'r> {
    /// Those of this row.
    pub fn of(row: &'r AnyRow) -> Result<Self> {
        let short: &str = row.try_get("short")?;
        Ok(Self(short.split(SEPARATOR)))
    }

    fn next(&mut self) -> Result<&'r str> {
        self.0.next().ok_or_else(|| unreadable("the row has too few parts"))
    }

    /// The next part.
    pub fn text(&mut self) -> Result<String> {
        self.next().map(str::to_owned)
    }

    /// The next part, a number.
    pub fn number<N: FromStr<Err: Into<BoxDynError>>>(&mut self) -> Result<N> {
        self.next()?.parse().map_err(unreadable)
    }

    /// The next part, a member of an enum by its number.
    pub fn member<M: TryFrom<i32, Error: Into<BoxDynError>>>(&mut self) -> Result<M> {
        self.number::<i32>()?.try_into().map_err(unreadable)
    }

    /// The next part, an instant in epoch microseconds.
    pub fn instant(&mut self) -> Result<Timestamp> {
        self.number().map(clock::from_micros)
    }

    /// The next part, an instant of which 0 is none.
    pub fn optional_instant(&mut self) -> Result<Option<Timestamp>> {
        let micros: i64 = self.number()?;
        Ok((micros != 0).then(|| clock::from_micros(micros)))
    }
}

fn unreadable(cause: impl Into<BoxDynError>) -> Error {
    Error::ColumnDecode { index: "short".to_owned(), source: cause.into() }
}
