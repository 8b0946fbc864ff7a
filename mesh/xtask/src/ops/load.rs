//! Calls without a pause while something happens to the mesh: each role's pod is replaced by another, as an upgrade does, or worse.
//!
//! Invariant: every ticket is filed until it is acknowledged, under one request id; whoever is exacting fails with the first call that
//! does.

use std::fmt::{self, Display, Formatter};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::cluster::Cluster;
use super::{ROLES, web};

/// Callers at a time.
const CALLERS: u32 = 3;
/// How long one who was refused waits before he comes again.
const COME_AGAIN: Duration = Duration::from_millis(200);

/// What callers think of a call that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// None may.
    Exacting,
    /// It is made again.
    Patient,
}

/// Callers that run until they are told to stop.
pub(super) struct Load {
    told: Arc<Told>,
    callers: Vec<JoinHandle<()>>,
}

/// What callers share.
struct Told {
    /// What the subjects begin with.
    subject: &'static str,
    manner: Manner,
    token: String,
    department: String,
    stop: AtomicBool,
    /// Where a new connection goes, as kube-proxy would send it.
    door: Mutex<SocketAddr>,
    calls: AtomicU32,
    filed: AtomicU32,
    failures: Mutex<Vec<String>>,
}

/// What became of a load.
pub(super) struct Ended {
    calls: u32,
    failed: usize,
    pub(super) filed: u32,
}

impl Display for Ended {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { calls, failed, filed } = self;
        write!(f, "{calls} calls, {failed} of them made again, {filed} tickets acknowledged")
    }
}

/// Replaces the pod of each role while others call.
pub(super) fn replace_each(cluster: &mut Cluster) -> Result<()> {
    let load = Load::begin(cluster.door()?, "overload", Manner::Exacting)?;
    let subject = load.subject();
    let replaced = ROLES
        .into_iter()
        .try_for_each(|role| replace(cluster, role, &load).with_context(|| format!("{role} is replaced")));
    let ended = load.end(replaced)?;
    let token = web::sign_in(cluster.door()?)?;
    let kept = web::count(cluster.door()?, &token, subject)?;
    println!("{ended} and {kept} kept, while five roles were replaced");
    ensure!(kept == u64::from(ended.filed), "{} tickets were acknowledged, {kept} are there", ended.filed);
    Ok(())
}

/// A new pod, ready; then services lead to it and no longer to the old one, which stops.
fn replace(cluster: &mut Cluster, role: &'static str, load: &Load) -> Result<()> {
    let old = cluster.listed(role)?;
    let new = cluster.start_pod(role)?;
    cluster.wait_until_pod(new, "readinessProbe")?;
    cluster.list(new, true)?;
    cluster.list(old, false)?;
    load.go_to(cluster.door()?);
    cluster.stop_pod(old)
}

impl Load {
    /// Callers begin; `subject` is the first word of what they file, and nobody else's.
    pub(super) fn begin(door: SocketAddr, subject: &'static str, manner: Manner) -> Result<Self> {
        let token = web::sign_in(door)?;
        let department = web::department(door, &token)?;
        let told = Arc::new(Told {
            subject,
            manner,
            token,
            department,
            stop: AtomicBool::new(false),
            door: Mutex::new(door),
            calls: AtomicU32::new(0),
            filed: AtomicU32::new(0),
            failures: Mutex::default(),
        });
        let caller = |number| {
            let told = Arc::clone(&told);
            thread::spawn(move || told.call(number))
        };
        let callers = (0..CALLERS).map(caller).collect();
        Ok(Self { told, callers })
    }

    pub(super) fn subject(&self) -> &'static str {
        self.told.subject
    }

    /// Where new connections go from here on.
    pub(super) fn go_to(&self, door: SocketAddr) {
        *self.told.door.lock().unwrap_or_else(PoisonError::into_inner) = door;
    }

    /// Stops the callers, who end what they have begun.
    pub(super) fn end(self, done: Result<()>) -> Result<Ended> {
        self.told.stop.store(true, Ordering::Relaxed);
        for caller in self.callers {
            ensure!(caller.join().is_ok(), "a caller fell over");
        }
        done?;
        let failures = self.told.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |count: &AtomicU32| count.load(Ordering::Relaxed);
        let ended =
            Ended { calls: count(&self.told.calls), failed: failures.len(), filed: count(&self.told.filed) };
        let first = failures.first().filter(|_| self.told.manner == Manner::Exacting);
        ensure!(first.is_none(), "{} of {} calls failed, the first: {first:?}", ended.failed, ended.calls);
        Ok(ended)
    }
}

impl Told {
    /// Files and lists, one after the other, until it is enough.
    fn call(&self, caller: u32) {
        for turn in 0_u32.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            while !self.try_call(caller, turn) && self.manner == Manner::Patient {
                thread::sleep(COME_AGAIN);
            }
        }
    }

    /// Whether it succeeded.
    fn try_call(&self, caller: u32, turn: u32) -> bool {
        let door = *self.door.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = if turn.is_multiple_of(2) { self.file(door, caller, turn) } else { self.list(door) };
        self.calls.fetch_add(1, Ordering::Relaxed);
        let Err(error) = answer else { return true };
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{error:#}"));
        false
    }

    fn file(&self, door: SocketAddr, caller: u32, turn: u32) -> Result<()> {
        web::file(door, &self.token, &self.department, &format!("{} {caller} {turn}", self.subject))?;
        self.filed.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn list(&self, door: SocketAddr) -> Result<()> {
        let ask = json!({ "query": { "statuses": ["STATUS_OPEN"] }, "pageSize": 5 });
        web::call(door, &self.token, "tickets.v1.TicketService/ListTickets", &ask).map(drop)
    }
}
