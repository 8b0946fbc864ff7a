//! How long a token outlives its session: from the answer that ends the session to the first call that another service refuses.
//! The design promises two seconds.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use proto::identity::v1::{SignOutRequest, auth_service_client::AuthServiceClient};
use tonic::{Code, Status};

use crate::{front::Front, load::histogram};

/// What was measured.
#[derive(Debug)]
pub(crate) struct Outcome(Histogram<u64>);

/// Signs somebody in and out for `time`, and has him go on calling tickets with the token he had.
pub(crate) async fn measure(front: &Front, time: Duration) -> Result<Outcome> {
    let (email, password) = front.make_somebody().await?;
    let begun = Instant::now();
    let mut micros = histogram()?;
    while begun.elapsed() < time {
        let somebody = front.another(&email, &password).await?;
        // From here on tickets knows the token and believes it.
        somebody.list_tickets().await?;
        let ask = somebody.signed(SignOutRequest::default());
        AuthServiceClient::new(somebody.channel()).sign_out(ask).await?;
        micros.record(u64::try_from(refused(&somebody).await?.as_micros())?)?;
    }
    Ok(Outcome(micros))
}

/// How long it takes until he is refused.
async fn refused(somebody: &Front) -> Result<Duration> {
    let start = Instant::now();
    loop {
        let Err(error) = somebody.list_tickets().await else { continue };
        let code = error.downcast_ref::<Status>().map(Status::code);
        ensure!(code == Some(Code::Unauthenticated), "refused for another reason: {error}");
        return Ok(start.elapsed());
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |micros: u64| Duration::from_micros(micros).as_secs_f64() * 1e3;
        let (median, longest) = (millis(self.0.value_at_quantile(0.5)), millis(self.0.max()));
        write!(f, "p50 {median:.1} ms, longest {longest:.1} ms of {}", self.0.len())
    }
}
