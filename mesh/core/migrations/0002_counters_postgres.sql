-- SQLite counts an integer primary key by itself; PostgreSQL is told to, and given 64 bits.
alter table outbox alter column seq type bigint;
alter table outbox alter column seq add generated always as identity;
alter table jobs alter column seq type bigint;
alter table jobs alter column seq add generated always as identity;
