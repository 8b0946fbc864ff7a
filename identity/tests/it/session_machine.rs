//! Sessions against a small model of them: whatever is done in whatever order, also at once, one refresh token a session counts, a
//! copied one ends it, and what has ended stays so.

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use mesh_core::{clock::Clock, db::Engine};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy},
    prop_oneof,
    test_runner::{Config, TestRunner},
};
use proto::identity::v1::{
    ChangePasswordRequest, ListSessionsRequest, RevokeSessionRequest, SessionTokens, SignOutRequest,
    UserStatus,
};
use rstest::rstest;
use tokio::runtime::Runtime;

use crate::house::{ADMIN, House, PASSWORD, refusal};

const GRACE: SignedDuration = SignedDuration::from_secs(30);
const LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Something that happens to somebody's sessions. Sessions are named by a number, counted round.
#[derive(Clone, Debug)]
enum Step {
    SignIn,
    /// So many calls at once with the token that many generations back.
    Refresh {
        session: usize,
        back: usize,
        at_once: usize,
    },
    /// The token that counts, the oldest one and the end of the session, all at once.
    Race {
        session: usize,
    },
    Revoke {
        session: usize,
    },
    SignOut {
        session: usize,
    },
    ChangePassword {
        session: usize,
    },
    SuspendAndReturn,
    Wait(SignedDuration),
}

fn step() -> impl Strategy<Value = Step> {
    let session = 0..4_usize;
    let waits = [1, 29, 31, 13 * 24 * 3_600, 15 * 24 * 3_600].map(SignedDuration::from_secs);
    prop_oneof![
        4 => Just(Step::SignIn),
        8 => (session.clone(), 0..3_usize, 1..4_usize)
            .prop_map(|(session, back, at_once)| Step::Refresh { session, back, at_once }),
        1 => session.clone().prop_map(|session| Step::Race { session }),
        1 => session.clone().prop_map(|session| Step::Revoke { session }),
        1 => session.clone().prop_map(|session| Step::SignOut { session }),
        1 => session.prop_map(|session| Step::ChangePassword { session }),
        1 => Just(Step::SuspendAndReturn),
        4 => proptest::sample::select(waits.to_vec()).prop_map(Step::Wait),
    ]
}

/// What a session should be like.
#[derive(Debug)]
struct Modelled {
    id: String,
    /// Every refresh token it had, oldest first; the last one counts.
    tokens: Vec<String>,
    rotated_at: Timestamp,
    ended: bool,
}

impl Modelled {
    fn is_live(&self, now: Timestamp) -> bool {
        !self.ended && now < self.rotated_at + LIFETIME
    }

    fn token(&self, back: usize) -> &str {
        &self.tokens[self.tokens.len().saturating_sub(back + 1)]
    }
}

/// Somebody, and what his sessions should be like.
struct Person<'a> {
    house: &'a House,
    email: String,
    password: String,
    /// How often the password was changed.
    changes: usize,
    sessions: Vec<Modelled>,
}

impl Person<'_> {
    fn now(&self) -> Timestamp {
        self.house.world.clock().now()
    }

    async fn sign_in(&mut self) {
        let tokens = self.house.try_sign_in(&self.email, &self.password).await.expect("signs in");
        let (id, rotated_at) = (tokens.session_id, self.now());
        self.sessions.push(Modelled { id, tokens: vec![tokens.refresh_token], rotated_at, ended: false });
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::SignIn => self.sign_in().await,
            Step::SuspendAndReturn => self.suspend_and_return().await,
            Step::Wait(time) => self.house.world.advance(time).await,
            Step::Refresh { session, .. }
            | Step::Race { session }
            | Step::Revoke { session }
            | Step::SignOut { session }
            | Step::ChangePassword { session } => {
                if self.sessions.is_empty() {
                    self.sign_in().await;
                }
                let session = session % self.sessions.len();
                self.take_with(session, step).await;
            }
        }
    }

    async fn take_with(&mut self, session: usize, step: Step) {
        match step {
            Step::Refresh { back, at_once, .. } => drop(self.refresh(session, back, at_once).await),
            Step::Race { .. } => self.race(session).await,
            Step::Revoke { .. } => {
                let ask = RevokeSessionRequest { session_id: self.sessions[session].id.clone() };
                let own = self.house.token_with(&self.email, &self.password).await;
                self.house.auth(&own.access_token).revoke_session(ask).await.expect("revokes");
                self.house.auth(&own.access_token).sign_out(SignOutRequest::default()).await.expect("leaves");
                self.sessions[session].ended = true;
            }
            Step::SignOut { .. } => {
                let ask = SignOutRequest { refresh_token: self.sessions[session].token(0).into() };
                self.house.anybody().sign_out(ask).await.expect("signs out");
                self.sessions[session].ended = true;
            }
            Step::ChangePassword { .. } => self.change_password(session).await,
            Step::SignIn | Step::SuspendAndReturn | Step::Wait(_) => {}
        }
    }

    /// Refreshes as often at once, and checks what the model says of it.
    async fn refresh(&mut self, session: usize, back: usize, at_once: usize) -> Option<SessionTokens> {
        let now = self.now();
        let modelled = &mut self.sessions[session];
        let token = modelled.token(back).to_owned();
        let age =
            modelled.tokens.len() - 1 - modelled.tokens.iter().position(|one| *one == token).unwrap_or(0);
        let answers = join_all((0..at_once).map(|_| self.house.refresh(&token))).await;
        let good = modelled.is_live(now)
            && (age == 0 || age == 1 && now.duration_since(modelled.rotated_at) <= GRACE);
        if good {
            let mut tokens: Vec<_> = answers.into_iter().map(|one| one.expect("is no theft")).collect();
            let next = tokens[0].refresh_token.clone();
            assert!(tokens.iter().all(|one| one.refresh_token == next), "two generations count: {tokens:?}");
            if age == 0 {
                modelled.tokens.push(next);
                modelled.rotated_at = now;
            } else {
                assert_eq!(next, modelled.token(0), "the one that counts again");
            }
            return tokens.pop();
        }
        let reused = modelled.is_live(now);
        modelled.ended |= reused;
        let reasons: Vec<_> = answers.into_iter().map(|one| refusal(one).1).collect();
        let theft = reasons.iter().any(|reason| reason == "REFRESH_TOKEN_REUSED");
        assert_eq!(theft, reused, "{reasons:?}");
        None
    }

    /// However it ends, it ends: whoever was faster, no token of the session is good afterwards.
    async fn race(&mut self, session: usize) {
        let modelled = &mut self.sessions[session];
        let (newest, oldest) = (modelled.token(0).to_owned(), modelled.tokens[0].clone());
        let leave = SignOutRequest { refresh_token: newest.clone() };
        let mut anybody = self.house.anybody();
        let (one, two, _) =
            tokio::join!(self.house.refresh(&newest), self.house.refresh(&oldest), anybody.sign_out(leave));
        let fresh = [one, two].into_iter().filter_map(Result::ok).map(|tokens| tokens.refresh_token);
        for token in fresh.chain([newest, oldest]) {
            self.house.refresh(&token).await.expect_err("the session is over");
        }
        modelled.ended = true;
    }

    async fn change_password(&mut self, session: usize) {
        let Some(own) = self.refresh(session, 0, 1).await else { return };
        self.changes += 1;
        let new_password = format!("quiet lantern {} meadows", self.changes);
        let current_password = std::mem::replace(&mut self.password, new_password.clone());
        let ask = ChangePasswordRequest { current_password, new_password };
        self.house.auth(&own.access_token).change_password(ask).await.expect("changes");
        for (index, modelled) in self.sessions.iter_mut().enumerate() {
            modelled.ended |= index != session;
        }
    }

    async fn suspend_and_return(&mut self) {
        let admin = self.house.token_of(ADMIN).await;
        for status in [UserStatus::Suspended, UserStatus::Active] {
            let user = self.house.person_named(&admin, &self.email).await;
            self.house.set_status(&admin, &user, status).await;
        }
        for modelled in &mut self.sessions {
            modelled.ended = true;
        }
    }

    /// What the service lists is what the model holds.
    async fn check(&self) {
        let own = self.house.token_with(&self.email, &self.password).await;
        let mut auth = self.house.auth(&own.access_token);
        let listed =
            auth.list_sessions(ListSessionsRequest::default()).await.expect("lists").into_inner().sessions;
        auth.sign_out(SignOutRequest::default()).await.expect("leaves");
        let mut listed: Vec<_> = listed.into_iter().filter(|one| !one.current).map(|one| one.id).collect();
        let now = self.now();
        let live = self.sessions.iter().filter(|one| one.is_live(now)).map(|one| one.id.clone());
        let mut live: Vec<_> = live.collect();
        listed.sort();
        live.sort();
        assert_eq!(listed, live);
    }
}

impl House {
    async fn token_with(&self, email: &str, password: &str) -> SessionTokens {
        self.try_sign_in(email, password).await.expect("signs in")
    }
}

async fn live_through(house: &House, steps: Vec<Step>) {
    let email = format!("{}@example.com", house.world.process().ids.id("one"));
    let admin = house.token_of(ADMIN).await;
    house.person(&admin, &email, &[]).await;
    let mut person = Person { house, email, password: PASSWORD.into(), changes: 0, sessions: vec![] };
    for step in steps {
        person.take(step).await;
    }
    person.check().await;
}

#[rstest]
fn whatever_happens_sessions_are_as_the_model_says(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let runtime = Runtime::new().expect("a runtime");
    let (house, _) = runtime.block_on(House::new(engine));
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&vec(step(), 1..24), |steps| {
            runtime.block_on(live_through(&house, steps));
            Ok(())
        })
        .expect("every life fits the model");
}
