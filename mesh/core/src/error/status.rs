//! The one mapping from [`Error`] to a gRPC status, and back to its reason.

use std::{collections::HashMap, error::Error as StdError, fmt::Write as _, time::Duration};

use prost::{Message, Name};
use prost_types::Any;
use proto::{errors::v1::ErrorReason, reason::Reason};
use tonic::{Code, Status};
use tonic_types::{
    StatusExt,
    pb::{self, bad_request::FieldViolation, quota_failure},
};

use super::{Error, Result, Violation};

/// The domain of every reason we give.
pub const DOMAIN: &str = "ticketmesh";

/// How long a caller waits before he tries an unavailable service again.
const RETRY_UNAVAILABLE: Duration = Duration::from_secs(1);

/// The reason inside a status of ours; `None` when somebody else made it.
pub fn reason_of(status: &Status) -> Option<String> {
    let info = status.get_details_error_info()?;
    (info.domain == DOMAIN).then_some(info.reason)
}

/// What an error says of one thing among many: the reason for programs and the sentence for people. An error that is not the thing's
/// own comes back: then the whole stops, and goes on when the request comes again.
pub fn refusal_of(error: Error) -> Result<(String, String)> {
    let is_its_own = matches!(error, Error::Aborted { .. }) || !error.is_transient();
    if !is_its_own || matches!(error, Error::Internal(_)) {
        return Err(error);
    }
    let status = Status::from(error);
    let reason = reason_of(&status).unwrap_or_else(|| "INVALID_FIELDS".to_owned());
    Ok((reason, status.message().to_owned()))
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        if let Error::Peer(status) = error {
            return *status;
        }
        let message = error.to_string();
        let metadata = metadata(&error);
        let (code, reason, more) = parts(error);
        let info = pb::ErrorInfo { reason: reason.into(), domain: DOMAIN.into(), metadata };
        let mut details = vec![any("google.rpc.ErrorInfo", &info)];
        details.extend(more);
        let whole = pb::Status { code: code.into(), message: message.clone(), details };
        Self::with_details(code, message, whole.encode_to_vec().into())
    }
}

/// What the reason is about.
fn metadata(error: &Error) -> HashMap<String, String> {
    match error {
        Error::FailedPrecondition { about, .. } => {
            about.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
        }
        _ => HashMap::new(),
    }
}

/// Code, reason and further details of an error.
fn parts(error: Error) -> (Code, &'static str, Vec<Any>) {
    match error {
        Error::Invalid { reason, violations } => {
            (Code::InvalidArgument, reason, vec![bad_request(violations)])
        }
        Error::Unauthenticated { reason, .. } => (Code::Unauthenticated, reason, vec![]),
        Error::PermissionDenied { reason, .. } => (Code::PermissionDenied, reason, vec![]),
        Error::NotFound { .. } => (Code::NotFound, ErrorReason::NotFound.name(), vec![]),
        Error::AlreadyExists { field, message } => (
            Code::AlreadyExists,
            ErrorReason::AlreadyExists.name(),
            vec![bad_request(vec![Violation { field, problem: message }])],
        ),
        Error::FailedPrecondition { reason, .. } => (Code::FailedPrecondition, reason, vec![]),
        Error::Aborted { reason, current, .. } => (Code::Aborted, reason, current.into_iter().collect()),
        Error::ResourceExhausted { reason, retry_after, message, subject } => {
            let retry = (!retry_after.is_zero()).then(|| retry(retry_after));
            let quota = subject.map(|subject| quota(subject, message));
            (Code::ResourceExhausted, reason, retry.into_iter().chain(quota).collect())
        }
        Error::Unavailable { message, source } => {
            tracing::warn!(error = source.as_ref().map(|source| causes(source.as_ref())), "{message}");
            (Code::Unavailable, ErrorReason::Unavailable.name(), vec![retry(RETRY_UNAVAILABLE)])
        }
        Error::DeadlineExceeded => (Code::DeadlineExceeded, ErrorReason::DeadlineExceeded.name(), vec![]),
        Error::Unimplemented { .. } => (Code::Unimplemented, ErrorReason::Unimplemented.name(), vec![]),
        Error::Internal(source) => {
            tracing::error!(error = causes(source.as_ref()), "internal error");
            (Code::Internal, ErrorReason::Internal.name(), vec![])
        }
        Error::Peer(status) => (status.code(), ErrorReason::Unspecified.name(), vec![]),
    }
}

fn bad_request(violations: Vec<Violation>) -> Any {
    let field_violations = violations
        .into_iter()
        .map(|wrong| FieldViolation { field: wrong.field, description: wrong.problem, ..Default::default() })
        .collect();
    any("google.rpc.BadRequest", &pb::BadRequest { field_violations })
}

fn retry(after: Duration) -> Any {
    let retry_delay = prost_types::Duration::try_from(after).ok();
    any("google.rpc.RetryInfo", &pb::RetryInfo { retry_delay })
}

fn quota(subject: String, description: String) -> Any {
    let violation = quota_failure::Violation { subject, description, ..Default::default() };
    any("google.rpc.QuotaFailure", &pb::QuotaFailure { violations: vec![violation] })
}

/// `google.rpc` messages come without [`Name`], so theirs is given.
fn any(name: &str, message: &impl Message) -> Any {
    Any { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() }
}

/// An error with all its causes in one line.
pub(super) fn causes(error: &dyn StdError) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        // Writing to a string does not fail.
        let _ = write!(line, ": {cause}");
        next = cause.source();
    }
    line
}

/// The resource of kind `R` inside a status' details: what an `ABORTED` write met.
pub fn current_of<R: Message + Name + Default>(status: &Status) -> Option<R> {
    let whole = pb::Status::decode(status.details()).ok()?;
    whole
        .details
        .iter()
        .find(|detail| detail.type_url == R::type_url())
        .and_then(|detail| R::decode(detail.value.as_slice()).ok())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proto::errors::v1::ErrorReason;
    use tonic::{Code, Status};
    use tonic_types::StatusExt;

    use super::{current_of, reason_of};
    use crate::error::Error;

    #[test]
    fn wrong_fields_travel_as_violations() {
        let status = Status::from(Error::invalid("subject", "is empty; give 1 to 255 characters"));
        let details = status.get_details_bad_request().expect("a BadRequest");
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(details.field_violations[0].field, "subject");
        assert_eq!(reason_of(&status).as_deref(), Some("INVALID_FIELDS"));
    }

    #[test]
    fn internals_never_reach_a_client() {
        let status = Status::from(Error::internal("password=hunter2"));
        assert_eq!(status.message(), "internal error");
        assert!(!String::from_utf8_lossy(status.details()).contains("hunter2"));
    }

    #[test]
    fn a_limit_says_when_to_come_again() {
        let status = Status::from(Error::resource_exhausted(
            &ErrorReason::RateLimited,
            "slow down",
            Duration::from_secs(3),
        ));
        assert_eq!(
            status.get_details_retry_info().and_then(|info| info.retry_delay),
            Some(Duration::from_secs(3))
        );
        assert!(status.get_details_quota_failure().is_none(), "nobody was counted");
    }

    #[test]
    fn a_quota_says_whose_it_is() {
        let error = Error::resource_exhausted(&ErrorReason::RateLimited, "slow down", Duration::ZERO);
        let status = Status::from(error.counting("user:usr_1"));
        let violation = status.get_details_quota_failure().expect("a quota").violations.remove(0);
        assert_eq!((violation.subject.as_str(), violation.description.as_str()), ("user:usr_1", "slow down"));
        assert!(status.get_details_retry_info().is_none(), "coming again does not help");
    }

    #[test]
    fn a_stale_write_brings_the_resource_as_it_is_now() {
        let current = proto::identity::v1::Actor { user_id: "usr_1".into(), ..Default::default() };
        assert_eq!(current_of(&Status::from(Error::stale(&current))), Some(current));
    }

    #[test]
    fn what_a_peer_answered_is_passed_on_untouched() {
        let answered = Status::from(Error::not_found("ticket", "tkt_1"));
        let passed_on = Status::from(Error::from(answered.clone()));
        assert_eq!((passed_on.code(), passed_on.details()), (answered.code(), answered.details()));
    }
}
