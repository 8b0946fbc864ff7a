-- Workflows that people draw. A draft may be anything; what counts is what was published.

alter table workflows add column draft bytea; -- ticketmesh.workflow.v1.Graph; null while it is the live version's
alter table workflows add column live_applies_to text not null default ''; -- the rule as it was published
alter table workflows add column name_key text not null default ''; -- the name in lower case
create unique index workflows_by_name on workflows (name_key) where status <> 4 and built_in = 0;

-- Approvals that are or were asked for.
create table approvals (
    id       text   not null primary key,
    version  bigint not null,
    run_id   text   not null references runs (id),
    state    bigint not null,
    approval bytea  not null, -- ticketmesh.workflow.v1.Approval
    press    bytea  not null  -- ticketmesh.workflow.v1.TransitionRequest: what is taken once it is approved
);
create unique index approvals_open on approvals (run_id) where state = 1;
create index approvals_by_run on approvals (run_id, id);

-- Who is or was asked.
create table approvers (
    user_id     text not null,
    approval_id text not null references approvals (id),
    primary key (user_id, approval_id)
);
