//! What can go wrong, named after the outcomes of AIP-193, and the one mapping to a gRPC status.
//!
//! Every status carries a `google.rpc.ErrorInfo` with a reason and the domain `ticketmesh`. What went wrong inside never
//! reaches a client: [`Error::Internal`] is logged here, once, with its causes, and answered in one bland sentence.

mod status;
mod violations;

use std::{error::Error as StdError, time::Duration};

use prost::{Message, Name};
use prost_types::Any;
use proto::{errors::v1::ErrorReason, reason::Reason};

pub use status::{DOMAIN, current_of, reason_of, refusal_of};
pub use violations::{Violation, Violations};

/// A result with our [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error of a library.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a call could not be done. Messages are lower case sentences for people; reasons are for programs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `INVALID_ARGUMENT`: the caller sent something wrong; every wrong field is named.
    #[error("{}", violations::sentence(violations))]
    Invalid {
        /// The reason for programs.
        reason: &'static str,
        /// Every wrong field.
        violations: Vec<Violation>,
    },
    /// `UNAUTHENTICATED`: it is not proven who calls.
    #[error("{message}")]
    Unauthenticated {
        /// The reason for programs.
        reason: &'static str,
        /// The sentence for people.
        message: String,
    },
    /// `PERMISSION_DENIED`: the caller is known and may not.
    #[error("{message}")]
    PermissionDenied {
        /// The reason for programs.
        reason: &'static str,
        /// The sentence for people.
        message: String,
    },
    /// `NOT_FOUND`: there is no such thing, or its existence is not the caller's business.
    #[error("{message}")]
    NotFound {
        /// The sentence for people.
        message: String,
    },
    /// `ALREADY_EXISTS`: a unique field is taken.
    #[error("{field} {message}")]
    AlreadyExists {
        /// The unique field.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// `FAILED_PRECONDITION`: the state of things does not allow it.
    #[error("{message}")]
    FailedPrecondition {
        /// The reason for programs.
        reason: &'static str,
        /// The sentence for people.
        message: String,
        /// What the reason is about, for programs: the `metadata` of its `ErrorInfo`.
        about: Vec<(&'static str, String)>,
    },
    /// `ABORTED`: somebody else was faster.
    #[error("{message}")]
    Aborted {
        /// The reason for programs.
        reason: &'static str,
        /// The sentence for people.
        message: String,
        /// The resource as it is now.
        current: Option<Any>,
    },
    /// `RESOURCE_EXHAUSTED`: a limit is reached.
    #[error("{message}")]
    ResourceExhausted {
        /// The reason for programs.
        reason: &'static str,
        /// The sentence for people.
        message: String,
        /// When to come again; zero when coming again does not help.
        retry_after: Duration,
        /// Whose quota is used up: `user:usr_…`, `address:192.0.2.1`; `None` where nobody is counted.
        subject: Option<String>,
    },
    /// `UNAVAILABLE`: something needed can't be reached; nothing was written.
    #[error("{message}")]
    Unavailable {
        /// The sentence for people.
        message: String,
        /// What the library said; for the log only.
        #[source]
        source: Option<BoxError>,
    },
    /// `DEADLINE_EXCEEDED`: the caller's time ran out.
    #[error("the deadline passed before there was an answer")]
    DeadlineExceeded,
    /// `UNIMPLEMENTED`: there is no such method, or not yet.
    #[error("{message}")]
    Unimplemented {
        /// The sentence for people.
        message: String,
    },
    /// `INTERNAL`: a fault of ours.
    #[error("internal error")]
    Internal(#[source] BoxError),
    /// What another service answered, passed on untouched.
    #[error("{}", .0.message())]
    Peer(Box<tonic::Status>),
}

impl Error {
    /// One wrong field. `problem` goes on from the field's name and ends with the remedy: `is empty; give …`.
    pub fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::invalid_because(&ErrorReason::InvalidFields, field, problem)
    }

    /// One wrong field with a reason of its own.
    pub fn invalid_because(
        reason: &impl Reason,
        field: impl Into<String>,
        problem: impl Into<String>,
    ) -> Self {
        let violation = Violation { field: field.into(), problem: problem.into() };
        Self::Invalid { reason: reason.name(), violations: vec![violation] }
    }

    /// It is not proven who calls.
    pub fn unauthenticated(reason: &impl Reason, message: impl Into<String>) -> Self {
        Self::Unauthenticated { reason: reason.name(), message: message.into() }
    }

    /// The caller may not; the message says what he lacks.
    pub fn permission_denied(message: impl Into<String>) -> Self {
        Self::PermissionDenied { reason: ErrorReason::PermissionDenied.name(), message: message.into() }
    }

    /// There is no `kind` with this id, as far as the caller may know.
    pub fn not_found(kind: &str, id: &str) -> Self {
        Self::NotFound { message: format!("there is no {kind} {id}") }
    }

    /// A unique field is taken: `e-mail` `is in use`.
    pub fn already_exists(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::AlreadyExists { field: field.into(), message: message.into() }
    }

    /// The state of things does not allow it.
    pub fn failed_precondition(reason: &impl Reason, message: impl Into<String>) -> Self {
        Self::FailedPrecondition { reason: reason.name(), message: message.into(), about: vec![] }
    }

    /// The same, with what the reason is about.
    #[must_use]
    pub fn about(mut self, key: &'static str, value: impl Into<String>) -> Self {
        if let Self::FailedPrecondition { about, .. } = &mut self {
            about.push((key, value.into()));
        }
        self
    }

    /// The caller read an older version; `current` is the resource as it is now.
    pub fn stale<R: Message + Name>(current: &R) -> Self {
        let any = Any { type_url: R::type_url(), value: current.encode_to_vec() };
        Self::Aborted {
            reason: ErrorReason::StaleEtag.name(),
            message: "it was changed by somebody else; read it again and repeat the change".into(),
            current: Some(any),
        }
    }

    /// A write met another one and was rolled back whole.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::Aborted { reason: ErrorReason::Conflict.name(), message: message.into(), current: None }
    }

    /// A limit is reached; come again after `retry_after`.
    pub fn resource_exhausted(
        reason: &impl Reason,
        message: impl Into<String>,
        retry_after: Duration,
    ) -> Self {
        Self::ResourceExhausted { reason: reason.name(), message: message.into(), retry_after, subject: None }
    }

    /// The same, with whose quota is used up: `user:usr_…`, `address:192.0.2.1`, `service`.
    #[must_use]
    pub fn counting(mut self, whom: impl Into<String>) -> Self {
        if let Self::ResourceExhausted { subject, .. } = &mut self {
            *subject = Some(whom.into());
        }
        self
    }

    /// Something needed can't be reached.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::Unavailable { message: message.into(), source: None }
    }

    /// Something needed can't be reached, and what the library said of it.
    pub fn unavailable_because(message: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self::Unavailable { message: message.into(), source: Some(source.into()) }
    }

    /// A fault of ours.
    pub fn internal(source: impl Into<BoxError>) -> Self {
        Self::Internal(source.into())
    }

    /// The error with all its causes in one line, for the log.
    pub fn with_causes(&self) -> String {
        status::causes(self)
    }

    /// Whether the same call may go through a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::DeadlineExceeded | Self::Aborted { .. } => true,
            Self::ResourceExhausted { retry_after, .. } => !retry_after.is_zero(),
            Self::Peer(status) => matches!(
                status.code(),
                tonic::Code::Unavailable
                    | tonic::Code::DeadlineExceeded
                    | tonic::Code::Aborted
                    | tonic::Code::ResourceExhausted
            ),
            _ => false,
        }
    }
}

impl From<tonic::Status> for Error {
    fn from(status: tonic::Status) -> Self {
        Self::Peer(Box::new(status))
    }
}
