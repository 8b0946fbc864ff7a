//! Statuses that tonic makes by itself become ours: with a sentence for people and a reason for programs.

use std::time::Duration;

use axum::{extract::Request, middleware::Next, response::Response};
use proto::errors::v1::ErrorReason;
use tonic::{Code, Status};

use super::refuse;
use crate::error::Error;

/// How tonic's codec begins when the bytes are no message of the contract.
const UNDECODABLE: &str = "failed to decode Protobuf message: ";
/// What the generated code answers for a method nobody wrote.
const NOT_BUILT: &str = "Not yet implemented";

pub(super) async fn layer(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = Status::from_header_map(response.headers());
    match status.filter(|status| status.details().is_empty()).and_then(|status| ours(&status)) {
        Some(error) => refuse(error),
        None => response,
    }
}

fn ours(status: &Status) -> Option<Error> {
    let said = status.message();
    Some(match status.code() {
        Code::Unimplemented if said == NOT_BUILT => {
            Error::Unimplemented { message: "this method is not built yet".into() }
        }
        Code::Unimplemented => Error::Unimplemented { message: said.to_owned() },
        Code::Internal => match said.strip_prefix(UNDECODABLE) {
            Some(problem) => {
                Error::invalid("message", format!("can't be read: {problem}; send a message of the contract"))
            }
            None => Error::invalid("message", format!("can't be read: {said}")),
        },
        Code::OutOfRange => Error::resource_exhausted(&ErrorReason::BodyTooLarge, said, Duration::ZERO),
        _ => return None,
    })
}
