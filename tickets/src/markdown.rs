//! Markdown to HTML that is safe to show.
//!
//! The invariant: what comes out holds no script, no style, no event handler and no link but to http, https or mail, whatever
//! came in. HTML people typed is shown as they typed it: the renderer escapes it, and the sanitiser would drop it.

use std::{collections::HashSet, sync::LazyLock};

use ammonia::{Builder, clean_text};
use comrak::{Arena, Node, Options, arena_tree::NodeEdge, format_html, nodes::NodeValue, parse_document};

/// Deeper nesting is nobody's text; sanitising it would take time by the square of its depth.
const DEEPEST: usize = 100;
/// Longer HTML is nobody's text either; a small table can ask for millions of cells.
const LONGEST: usize = 1 << 20;

static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(options);

/// Renders text people wrote. What is nested beyond all reason is shown as it was typed.
pub(crate) fn render(text: &str) -> String {
    static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(sanitiser);
    let arena = Arena::new();
    let root = parse_document(&arena, text, &OPTIONS);
    let mut html = String::new();
    if is_deep(root) || format_html(root, &OPTIONS, &mut html).is_err() || html.len() > LONGEST {
        return format!("<pre>{}</pre>", clean_text(text));
    }
    SANITISER.clean(&html).to_string()
}

/// The words of a text without the marks around them, for where there is one line of it.
pub(crate) fn plain(text: &str) -> String {
    let arena = Arena::new();
    let mut plain = String::with_capacity(text.len());
    for node in parse_document(&arena, text, &OPTIONS).descendants() {
        let data = node.data();
        if data.value.block() && !plain.is_empty() && !plain.ends_with(' ') {
            plain.push(' ');
        }
        match &data.value {
            NodeValue::Text(words) => plain.push_str(words),
            NodeValue::Code(code) => plain.push_str(&code.literal),
            NodeValue::CodeBlock(code) => plain.push_str(code.literal.trim_end()),
            NodeValue::SoftBreak | NodeValue::LineBreak => plain.push(' '),
            _ => {}
        }
    }
    plain
}

/// Whether anything stands below more than [`DEEPEST`] others.
fn is_deep(root: Node<'_>) -> bool {
    let mut depth = 0_usize;
    root.traverse().any(|edge| {
        match edge {
            NodeEdge::Start(_) => depth += 1,
            NodeEdge::End(_) => depth -= 1,
        }
        depth > DEEPEST
    })
}

/// What people know from elsewhere: tables, task lists, crossed-out text, bare links, line ends that are kept.
fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.tasklist = true;
    options.render.hardbreaks = true;
    options.render.escape = true;
    options
}

/// The sanitiser's careful defaults, plus the boxes of task lists.
fn sanitiser() -> Builder<'static> {
    let mut builder = Builder::default();
    builder
        .add_tags(["input"])
        .add_tag_attributes("input", ["checked", "disabled"])
        .set_tag_attribute_value("input", "type", "checkbox")
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{plain, render};

    /// Pieces of Markdown, of HTML, and of what is neither.
    #[rustfmt::skip]
    const PIECES: [&str; 40] = [
        "*", "**", "_", "~~", "`", "```", "\n", "\n\n", "    ", "# ", "> ", "- ", "1. ", "- [x] ", "|", "|-|\n", "[", "]", "(", ")", "![",
        "<", ">", "</", "/>", "\"", "'", "=", "&lt;", "&#106;", "\\", "<script>", "<img src=x onerror=", "javascript:", "data:text/html,",
        "http://a.example", "www.a.example", "onclick=", "ä", "word ",
    ];

    /// The tags of a text, as a browser would read them: what stands between `<` and `>`.
    fn tags(html: &str) -> impl Iterator<Item = &str> {
        html.split('<').skip(1).map(|rest| rest.split_once('>').map_or(rest, |(tag, _)| tag))
    }

    /// Elements that do nothing.
    #[rustfmt::skip]
    const HARMLESS: [&str; 32] = [
        "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "input", "li", "ol", "p", "pre",
        "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul", "sup", "div", "span", "strike",
    ];

    /// What a tag says that no text of ours may say; none when it is harmless.
    fn harm(tag: &str) -> Option<&str> {
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap_or_default();
        // Outside of quotes stand the names of attributes.
        let names = tag.split('"').step_by(2).flat_map(str::split_whitespace);
        let runs = names.clone().any(|name| name.starts_with("on") || name.starts_with("style"));
        let addresses = ["href=\"", "src=\""].into_iter().filter_map(|name| tag.split_once(name));
        let leads = addresses.map(|(_, rest)| rest.trim_start()).any(|address| {
            let scheme = address.split(':').next().unwrap_or_default().to_ascii_lowercase();
            ["javascript", "data", "vbscript"].contains(&scheme.as_str())
        });
        (!HARMLESS.contains(&name) || runs || leads).then_some(tag)
    }

    proptest! {
        #[test]
        fn no_text_whatever_comes_out_as_something_that_runs(
            pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60),
            text in any::<String>(),
        ) {
            for text in [pieces.concat(), text, pieces.join(" ")] {
                let html = render(&text);
                let harmful: Vec<_> = tags(&html).filter_map(harm).collect();
                prop_assert!(harmful.is_empty(), "{text:?} gave {html:?} with {harmful:?}");
                prop_assert!(plain(&text).len() <= text.len().saturating_mul(2) + 8);
            }
        }
    }

    #[test]
    fn what_people_write_is_rendered() {
        assert_eq!(render("**printer** on fire"), "<p><strong>printer</strong> on fire</p>\n");
        assert!(render("a\nb").contains("<br>"));
        assert!(render("- [x] done").contains("checkbox"));
    }

    #[test]
    fn one_line_of_a_text_has_its_words_and_none_of_its_marks() {
        let text = "## To do\n\n1. Choose **guest**\n2. Say `yes`\n\n| who | what |\n|---|---|\n| [you](https://a.example) | wait |";
        assert_eq!(plain(text), "To do Choose guest Say yes who what you wait");
        assert_eq!(plain("a\nb\n\n    code"), "a b code");
    }

    #[test]
    fn nothing_that_runs_comes_out() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[a](javascript:alert(1))",
            "![a](javascript:alert(1))",
            "[a](data:text/html;base64,PHNjcmlwdD4=)",
            "<a href=\"vbscript:x\" style=\"color:red\" onclick=x>a</a>",
            "<svg><style><img src=x onerror=alert(1)></style></svg>",
            "<iframe src=//evil.example></iframe>",
        ] {
            let html = render(hostile);
            for forbidden in [
                "<script",
                "<img src=x",
                "<svg",
                "<style",
                "<iframe",
                "<a href=\"javascript",
                "<a href=\"data",
                "<a href=\"vb",
            ] {
                assert!(!html.contains(forbidden), "{hostile} gave {html}");
            }
        }
    }

    #[test]
    fn html_is_shown_as_it_was_typed() {
        assert_eq!(render("use <b>bold</b>"), "<p>use &lt;b&gt;bold&lt;/b&gt;</p>\n");
    }

    #[test]
    fn what_would_take_forever_is_shown_as_typed() {
        let table = format!("{}\n{}\n{}", "|a".repeat(1_000), "|-".repeat(1_000), "|b\n".repeat(20_000));
        for hostile in [">".repeat(60_000), "+ ".repeat(30_000), table] {
            let html = render(&hostile);
            assert!(html.starts_with("<pre>"), "{:?} gave {}", &hostile[..9], html.len());
        }
        for hostile in ["[", "*a ", "`", "![a](", "<a ", "www.a", "~~a "] {
            assert!(render(&hostile.repeat(60_000 / hostile.len())).len() < 1_000_000, "{hostile}");
        }
    }
}
