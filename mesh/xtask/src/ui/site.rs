//! The set of files the gateway serves, gathered in memory, then laid down with as few writes as possible.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

/// Files by their path below the site's root.
#[derive(Default)]
pub(super) struct Site(BTreeMap<String, Vec<u8>>);

impl Site {
    /// Adds a file that may change under its name.
    pub(super) fn file(&mut self, path: &str, content: Vec<u8>) {
        self.0.insert(path.to_owned(), content);
    }

    /// Adds a file whose name says its content; answers its address.
    pub(super) fn asset(&mut self, name: &str, extension: &str, content: Vec<u8>) -> String {
        let digest = hex::encode(&Sha256::digest(&content)[..8]);
        let path = format!("assets/{name}-{digest}.{extension}");
        let address = format!("/{path}");
        self.0.insert(path, content);
        address
    }

    /// Adds all files of another.
    pub(super) fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Adds every file below the folder under its own path; a missing folder adds none.
    pub(super) fn copy_tree(&mut self, folder: &Path) -> Result<()> {
        for path in if folder.is_dir() { tree(folder)? } else { Vec::new() } {
            let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            self.file(&below(folder, &path)?, content);
        }
        Ok(())
    }

    /// Makes the folder hold exactly this site: each file, and beside it its `.br` and `.gz` where that is smaller.
    /// `hard` compresses the programs as far as it goes, which takes seconds. Answers the size of each file after brotli.
    pub(super) fn write(mut self, folder: &Path, hard: bool) -> Result<BTreeMap<String, usize>> {
        let originals = std::mem::take(&mut self.0);
        let pack = |(path, content): (&String, &Vec<u8>)| {
            let quality = if hard || extension(path) != Some("wasm") { 11 } else { 4 };
            compressed(&folder.join(path), content, quality)
        };
        let packed = originals.par_iter().map(pack).collect::<Result<Vec<_>>>()?;
        let mut sizes = BTreeMap::new();
        for ((path, content), (brotli, gzip)) in originals.into_iter().zip(packed) {
            sizes.insert(path.clone(), brotli.len().min(content.len()));
            for (suffix, packed) in [("br", brotli), ("gz", gzip)] {
                if packed.len() < content.len() {
                    self.0.insert(format!("{path}.{suffix}"), packed);
                }
            }
            self.0.insert(path, content);
        }
        self.lay_down(folder)?;
        Ok(sizes)
    }

    fn lay_down(&self, folder: &Path) -> Result<()> {
        for (path, content) in &self.0 {
            let path = folder.join(path);
            if fs::read(&path).is_ok_and(|before| before == *content) {
                continue;
            }
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        }
        for path in tree(folder)? {
            if !self.0.contains_key(&below(folder, &path)?) {
                fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
        Ok(())
    }
}

fn extension(path: &str) -> Option<&str> {
    Path::new(path).extension()?.to_str()
}

/// The content as brotli and gzip; what lies at the path from the same content is taken again.
fn compressed(path: &Path, content: &[u8], quality: i32) -> Result<(Vec<u8>, Vec<u8>)> {
    let unchanged = fs::read(path).is_ok_and(|before| before == content);
    let before = |suffix| fs::read(path.with_added_extension(suffix)).ok().filter(|_| unchanged);
    match (before("br"), before("gz")) {
        (Some(brotli), Some(gzip)) => Ok((brotli, gzip)),
        _ => Ok((brotli(content, quality)?, gzip(content)?)),
    }
}

/// Every file below the folder.
fn tree(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(tree(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn below(folder: &Path, path: &Path) -> Result<String> {
    let path = path.strip_prefix(folder)?;
    Ok(path.to_str().with_context(|| format!("{} is not valid UTF-8", path.display()))?.to_owned())
}

fn brotli(content: &[u8], quality: i32) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams { quality, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut packed, &parameters)?;
    Ok(packed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(content)?;
    Ok(packer.finish()?)
}
