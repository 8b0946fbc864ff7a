//! The shape of the source: files one can read in a sitting, each saying what it is for.
//!
//! The length of functions is clippy's (`too-many-lines-threshold`).

use anyhow::{Context, Result, ensure};

use crate::workspace::{output, root};

const MOST_LINES: usize = 400;

/// Every Rust file under version control, or about to be.
pub(super) fn check() -> Result<()> {
    let mut git = std::process::Command::new("git");
    git.current_dir(root()).args(["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.rs"]);
    let mut complaints = Vec::new();
    for name in output(&mut git)?.lines() {
        let path = root().join(name);
        if !path.is_file() {
            continue; // deleted, and not yet committed
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
        complaints.extend(faults(&text).into_iter().map(|fault| format!("{name} {fault}")));
    }
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

fn faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        faults.push(format!("has {lines} lines; make it a folder of files up to {MOST_LINES}"));
    }
    if !text.trim_start().starts_with("//!") {
        faults.push("does not open with `//!`; say what it is for and the invariant it keeps".to_owned());
    }
    // Looking for examples takes the time of a build, so no manifest lets `cargo test` look.
    if has_examples(text) {
        faults.push("has an example in its documentation that nobody runs; make it a test".to_owned());
    }
    faults
}

/// Whether its documentation shows code.
fn has_examples(text: &str) -> bool {
    let mut documentation = text.lines().map(str::trim_start).filter_map(|line| line.strip_prefix("//"));
    documentation.any(|line| line.starts_with(['/', '!']) && line[1..].trim_start().starts_with("```"))
}

#[cfg(test)]
mod tests {
    use super::{faults, has_examples};

    #[test]
    fn code_in_documentation_is_an_example_and_code_in_other_comments_is_none() {
        assert!(has_examples("//! What it is for.\n  /// ```\n"));
        assert!(!has_examples("// ```\nlet fence = \"/// \";\n"));
    }

    #[test]
    fn a_short_file_that_says_what_it_is_for_is_fine() {
        assert!(faults("//! What it is for.\nfn main() {}\n").is_empty());
    }

    #[test]
    fn a_long_or_unexplained_file_is_named_with_the_remedy() {
        let long = format!("//! Long.\n{}", "\n".repeat(401));
        assert!(faults(&long)[0].starts_with("has 402 lines"));
        assert!(faults("fn main() {}")[0].starts_with("does not open with `//!`"));
        assert!(faults("//! ```\n//! run();\n//! ```\n")[0].starts_with("has an example"));
    }
}
