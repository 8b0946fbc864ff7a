-- Reports. `measured` has one row a ticket: what it adds to the figures follows from the row alone (src/measure.rs). `tallies` are the
-- sums of what all rows add; a changed row adds the difference in the same transaction.

create table measured (
    ticket_id     text   not null primary key,
    number        bigint not null, -- the number behind the prefix
    department_id text   not null,
    priority      bigint not null,
    category_id   text   not null, -- '' for none
    assignee_id   text   not null, -- '' for nobody
    stage         text   not null,
    status        bigint not null, -- the stage's; a merged ticket shows another one
    created_at    bigint not null,
    staged_at     bigint not null,
    answered_at   bigint,
    resolved_at   bigint,
    closed_at     bigint,
    finished_at   bigint,          -- absent while it belongs to the backlog
    parked        bigint not null, -- flag: merged into another ticket
    gone          bigint not null, -- flag: deleted; adds nothing any more
    reopened      bigint not null,
    transfers     bigint not null,
    escalations   bigint not null,
    score         bigint not null, -- 1 to 5; 0 for none
    stays         text   not null  -- JSON: seconds in each stage it has left
);
create index measured_by_creation on measured (created_at);
create index measured_by_answer on measured (answered_at) where answered_at is not null;
create index measured_by_resolution on measured (resolved_at) where resolved_at is not null;
create index measured_backlog on measured (department_id, status, priority, category_id, assignee_id, stage, created_at)
    where finished_at is null;
create index measured_standing on measured (staged_at) where finished_at is null;

-- One dimension at a time: hours without a part, and days (UTC) by priority, category, agent, length of time or stage.
create table tallies (
    dimension        bigint not null,
    start            bigint not null, -- of the hour or day
    department_id    text   not null,
    part             text   not null,
    created          bigint not null,
    answered         bigint not null,
    answered_seconds bigint not null, -- until the first answer
    resolved         bigint not null, -- this and the next six at the time of the resolution
    resolved_seconds bigint not null,
    reopened         bigint not null,
    transferred      bigint not null,
    escalated        bigint not null,
    rated            bigint not null,
    satisfied        bigint not null,
    finished         bigint not null, -- resolved, or else closed
    stayed           bigint not null, -- were in the stage
    stayed_seconds   bigint not null,
    primary key (dimension, start, department_id, part)
);
