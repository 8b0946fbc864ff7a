//! The browser UI: from `web/` to the files the gateway serves.
//!
//! | from | to `target/ui/` |
//! |---|---|
//! | `web/src/bin/<program>.rs` | `assets/<program>-<hash>.wasm`, `assets/<program>-<hash>.js` (the second starts the first) |
//! | `web/styles/*.css`, in the order of their names | `assets/ui-<hash>.css` |
//! | `web/icons/*.svg` | `<symbol id="icon-<name>">` where `index.html` says `<!-- icons -->` |
//! | `web/public/**` | the same path |
//! | `web/index.html`, its `<!-- ui -->` replaced by the links to the first program of `web/programs.txt` | `index.html` |
//! | the same with the links to another program | `<word>/index.html` for each word its addresses begin with |
//!
//! Invariants: what lies under `assets/` never changes under its name, so it may be cached for ever; a file is written
//! only when its content changed, so a gateway that embeds the folder is not rebuilt for nothing.

mod bindings;
mod css;
mod page;
mod programs;
mod site;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use rayon::prelude::*;

use crate::workspace::{cargo, output, root, run, target};
use programs::Program;
use site::Site;

pub(crate) use programs::{Sizes, Weights};

/// The browser, as rustc calls it.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct Options {
    /// Optimise for size (profile `release-wasm`) and compress as hard as possible
    #[arg(long)]
    pub(crate) release: bool,
}

/// Builds everything, prints and answers what a first visit to each program weighs on the wire.
pub(crate) fn build(options: Options) -> Result<Weights> {
    let web = root().join("web");
    let programs = programs::read(&read(&web.join("programs.txt"))?)?;
    compile(options)?;
    let folder = target().join(TARGET).join(if options.release { "release-wasm" } else { "debug" });

    let mut site = Site::default();
    let styles = site.asset("ui", "css", css::bundle(&web.join("styles"))?.into_bytes());
    let icons = page::sprite(&web.join("icons"))?;
    let source = read(&web.join("index.html"))?;
    let bound = programs.par_iter().map(|program| bindings::bind(&folder, &program.name, options.release));
    let mut scripts = Vec::new();
    for (program, (script, files)) in programs.iter().zip(bound.collect::<Result<Vec<_>>>()?) {
        site.join(files);
        let page = page::fill(&source, &script, &styles, &icons)?;
        for path in program.pages() {
            site.file(&path, page.clone().into_bytes());
        }
        scripts.push(script);
    }
    site.copy_tree(&web.join("public"))?;
    let packed = site.write(&root().join("target/ui"), options.release)?;
    let weigh = |(program, script): (Program, _)| (program.name, Sizes::of(&script, &styles, &packed));
    let weights = Weights(programs.into_iter().zip(scripts).map(weigh).collect());
    println!("{weights}\n-> target/ui");
    Ok(weights)
}

/// All programs at once: what they have in common is compiled once.
fn compile(options: Options) -> Result<()> {
    ensure_target()?;
    let profile = if options.release { "release-wasm" } else { "dev" };
    run(&mut cargo(["build", "--package", "web", "--bins", "--target", TARGET, "--profile", profile]))
}

/// The pinned toolchain names the target, so rustup brings it; a toolchain from elsewhere is asked for it by name.
fn ensure_target() -> Result<()> {
    let mut rustc = Command::new("rustc");
    let libraries = output(rustc.current_dir(root()).args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    run(Command::new("rustup").current_dir(root()).args(["target", "add", TARGET]))
        .with_context(|| format!("the Rust target {TARGET} is missing; install it for the toolchain in use"))
}

/// The text of a file, or an error that names it.
fn read(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(!text.trim().is_empty(), "{} is empty", path.display());
    Ok(text)
}

/// The files of one kind in a folder, in the order of their names; a missing folder holds none.
fn files_in(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    Ok(paths)
}
