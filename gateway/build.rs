//! Embeds the browser UI that `cargo xtask` leaves in `target/ui/`: every file with its compressed siblings, by its path.
//! Without that folder nothing is embedded, and the gateway serves a page that says how to build it.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let folder = manifest.join("../target/ui");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = BTreeMap::new();
    if folder.join("index.html").is_file() {
        collect(&folder, &folder, &mut files)?;
    }
    fs::write(out.join("ui.rs"), embed(&files, &out.join("ui"))?)?;
    Ok(())
}

/// The table of files as Rust. It names copies, since a build of the UI may replace the files before this crate is compiled.
fn embed(files: &BTreeMap<String, PathBuf>, copies: &Path) -> Result<String, Box<dyn Error>> {
    if copies.exists() {
        fs::remove_dir_all(copies)?;
    }
    fs::create_dir_all(copies)?;
    let mut table = String::from("[\n");
    for (number, (path, file)) in files.iter().enumerate() {
        let copy = copies.join(number.to_string());
        fs::copy(file, &copy)?;
        writeln!(table, "    ({path:?}, include_bytes!({:?}) as &[u8]),", copy.display().to_string())?;
    }
    table.push_str("]\n");
    Ok(table)
}

/// Every file below `folder` by its path below `root`, with `/` between names.
fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            let names: Vec<_> = path.strip_prefix(root)?.iter().map(|name| name.to_string_lossy()).collect();
            files.insert(names.join("/"), path);
        }
    }
    Ok(())
}
