//! The guard before every password: a try is counted as a failure before anything is looked at, and only a success takes that
//! back. So of any number of tries at once no more are looked at than one after the other would be.
//!
//! Three layers count: the address and the device of somebody who signs in, and the name of the account, there or not. A blocked
//! address or device is told so and nothing is counted; a locked account looks like a wrong password. Somebody who is signed in
//! and proves himself again ([`Identity::prove_password`]) is counted by his account alone.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result},
};
use proto::{
    identity::v1::{BlockKind, Challenge, ChallengeSolution, ErrorReason},
    reason::Reason,
};
use sqlx::AnyConnection;

use crate::{
    Identity,
    audit::Line,
    challenge,
    protection::{Counter, Protection},
    store::{challenges, counters, passwords, settings},
    user::User,
    visitor::{Mark, Visitor},
};

/// The subject of these settings.
pub(crate) const SETTINGS: &str = "sign_in_protection";
/// How often at most the owner of an account hears of failures.
const WARNED_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// A try at a password, counted before the password is looked at.
#[derive(Debug)]
pub(crate) struct Attempt {
    email: String,
    protection: Protection,
    /// As they are with this try.
    counters: Vec<Counter>,
    /// Whatever the password is, it is not looked at.
    locked: bool,
    /// The account was locked until a while ago, and this is the first try since.
    unlocked: bool,
}

/// How a sign-in begins.
#[derive(Debug)]
pub(crate) enum Begun {
    /// The try is counted; look at the password.
    Attempt(Attempt),
    /// Nothing was counted: this is to be solved first.
    Challenge(Challenge),
}

impl Attempt {
    fn new(email: &str, protection: Protection) -> Self {
        Self { email: email.into(), protection, counters: vec![], locked: false, unlocked: false }
    }

    /// Counts the try under a mark, if its kind is counted at all. Answers the end of a block, which counts nothing.
    async fn count(&mut self, tx: &mut Tx, mark: &Mark) -> Result<Option<Timestamp>> {
        if !self.protection.counts(mark.kind) {
            return Ok(None);
        }
        let mut counter = counters::take(tx, mark).await?;
        let bounds = self.protection.bounds(mark.kind);
        self.unlocked |= mark.kind == BlockKind::Account && counter.has_served(&bounds, tx.now());
        if let Err(until) = counter.count(&bounds, tx.now()) {
            return Ok(Some(until));
        }
        counters::save(tx, &counter).await?;
        self.counters.push(counter);
        Ok(None)
    }

    /// Counts the try where it comes from. Refused while that is blocked.
    async fn count_origin(&mut self, tx: &mut Tx, mark: &Mark) -> Result<()> {
        match self.count(tx, mark).await? {
            Some(until) => Err(blocked(mark.kind, until.duration_since(tx.now()))),
            None => Ok(()),
        }
    }

    /// Counts the try at the account. While that is locked the attempt goes on and fails.
    async fn count_account(&mut self, tx: &mut Tx) -> Result<()> {
        let mark = Mark::of_account(&self.email);
        self.locked = self.count(tx, &mark).await?.is_some();
        Ok(())
    }

    /// The counter of a kind, unless it was not counted.
    fn counter(&self, kind: BlockKind) -> Option<&Counter> {
        self.counters.iter().find(|counter| counter.kind == kind)
    }

    fn needs_challenge(&self) -> bool {
        let device = self.counter(BlockKind::Device);
        device.is_some_and(|counter| self.protection.challenges(counter.failures))
    }

    /// Whether this failure is the one that blocks.
    fn blocks(&self, counter: &Counter) -> bool {
        counter.failures >= self.protection.bounds(counter.kind).limit
    }
}

impl Identity {
    /// Counts a try to sign in by somebody nobody knows yet. Refused while his address or device is blocked.
    pub(crate) async fn begin_sign_in(
        &self,
        caller: &Caller,
        email: &str,
        visitor: &Visitor,
        solution: Option<&ChallengeSolution>,
    ) -> Result<Begun> {
        let mut tx = self.db.begin().await?;
        let mut attempt = Attempt::new(email, protection(tx.conn()).await?);
        for mark in visitor.address.iter().chain(&visitor.device) {
            attempt.count_origin(&mut tx, mark).await?;
        }
        if let Some(device) = visitor.device.as_ref().filter(|_| attempt.needs_challenge()) {
            let Some(solution) = solution else {
                let bits = attempt.protection.challenge_difficulty;
                let posed = challenge::pose(&self.vault, &self.ids, &device.key, bits, tx.now());
                return Ok(Begun::Challenge(posed));
            };
            if !self.spend(&mut tx, solution, &device.key).await? {
                // Nothing is counted, as when a challenge is posed.
                tx.rollback().await?;
                return Err(self.refuse_unsolved(caller, email).await?);
            }
        }
        attempt.count_account(&mut tx).await?;
        tx.commit().await?;
        Ok(Begun::Attempt(attempt))
    }

    /// Fine when this is the password of somebody who is signed in: a stolen session is no licence to guess.
    /// `PERMISSION_DENIED (WRONG_PASSWORD)` otherwise, and while the account is locked.
    pub(crate) async fn prove_password(&self, caller: &Caller, user: &User, password: &str) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let mut attempt = Attempt::new(&user.profile.email, protection(tx.conn()).await?);
        attempt.count_account(&mut tx).await?;
        tx.commit().await?;
        if self.look_at(caller, &attempt, Some(user), password).await?.is_none() {
            let message = "the current password is wrong, or was tried too often; try again later".into();
            return Err(Error::PermissionDenied { reason: ErrorReason::WrongPassword.name(), message });
        }
        let mut tx = self.db.begin().await?;
        self.forgive(&mut tx, &attempt).await?;
        tx.commit().await
    }

    /// The stored hash the password belongs to; `None` for a wrong one, which is noted. Takes the same steps, one hash among
    /// them, also when there is no account or nothing is to be looked at.
    pub(crate) async fn look_at(
        &self,
        caller: &Caller,
        attempt: &Attempt,
        user: Option<&User>,
        password: &str,
    ) -> Result<Option<String>> {
        let id = user.map_or("", |user| user.id.as_str());
        let stored = passwords::current(self.db.reader(), id).await?;
        let may = !attempt.locked && user.is_some_and(|user| user.is_active() && user.is_person());
        let stored = stored.filter(|_| may);
        if self.passwords.matches(password.into(), stored.clone()).await? {
            return Ok(stored);
        }
        self.note_failure(caller, attempt, user).await?;
        Ok(None)
    }

    /// Forgets the failures of where the attempt came from and of the account it succeeded at, nobody else's.
    pub(crate) async fn forgive(&self, tx: &mut Tx, attempt: &Attempt) -> Result<()> {
        for counter in &attempt.counters {
            counters::reset(tx, &counter.id).await?;
        }
        Ok(())
    }

    /// Forgets the failures of somebody who proved himself without his password: by a link to his mailbox.
    pub(crate) async fn forgive_account(&self, tx: &mut Tx, user: &User) -> Result<()> {
        counters::reset_mark(tx, &Mark::of_account(&user.profile.email)).await
    }

    /// Uses a solution up; false when it is none, or was used before.
    async fn spend(&self, tx: &mut Tx, solution: &ChallengeSolution, device: &str) -> Result<bool> {
        match challenge::check(&self.vault, solution, device, tx.now()) {
            Some(solved) => challenges::spend(tx, &solved).await,
            None => Ok(false),
        }
    }

    /// Notes a challenge that was not solved.
    async fn refuse_unsolved(&self, caller: &Caller, email: &str) -> Result<Error> {
        let mut tx = self.db.begin().await?;
        let line = Line::of(caller).about("sign_in.refused", email);
        line.because("challenge not solved").write(&mut tx).await?;
        tx.commit().await?;
        let message = "the challenge was not solved, not for this device, or not in time; sign in without a solution to get a new one";
        Ok(Error::failed_precondition(&ErrorReason::ChallengeFailed, message))
    }

    /// Notes a failure, and what it blocks; the account's owner hears of it when that is due.
    async fn note_failure(&self, caller: &Caller, attempt: &Attempt, user: Option<&User>) -> Result<()> {
        let mut tx = self.db.begin().await?;
        self.tell_owner(&mut tx, attempt, user).await?;
        for counter in attempt.counters.iter().filter(|counter| attempt.blocks(counter)) {
            let reason = format!("{} failures", counter.failures);
            let line = Line::of(caller).about("sign_in.blocked", &counter.subject).because(reason);
            line.write(&mut tx).await?;
        }
        let reason = match user {
            None => "unknown address",
            Some(_) if attempt.locked => "account locked",
            Some(user) if !user.is_active() => "account not active",
            Some(_) => "wrong password",
        };
        let target = user.map_or(&attempt.email, |user| &user.id);
        Line::of(caller).about("sign_in.refused", target).because(reason).write(&mut tx).await?;
        tx.commit().await
    }

    /// Whether it is due does not hang on there being an account, so that both take the same steps.
    async fn tell_owner(&self, tx: &mut Tx, attempt: &Attempt, user: Option<&User>) -> Result<()> {
        let Some(counter) = attempt.counter(BlockKind::Account) else {
            return Ok(());
        };
        let told_before = tx.now().saturating_sub(WARNED_EVERY).unwrap_or(Timestamp::MIN);
        let due = attempt.protection.warns(counter.failures)
            && counters::is_time_to_warn(tx, &counter.id, told_before).await?;
        match user.filter(|user| user.is_active()) {
            Some(user) if attempt.blocks(counter) => {
                self.write_lock_warning(tx, user, attempt.protection.account_lock.as_mins()).await
            }
            // Whoever gets in again sees it by himself.
            Some(user) if attempt.unlocked => self.write_unlock_notice(tx, user).await,
            Some(user) if due => self.write_failed_sign_ins_warning(tx, user, counter.failures).await,
            _ => Ok(()),
        }
    }
}

/// The limits in force.
pub(crate) async fn protection(db: &mut AnyConnection) -> Result<Protection> {
    Ok(settings::load(db, SETTINGS).await?.value)
}

fn blocked(kind: BlockKind, left: SignedDuration) -> Error {
    let (subject, what) = match kind {
        BlockKind::Device => ("device", "device"),
        _ => ("address", "network address"),
    };
    // Counted in whole minutes for people, to the microsecond for programs.
    let minutes = (left.as_secs() + 59) / 60;
    let message =
        format!("there were too many failed sign-ins from this {what}; try again in {minutes} minutes");
    Error::resource_exhausted(
        &ErrorReason::SignInBlocked,
        message,
        Duration::try_from(left).unwrap_or(Duration::ZERO),
    )
    .counting(subject)
}
