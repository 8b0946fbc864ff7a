//! The programs of the UI: which addresses each serves, and what each weighs.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, ensure};

use super::bindings::Script;

/// A program and the words its addresses begin with; the first program has none and serves all other addresses.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) name: String,
    words: Vec<String>,
}

/// What a first visit fetches, in bytes after brotli.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) wasm: usize,
    pub(crate) script: usize,
    pub(crate) styles: usize,
}

/// What each program weighs.
#[derive(Debug)]
pub(crate) struct Weights(pub(super) Vec<(String, Sizes)>);

/// Reads `web/programs.txt`.
pub(super) fn read(text: &str) -> Result<Vec<Program>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let programs = lines.map(|line| {
        let mut words = line.split_whitespace().map(str::to_owned);
        let name = words.next().context("a program without a name")?;
        Ok(Program { name, words: words.collect() })
    });
    let programs = programs.collect::<Result<Vec<_>>>()?;
    let only_first_has_none =
        programs.iter().enumerate().all(|(number, program)| program.words.is_empty() == (number == 0));
    ensure!(
        !programs.is_empty() && only_first_has_none,
        "web/programs.txt: the first program serves what no other does and has no words, every other has some"
    );
    Ok(programs)
}

impl Program {
    /// The pages that start it; the gateway gives an address the one of its first word.
    pub(super) fn pages(&self) -> Vec<String> {
        if self.words.is_empty() {
            return vec!["index.html".to_owned()];
        }
        self.words.iter().map(|word| format!("{word}/index.html")).collect()
    }
}

impl Sizes {
    /// What the files of a program weigh, by the packed sizes of the site's files.
    pub(super) fn of(script: &Script, styles: &str, packed: &BTreeMap<String, usize>) -> Self {
        let size = |address: &str| packed.get(address.trim_start_matches('/')).copied().unwrap_or_default();
        let snippets: usize = script.snippets.iter().map(|path| size(path)).sum();
        Self { wasm: size(&script.module), script: size(&script.loader) + snippets, styles: size(styles) }
    }

    fn fits(self, budget: Self) -> bool {
        self.wasm <= budget.wasm && self.script <= budget.script && self.styles <= budget.styles
    }
}

impl Weights {
    /// An error that names every program over the budget.
    pub(crate) fn ensure_within(&self, budget: Sizes) -> Result<()> {
        let over = self.0.iter().filter(|(_, sizes)| !sizes.fits(budget));
        let over: Vec<_> = over.map(|(name, sizes)| format!("{name} weighs {sizes}")).collect();
        ensure!(over.is_empty(), "{}; a program may weigh {budget}", over.join(", "));
        Ok(())
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "wasm {} B, js {} B, css {} B (brotli)", self.wasm, self.script, self.styles)
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(|(name, sizes)| format!("ui {name}: {sizes}")).collect();
        out.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_a_page_for_each_word_and_the_first_one_the_page_at_the_top() {
        let programs = read("# which is which\n\nfront\nback account admin\n").unwrap();
        let pages: Vec<_> = programs.iter().map(Program::pages).collect();
        assert_eq!(pages, [vec!["index.html"], vec!["account/index.html", "admin/index.html"]]);
    }

    #[test]
    fn a_second_program_without_addresses_is_refused() {
        assert!(read("front\nback\n").is_err() && read("front desk\n").is_err() && read("").is_err());
    }

    #[test]
    fn the_program_over_the_budget_is_named() {
        let sizes = |wasm| Sizes { wasm, script: 1, styles: 1 };
        let weights = Weights(vec![("front".to_owned(), sizes(3)), ("back".to_owned(), sizes(5))]);
        assert!(weights.ensure_within(sizes(5)).is_ok());
        let over = weights.ensure_within(sizes(4)).unwrap_err().to_string();
        assert!(over.starts_with("back weighs wasm 5 B") && !over.contains("front"), "{over}");
    }

    #[test]
    fn a_first_visit_fetches_the_program_its_scripts_and_the_style_sheet() {
        let script = Script {
            module: "/assets/front-1.wasm".to_owned(),
            loader: "/assets/front-2.js".to_owned(),
            snippets: vec!["assets/snippets/a/inline0.js".to_owned()],
        };
        let packed = [
            ("assets/front-1.wasm", 7),
            ("assets/front-2.js", 3),
            ("assets/snippets/a/inline0.js", 2),
            ("assets/ui-3.css", 1),
            ("assets/back-4.wasm", 100),
        ];
        let packed = packed.map(|(path, size)| (path.to_owned(), size)).into();
        let sizes = Sizes::of(&script, "/assets/ui-3.css", &packed);
        assert_eq!(sizes, Sizes { wasm: 7, script: 5, styles: 1 });
    }
}
