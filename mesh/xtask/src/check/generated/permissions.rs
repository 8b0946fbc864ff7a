//! The table of `docs/security.md`: what each built-in role may do, from the permission matrix that a test keeps true.
//!
//! Invariant: only what stands between the marks is ours; people write the rest of the page.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};

use crate::product::Product;
use crate::workspace::root;

pub(super) const PAGE: &str = "docs/security.md";
const MATRIX: &str = "mesh/tests/mesh/snapshots/mesh__permissions__permissions.snap";
const BEGIN: &str = "<!-- permissions: written by `cargo xtask generate` -->\n";
const END: &str = "<!-- end of permissions -->\n";
/// The roles of the matrix, in its order.
const ROLES: usize = 5;

/// One action: who may, and the methods that are it.
struct Row<'m> {
    action: &'m str,
    cells: Vec<&'m str>,
    besides: String,
    methods: Vec<String>,
}

/// The page with its table as the matrix is now.
pub(super) fn page(_: &Product) -> Result<String> {
    let page = fs::read_to_string(root().join(PAGE)).context("docs/security.md is missing")?;
    let (before, rest) = page.split_once(BEGIN).context("docs/security.md has lost its first mark")?;
    let (_, after) = rest.split_once(END).context("docs/security.md has lost its second mark")?;
    let matrix = fs::read_to_string(root().join(MATRIX)).context("the permission matrix is missing")?;
    Ok(format!("{before}{BEGIN}{}{END}{after}", table(&matrix)?))
}

fn table(matrix: &str) -> Result<String> {
    let rows = rows(matrix)?;
    let roles: Vec<_> =
        rows.first().map_or(vec![], |row| row.cells.iter().map(|cell| role(cell).0).collect());
    let mut table = format!("| action | {} | besides | methods |\n", roles.join(" | "));
    writeln!(table, "|---|{}---|---|", "---|".repeat(ROLES))?;
    for Row { action, cells, besides, methods } in &rows {
        let cells: Vec<_> = cells.iter().map(|cell| role(cell).1).collect();
        writeln!(table, "| {action} | {} | {besides} | {} |", cells.join(" | "), methods.join(", "))?;
    }
    Ok(table)
}

/// The matrix by action, in the order actions first appear.
fn rows(matrix: &str) -> Result<Vec<Row<'_>>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for line in matrix.lines().filter(|line| line.starts_with('/')) {
        let words: Vec<_> = line.split_whitespace().collect();
        let (Some(path), Some(action)) = (words.first(), words.get(1)) else { continue };
        let cells = words.get(2..2 + ROLES).context("the permission matrix has too few roles")?.to_vec();
        let method = method(path);
        match rows.iter_mut().find(|row| row.action == *action) {
            Some(row) => row.methods.push(method),
            None => {
                rows.push(Row {
                    action,
                    cells,
                    besides: words[2 + ROLES..].join(" "),
                    methods: vec![method],
                });
            }
        }
    }
    Ok(rows)
}

/// The role and what it may, from `agent:own`.
fn role(cell: &str) -> (&str, &str) {
    cell.split_once(':').unwrap_or((cell, ""))
}

/// `TicketService.GetTicket` from `/ticketmesh.tickets.v1.TicketService/GetTicket`.
fn method(path: &str) -> String {
    let (service, method) = path.rsplit_once('/').unwrap_or(("", path));
    format!("`{}.{method}`", service.rsplit('.').next().unwrap_or_default())
}
