-- Counted while a queue was empty, they had it read row by row once it was full. Without them SQLite goes by its indexes.
drop table if exists sqlite_stat1;
