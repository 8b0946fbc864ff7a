//! What went wrong, as the UI acts on it and as a person reads it.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::text::{self, t};
use crate::{browser, time};

/// Below this nobody looks at a clock.
const A_MOMENT: Duration = Duration::from_secs(90);

/// What the UI can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Never reached the server, or the server is starting: try again.
    Offline,
    /// The session is over: sign in again.
    SignedOut,
    /// There is no such thing, or one may not know.
    NotFound,
    /// Known, and not allowed.
    Denied,
    /// Somebody else changed it first: show what it is now.
    Stale,
    /// Fields to be corrected.
    Invalid,
    /// Not possible as things stand; the sentence says why.
    Refused,
    /// Too much at a time: try again after a while.
    Busy,
    /// Part of the contract that is not built yet.
    NotBuilt,
    /// A fault on the other side.
    Fault,
}

/// A refusal or failure: what to do, what to say, which fields to mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) kind: Kind,
    /// The reason for programs: `STALE_ETAG`; empty when there is none.
    pub(crate) reason: String,
    /// A whole sentence for people.
    pub(crate) sentence: String,
    /// Path and sentence of each field to be corrected.
    pub(crate) fields: Vec<(String, String)>,
    /// When it makes sense to try again.
    pub(crate) retry_after: Option<Duration>,
}

impl Trouble {
    /// Reads a status with its details.
    pub(crate) fn of(status: &Status) -> Self {
        let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
        let kind = kind(status.code(), &reason);
        let violations =
            status.get_details_bad_request().map(|request| request.field_violations).unwrap_or_default();
        let fields =
            violations.into_iter().map(|wrong| (wrong.field, text::sentence(&wrong.description))).collect();
        let retry_after = status.get_details_retry_info().and_then(|info| info.retry_delay);
        let sentence = sentence(kind, &reason, status.message());
        let sentence = if kind == Kind::Busy { with_remedy(&sentence, retry_after) } else { sentence };
        Self { kind, reason, sentence, fields, retry_after }
    }

    /// One found out without asking the server.
    pub(crate) const fn said(kind: Kind, sentence: String) -> Self {
        Self { kind, reason: String::new(), sentence, fields: Vec::new(), retry_after: None }
    }

    /// There is no such thing, found out without a refusal.
    pub(crate) fn nothing_there() -> Self {
        Self::of(&Status::not_found(t!("not-found")))
    }

    /// The sentence for one field, by the last part or parts of its path.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let ends =
            |path: &str| path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let found = self.fields.iter().find(|(path, _)| ends(path));
        found.map(|(_, sentence)| sentence.clone())
    }
}

/// A failed fetch has no code of gRPC: the transport reports it as unknown.
fn kind(code: Code, reason: &str) -> Kind {
    match code {
        Code::Unavailable | Code::DeadlineExceeded => Kind::Offline,
        Code::Unknown if reason.is_empty() => Kind::Offline,
        Code::Unauthenticated if matches!(reason, "WRONG_CREDENTIALS" | "WRONG_CODE" | "SSO_FAILED") => {
            Kind::Refused
        }
        Code::Unauthenticated => Kind::SignedOut,
        Code::NotFound => Kind::NotFound,
        Code::PermissionDenied => Kind::Denied,
        Code::Aborted => Kind::Stale,
        Code::InvalidArgument | Code::OutOfRange => Kind::Invalid,
        Code::FailedPrecondition | Code::AlreadyExists => Kind::Refused,
        Code::ResourceExhausted => Kind::Busy,
        Code::Unimplemented => Kind::NotBuilt,
        _ => Kind::Fault,
    }
}

/// Our own words where we have some for the reason, then those of the kind, then the server's.
fn sentence(kind: Kind, reason: &str, message: &str) -> String {
    let by_reason = text::maybe(&format!("trouble-{}", reason.to_ascii_lowercase().replace('_', "-")));
    by_reason.unwrap_or_else(|| match kind {
        Kind::Offline => t!("trouble-offline"),
        Kind::SignedOut => t!("trouble-signed-out"),
        Kind::NotBuilt => t!("trouble-not-built"),
        Kind::Fault => t!("trouble-fault"),
        Kind::Busy => t!("trouble-busy"),
        _ if message.is_empty() => t!("trouble-fault"),
        _ => text::sentence(message),
    })
}

/// Says when to try again: by the clock, which stays true while one waits.
fn with_remedy(sentence: &str, retry_after: Option<Duration>) -> String {
    let wait = retry_after.unwrap_or_default();
    let remedy = if wait < A_MOMENT {
        t!("try-again-soon")
    } else {
        t!("try-again-at", time = time::clock(browser::now() + wait.as_secs_f64() * 1000.0))
    };
    format!("{sentence} {remedy}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tonic::{Code, Status};
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::{Kind, Trouble};

    #[test]
    fn a_fetch_that_failed_is_told_as_no_connection() {
        let status = Status::unknown("JS API error: TypeError: Failed to fetch");
        assert_eq!(Trouble::of(&status).kind, Kind::Offline);
    }

    #[test]
    fn fields_are_found_by_the_last_part_of_their_path() {
        let mut details =
            ErrorDetails::with_bad_request_violation("ticket.subject", "is empty; give 1 to 255 characters");
        details.set_error_info("INVALID_FIELDS", "ticketmesh", []);
        let status = Status::with_error_details(Code::InvalidArgument, "1 field is wrong", details);
        let trouble = Trouble::of(&status);
        assert_eq!(trouble.kind, Kind::Invalid);
        assert_eq!(trouble.field("subject").as_deref(), Some("Is empty; give 1 to 255 characters."));
        assert_eq!(trouble.field("description"), None);
    }

    #[test]
    fn a_wrong_password_is_no_lost_session() {
        let details = ErrorDetails::with_error_info("WRONG_CREDENTIALS", "ticketmesh", []);
        let status = Status::with_error_details(Code::Unauthenticated, "wrong", details);
        assert_eq!(Trouble::of(&status).kind, Kind::Refused);
    }

    #[test]
    fn whoever_is_blocked_hears_when_to_try_again() {
        let told = |seconds: u64| {
            let mut details = ErrorDetails::with_retry_info(Some(Duration::from_secs(seconds)));
            details.set_error_info("SIGN_IN_BLOCKED", "ticketmesh", []);
            let status = Status::with_error_details(Code::ResourceExhausted, "blocked", details);
            Trouble::of(&status).sentence
        };
        assert_eq!(told(5), "Too many failed attempts from here. Wait a moment and try again.");
        assert!(told(1200).starts_with("Too many failed attempts from here. Try again after "));
    }

    #[test]
    fn what_the_server_says_becomes_a_sentence() {
        let status = Status::failed_precondition("the department is archived");
        assert_eq!(Trouble::of(&status).sentence, "The department is archived.");
    }
}
