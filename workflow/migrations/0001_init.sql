-- What happens next. Times are microseconds since 1970; flags are 0 or 1; enums are the contract's numbers; lists of ids are one
-- line of words; graphs, history entries and explanations are messages of the contract.

create table workflows (
    id           text   not null primary key,
    version      bigint not null,
    name         text   not null,
    description  text   not null,
    applies_to   text   not null, -- CEL, '' takes every ticket
    position     bigint not null, -- the first that matches takes the ticket
    status       bigint not null,
    built_in     bigint not null,
    live_version bigint not null,
    created_at   bigint not null,
    updated_at   bigint not null
);

-- Never changed: runs pin them.
create table workflow_versions (
    workflow_id  text   not null references workflows (id),
    number       bigint not null,
    graph        bytea  not null, -- ticketmesh.workflow.v1.Graph
    checksum     text   not null,
    author_id    text   not null,
    note         text   not null,
    published_at bigint not null,
    primary key (workflow_id, number)
);

-- Where tickets of a department wait. Its row is also what serialises routing: whoever takes a turn is alone in the queue.
create table queues (
    id            text   not null primary key,
    department_id text   not null unique,
    turn          bigint not null, -- counts turns; no two agents ever have the same one
    created_at    bigint not null
);

-- When an agent last got a ticket from a queue.
create table turns (
    queue_id text   not null references queues (id),
    user_id  text   not null,
    turn     bigint not null,
    taken_at bigint not null,
    primary key (queue_id, user_id)
);

-- Names of departments: a copy of identity's.
create table departments (
    id           text   not null primary key,
    version      bigint not null,
    display_name text   not null
);

-- People who may answer tickets: a copy of identity's grants, and their presence, which is ours. Those who may no more stay
-- with active = 0, because history names them.
create table agents (
    user_id        text   not null primary key,
    version        bigint not null,
    display_name   text   not null,
    active         bigint not null,
    everywhere     bigint not null, -- in every department
    presence       bigint not null,
    presence_at    bigint not null,
    access_version bigint not null, -- of the account, as of the last event
    access_at      bigint not null  -- when that was taken in
);
create index agents_by_name on agents (display_name, user_id) where active = 1;

create table agent_departments (
    department_id text not null,
    user_id       text not null references agents (user_id),
    primary key (department_id, user_id)
);
create index agent_departments_by_user on agent_departments (user_id);

create table runs (
    id               text   not null primary key,
    version          bigint not null,
    ticket_id        text   not null,
    ticket_number    text   not null, -- this and the next seven: a copy of the ticket's facts
    subject          text   not null,
    department_id    text   not null,
    requester_id     text   not null,
    on_behalf_of_id  text   not null,
    participants     text   not null,
    priority         bigint not null,
    ticket_version   bigint not null,
    workflow_id      text   not null,
    workflow_version bigint not null,
    stage            text   not null,
    category         bigint not null,
    wait_reason      bigint not null,
    wait_until       bigint,
    visited          text   not null, -- keys of stages
    assignee_id      text,
    queue_id         text   not null references queues (id),
    queued_at        bigint,          -- waits for an agent since
    started_at       bigint not null,
    staged_at        bigint not null,
    assigned_at      bigint,
    ended_at         bigint,
    reopened         bigint not null,
    projected        bigint not null, -- version the ticket was last told of
    foreign key (workflow_id, workflow_version) references workflow_versions (workflow_id, number)
);
create unique index runs_by_ticket on runs (ticket_id);
create index runs_waiting on runs (queue_id, priority, queued_at, id) where queued_at is not null;
create index runs_by_assignee on runs (assignee_id, category, id) where ended_at is null;
create index runs_open on runs (workflow_id, workflow_version, id) where ended_at is null;

-- What happened to runs. Only ever added to.
create table history (
    run_id      text   not null references runs (id),
    run_version bigint not null,
    step        bigint not null, -- several things happen in one version
    entry       bytea  not null, -- ticketmesh.workflow.v1.RunHistoryEntry
    primary key (run_id, run_version, step)
);

-- Who got which run and why. Only ever added to.
create table assignments (
    id          text   not null primary key,
    run_id      text   not null references runs (id),
    number      bigint not null, -- counts the run's decisions
    made_at     bigint not null,
    origin      bigint not null,
    previous_id text   not null,
    explanation bytea  not null, -- ticketmesh.workflow.v1.AssignmentExplanation
    unique (run_id, number)
);

-- Calls whose comment belongs to a transition: the comment's event must not move the run once more.
create table presses (
    ticket_id  text   not null,
    call_id    text   not null, -- correlation id of the comment's event
    pressed_at bigint not null,
    primary key (ticket_id, call_id)
);
create index presses_by_age on presses (pressed_at);
