//! Trying to sign in from somewhere, as the gateway passes it on.

use mesh_core::error::reason_of;
use proto::identity::v1::{
    Block, BlockKind, Challenge, ChallengeSolution, GetSignInProtectionRequest, ListBlocksRequest,
    SignInProtection, SignInRequest, SignInResponse, UpdateSignInProtectionRequest,
    sign_in_response::Outcome,
};
use sha2::{Digest, Sha256};
use tonic::{Request, Status};

use crate::house::House;

pub(crate) const WRONG: &str = "wrong wrong wrong";

/// A device at an address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) address: String,
    pub(crate) device: String,
    pub(crate) device_token: String,
    pub(crate) solution: Option<ChallengeSolution>,
}

impl Place {
    pub(crate) fn new(address: &str, device: &str) -> Self {
        Self { address: address.into(), device: device.into(), ..Self::default() }
    }

    /// The same with the token of an earlier answer.
    pub(crate) fn known(self, device_token: String) -> Self {
        Self { device_token, ..self }
    }

    /// The same with a challenge solved.
    pub(crate) fn solving(&self, challenge: &Challenge) -> Self {
        Self { solution: Some(solve(challenge)), ..self.clone() }
    }
}

/// The first number that solves a challenge.
pub(crate) fn solve(challenge: &Challenge) -> ChallengeSolution {
    let Challenge { seed, difficulty, .. } = challenge;
    let solves = |nonce: &String| {
        let digest = Sha256::digest(format!("{seed}{nonce}"));
        let head = u32::from_be_bytes(std::array::from_fn(|index| digest[index]));
        i32::try_from(head.leading_zeros()).expect("at most 32") >= *difficulty
    };
    let nonce = (0..1_u64 << 24).map(|number| number.to_string()).find(solves).expect("there is one");
    ChallengeSolution { seed: seed.clone(), nonce }
}

impl House {
    /// Tries to sign in.
    pub(crate) async fn knock(
        &self,
        place: &Place,
        email: &str,
        password: &str,
    ) -> Result<SignInResponse, Status> {
        let mut request = Request::new(SignInRequest {
            email: email.into(),
            password: password.into(),
            device_label: "Firefox on Linux".into(),
            device_token: place.device_token.clone(),
            challenge_solution: place.solution.clone(),
            ..SignInRequest::default()
        });
        for (name, value) in [("x-client-address", &place.address), ("x-client-device", &place.device)] {
            if !value.is_empty() {
                request.metadata_mut().insert(name, value.parse().expect("ASCII"));
            }
        }
        self.anybody().sign_in(request).await.map(tonic::Response::into_inner)
    }

    /// What came of it in one word: `signed in`, `challenge`, or the reason of the refusal.
    pub(crate) async fn knocked(&self, place: &Place, email: &str, password: &str) -> String {
        match self.knock(place, email, password).await {
            Ok(answer) => match answer.outcome {
                Some(Outcome::Tokens(_)) => "signed in".into(),
                Some(Outcome::Challenge(_)) => "challenge".into(),
                other => panic!("a sign-in that ends in {other:?}"),
            },
            Err(status) => reason_of(&status).unwrap_or_default(),
        }
    }

    /// Fails at signing in so many times.
    pub(crate) async fn fail(&self, place: &Place, email: &str, times: usize) {
        for _ in 0..times {
            assert_eq!(self.knocked(place, email, WRONG).await, "WRONG_CREDENTIALS");
        }
    }

    /// The challenge a sign-in from here is answered with.
    pub(crate) async fn challenged(&self, place: &Place, email: &str, password: &str) -> Challenge {
        let answer = self.knock(place, email, password).await.expect("an answer");
        let Some(Outcome::Challenge(challenge)) = answer.outcome else { panic!("no challenge: {answer:?}") };
        assert_eq!(answer.device_token, place.device_token, "a challenge is no way to a fresh device");
        challenge
    }

    /// The limits in force.
    pub(crate) async fn limits(&self, admin: &str) -> SignInProtection {
        let answer = self.security(admin).get_sign_in_protection(GetSignInProtectionRequest {}).await;
        answer.expect("the limits").into_inner()
    }

    /// Puts some of the limits in force.
    pub(crate) async fn limit(
        &self,
        admin: &str,
        fields: &[&str],
        protection: SignInProtection,
    ) -> Result<SignInProtection, Status> {
        let update_mask =
            Some(prost_types::FieldMask { paths: fields.iter().map(ToString::to_string).collect() });
        let ask = UpdateSignInProtectionRequest { protection: Some(protection), update_mask };
        self.security(admin).update_sign_in_protection(ask).await.map(tonic::Response::into_inner)
    }

    /// Puts challenges in force that even a test can solve.
    pub(crate) async fn ease_challenges(&self, admin: &str) {
        let easy = SignInProtection { challenge_difficulty: 4, ..self.limits(admin).await };
        self.limit(admin, &["challenge_difficulty"], easy).await.expect("easier");
    }

    /// What administrators see of one kind, as (subject, failures, blocked).
    pub(crate) async fn blocks(&self, admin: &str, kind: BlockKind) -> Vec<(String, i32, bool)> {
        let ask = ListBlocksRequest { kind: kind.into(), ..ListBlocksRequest::default() };
        let blocks = self.security(admin).list_blocks(ask).await.expect("lists").into_inner().blocks;
        blocks.into_iter().map(|block| seen(&block)).collect()
    }
}

/// A block as (subject, failures, blocked).
pub(crate) fn seen(block: &Block) -> (String, i32, bool) {
    (block.subject.clone(), block.failures, block.blocked_until.is_some())
}
