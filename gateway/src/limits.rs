//! How often somebody may call: by network address before sign-in, by caller after.
//!
//! Each caller has one bucket for reading and one for writing, so a busy list never uses up the right to answer a ticket. A
//! bucket refills evenly over time. Replicas count for themselves: with N gateways the promise is between one and N times the rate.

mod rate;

use std::{fmt, time::Duration};

use governor::{
    RateLimiter,
    clock::Clock as _,
    middleware::{StateInformationMiddleware, StateSnapshot},
    state::keyed::DashMapStateStore,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use mesh_core::{
    clock::SharedClock,
    error::{Error, Result},
    neighbourhood::Neighbourhood,
};
use proto::errors::v1::ErrorReason;

pub use rate::Rate;

/// The rates of the front door.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Rates {
    /// Sign-in, second factor and password reset, for each network address.
    #[arg(long = "limit-sign-in", env = "TM_LIMIT_SIGN_IN", default_value = "5/s")]
    pub sign_in: Rate,
    /// Everything else before sign-in that only reads, for each network address.
    #[arg(long = "limit-anonymous-reads", env = "TM_LIMIT_ANONYMOUS_READS", default_value = "20/s:100")]
    pub anonymous_reads: Rate,
    /// Everything else before sign-in that writes, for each network address.
    #[arg(long = "limit-anonymous-writes", env = "TM_LIMIT_ANONYMOUS_WRITES", default_value = "100/h")]
    pub anonymous_writes: Rate,
    /// Reads of each person.
    #[arg(long = "limit-person-reads", env = "TM_LIMIT_PERSON_READS", default_value = "50/s:200")]
    pub person_reads: Rate,
    /// Writes of each person.
    #[arg(long = "limit-person-writes", env = "TM_LIMIT_PERSON_WRITES", default_value = "1000/h")]
    pub person_writes: Rate,
    /// Writes of each administrator.
    #[arg(long = "limit-admin-writes", env = "TM_LIMIT_ADMIN_WRITES", default_value = "5000/h")]
    pub admin_writes: Rate,
    /// Calls of each service account or API key.
    #[arg(long = "limit-service", env = "TM_LIMIT_SERVICE", default_value = "200/s:1000")]
    pub service: Rate,
}

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Payer {
    /// Nobody signed in: the network address.
    Anonymous(Neighbourhood),
    /// A person, by user id.
    Person(String),
    /// A person who runs the house, by user id.
    Admin(String),
    /// A service account, by its id.
    Service(String),
}

impl fmt::Display for Payer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous(address) => write!(formatter, "address:{address}"),
            Self::Person(id) | Self::Admin(id) | Self::Service(id) => write!(formatter, "user:{id}"),
        }
    }
}

/// What kind of call is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toll {
    SignIn,
    Read,
    Write,
}

impl Toll {
    /// The kind of a call by its gRPC path. AIP verbs say what only reads.
    pub(crate) fn of(path: &str) -> Self {
        let mut parts = path.trim_start_matches('/').split('/');
        let (service, method) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if SIGN_IN_SERVICES.contains(&service) && SIGN_IN_METHODS.contains(&method) {
            Self::SignIn
        } else if READING.iter().any(|verb| method.starts_with(verb)) {
            Self::Read
        } else {
            Self::Write
        }
    }
}

const SIGN_IN_SERVICES: [&str; 2] =
    ["ticketmesh.identity.v1.AuthService", "ticketmesh.gateway.v1.SessionService"];
/// Each of them tries a secret, or makes something for somebody who tries.
const SIGN_IN_METHODS: [&str; 11] = [
    "SignIn",
    "VerifySecondFactor",
    "SendSecondFactorCode",
    "StartPasskeySignIn",
    "StartSso",
    "FinishSso",
    "RequestPasswordReset",
    "SignUp",
    "ResetPassword",
    "AcceptInvitation",
    "ExchangeApiKey",
];
/// First words of methods that change nothing worth counting; renewing and leaving a session are no writes of the person.
const READING: [&str; 20] = [
    "Get",
    "BatchGet",
    "List",
    "Count",
    "Search",
    "Watch",
    "Explain",
    "Diff",
    "DryRun",
    "Preview",
    "Validate",
    "Simulate",
    "Export",
    "SetActivity",
    "SetPresence",
    "Refresh",
    "SignOut",
    "SaveDraft",
    "DiscardDraft",
    "MarkRead",
];

type Bucket = RateLimiter<Payer, DashMapStateStore<Payer>, MeshClock, StateInformationMiddleware>;

/// Counts calls.
pub(crate) struct Limits {
    clock: MeshClock,
    sign_in: Option<Bucket>,
    anonymous_reads: Option<Bucket>,
    anonymous_writes: Option<Bucket>,
    person_reads: Option<Bucket>,
    person_writes: Option<Bucket>,
    admin_writes: Option<Bucket>,
    service: Option<Bucket>,
}

impl fmt::Debug for Limits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Limits").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Limits {
    /// Empty buckets of the given rates.
    pub(crate) fn new(rates: &Rates, clock: SharedClock) -> Self {
        let clock = MeshClock(clock);
        let bucket = |rate: Rate| {
            let new = |quota| RateLimiter::dashmap_with_clock(quota, clock.clone()).with_middleware();
            rate.quota().map(new)
        };
        Self {
            sign_in: bucket(rates.sign_in),
            anonymous_reads: bucket(rates.anonymous_reads),
            anonymous_writes: bucket(rates.anonymous_writes),
            person_reads: bucket(rates.person_reads),
            person_writes: bucket(rates.person_writes),
            admin_writes: bucket(rates.admin_writes),
            service: bucket(rates.service),
            clock,
        }
    }

    /// Counts one call. `None` where nothing is limited.
    pub(crate) fn pay(&self, payer: &Payer, toll: Toll) -> Result<Option<Left>, Refusal> {
        let Some(bucket) = self.bucket(payer, toll) else {
            return Ok(None);
        };
        match bucket.check_key(payer) {
            Ok(snapshot) => Ok(Some(Left::after(&snapshot))),
            Err(not_until) => Err(Refusal {
                payer: payer.clone(),
                limit: not_until.quota().burst_size().get(),
                wait: not_until.wait_time_from(self.clock.now()).max(Duration::from_millis(1)),
            }),
        }
    }

    /// Forgets callers whose buckets are full again.
    pub(crate) fn tidy(&self) {
        let buckets = [&self.sign_in, &self.anonymous_reads, &self.anonymous_writes, &self.person_reads];
        let more = [&self.person_writes, &self.admin_writes, &self.service];
        buckets.into_iter().chain(more).flatten().for_each(RateLimiter::retain_recent);
    }

    fn bucket(&self, payer: &Payer, toll: Toll) -> Option<&Bucket> {
        let bucket = match (payer, toll) {
            (_, Toll::SignIn) => &self.sign_in,
            (Payer::Anonymous(_), Toll::Read) => &self.anonymous_reads,
            (Payer::Anonymous(_), Toll::Write) => &self.anonymous_writes,
            (Payer::Service(_), _) => &self.service,
            (_, Toll::Read) => &self.person_reads,
            (Payer::Person(_), Toll::Write) => &self.person_writes,
            (Payer::Admin(_), Toll::Write) => &self.admin_writes,
        };
        bucket.as_ref()
    }
}

/// What is left in a bucket after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    limit: u32,
    remaining: u32,
    full_in: Duration,
}

impl Left {
    fn after(snapshot: &StateSnapshot) -> Self {
        let (quota, remaining) = (snapshot.quota(), snapshot.remaining_burst_capacity());
        let limit = quota.burst_size().get();
        Self { limit, remaining, full_in: quota.replenish_interval() * limit.saturating_sub(remaining) }
    }

    /// Tells the caller, so that a program can pace itself.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        write(headers, self.limit, self.remaining, self.full_in);
    }
}

/// A call too many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    payer: Payer,
    limit: u32,
    wait: Duration,
}

impl Refusal {
    /// The refusal as an outcome.
    pub(crate) fn error(&self) -> Error {
        let message = format!("too many calls; come again in {} s", seconds(self.wait));
        Error::resource_exhausted(&ErrorReason::RateLimited, message, self.wait)
            .counting(self.payer.to_string())
    }

    /// Says when to come again.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        write(headers, self.limit, 0, self.wait);
        headers.insert(header::RETRY_AFTER, seconds(self.wait).into());
    }
}

fn write(headers: &mut HeaderMap, limit: u32, remaining: u32, reset: Duration) {
    let mut put = |name, value: HeaderValue| headers.insert(HeaderName::from_static(name), value);
    put("x-ratelimit-limit", limit.into());
    put("x-ratelimit-remaining", remaining.into());
    put("x-ratelimit-reset", seconds(reset).into());
}

/// Whole seconds, rounded up: coming a moment too early helps nobody.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The mesh's clock as the limiter wants one.
#[derive(Clone, Debug)]
struct MeshClock(SharedClock);

impl governor::clock::Clock for MeshClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.now().as_microsecond()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};
    use mesh_core::clock::ManualClock;

    use super::{Limits, Payer, Rates, Toll};

    fn rates() -> Rates {
        let rate = |text: &str| text.parse().expect("a rate");
        Rates {
            sign_in: rate("5/s"),
            anonymous_reads: rate("20/s:100"),
            anonymous_writes: rate("off"),
            person_reads: rate("50/s:200"),
            person_writes: rate("2/h"),
            admin_writes: rate("4/h"),
            service: rate("200/s:1000"),
        }
    }

    #[test]
    fn a_person_who_used_up_his_writes_still_reads_and_writes_again_later() {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let limits = Limits::new(&rates(), clock.clone());
        let person = Payer::Person("usr_1".into());
        assert_eq!(limits.pay(&person, Toll::Write).expect("the first").expect("limited").remaining, 1);
        assert!(limits.pay(&person, Toll::Write).is_ok());
        let refusal = limits.pay(&person, Toll::Write).expect_err("one too many");
        assert_eq!(refusal.wait.as_secs(), 1_800);
        assert!(limits.pay(&person, Toll::Read).is_ok());
        assert!(limits.pay(&Payer::Person("usr_2".into()), Toll::Write).is_ok());
        clock.advance(SignedDuration::from_mins(30));
        assert!(limits.pay(&person, Toll::Write).is_ok());
    }

    #[test]
    fn a_bucket_says_how_much_is_left_and_when_it_is_full_again() {
        let limits = Limits::new(&rates(), Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH)));
        let left =
            limits.pay(&Payer::Admin("usr_1".into()), Toll::Write).expect("the first").expect("limited");
        assert_eq!((left.limit, left.remaining, left.full_in.as_secs()), (4, 3, 900));
    }

    #[test]
    fn what_is_off_is_not_counted() {
        let limits = Limits::new(&rates(), Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH)));
        let somebody = Payer::Anonymous(std::net::IpAddr::from([192, 0, 2, 1]).into());
        assert_eq!(limits.pay(&somebody, Toll::Write), Ok(None));
    }

    #[test]
    fn calls_are_told_apart_by_their_verbs() {
        for (path, toll) in [
            ("/ticketmesh.tickets.v1.TicketService/ListTickets", Toll::Read),
            ("/ticketmesh.tickets.v1.TicketService/CreateTicket", Toll::Write),
            ("/ticketmesh.gateway.v1.SessionService/SignIn", Toll::SignIn),
            ("/ticketmesh.identity.v1.AuthService/ExchangeApiKey", Toll::SignIn),
            ("/ticketmesh.identity.v1.AuthService/SignUp", Toll::SignIn),
            ("/ticketmesh.gateway.v1.SessionService/GetSession", Toll::Read),
            ("/nonsense", Toll::Write),
        ] {
            assert_eq!(Toll::of(path), toll, "{path}");
        }
    }
}
