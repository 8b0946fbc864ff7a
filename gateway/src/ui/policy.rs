//! The security headers, and the content security policy with the hashes of the page's own inline scripts and styles.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::HeaderValue;

/// On every answer.
pub(super) const EVERYWHERE: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), \
         payment=(), usb=(), browsing-topics=()",
    ),
];

/// The strictest policy under which the page works: nothing inline but what the page itself has, WASM but no `eval`.
pub(super) fn content_security(page: &str) -> HeaderValue {
    let scripts = hashes(page, "script");
    let styles = hashes(page, "style");
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'{styles}; img-src 'self' data: blob:; \
         font-src 'self'; connect-src 'self'; worker-src 'self'; frame-src 'self'; manifest-src 'self'; media-src 'self' blob:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// ` 'sha256-…'` for each inline element of that name.
fn hashes(page: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut hashes = String::new();
    for rest in page.split(open.as_str()).skip(1) {
        let Some((attributes, rest)) = rest.split_once('>') else {
            continue;
        };
        let Some((content, _)) = rest.split_once(close.as_str()) else {
            continue;
        };
        if !attributes.contains("src=") && !content.is_empty() {
            let hash = BASE64_STANDARD.encode(digest(&SHA256, content.as_bytes()));
            hashes.extend([" 'sha256-", &hash, "'"]);
        }
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::content_security;

    #[test]
    fn inline_scripts_are_allowed_by_their_hash_and_no_other_way() {
        let page =
            "<script src=\"/assets/a.js\"></script><script type=\"module\">alert('Hello, world.');</script>";
        let policy = content_security(page);
        let policy = policy.to_str().expect("text");
        // The example of the CSP specification.
        assert!(
            policy.contains(
                "script-src 'self' 'wasm-unsafe-eval' 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=';"
            ),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    }
}
