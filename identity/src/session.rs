//! Sessions and their refresh tokens: one token counts at a time, each use makes the next one.
//!
//! A refresh token is stamped, not stored: it names its session and its generation, so an old one is told from a forged one.
//! An old one means that two hold what one should, and the session ends; but the last one before the current is answered
//! alike for a moment, since two calls of one client may cross.

use jiff::{SignedDuration, Timestamp};
use mesh_core::caller::Caller;

use crate::vault::Vault;

/// How long the token before the current one is answered alike.
const GRACE: SignedDuration = SignedDuration::from_secs(30);
const LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);
const PERSISTENT_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
const PREFIX: &str = "tmr_";

/// What access tokens add to the methods when a second factor was among them (RFC 8176).
pub(crate) const PROVEN: &str = "mfa";

/// A way to prove who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Method {
    Password,
    ApiKey,
    Totp,
    RecoveryCode,
    EmailCode,
    Passkey,
    /// A single sign-on provider vouched for him.
    SingleSignOn,
    /// And said that it had asked for a second factor.
    SignOnFactor,
}

impl Method {
    const ALL: [Self; 8] = [
        Self::Password,
        Self::ApiKey,
        Self::Totp,
        Self::RecoveryCode,
        Self::EmailCode,
        Self::Passkey,
        Self::SingleSignOn,
        Self::SignOnFactor,
    ];

    /// As access tokens and the database name it: RFC 8176, and words of ours where it has none.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::ApiKey => "key",
            Self::Totp => "otp",
            Self::RecoveryCode => "rec",
            Self::EmailCode => "mail",
            // Proof of possession; nobody attests whether hardware keeps the key (`hwk`) or software (`swk`).
            Self::Passkey => "pop",
            Self::SingleSignOn => "sso",
            Self::SignOnFactor => "sso2",
        }
    }

    /// Whether it proves more than that somebody knows the password.
    const fn is_second_factor(self) -> bool {
        matches!(self, Self::SignOnFactor) || self.is_own_factor()
    }

    /// Whether it is a second factor he has here, and can give up.
    const fn is_own_factor(self) -> bool {
        matches!(self, Self::Totp | Self::RecoveryCode | Self::EmailCode | Self::Passkey)
    }

    /// The method of a code; `None` for a code of a newer release.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.code() == code)
    }
}

/// The methods as a column holds them: their codes, one space between.
pub(crate) fn to_codes(methods: &[Method]) -> String {
    methods.iter().map(|method| method.code()).collect::<Vec<_>>().join(" ")
}

/// The methods behind a column; a code that a newer release wrote and this one does not know proves nothing.
pub(crate) fn from_codes(codes: &str) -> Vec<Method> {
    codes.split_whitespace().filter_map(Method::of_code).collect()
}

/// Whether the caller's session, or the one his API key was made in, was proven by a second factor.
pub(crate) fn is_proven(caller: &Caller) -> bool {
    caller.claims().is_ok_and(|claims| claims.amr.iter().any(|method| method == PROVEN))
}

/// One sign-in on one device.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) device_label: String,
    pub(crate) address: String,
    /// Outlives the browser's window.
    pub(crate) persistent: bool,
    /// How its owner proved himself.
    pub(crate) methods: Vec<Method>,
    pub(crate) salt: String,
    pub(crate) generation: i64,
    pub(crate) rotated_at: Timestamp,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

/// What a good stamp on a refresh token leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the one that counts: make the next one.
    Rotate,
    /// It was the one until a moment ago: answer with the current one again.
    Repeat,
    /// It is an old one: somebody copied it.
    Reused,
    /// The session is over.
    Over,
}

impl Session {
    /// When a session that is used now ends, unless it is used again.
    pub(crate) fn expiry(persistent: bool, now: Timestamp) -> Timestamp {
        let lifetime = if persistent { PERSISTENT_LIFETIME } else { LIFETIME };
        now.saturating_add(lifetime).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }

    /// Whether its owner proved himself by a second factor.
    pub(crate) fn is_proven(&self) -> bool {
        self.methods.iter().any(|method| method.is_second_factor())
    }

    /// The methods it goes on with when its owner has given up his second factors; what his provider asked for stays asked for.
    pub(crate) fn unproven_methods(&self) -> Vec<Method> {
        self.methods.iter().copied().filter(|method| !method.is_own_factor()).collect()
    }

    /// What a token of this generation leads to.
    pub(crate) fn judge(&self, generation: i64, now: Timestamp) -> Verdict {
        if !self.is_live(now) || generation > self.generation {
            return Verdict::Over;
        }
        match self.generation - generation {
            0 => Verdict::Rotate,
            1 if now.duration_since(self.rotated_at) <= GRACE => Verdict::Repeat,
            _ => Verdict::Reused,
        }
    }

    /// The refresh token that counts now.
    pub(crate) fn refresh_token(&self, vault: &Vault) -> String {
        let head = format!("{PREFIX}{}.{}", self.id, self.generation);
        let stamp = vault.stamp(&stamped(&head, &self.salt));
        format!("{head}.{stamp}")
    }
}

/// A refresh token taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RefreshToken<'a> {
    pub(crate) session_id: &'a str,
    pub(crate) generation: i64,
    head: &'a str,
    stamp: &'a str,
}

impl<'a> RefreshToken<'a> {
    /// The parts of what a client sent; `None` when it is no refresh token at all.
    pub(crate) fn parse(sent: &'a str) -> Option<Self> {
        let (head, stamp) = sent.rsplit_once('.')?;
        let (session_id, generation) = head.strip_prefix(PREFIX)?.rsplit_once('.')?;
        let generation = generation.parse().ok()?;
        proto::id::is("ses", session_id).then_some(Self { session_id, generation, head, stamp })
    }

    /// Whether we made it, for this session.
    pub(crate) fn is_ours(&self, session: &Session, vault: &Vault) -> bool {
        self.session_id == session.id && vault.is_stamped(&stamped(self.head, &session.salt), self.stamp)
    }
}

fn stamped(head: &str, salt: &str) -> String {
    format!("refresh {head} {salt}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};
    use mesh_core::{clock::SystemClock, id::Ids};

    use super::{Method, RefreshToken, Session, Verdict};
    use crate::vault::Vault;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn vault() -> Vault {
        Vault::new(&[7; 32], Ids::seeded(Arc::new(SystemClock), 1)).expect("a vault")
    }

    fn session(generation: i64) -> Session {
        Session {
            id: proto::id::encode("ses", 1),
            user_id: proto::id::encode("usr", 1),
            device_label: String::new(),
            address: String::new(),
            persistent: false,
            methods: vec![Method::Password],
            salt: "salt".into(),
            generation,
            rotated_at: START,
            created_at: START,
            last_used_at: START,
            expires_at: Session::expiry(false, START),
            ended_at: None,
        }
    }

    fn after(seconds: i64) -> Timestamp {
        START + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_token_names_its_session_and_generation_and_is_ours() {
        let session = session(3);
        let text = session.refresh_token(&vault());
        let token = RefreshToken::parse(&text).expect("parses");
        assert_eq!((token.session_id, token.generation), (session.id.as_str(), 3));
        assert!(token.is_ours(&session, &vault()));
    }

    #[test]
    fn a_token_with_another_generation_or_salt_is_forged() {
        let session = session(3);
        let text = session.refresh_token(&vault()).replacen(".3.", ".2.", 1);
        assert!(!RefreshToken::parse(&text).expect("parses").is_ours(&session, &vault()));
        let other = Session { salt: "other".into(), ..session.clone() }.refresh_token(&vault());
        assert!(!RefreshToken::parse(&other).expect("parses").is_ours(&session, &vault()));
    }

    #[test]
    fn the_token_before_is_good_for_a_moment_and_then_means_theft() {
        let session = session(3);
        assert_eq!(session.judge(3, after(60)), Verdict::Rotate);
        assert_eq!(session.judge(2, after(30)), Verdict::Repeat);
        assert_eq!(session.judge(2, after(31)), Verdict::Reused);
        assert_eq!(session.judge(1, after(1)), Verdict::Reused);
        assert_eq!(session.judge(4, after(1)), Verdict::Over);
    }

    #[test]
    fn a_session_ends_when_it_is_not_used() {
        let fortnight = 14 * 24 * 3600;
        assert_eq!(session(1).judge(1, after(fortnight - 1)), Verdict::Rotate);
        assert_eq!(session(1).judge(1, after(fortnight)), Verdict::Over);
    }

    #[test]
    fn damaged_tokens_are_no_tokens() {
        for sent in ["", "tmr_", "tmr_ses_1.1.x", "a.b.c", "tmr_ses_00000000000000000000000001.x.y"] {
            assert!(RefreshToken::parse(sent).is_none(), "{sent:?}");
        }
    }
}
