//! Short ways through a sign-in in two steps.

use mesh_core::clock::Clock;
use proto::identity::v1::{
    ConfirmTotpRequest, GetSecondFactorsRequest, RefreshSessionRequest, SecondFactorKind, SecondFactorNeeded,
    SecondFactors, SendSecondFactorCodeRequest, SessionTokens, SignInRequest, StartTotpRequest,
    VerifySecondFactorRequest, sign_in_response::Outcome,
};
use tonic::{Response, Status};
use totp_rs::{Builder, Secret, Totp};

use crate::house::{House, PASSWORD};

/// An authenticator app that knows one account.
pub(crate) struct App(Totp);

impl App {
    pub(crate) fn new(secret: &str) -> Self {
        let secret = Secret::try_from_base32(secret).expect("a secret in base32");
        Self(Builder::new().with_secret(secret).build().expect("an app"))
    }

    /// What it shows at this moment.
    pub(crate) fn code(&self, house: &House) -> String {
        let now = u64::try_from(house.world.clock().now().as_second()).expect("after 1970");
        self.0.generate(now).to_string()
    }
}

impl House {
    /// Sets up an app for whoever has the token; the app, and the recovery codes. Their token is void afterwards.
    pub(crate) async fn set_up_app(&self, token: &str) -> (App, Vec<String>) {
        let mut account = self.account(token);
        let ask = StartTotpRequest { password: PASSWORD.into(), ..Default::default() };
        let app =
            App::new(&account.start_totp(ask).await.expect("the password is right").into_inner().secret);
        let ask = ConfirmTotpRequest { code: app.code(self) };
        let codes = account.confirm_totp(ask).await.expect("the code is right").into_inner().codes;
        self.world.settle().await;
        (app, codes)
    }

    /// Signs in with the password and finds that it is not enough.
    pub(crate) async fn half_sign_in(&self, email: &str) -> SecondFactorNeeded {
        let ask =
            SignInRequest { email: email.into(), password: PASSWORD.into(), ..SignInRequest::default() };
        match self.anybody().sign_in(ask).await.expect("the password is right").into_inner().outcome {
            Some(Outcome::SecondFactor(needed)) => needed,
            other => panic!("nothing more was asked: {other:?}"),
        }
    }

    pub(crate) async fn verify(
        &self,
        attempt: &str,
        kind: SecondFactorKind,
        code: &str,
    ) -> Result<SessionTokens, Status> {
        let (attempt, kind, code) = (attempt.into(), kind.into(), code.into());
        let ask = VerifySecondFactorRequest { attempt, kind, code, ..Default::default() };
        self.anybody().verify_second_factor(ask).await.map(Response::into_inner)
    }

    /// Signs in with password and app.
    pub(crate) async fn sign_in_with(&self, email: &str, app: &App) -> SessionTokens {
        let needed = self.half_sign_in(email).await;
        self.verify(&needed.attempt, SecondFactorKind::Totp, &app.code(self))
            .await
            .expect("the code is right")
    }

    pub(crate) async fn send_code(&self, attempt: &str) -> Result<(), Status> {
        let ask = SendSecondFactorCodeRequest { attempt: attempt.into() };
        self.anybody().send_second_factor_code(ask).await.map(drop)
    }

    /// The code in the newest letter to somebody.
    pub(crate) async fn mailed_code(&self, email: &str) -> String {
        self.world.settle().await;
        let letters = self.world.letters().to(email);
        let text = &letters.last().expect("a letter").text;
        let words = text.split(|one: char| !one.is_ascii_digit());
        words.into_iter().find(|word| word.len() == 6).expect("six digits").to_owned()
    }

    pub(crate) async fn factors(&self, token: &str) -> SecondFactors {
        self.account(token)
            .get_second_factors(GetSecondFactorsRequest {})
            .await
            .expect("answers")
            .into_inner()
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Result<SessionTokens, Status> {
        let ask = RefreshSessionRequest { refresh_token: refresh_token.into() };
        self.anybody().refresh_session(ask).await.map(Response::into_inner)
    }
}
