//! `index.html` and the icon sprite it carries.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::bindings::Script;

const LINKS: &str = "<!-- ui -->";
const ICONS: &str = "<!-- icons -->";

/// The page with links to this build in place of its markers.
pub(super) fn fill(source: &str, script: &Script, styles: &str, icons: &str) -> Result<String> {
    ensure!(source.contains(LINKS), "web/index.html has no {LINKS}; put it into its <head>");
    ensure!(
        icons.is_empty() || source.contains(ICONS),
        "web/index.html has no {ICONS}, but web/icons/ has icons; put it first into its <body>"
    );
    Ok(source.replace(LINKS, &links(script, styles)).replace(ICONS, icons))
}

/// The module is fetched beside the script that will ask for it, not after.
fn links(Script { module, loader, .. }: &Script, styles: &str) -> String {
    format!(
        "<link rel=\"stylesheet\" href=\"{styles}\">\
         <link rel=\"preload\" href=\"{module}\" as=\"fetch\" type=\"application/wasm\" crossorigin>\
         <link rel=\"modulepreload\" href=\"{loader}\">\
         <script type=\"module\" src=\"{loader}\"></script>"
    )
}

/// Every icon as a symbol, to be shown by `<svg><use href="#icon-name"/></svg>`; empty without icons.
pub(super) fn sprite(folder: &Path) -> Result<String> {
    let mut symbols = String::new();
    for path in super::files_in(folder, "svg")? {
        let name = path.file_stem().and_then(|stem| stem.to_str()).context("an icon has no name")?;
        let drawing = super::read(&path)?;
        symbols +=
            &symbol(name, &drawing).with_context(|| format!("{} is no usable icon", path.display()))?;
    }
    Ok(if symbols.is_empty() { symbols } else { format!("<svg hidden>{symbols}</svg>") })
}

fn symbol(name: &str, drawing: &str) -> Result<String> {
    let (_, after) = drawing.split_once("<svg").context("it has no <svg>")?;
    let (attributes, after) = after.split_once('>').context("its <svg> is not closed")?;
    let (body, _) = after.rsplit_once("</svg>").context("it has no </svg>")?;
    let (_, after) = attributes.split_once("viewBox=\"").context("its <svg> has no viewBox")?;
    let (view_box, _) = after.split_once('"').context("its viewBox is not closed")?;
    let body: String = body.lines().map(str::trim).collect();
    Ok(format!("<symbol id=\"icon-{name}\" viewBox=\"{view_box}\">{body}</symbol>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script() -> Script {
        Script {
            module: "/assets/front-1.wasm".into(),
            loader: "/assets/front-2.js".into(),
            snippets: Vec::new(),
        }
    }

    #[test]
    fn the_page_links_to_this_build() {
        let page = fill("<head><!-- ui --></head>", &script(), "/assets/ui-3.css", "").unwrap();
        for part in
            ["href=\"/assets/ui-3.css\"", "href=\"/assets/front-1.wasm\"", "src=\"/assets/front-2.js\""]
        {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }

    #[test]
    fn a_page_without_the_marker_is_refused_with_its_remedy() {
        let refused = fill("<head></head>", &script(), "", "").unwrap_err();
        assert_eq!(refused.to_string(), "web/index.html has no <!-- ui -->; put it into its <head>");
    }

    #[test]
    fn an_icon_becomes_a_symbol_that_keeps_its_view() {
        let drawing = "<svg xmlns=\"x\" viewBox=\"0 0 16 16\">\n  <path d=\"M0 0\"/>\n</svg>\n";
        let expected = "<symbol id=\"icon-bell\" viewBox=\"0 0 16 16\"><path d=\"M0 0\"/></symbol>";
        assert_eq!(symbol("bell", drawing).unwrap(), expected);
    }
}
