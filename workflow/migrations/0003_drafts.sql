-- Workflows that people draw. A draft may be anything; what counts is what was published.

alter table workflows add column draft bytea; -- ticketmesh.workflow.v1.Graph; null while it is the live version's
alter table workflows add column live_applies_to text not null default ''; -- the rule as it was published
alter table workflows add column name_key text not null default ''; -- the name in lower case
create unique index workflows_by_name on workflows (name_key) where status <> 4 and built_in = 0;
