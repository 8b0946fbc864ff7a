//! What PostgreSQL does by itself: pgbench inserting the very rows that one `CreateTicket` writes.
//!
//! The rows are read back after a load and turned into insert statements; only unique values are made anew each time. So the
//! comparison follows the schema without being told.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::Options;
use crate::packages::postgres_programs;
use crate::workspace::output;

/// What `CreateTicket` inserts into. News leaves the outbox at once, so a copy is kept aside.
const TABLES: [(&str, &str); 4] =
    [("tickets", "tickets"), ("history", "history"), ("requests", "requests"), ("outbox", "kept_news")];

/// From now on keeps what enters the outbox.
pub(super) fn keep_news(database: &str) -> Result<()> {
    let keep = "create table kept_news (like outbox);
        create rule keep_news as on insert to outbox do also insert into kept_news values (new.*)";
    psql(database, keep).map(drop)
}

/// The rate and latency of the inserts alone.
pub(super) fn same_inserts(database: &str, folder: &Path, options: &Options) -> Result<String> {
    psql(database, "drop rule keep_news on outbox; create sequence made_anew start 1000000000")?;
    let mut script = String::from("begin;\n");
    for (table, sample) in TABLES {
        script += &insert(database, table, sample)?;
    }
    script += "commit;\n";
    let file = folder.join("inserts.sql");
    fs::write(&file, script).with_context(|| format!("cannot write {}", file.display()))?;
    let mut pgbench = program("pgbench")?;
    pgbench.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
    pgbench.arg(format!("--client={}", options.callers)).arg(format!("--time={}", options.seconds));
    Ok(summary(&output(pgbench.arg("--file").arg(&file).arg(database))?))
}

/// An insert statement with the values of a row that is there; what must be unique is made anew, identities are left out.
fn insert(database: &str, table: &str, sample: &str) -> Result<String> {
    let statement = format!(
        "with row as (select to_jsonb(r) as it from {sample} r order by random() limit 1),
        own as (
            select distinct a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
            where i.indrelid = '{table}'::regclass and i.indisunique)
        select format('insert into {table} (%s) values (%s);',
            string_agg(quote_ident(column_name), ', ' order by ordinal_position),
            string_agg(case
                when column_name not in (select attname from own) then quote_nullable(row.it ->> column_name)
                when data_type = 'text' then 'nextval(''made_anew'')::text'
                else 'nextval(''made_anew'')' end, ', ' order by ordinal_position))
        from information_schema.columns, row
        where table_name = '{table}' and table_schema = 'public' and is_identity = 'NO' and column_default is null",
    );
    psql(database, &statement)
}

fn psql(database: &str, statement: &str) -> Result<String> {
    output(program("psql")?.args(["-XqAt", "--set=ON_ERROR_STOP=1", database, "--command", statement]))
}

fn program(name: &str) -> Result<Command> {
    Ok(Command::new(postgres_programs().context("PostgreSQL's programs are missing")?.join(name)))
}

/// Rate and mean latency out of pgbench's report.
fn summary(report: &str) -> String {
    let after = |label: &str| {
        let line = report.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_default();
        line.split_whitespace().next().unwrap_or_default().to_owned()
    };
    format!("{}/s (mean {} ms)", after("tps ="), after("latency average ="))
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn rate_and_latency_are_read_from_the_report() {
        let report = "latency average = 12.5 ms\ninitial connection time = 3 ms\ntps = 2560.1 (without initial connection time)\n";
        assert_eq!(summary(report), "2560.1/s (mean 12.5 ms)");
    }
}
