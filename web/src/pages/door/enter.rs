//! Trying a password. After many failures a challenge comes first; the page solves it by itself and tries again.

use proto::gateway::v1::sign_in_response::Outcome;
use proto::gateway::v1::{SignInRequest, SignInResponse};
use sycamore::prelude::*;

use crate::api::{self, Answer};
use crate::{browser, proof};

/// Challenges solved for one press. A second one comes when the first took longer than it was good for.
const CHALLENGES: u32 = 3;

/// What is tried.
pub(super) fn attempt(email: &str, password: String, keep_signed_in: bool) -> SignInRequest {
    let email = email.trim().to_owned();
    let device_label = browser::device_label();
    SignInRequest { email, password, keep_signed_in, device_label, challenge_solution: None }
}

/// Tries it; `solving` says whether a challenge is being solved.
pub(super) async fn enter(mut asked: SignInRequest, solving: Option<Signal<bool>>) -> Answer<SignInResponse> {
    let say = move |yes| {
        if let Some(solving) = solving.filter(|solving| solving.is_alive()) {
            solving.set(yes);
        }
    };
    for _ in 0..CHALLENGES {
        let answer = api::session::sign_in(asked.clone()).await?;
        let Some(Outcome::Challenge(challenge)) = answer.outcome else { return Ok(answer) };
        say(true);
        asked.challenge_solution = Some(proof::solve(challenge).await);
        say(false);
    }
    api::session::sign_in(asked).await
}
