//! One version, wherever it is written down.

use anyhow::{Context, Result};

use super::Findings;
use crate::workspace::root;

/// Files, and what stands before the version in each.
const PLACES: [(&str, &str); 7] = [
    ("helm/ticketmesh/Chart.yaml", "\nversion: "),
    ("helm/ticketmesh/Chart.yaml", "\nappVersion: "),
    ("helm/ticketmesh/Chart.yaml", "image: ghcr.io/ticketmesh/ticketmesh:"),
    ("helm/ticketmesh/UPGRADING.md", "\n## "),
    ("helm/Dockerfile", "\nARG VERSION="),
    ("k8s/compose.yaml", "ghcr.io/ticketmesh/ticketmesh:"),
    ("k8s/overlays/prod/kustomization.yaml", "newTag: "),
];

/// Each place says what `Cargo.toml` says.
pub(super) fn check(findings: &mut Findings) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    for (file, before) in PLACES {
        let text = std::fs::read_to_string(root().join(file)).with_context(|| format!("no {file}"))?;
        let said = text.split_once(before).map_or("", |(_, after)| after);
        let end = said.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(said.len());
        findings.check(&said[..end] == version, || {
            format!("{file} says {:?} after {:?}, Cargo.toml says {version}", &said[..end], before.trim())
        });
    }
    Ok(())
}
