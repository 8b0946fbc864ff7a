//! What signing in costs: whether its time tells an account from none, and whether many who sign in slow the others down.
//!
//! For the time of the measurement nobody is blocked; the limits are put back afterwards, also when it fails.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use proto::identity::v1::{
    GetMeRequest, GetSignInProtectionRequest, SignInProtection, SignInRequest, UpdateSignInProtectionRequest,
    account_service_client::AccountServiceClient, auth_service_client::AuthServiceClient,
    security_service_client::SecurityServiceClient,
};
use tokio::task::JoinSet;
use tonic::Code;

use crate::{
    front::Front,
    load::{Figures, histogram},
};

/// Tries at each name.
const SAMPLES: i32 = 300;
/// Callers of `GetMe` beside those who sign in.
const OTHERS: usize = 8;
const WRONG: &str = "not the password of anybody";
const LIMITS: [&str; 5] =
    ["address_limit", "device_challenge_limit", "device_limit", "account_limit", "account_warning_limit"];

/// What was measured.
#[derive(Debug)]
pub(crate) struct Outcome {
    names: [(&'static str, Histogram<u64>); 3],
    others: Figures,
}

/// Who signs in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) password: String,
}

/// Measures both, with `callers` who sign in beside the others for `time`.
pub(crate) async fn measure(front: Front, person: Person, callers: usize, time: Duration) -> Result<Outcome> {
    let before = limits(&front).await?;
    // One failure more than there are samples locks an account, so that one can be locked and the others not.
    let open = SignInProtection { account_limit: SAMPLES + 1, ..SignInProtection::default() };
    put(&front, open).await?;
    let outcome = measure_open(&front, person, callers, time).await;
    put(&front, before).await?;
    outcome
}

async fn measure_open(front: &Front, person: Person, callers: usize, time: Duration) -> Result<Outcome> {
    let names = compare(front).await?;
    let others = beside(front, person, callers, time).await?;
    Ok(Outcome { names, others })
}

async fn limits(front: &Front) -> Result<SignInProtection> {
    let ask = front.signed(GetSignInProtectionRequest {});
    Ok(SecurityServiceClient::new(front.channel()).get_sign_in_protection(ask).await?.into_inner())
}

/// Puts these limits in force, whatever the version.
async fn put(front: &Front, wanted: SignInProtection) -> Result<()> {
    let protection = Some(SignInProtection { etag: limits(front).await?.etag, ..wanted });
    let update_mask = Some(prost_types::FieldMask { paths: LIMITS.map(str::to_owned).into() });
    let ask = front.signed(UpdateSignInProtectionRequest { protection, update_mask });
    SecurityServiceClient::new(front.channel()).update_sign_in_protection(ask).await?;
    Ok(())
}

/// Tries a wrong password at an unknown, a known and a locked account in turn, so that a machine that gets slower gets slower
/// for all three.
async fn compare(front: &Front) -> Result<[(&'static str, Histogram<u64>); 3]> {
    let unknown = format!("{}@demo.test", front.new_id("nobody"));
    let (known, locked) = (front.make_requester().await?, front.make_requester().await?);
    for _ in 0..=SAMPLES {
        refuse(front, &locked).await?;
    }
    let mut names = [("unknown", histogram()?), ("known", histogram()?), ("locked", histogram()?)];
    for _ in 0..SAMPLES {
        for (email, (_, micros)) in [&unknown, &known, &locked].into_iter().zip(&mut names) {
            let took = refuse(front, email).await?;
            micros.record(u64::try_from(took.as_micros())?)?;
        }
    }
    Ok(names)
}

/// How long a refusal takes.
async fn refuse(front: &Front, email: &str) -> Result<Duration> {
    let start = Instant::now();
    let answer = sign_in(front, email, WRONG).await;
    let took = start.elapsed();
    let status = answer.err().context("a wrong password was right")?;
    ensure!(status.code() == Code::Unauthenticated, "refused for another reason: {status}");
    Ok(took)
}

async fn sign_in(front: &Front, email: &str, password: &str) -> Result<(), tonic::Status> {
    let ask = SignInRequest { email: email.into(), password: password.into(), ..SignInRequest::default() };
    AuthServiceClient::new(front.channel()).sign_in(ask).await.map(drop)
}

/// How long others wait for `GetMe` while so many callers sign in as fast as they can.
async fn beside(front: &Front, person: Person, callers: usize, time: Duration) -> Result<Figures> {
    let start = Instant::now();
    let mut signing_in = JoinSet::new();
    for _ in 0..callers {
        let (front, person) = (front.clone(), person.clone());
        signing_in.spawn(async move {
            while start.elapsed() < time {
                sign_in(&front, &person.email, &person.password).await?;
            }
            Ok::<_, tonic::Status>(())
        });
    }
    let mut asking = JoinSet::new();
    for _ in 0..OTHERS {
        asking.spawn(ask_for_me(front.clone(), start, time));
    }
    let mut micros = histogram()?;
    while let Some(measured) = asking.join_next().await {
        micros.add(measured??)?;
    }
    while let Some(done) = signing_in.join_next().await {
        done??;
    }
    Ok(Figures { callers: OTHERS, time, micros })
}

async fn ask_for_me(front: Front, start: Instant, time: Duration) -> Result<Histogram<u64>> {
    let mut micros = histogram()?;
    while start.elapsed() < time {
        let sent = Instant::now();
        AccountServiceClient::new(front.channel()).get_me(front.signed(GetMeRequest {})).await?;
        micros.record(u64::try_from(sent.elapsed().as_micros())?)?;
    }
    Ok(micros)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused sign-in, median: ")?;
        for (name, micros) in &self.names {
            let median = Duration::from_micros(micros.value_at_quantile(0.5)).as_secs_f64() * 1e3;
            write!(f, "{name} {median:.2} ms, ")?;
        }
        write!(f, "{SAMPLES} each; `GetMe` beside sign-ins: {}", self.others)
    }
}
