-- Runs of tickets that were merged into others: over while the merge stands, and where they stood when it is undone.

alter table runs add column parked bigint not null default 0;  -- flag
alter table runs add column parked_queued_at bigint;           -- had waited for an agent since
