-- Due times change without a change of the run: what its clocks had heard tells which of two projections is the newer one.
alter table tickets add column clock_version bigint not null default 0;
