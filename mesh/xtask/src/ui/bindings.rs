//! wasm-bindgen, as a library: one module in, one module and its JavaScript out.
//!
//! `wasm-opt` is left out on purpose: it saves a hundredth on the wire, and the versions that distributions carry
//! produce modules that do not start.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::site::Site;

/// Where a program lies: the addresses of its module and of the script that starts it, the paths of JavaScript that came with it.
pub(super) struct Script {
    pub(super) module: String,
    pub(super) loader: String,
    pub(super) snippets: Vec<String>,
}

/// What the program of that name, as cargo left it in the folder, adds to the site.
pub(super) fn bind(folder: &Path, name: &str, release: bool) -> Result<(Script, Site)> {
    let mut site = Site::default();
    let module = folder.join(name).with_extension("wasm");
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&module).out_name(name).web(true)?.typescript(false);
    bindgen.remove_name_section(release).remove_producers_section(release);
    let mut output = bindgen
        .generate_output()
        .with_context(|| format!("wasm-bindgen cannot read {}", module.display()))?;
    ensure!(output.npm_dependencies().is_empty(), "the UI must not depend on npm packages");
    let snippets = snippets(&output);
    let module = site.asset(name, "wasm", output.wasm_mut().emit_wasm());
    // The loader starts the program itself, so that the page needs no inline script and the content policy no hash.
    let loader = format!("{}\n__wbg_init({{ module_or_path: \"{module}\" }});\n", output.js().trim_end());
    let loader = site.asset(name, "js", loader.into_bytes());
    let paths = snippets.iter().map(|(path, _)| path.clone()).collect();
    for (path, script) in snippets {
        site.file(&path, script.into_bytes());
    }
    Ok((Script { module, loader, snippets: paths }, site))
}

/// JavaScript written next to Rust; wasm-bindgen imports it by these paths, relative to the loader.
fn snippets(output: &wasm_bindgen_cli_support::Output) -> Vec<(String, String)> {
    let inline = output.snippets().iter().flat_map(|(folder, scripts)| {
        let name = move |number: usize| format!("assets/snippets/{folder}/inline{number}.js");
        scripts.iter().enumerate().map(move |(number, script)| (name(number), script.clone()))
    });
    let modules = output.local_modules().iter();
    inline.chain(modules.map(|(path, script)| (format!("assets/snippets/{path}"), script.clone()))).collect()
}
