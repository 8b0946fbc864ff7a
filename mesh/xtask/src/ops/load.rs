//! Calls without a pause while each role's pod is replaced by another, as an upgrade does.
//!
//! Invariant: not one call fails, and every ticket that was acknowledged is there afterwards.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::cluster::Cluster;
use super::{ROLES, web};

/// Callers at a time.
const CALLERS: u32 = 3;
/// What subjects of the load begin with.
const SUBJECT: &str = "overload";

/// Callers that run until they are told to stop.
struct Load {
    told: Arc<Told>,
    callers: Vec<JoinHandle<()>>,
}

/// What callers share.
struct Told {
    token: String,
    department: String,
    stop: AtomicBool,
    /// Where a new connection goes, as kube-proxy would send it.
    door: Mutex<SocketAddr>,
    calls: AtomicU32,
    filed: AtomicU32,
    failures: Mutex<Vec<String>>,
}

/// Replaces the pod of each role while others call.
pub(super) fn replace_each(cluster: &mut Cluster) -> Result<()> {
    let load = Load::begin(cluster.door()?)?;
    let replaced = ROLES
        .into_iter()
        .try_for_each(|role| replace(cluster, role, &load).with_context(|| format!("{role} is replaced")));
    let (calls, filed) = load.end(replaced)?;
    let token = web::sign_in(cluster.door()?)?;
    let kept = web::count(cluster.door()?, &token, SUBJECT)?;
    println!("{calls} calls, {filed} tickets acknowledged and {kept} kept, while five roles were replaced");
    ensure!(kept == u64::from(filed), "{filed} tickets were acknowledged, {kept} are there");
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
    fn begin(door: SocketAddr) -> Result<Self> {
        let token = web::sign_in(door)?;
        let department = web::department(door, &token)?;
        let told = Arc::new(Told {
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

    fn go_to(&self, door: SocketAddr) {
        *self.told.door.lock().unwrap_or_else(PoisonError::into_inner) = door;
    }

    /// Stops the callers; how many calls there were and how many tickets, unless one failed.
    fn end(self, replaced: Result<()>) -> Result<(u32, u32)> {
        self.told.stop.store(true, Ordering::Relaxed);
        for caller in self.callers {
            ensure!(caller.join().is_ok(), "a caller fell over");
        }
        replaced?;
        let failures = self.told.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let (calls, filed) =
            (self.told.calls.load(Ordering::Relaxed), self.told.filed.load(Ordering::Relaxed));
        ensure!(
            failures.is_empty(),
            "{} of {calls} calls failed, the first: {}",
            failures.len(),
            failures[0]
        );
        Ok((calls, filed))
    }
}

impl Told {
    /// Files and lists, one after the other, until it is enough.
    fn call(&self, caller: u32) {
        for turn in 0_u32.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let door = *self.door.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = if turn % 2 == 0 { self.file(door, caller, turn) } else { self.list(door) };
            self.calls.fetch_add(1, Ordering::Relaxed);
            if let Err(error) = answer {
                self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{error:#}"));
            }
        }
    }

    fn file(&self, door: SocketAddr, caller: u32, turn: u32) -> Result<()> {
        let number = (u64::from(caller) << 32) | u64::from(turn);
        web::file(door, &self.token, &self.department, &format!("{SUBJECT} {caller} {turn}"), number)?;
        self.filed.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn list(&self, door: SocketAddr) -> Result<()> {
        let ask = json!({ "query": { "statuses": ["STATUS_OPEN"] }, "pageSize": 5 });
        web::call(door, &self.token, "tickets.v1.TicketService/ListTickets", &ask).map(drop)
    }
}
