//! What a database error means, by its kind and never by its words.

use proto::errors::v1::ErrorReason;
use sqlx::error::{DatabaseError, Error as SqlError, ErrorKind};

use crate::error::Error;

/// What happened, on either engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No connection, or it broke, or the server is starting or stopping.
    Unreachable,
    /// Another process holds the file.
    Locked,
    /// The file, its folder or the server takes no writes.
    ReadOnly,
    /// No room on the disk.
    Full,
    /// The file can't be opened.
    CannotOpen,
    /// The file is no database or is damaged.
    Damaged,
    /// Two transactions met; this one was rolled back.
    Conflict,
    /// The statement took too long.
    TooSlow,
    /// There is no such database on the server.
    NoDatabase,
    /// The server does not let us in.
    Refused,
    /// A unique column has this value already.
    Unique,
    /// Something it refers to is not there, or something refers to it.
    Reference,
    /// Anything else: a fault of ours.
    Ours,
}

impl Fault {
    pub(super) fn of(error: &SqlError) -> Self {
        match error {
            SqlError::Database(error) => Self::of_database(&**error),
            SqlError::Io(_)
            | SqlError::Tls(_)
            | SqlError::PoolTimedOut
            | SqlError::PoolClosed
            | SqlError::WorkerCrashed => Self::Unreachable,
            _ => Self::Ours,
        }
    }

    fn of_database(error: &dyn DatabaseError) -> Self {
        match error.kind() {
            ErrorKind::UniqueViolation => return Self::Unique,
            ErrorKind::ForeignKeyViolation => return Self::Reference,
            _ => {}
        }
        let Some(code) = error.code() else {
            return Self::Ours;
        };
        // PostgreSQL's codes have five letters, SQLite's are numbers with the kind in the lowest byte.
        if code.len() == 5 {
            Self::of_sqlstate(&code)
        } else {
            code.parse().map_or(Self::Ours, Self::of_sqlite)
        }
    }

    fn of_sqlstate(code: &str) -> Self {
        match code {
            "57P01" | "57P02" | "57P03" | "53300" | "25P03" => Self::Unreachable,
            "40001" | "40P01" | "55P03" => Self::Conflict,
            "57014" => Self::TooSlow,
            "53100" => Self::Full,
            "25006" => Self::ReadOnly,
            "3D000" => Self::NoDatabase,
            "28000" | "28P01" => Self::Refused,
            "XX001" | "XX002" => Self::Damaged,
            _ if code.starts_with("08") => Self::Unreachable,
            _ => Self::Ours,
        }
    }

    const fn of_sqlite(code: i32) -> Self {
        match code & 0xff {
            5 | 6 => Self::Locked,
            8 => Self::ReadOnly,
            11 | 26 => Self::Damaged,
            13 => Self::Full,
            14 => Self::CannotOpen,
            _ => Self::Ours,
        }
    }

    /// The fault and its remedy, going on from `the database …`.
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::Unreachable => "can't be reached; look whether it runs and whether its address is right",
            Self::Locked => "is locked by another process; stop that one, or give this one another file",
            Self::ReadOnly => "takes no writes; make the file and its folder writable for this user",
            Self::Full => "has no room left on its disk; make some",
            Self::CannotOpen => {
                "can't be opened; look whether its folder exists and is writable for this user"
            }
            Self::Damaged => "is damaged or no database at all; restore it from a backup",
            Self::Conflict => "was busy with the same rows; send the same request again",
            Self::TooSlow => "took too long over a statement",
            Self::NoDatabase => "does not exist on the server; create it first (createdb)",
            Self::Refused => "does not let this user in; look at user name and password",
            Self::Unique => "has this already",
            Self::Reference => "lacks something this refers to, or has something that refers to this",
            Self::Ours => "gave an answer this program does not understand",
        }
    }
}

/// Whether waiting a little and beginning again may help.
pub(super) fn is_passing(error: &SqlError) -> bool {
    matches!(Fault::of(error), Fault::Unreachable | Fault::Locked | Fault::Conflict)
        && !matches!(error, SqlError::PoolClosed)
}

/// Whether a statement failed because a unique column has this value already.
pub fn is_unique_violation(error: &SqlError) -> bool {
    Fault::of(error) == Fault::Unique
}

impl From<SqlError> for Error {
    fn from(error: SqlError) -> Self {
        let fault = Fault::of(&error);
        let message = || format!("the database {}", fault.sentence());
        match fault {
            Fault::Unreachable
            | Fault::Locked
            | Fault::ReadOnly
            | Fault::Full
            | Fault::CannotOpen
            | Fault::NoDatabase
            | Fault::Refused
            | Fault::TooSlow => Self::unavailable_because(message(), error),
            Fault::Conflict => Self::conflict(message()),
            Fault::Unique => Self::already_exists("it", "exists already"),
            Fault::Reference => Self::failed_precondition(&ErrorReason::WrongState, message()),
            Fault::Damaged | Fault::Ours => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn codes_of_both_engines_mean_the_same() {
        // 1032 is SQLITE_READONLY_DBMOVED, 261 SQLITE_BUSY_RECOVERY: the kind is in the lowest byte.
        assert_eq!((Fault::of_sqlstate("53100"), Fault::of_sqlite(13)), (Fault::Full, Fault::Full));
        assert_eq!((Fault::of_sqlstate("25006"), Fault::of_sqlite(1032)), (Fault::ReadOnly, Fault::ReadOnly));
        assert_eq!((Fault::of_sqlstate("08006"), Fault::of_sqlite(261)), (Fault::Unreachable, Fault::Locked));
        assert_eq!((Fault::of_sqlstate("42703"), Fault::of_sqlite(1)), (Fault::Ours, Fault::Ours));
    }
}
