//! Passwords: Argon2id on a bounded pool of blocking threads, so that a flood of sign-ins can't starve the rest of the service.
//!
//! Whether an account exists never shows in the time an answer takes: without a hash to compare with, a made-up one is used.

use std::{
    fmt,
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use mesh_core::{
    error::{Error, Result},
    id::Ids,
};
use proto::identity::v1::{ErrorReason, PasswordRules};
use tokio::sync::Semaphore;
use zxcvbn::Score;

/// What a password must satisfy.
pub(crate) const RULES: PasswordRules = PasswordRules { min_length: 8, max_length: 128, min_score: 3 };
/// A longer one is nobody's password and is not worth a hash.
pub(crate) const MOST_BYTES: usize = 1_024;
/// How many passwords back may not be used again.
pub(crate) const REMEMBERED: i64 = 5;

/// How often passwords were compared since the start: what tries to sign in have cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparisons {
    /// Each took a whole hash.
    pub made: u64,
    /// Those of them that looked at somebody's password; the others only took the time.
    pub real: u64,
}

/// Hashes, compares and judges passwords.
#[derive(Clone)]
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    ids: Ids,
    seats: Arc<Semaphore>,
    nobodys: Arc<str>,
    compared: Arc<Compared>,
}

#[derive(Default)]
struct Compared {
    made: AtomicU64,
    real: AtomicU64,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Passwords({} seats)", self.seats.available_permits())
    }
}

impl Passwords {
    /// As many hashes at a time as there are processors. OWASP's parameters: 19 MiB, two passes, one lane.
    pub(crate) fn new(ids: Ids) -> Result<Self> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        let nobodys = hash(&argon2, &ids.secret::<32>(), &ids.bytes())?.into();
        let seats = thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Self { argon2, ids, seats: Arc::new(Semaphore::new(seats)), nobodys, compared: Arc::default() })
    }

    /// Whether the password belongs to the hash; without a hash it takes as long and is false.
    pub(crate) async fn matches(&self, password: String, stored: Option<String>) -> Result<bool> {
        let known = stored.is_some();
        self.compared.made.fetch_add(1, Ordering::Relaxed);
        self.compared.real.fetch_add(u64::from(known), Ordering::Relaxed);
        let stored = stored.unwrap_or_else(|| self.nobodys.to_string());
        let same = self
            .seated(move |argon2| argon2.verify_password(password.as_bytes(), stored.as_str()).is_ok())
            .await?;
        Ok(known && same)
    }

    /// How often [`matches`](Self::matches) was asked.
    pub(crate) fn comparisons(&self) -> Comparisons {
        let Compared { made, real } = &*self.compared;
        Comparisons { made: made.load(Ordering::Relaxed), real: real.load(Ordering::Relaxed) }
    }

    /// Whether the hash was made with other parameters than today's.
    pub(crate) fn is_outdated(&self, stored: &str) -> bool {
        let today = PasswordHash::new(&self.nobodys);
        let then = PasswordHash::new(stored);
        today.ok().map(|hash| (hash.algorithm, hash.params))
            != then.ok().map(|hash| (hash.algorithm, hash.params))
    }

    /// The hash of a password as it is.
    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        let salt = self.ids.bytes();
        self.seated(move |argon2| hash(argon2, &password, &salt)).await?
    }

    /// The hash of a new password, if it is a good one: long enough, hard to guess for somebody who knows `about` its owner,
    /// and none of the hashes `used` before.
    pub(crate) async fn hash_new(
        &self,
        field: &'static str,
        password: String,
        about: Vec<String>,
        used: Vec<String>,
    ) -> Result<String> {
        let weak =
            move |problem: String| Error::invalid_because(&ErrorReason::PasswordTooWeak, field, problem);
        check_length(&password).map_err(|problem| weak(problem.into()))?;
        let salt = self.ids.bytes();
        self.seated(move |argon2| {
            if let Some(problem) = guessable(&password, &about) {
                return Err(weak(problem));
            }
            if used.iter().any(|old| argon2.verify_password(password.as_bytes(), old.as_str()).is_ok()) {
                return Err(weak("was used before; choose one that is new".into()));
            }
            hash(argon2, &password, &salt)
        })
        .await?
    }

    /// Does the work on a blocking thread once a seat is free; the seat is kept until the work is done, also when nobody waits
    /// for it any more.
    async fn seated<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T> {
        let seat = self.seats.clone().acquire_owned().await.map_err(Error::internal)?;
        let argon2 = self.argon2.clone();
        let job = move || {
            let _seat = seat;
            work(&argon2)
        };
        tokio::task::spawn_blocking(job).await.map_err(Error::internal)
    }
}

fn hash(argon2: &Argon2<'_>, password: &str, salt: &[u8; 16]) -> Result<String> {
    let hash = argon2
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(hash.to_string())
}

fn check_length(password: &str) -> Result<(), &'static str> {
    let most = usize::try_from(RULES.max_length).unwrap_or_default();
    let length = password.chars().take(most + 1).count();
    if length < usize::try_from(RULES.min_length).unwrap_or_default() {
        return Err("is too short; give at least 8 characters");
    }
    if length > most || password.len() > MOST_BYTES {
        return Err("is too long; give at most 128 characters");
    }
    if password.contains(char::is_control) {
        return Err("has control characters; remove them");
    }
    Ok(())
}

/// Why the password is easy to guess, if it is.
fn guessable(password: &str, about: &[String]) -> Option<String> {
    let about: Vec<&str> = about.iter().map(String::as_str).filter(|word| word.chars().count() > 2).collect();
    let judged = zxcvbn::zxcvbn(password, &about);
    if judged.score() >= Score::Three {
        return None;
    }
    let warning = judged
        .feedback()
        .and_then(zxcvbn::feedback::Feedback::warning)
        .map(|warning| format!(" ({warning})"));
    Some(format!("is too easy to guess{}; use a few unrelated words", warning.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mesh_core::{clock::SystemClock, error::Result, id::Ids};

    use super::Passwords;

    const GOOD: &str = "violet harbour 7 anvils";

    fn passwords() -> Passwords {
        Passwords::new(Ids::seeded(Arc::new(SystemClock), 1)).expect("passwords")
    }

    async fn new(password: &str, about: &[&str]) -> Result<String> {
        let about = about.iter().map(|word| (*word).into()).collect();
        passwords().hash_new("password", password.into(), about, vec![]).await
    }

    #[tokio::test]
    async fn a_good_password_is_hashed_and_recognised() {
        let stored = new(GOOD, &[]).await.expect("is good");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords().matches(GOOD.into(), Some(stored.clone())).await.expect("compares"));
        assert!(!passwords().matches("another".into(), Some(stored.clone())).await.expect("compares"));
        assert!(!passwords().matches(GOOD.into(), None).await.expect("compares"));
        assert!(!passwords().is_outdated(&stored));
        assert!(passwords().is_outdated("$argon2id$v=19$m=4096,t=1,p=1$c29tZXNhbHQ$aGFzaA"));
    }

    #[tokio::test]
    async fn short_long_common_and_personal_passwords_are_refused() {
        for bad in ["short", "password1", "qwertyuiop", "violet\0harbour 7 anvils", &"x7 ".repeat(4_000_000)]
        {
            assert!(new(bad, &[]).await.is_err(), "{}", &bad[..bad.len().min(20)]);
        }
        assert!(new("Anneliese1", &["Anneliese", "Example"]).await.is_err());
    }

    #[tokio::test]
    async fn a_password_is_not_used_twice() {
        let used = new(GOOD, &[]).await.expect("is good");
        let again = passwords().hash_new("password", GOOD.into(), vec![], vec![used]).await;
        assert_eq!(
            again.expect_err("was used").to_string(),
            "password was used before; choose one that is new"
        );
    }
}
