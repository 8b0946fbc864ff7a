-- Tickets are found by the names of their files, too; jobs take in those that are there already (src/indexing.rs).
insert into jobs (id, kind, key, payload, traceparent, created_at, due, run_at)
values ('job_00000000000000000000000024', 'index_tickets', 'all', convert_to('{"after":0}', 'UTF8'), '', 0, 0, 0);
