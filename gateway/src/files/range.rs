//! Which part of a file a request asks for (RFC 9110, one range).

use std::ops::Range;

use http::{HeaderMap, HeaderValue, header};

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// These bytes.
    Bytes(Range<u64>),
    /// Nothing: what was asked for lies behind the end.
    Nothing,
}

/// The part asked for of a file with this size and tag. What is not understood, and several ranges, are answered with all of it.
pub(super) fn asked(headers: &HeaderMap, size: u64, tag: &str) -> Part {
    let outdated = headers.get(header::IF_RANGE).is_some_and(|known| known != tag);
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    match range.and_then(|range| range.strip_prefix("bytes=")).and_then(|range| range.split_once('-')) {
        Some((first, last)) if !outdated => part(first.trim(), last.trim(), size).unwrap_or(Part::Whole),
        _ => Part::Whole,
    }
}

fn part(first: &str, last: &str, size: u64) -> Option<Part> {
    let range = match (first, last) {
        ("", count) => size.saturating_sub(count.parse().ok()?)..size,
        (first, "") => first.parse().ok()?..size,
        (first, last) => {
            let (first, last) = (first.parse::<u64>().ok()?, last.parse::<u64>().ok()?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(size)
        }
    };
    Some(if range.is_empty() { Part::Nothing } else { Part::Bytes(range) })
}

/// Whether the client has the content with this tag.
pub(super) fn has(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    known
        .flat_map(|tags| tags.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}

/// `Content-Range` of a part, or of none.
pub(super) fn described(part: Option<&Range<u64>>, size: u64) -> Option<HeaderValue> {
    let text = match part {
        Some(range) => format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1)),
        None => format!("bytes */{size}"),
    };
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::{Part, asked, has};

    fn range(value: &'static str) -> Part {
        let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(value))]);
        asked(&headers, 10, "\"a\"")
    }

    #[test]
    fn one_range_is_understood_and_the_rest_is_the_whole() {
        assert_eq!(asked(&HeaderMap::new(), 10, "\"a\""), Part::Whole);
        for (value, part) in [
            ("bytes=0-3", Part::Bytes(0..4)),
            ("bytes=4-", Part::Bytes(4..10)),
            ("bytes=-3", Part::Bytes(7..10)),
            ("bytes=-30", Part::Bytes(0..10)),
            ("bytes=8-99", Part::Bytes(8..10)),
            ("bytes=10-", Part::Nothing),
            ("bytes=-0", Part::Nothing),
            ("bytes=4-3", Part::Whole),
            ("bytes=0-1,4-5", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("lines=0-3", Part::Whole),
            ("bytes=-", Part::Whole),
        ] {
            assert_eq!(range(value), part, "{value}");
        }
    }

    #[test]
    fn a_part_of_what_changed_since_is_the_whole() {
        let mut headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static("bytes=0-3"))]);
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"old\""));
        assert_eq!(asked(&headers, 10, "\"new\""), Part::Whole);
        assert_eq!(asked(&headers, 10, "\"old\""), Part::Bytes(0..4));
    }

    #[test]
    fn a_known_tag_is_found_among_several() {
        let headers =
            HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static("\"x\", W/\"a\""))]);
        assert!(has(&headers, "\"a\"") && !has(&headers, "\"b\""));
    }
}
