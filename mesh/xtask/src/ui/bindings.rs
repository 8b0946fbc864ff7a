//! wasm-bindgen, as a library: one module in, one module and its JavaScript out.
//!
//! `wasm-opt` is left out on purpose: it saves a hundredth on the wire, and the versions that distributions carry
//! produce modules that do not start.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::site::Site;

/// The addresses of the two halves of the program.
pub(super) struct Script {
    pub(super) module: String,
    pub(super) loader: String,
}

/// Adds the program to the site.
pub(super) fn add(site: &mut Site, module: &Path, release: bool) -> Result<Script> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name("ui").web(true)?.typescript(false);
    bindgen.remove_name_section(release).remove_producers_section(release);
    let mut output = bindgen
        .generate_output()
        .with_context(|| format!("wasm-bindgen cannot read {}", module.display()))?;
    ensure!(output.npm_dependencies().is_empty(), "the UI must not depend on npm packages");
    add_snippets(site, &output);
    let module = site.asset("ui", "wasm", output.wasm_mut().emit_wasm());
    // The loader starts the program itself, so that the page needs no inline script and the content policy no hash.
    let loader = format!("{}\n__wbg_init({{ module_or_path: \"{module}\" }});\n", output.js().trim_end());
    let loader = site.asset("ui", "js", loader.into_bytes());
    Ok(Script { module, loader })
}

/// JavaScript written next to Rust; wasm-bindgen imports it by these paths, relative to the loader.
fn add_snippets(site: &mut Site, output: &wasm_bindgen_cli_support::Output) {
    for (folder, scripts) in output.snippets() {
        for (number, script) in scripts.iter().enumerate() {
            site.file(&format!("assets/snippets/{folder}/inline{number}.js"), script.clone().into_bytes());
        }
    }
    for (path, script) in output.local_modules() {
        site.file(&format!("assets/snippets/{path}"), script.clone().into_bytes());
    }
}
