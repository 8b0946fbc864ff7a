//! Rows that are read by the hundred, as one text each.
//!
//! To the driver for both engines each column of each row is a value of its own with a name and a type: two hundred people of
//! nineteen columns cost it several times what finding them costs (`tickets/src/store/short.rs` does the same with tickets).
//!
//! Invariant: what is joined holds no [`SEPARATOR`]. Ids, words and numbers have none, and texts of people are rid of it where they are
//! joined, whoever wrote them.

use std::str::{FromStr, Split};

use jiff::Timestamp;
use mesh_core::{
    clock,
    error::{Error, Result},
};
use sqlx::{Row as _, any::AnyRow};

/// Between the parts of the text: the unit separator of ASCII.
const SEPARATOR: char = '\u{1f}';

/// The parts of a row's column `short`, one after the other.
pub(super) struct Short<'r>(Split<'r, char>);

impl<'r> Short<'r> {
    pub(super) fn of(row: &'r AnyRow) -> Result<Self> {
        let short: &str = row.try_get("short")?;
        Ok(Self(short.split(SEPARATOR)))
    }

    fn next(&mut self) -> Result<&'r str> {
        self.0.next().ok_or_else(|| Error::internal("a row has too few parts"))
    }

    pub(super) fn text(&mut self) -> Result<String> {
        self.next().map(str::to_owned)
    }

    pub(super) fn number<N: FromStr<Err: std::error::Error + Send + Sync + 'static>>(&mut self) -> Result<N> {
        self.next()?.parse().map_err(Error::internal)
    }

    /// A member of an enum by its number.
    pub(super) fn member<M: TryFrom<i32>>(&mut self) -> Result<M> {
        let number: i32 = self.number()?;
        let unknown = |_| Error::internal(format!("a row holds {number}, which this release does not know"));
        M::try_from(number).map_err(unknown)
    }

    pub(super) fn instant(&mut self) -> Result<Timestamp> {
        self.number().map(clock::from_micros)
    }

    /// An instant, of which 0 is none.
    pub(super) fn optional_instant(&mut self) -> Result<Option<Timestamp>> {
        let micros: i64 = self.number()?;
        Ok((micros != 0).then(|| clock::from_micros(micros)))
    }
}
