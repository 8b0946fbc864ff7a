-- Who you are and what you may do. Times are microseconds since 1970; flags are 0 or 1; enums are the contract's numbers;
-- an empty text means "none" wherever the contract says so.

-- Departments form a tree. Archived ones stay, since tickets point at them.
create table departments (
    id           text   not null primary key,
    version      bigint not null,
    display_name text   not null,
    name_key     text   not null, -- folded: unique among siblings, and the order of lists
    description  text   not null,
    parent_id    text   not null, -- '' for a root
    archived_at  bigint,
    created_at   bigint not null,
    updated_at   bigint not null
);
create unique index departments_sibling on departments (parent_id, name_key) where archived_at is null;

create table users (
    id              text   not null primary key,
    version         bigint not null,
    kind            bigint not null,
    status          bigint not null,
    display_name    text   not null,
    name_key        text   not null, -- folded, for order and search
    email           text,            -- folded; null for service accounts
    given_name      text   not null,
    family_name     text   not null,
    phone           text   not null,
    employee_number text,
    locale          text   not null,
    time_zone       text   not null,
    picture_path    text   not null,
    department_id   text   not null, -- '' for none
    description     text   not null, -- what a service account is for
    created_at      bigint not null,
    updated_at      bigint not null,
    last_sign_in_at bigint,
    deleted_at      bigint           -- pseudonymised since
);
create unique index users_email on users (email);
create unique index users_employee_number on users (employee_number);
create unique index users_service_name on users (name_key) where kind = 2;
create index users_order on users (name_key, id);
create index users_changed on users (updated_at);
create index users_department on users (department_id, name_key, id);

-- What people are found by: the folded words of a name, and the whole address. As bytes, which both engines order alike.
create table user_words (
    word       bytea  not null,
    user_id    text   not null references users (id),
    of_address bigint not null,
    primary key (word, user_id)
);
create index user_words_user on user_words (user_id);

-- Square PNGs, made here; users.picture_path names the one that counts.
create table pictures (
    user_id text  not null primary key references users (id),
    etag    text  not null,
    content bytea not null
);

-- The newest row of a person is the password; older ones only stop it from being used again.
create table passwords (
    id         text   not null primary key,
    user_id    text   not null references users (id),
    hash       text   not null, -- PHC string
    created_at bigint not null
);
create index passwords_user on passwords (user_id, id);

-- Failures to prove oneself since the last success: one row an address, a device, a sign-in name (there or not). A try is counted
-- as a failure before the password is looked at, so that parallel tries are counted too.
create table failure_counters (
    id              text   not null primary key,
    kind            bigint not null,
    key             text   not null, -- the network, the device's id or fingerprint, the hash of the name
    subject         text   not null, -- what administrators read
    failures        bigint not null,
    last_failure_at bigint not null,
    warned_at       bigint not null, -- when the owner of the name was last told
    unique (kind, key)
);
create index failure_counters_order on failure_counters (last_failure_at, id);

-- Challenges that were solved and used: a solution counts once.
create table spent_challenges (
    id         text   not null primary key,
    expires_at bigint not null
);

-- Authenticator apps. A new secret waits beside the one that counts until its owner has given a code of it back.
create table totp (
    user_id        text   not null primary key references users (id),
    secret         text   not null, -- sealed; '' while none counts
    waiting_secret text   not null, -- sealed; '' when none waits
    last_step      bigint not null, -- the time step of the newest code taken, so that none is taken twice
    created_at     bigint not null
);

-- Recovery codes that are not used yet.
create table recovery_codes (
    stamp   text not null primary key, -- HMAC-SHA-256 under the master key
    user_id text not null references users (id)
);
create index recovery_codes_user on recovery_codes (user_id);

-- The public halves of key pairs that authenticators keep.
create table passkeys (
    id            text   not null primary key,
    user_id       text   not null references users (id),
    credential_id text   not null unique, -- what the authenticator calls it, base64url
    public_key    text   not null, -- COSE, base64url
    counter       bigint not null, -- the number of the newest signature, where the authenticator counts
    display_name  text   not null,
    created_at    bigint not null,
    last_used_at  bigint
);
create index passkeys_user on passkeys (user_id, id);

-- Exchanges in several steps with somebody's browser: a sign-in that waits for its second factor, a passkey that is being made.
-- Known by a hash of what its holder was given.
create table ceremonies (
    token_hash      text   not null primary key, -- SHA-256, hexadecimal
    purpose         bigint not null,
    user_id         text   not null, -- '' until somebody says who he is
    methods         text   not null, -- how he proved himself so far, as in sessions
    device_label    text   not null,
    persistent      bigint not null,
    challenge       text   not null, -- what a passkey is to sign, base64url
    answers         bigint not null, -- given so far, counted before they are looked at
    codes_sent      bigint not null, -- by mail
    code_stamp      text   not null, -- of the newest one, HMAC-SHA-256 under the master key; '' before
    code_tries      bigint not null, -- at that one
    code_expires_at bigint not null,
    expires_at      bigint not null
);
create index ceremonies_age on ceremonies (expires_at);
create index ceremonies_user on ceremonies (user_id);

-- Answers to the question for a second factor since the last right one, counted before they are looked at: whoever knows the
-- password begins as many sign-ins as he likes, but does not guess for ever.
create table second_factor_tries (
    user_id     text   not null primary key references users (id),
    tries       bigint not null,
    last_try_at bigint not null
);

-- What administrators set, one row a subject; a subject without a row has its defaults.
create table settings (
    key        text   not null primary key,
    version    bigint not null,
    value_json text   not null
);

-- Links that set a new password, one an account: a new one takes the place of the one before.
create table password_resets (
    user_id    text   not null primary key references users (id),
    token_hash text   not null unique, -- SHA-256, hexadecimal
    expires_at bigint not null,
    spent_at   bigint
);
create index password_resets_age on password_resets (expires_at);

-- When an address last got a letter that a stranger can cause, by a hash of it, so that nobody is flooded and names without an
-- account take the same time.
create table letter_turns (
    kind     text   not null,
    account  text   not null,
    taken_at bigint not null,
    primary key (kind, account)
);
create index letter_turns_age on letter_turns (taken_at);

create table roles (
    id                     text   not null primary key,
    version                bigint not null,
    key                    text   not null unique,
    display_name           text   not null,
    name_key               text   not null unique,
    description            text   not null,
    built_in               bigint not null,
    permissions            text   not null, -- codes, one space between
    requires_second_factor bigint not null,
    created_at             bigint not null,
    updated_at             bigint not null
);

create table role_assignments (
    id            text   not null primary key,
    user_id       text   not null references users (id),
    role_id       text   not null references roles (id),
    department_id text   not null, -- '' for everywhere
    created_at    bigint not null,
    creator_id    text   not null,
    provider_key  text   not null, -- of the single sign-on provider whose rules gave it; '' when somebody did
    unique (user_id, role_id, department_id)
);
create index role_assignments_role on role_assignments (role_id, id);
create index role_assignments_department on role_assignments (department_id, id);

create table sessions (
    id           text   not null primary key,
    user_id      text   not null references users (id),
    device_label text   not null,
    address      text   not null,
    persistent   bigint not null,
    methods      text   not null, -- how its owner proved himself: codes of RFC 8176, one space between
    salt         text   not null, -- what makes this session's refresh tokens its own
    generation   bigint not null, -- of the refresh token that counts
    rotated_at   bigint not null, -- when the one before it was spent
    created_at   bigint not null,
    last_used_at bigint not null,
    expires_at   bigint not null,
    ended_at     bigint
);
create index sessions_user on sessions (user_id, last_used_at);
create index sessions_ended on sessions (ended_at) where ended_at is not null;

create table api_keys (
    id               text   not null primary key,
    owner_id         text   not null references users (id),
    display_name     text   not null,
    hint             text   not null,
    secret_hash      text   not null, -- SHA-256, hexadecimal
    scopes           text   not null, -- codes, one space between; '' for all the owner has
    allowed_networks text   not null, -- one space between; '' for any
    proven           bigint not null, -- made in a session that was proven by a second factor
    created_at       bigint not null,
    expires_at       bigint,
    last_used_at     bigint,
    revoked_at       bigint
);
create index api_keys_owner on api_keys (owner_id, id);
create index api_keys_revoked on api_keys (revoked_at) where revoked_at is not null;

create table invitations (
    id           text   not null primary key,
    kind         bigint not null,
    user_id      text   not null, -- '' for the first administrator and for those who signed up
    inviter_id   text   not null,
    email        text   not null, -- what somebody who signed up asked for; '' for all others
    display_name text   not null,
    locale       text   not null,
    token_hash   text   not null, -- SHA-256, hexadecimal
    created_at   bigint not null,
    expires_at   bigint not null,
    accepted_at  bigint,
    revoked_at   bigint
);
create index invitations_user on invitations (user_id);
create index invitations_email on invitations (email);

-- Who vouches for people by OpenID Connect.
create table sso_providers (
    key              text   not null primary key,
    version          bigint not null,
    display_name     text   not null,
    issuer           text   not null,
    client_id        text   not null,
    sealed_secret    text   not null, -- AES-256-GCM under the master key, base64url; '' for none
    scopes           text   not null, -- one space between
    mappings         text   not null, -- JSON
    create_accounts  bigint not null,
    enforced_domains text   not null, -- one space between
    enabled          bigint not null,
    created_at       bigint not null,
    updated_at       bigint not null
);

-- Sign-ins that began at a provider.
create table sso_attempts (
    token_hash   text   not null primary key, -- SHA-256, hexadecimal
    provider_key text   not null,
    persistent   bigint not null,
    device_label text   not null,
    expires_at   bigint not null
);
create index sso_attempts_age on sso_attempts (expires_at);

-- Which account somebody has whom a provider knows by a subject. One person is one subject at a provider.
create table sso_links (
    provider_key text   not null references sso_providers (key),
    subject      text   not null,
    user_id      text   not null references users (id),
    created_at   bigint not null,
    primary key (provider_key, subject),
    unique (provider_key, user_id)
);

-- Keys that sign access tokens, one generation after the other.
create table signing_keys (
    generation      bigint not null primary key,
    id              text   not null unique,
    sealed_key      text   not null, -- PKCS#8, AES-256-GCM under the master key, base64url
    public_key      text   not null, -- base64url
    signs_from      bigint not null,
    signs_until     bigint not null,
    published_until bigint not null
);

-- Append-only. Each row carries the hash of the one before it in the same day, so a missing or altered one shows.
create table audit_events (
    id          text   not null primary key,
    day         text   not null,
    position    bigint not null,
    happened_at bigint not null,
    action      text   not null,
    actor_id    text   not null,
    actor_name  text   not null,
    target      text   not null,
    address     text   not null,
    session_id  text   not null,
    reason      text   not null,
    before_json text   not null,
    after_json  text   not null,
    hash        text   not null,
    unique (day, position)
);
create index audit_events_actor on audit_events (actor_id, id);
create index audit_events_target on audit_events (target, id);
create index audit_events_action on audit_events (action, id);

-- The end of each day's chain; its row is the lock under which a line is added.
create table audit_days (
    day      text   not null primary key,
    number   bigint not null unique, -- counts from 1 without a gap, so a missing day shows
    position bigint not null,
    head     text   not null
);
