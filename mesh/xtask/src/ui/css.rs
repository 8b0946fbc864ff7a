//! One style sheet out of many, without comments and needless white space.
//!
//! Only what can never matter is dropped: strings are kept as they are, and so is the space that separates selectors
//! or the terms of `calc()`.

use std::path::Path;

use anyhow::{Result, ensure};

/// All sheets of the folder, in the order of their names, as one.
pub(super) fn bundle(folder: &Path) -> Result<String> {
    let sheets = super::files_in(folder, "css")?;
    ensure!(!sheets.is_empty(), "{} holds no .css file", folder.display());
    sheets.iter().map(|sheet| Ok(minified(&super::read(sheet)?))).collect()
}

fn minified(sheet: &str) -> String {
    let mut out = String::with_capacity(sheet.len());
    let mut rest = sheet.trim();
    while let Some(next) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if next == '"' || next == '\'' {
            let end = string_end(rest, next);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if next.is_whitespace() {
            rest = rest.trim_start();
            if !out.is_empty() && !out.ends_with(|last: char| "{};:,".contains(last) || last.is_whitespace())
            {
                out.push(' ');
            }
        } else {
            push(&mut out, next);
            rest = &rest[next.len_utf8()..];
        }
    }
    out
}

/// Appends one character that is neither space nor string, taking back what it makes needless.
fn push(out: &mut String, next: char) {
    if "{};,".contains(next) && out.ends_with(' ') {
        out.pop();
    }
    if next == '}' && out.ends_with(';') {
        out.pop();
    }
    out.push(next);
}

/// Where the string that opens `text` ends, its closing quote included.
fn string_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        if letter == quote && !escaped {
            return at + 1;
        }
        escaped = letter == '\\' && !escaped;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::minified;

    #[test]
    fn comments_and_needless_space_go() {
        let sheet = "/* head */\n.a , .b > .c {\n  color : red;\n  margin: 0 4px;\n}\n";
        assert_eq!(minified(sheet), ".a,.b > .c{color :red;margin:0 4px}");
    }

    #[test]
    fn space_that_has_a_meaning_stays() {
        let sheet = "@media (min-width: 40em) and (hover) { .a :hover { width: calc(1px + 2px); } }";
        assert_eq!(minified(sheet), "@media (min-width:40em) and (hover){.a :hover{width:calc(1px + 2px)}}");
    }

    #[test]
    fn a_comment_between_two_words_leaves_them_apart() {
        assert_eq!(minified("a{margin:0 /* top */ 1px}"), "a{margin:0 1px}");
    }

    #[test]
    fn strings_are_kept_as_written() {
        let sheet = r#".a::before { content: "a  /* \" } b" ; }"#;
        assert_eq!(minified(sheet), r#".a::before{content:"a  /* \" } b"}"#);
    }
}
