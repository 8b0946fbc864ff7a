//! The service before it serves: its first administrator comes from here, through the same domain code as everybody later.

use std::sync::Arc;

use mesh_core::{
    audit,
    db::Db,
    error::{Result, Violations},
    jobs,
    page::PageKey,
    service::{Process, Service},
};
use proto::identity::v1::{InvitationKind, UserKind, UserStatus};

use crate::{
    Config, Deps, Identity, MIGRATIONS,
    access::Authority,
    announce::{self, Announce},
    audit::{
        arrival::Arrivals,
        retention::{self, Retirement},
    },
    invitation::Invitation,
    keyring::Keyring,
    letters::{self, Post, Templates},
    passkey::Site,
    password::{Comparisons, Passwords},
    password_reset,
    people::{self, NewUser},
    picture::Studio,
    revocation::Own,
    role, rpc, sign_up,
    sso::Discovery,
    store::{invitations, roles, users},
    tidy,
    user::Profile,
    vault::Vault,
};

/// An administrator about to be made.
#[derive(Clone)]
pub struct NewAdmin {
    /// The address to sign in with.
    pub email: String,
    /// 1 to 120 characters.
    pub display_name: String,
    /// 8 to 128 characters, hard to guess.
    pub password: String,
}

/// The service with its database open, not yet serving.
#[derive(Debug)]
pub struct Bootstrap {
    pub(crate) identity: Identity,
    process: Process,
}

impl Bootstrap {
    /// Opens and migrates the database, puts the built-in roles in place and opens the signing keys.
    pub async fn open(config: Config, deps: Deps) -> Result<Self> {
        let Deps { process, master_key, public_url } = deps;
        let db = Db::open(&config.database_url, &process.ids, &process.clock)?;
        db.migrate(MIGRATIONS).await?;
        let mut tx = db.begin_alone("identity roles").await?;
        for role in role::built_ins(tx.now()) {
            roles::install(&mut tx, &role).await?;
        }
        retention::plan(&mut tx).await?;
        tx.commit().await?;
        let vault = Arc::new(Vault::new(&master_key, process.ids.clone())?);
        let keyring = Arc::new(Keyring::open(db.clone(), vault.clone(), process.verifier.clone()).await?);
        process.verifier.ask(Own { db: db.clone(), keyring: keyring.clone() });
        let identity = Identity {
            db,
            ids: process.ids.clone(),
            clock: process.clock.clone(),
            vault,
            passwords: Passwords::new(process.ids.clone())?,
            templates: Arc::new(Templates::new()?),
            studio: Studio::default(),
            keyring,
            discovery: Arc::new(Discovery::new(process.clock.clone())),
            pages: PageKey::new(&process.mesh_key),
            site: Arc::new(Site::new(&public_url)?),
            public_url: public_url.trim_end_matches('/').into(),
        };
        Ok(Self { identity, process })
    }

    /// The service, ready to be served.
    pub fn service(&self) -> Service {
        let Self { identity, process } = self;
        let db = identity.db.clone();
        let jobs = jobs::Runner::new(db.clone(), process.clock.clone())
            .on(letters::KIND, Arc::new(Post { vault: identity.vault.clone(), mail: process.mail.clone() }))
            .on(password_reset::KIND, Arc::new(password_reset::Answers(identity.clone())))
            .on(sign_up::KIND, Arc::new(sign_up::Answers(identity.clone())))
            .on(announce::KIND, Arc::new(Announce { db: db.clone() }))
            .on(retention::KIND, Arc::new(Retirement(db.clone())))
            .on(audit::KIND, Arc::new(Arrivals(db.clone())));
        let tidying = tidy::worker(db.clone(), identity.keyring.clone());
        Service::over("identity", rpc::routes(identity), &db, MIGRATIONS, process)
            .beside([jobs.worker(), tidying])
    }

    /// How often passwords were compared since the start.
    pub fn comparisons(&self) -> Comparisons {
        self.identity.passwords.comparisons()
    }

    /// Whether there is no account yet.
    pub async fn is_untouched(&self) -> Result<bool> {
        users::is_empty(self.identity.db.reader()).await
    }

    /// A fresh link by which the first administrator sets himself up; `None` once there is any account. An older link ends.
    pub async fn setup_link(&self) -> Result<Option<String>> {
        let Identity { db, ids, public_url, .. } = &self.identity;
        if !users::is_empty(db.reader()).await? {
            return Ok(None);
        }
        let mut tx = db.begin().await?;
        let (invitation, token) = Invitation::new(InvitationKind::Setup, "", "", ids, tx.now());
        invitations::revoke_kind(&mut tx, InvitationKind::Setup).await?;
        invitations::insert(&mut tx, &invitation).await?;
        tx.commit().await?;
        Ok(Some(format!("{public_url}/setup/{token}")))
    }

    /// Makes an administrator who can sign in at once; returns his id.
    pub async fn create_admin(&self, admin: NewAdmin) -> Result<String> {
        let Identity { db, passwords, .. } = &self.identity;
        let profile = Profile { display_name: admin.display_name, email: admin.email, ..Profile::default() };
        let mut wrong = Violations::default();
        let profile = profile.check("", UserKind::Person, &mut wrong);
        wrong.into_result()?;
        let about = people::known_words(&profile);
        let password_hash = passwords.hash_new("password", admin.password, about, vec![]).await?;
        let mut tx = db.begin().await?;
        let new = NewUser {
            kind: UserKind::Person,
            status: UserStatus::Active,
            profile,
            description: String::new(),
            password_hash: Some(password_hash),
            roles: vec![(role::ADMIN.into(), String::new())],
        };
        let user = people::create(&mut tx, &Authority::system("setup"), new).await?;
        tx.commit().await?;
        Ok(user.id)
    }
}

impl std::fmt::Debug for NewAdmin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("NewAdmin").field("email", &self.email).finish_non_exhaustive()
    }
}
