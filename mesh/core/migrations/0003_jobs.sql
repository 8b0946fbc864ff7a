-- Jobs of all kinds are claimed at once, the most overdue first.
drop index jobs_by_time;
create index jobs_by_time on jobs (run_at, seq) where died_at is null;
