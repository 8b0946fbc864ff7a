//! Which trace the page's calls belong to (W3C `traceparent`), so that whoever runs the mesh finds what became of a click.
//!
//! Calls made within a moment belong together: what a press asks for, or what is fetched because of news, which goes on in the trace
//! the news came from. The invariant: no call fails because of this; without randomness it names no trace.

use std::cell::RefCell;

use super::{hex, now, random_bytes};

/// Milliseconds after which what is asked belongs to something else.
const TOGETHER: f64 = 1000.0;

#[derive(Default)]
struct Trace {
    id: String,
    since: f64,
}

thread_local! {
    static TRACE: RefCell<Trace> = RefCell::default();
}

/// What a call says of its trace. Nothing is recorded here, so it is not said to be sampled; the server decides for itself.
pub(crate) fn traceparent() -> Option<String> {
    let span = hex(&random_bytes()?[..8]);
    TRACE.with_borrow_mut(|trace| {
        let id = trace.id(now(), || Some(hex(&random_bytes()?)))?;
        Some(["00-", id, "-", &span, "-00"].concat())
    })
}

/// What is asked now is asked because of news from this trace.
pub(crate) fn follow_trace(traceparent: &str) {
    TRACE.set(Trace { id: traceparent.get(3..35).unwrap_or_default().to_owned(), since: now() });
}

/// What is asked now is asked because of a press.
pub(super) fn begin_trace() {
    TRACE.take();
}

impl Trace {
    fn id(&mut self, now: f64, fresh: impl FnOnce() -> Option<String>) -> Option<&str> {
        if self.id.is_empty() || now - self.since > TOGETHER {
            *self = Self { id: fresh()?, since: now };
        }
        Some(&self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::{TRACE, Trace, follow_trace};

    #[test]
    fn what_is_asked_within_a_second_is_one_trace() {
        let (mut trace, fresh) = (Trace::default(), || Some("fresh".to_owned()));
        assert_eq!(trace.id(5000.0, || Some("first".to_owned())), Some("first"));
        assert_eq!(trace.id(5900.0, fresh), Some("first"));
        assert_eq!(trace.id(6100.0, fresh), Some("fresh"));
    }

    #[test]
    fn what_follows_from_news_is_in_its_trace() {
        let (id, fresh) = ("0af7651916cd43dd8448eb211c80319c", || Some("fresh".to_owned()));
        follow_trace(&format!("00-{id}-b7ad6b7169203331-01"));
        assert_eq!(TRACE.take().id(0.0, fresh), Some(id));
        follow_trace("");
        assert_eq!(TRACE.take().id(0.0, fresh), Some("fresh"));
    }

    #[test]
    fn without_randomness_there_is_no_trace() {
        assert_eq!(Trace::default().id(0.0, || None), None);
        assert_eq!(super::traceparent(), None);
    }
}
