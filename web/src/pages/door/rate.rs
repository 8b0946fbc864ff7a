//! Rating a request by the link of a letter: a button has to be pressed, since programs that look through mail open links.

use proto::tickets::v1::RateByLinkRequest;
use sycamore::prelude::*;

use super::{Card, outcome};
use crate::api;
use crate::app::App;
use crate::pages::rating::{RatingForm, Verdict};
use crate::parts::Form;
use crate::text::t;

/// What became of the link.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// The number of the request that was rated.
    Rated(String),
    /// Rated before, or not resolved any more; the sentence says so.
    Refused(String),
    /// Damaged or too old.
    Spent,
}

/// The form behind the link.
#[component(inline_props)]
pub(super) fn RateByLink(token: String) -> View {
    let app = use_context::<App>();
    let became = create_signal(None::<Outcome>);
    let form = Form::new();
    let request_id = api::request_id();
    let send = move |(score, comment): Verdict| {
        let (token, request_id) = (token.clone(), request_id.clone());
        let call = async move {
            let asked = RateByLinkRequest { token, score, comment, request_id };
            settle(api::tickets::rate_by_link(asked).await.map(|answer| answer.ticket_number))
        };
        form.send(app, call, move |outcome| became.set(Some(outcome)));
    };
    let text = move || if became.with(Option::is_some) { String::new() } else { t!("rate-text") };
    view! {
        Card(title=t!("rate-title"), text=text) {
            (match became.get_clone() {
                None => { let send = send.clone(); view! { div(class="panel") { div(class="body") { RatingForm(form=form, on_send=send) } } } },
                Some(Outcome::Rated(number)) => outcome("done", t!("rate-thanks"), t!("rate-thanks-text", number = number), None),
                Some(Outcome::Refused(sentence)) => outcome("star", t!("rate-not-now"), sentence, None),
                Some(Outcome::Spent) => outcome("key", t!("link-spent"), t!("rate-link-spent"), None),
            })
        }
    }
}

/// What can be mended stays in the form; what cannot is an outcome.
fn settle(answer: api::Answer<String>) -> api::Answer<Outcome> {
    match answer {
        Ok(number) => Ok(Outcome::Rated(number)),
        Err(trouble) if trouble.field("token").is_some() || trouble.kind == api::Kind::NotFound => {
            Ok(Outcome::Spent)
        }
        Err(trouble) if trouble.kind == api::Kind::Refused => Ok(Outcome::Refused(trouble.sentence)),
        Err(trouble) => Err(trouble),
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, settle};
    use crate::api::{Kind, Trouble};

    #[test]
    fn a_spent_link_is_an_outcome_and_a_lost_connection_is_tried_again() {
        assert_eq!(settle(Ok("TX-1".to_owned())), Ok(Outcome::Rated("TX-1".to_owned())));
        let trouble = |kind, fields: &[&str]| {
            let fields = fields.iter().map(|field| ((*field).to_owned(), "Is wrong.".to_owned())).collect();
            Trouble { fields, ..Trouble::said(kind, "No.".to_owned()) }
        };
        assert_eq!(settle(Err(trouble(Kind::Invalid, &["token"]))), Ok(Outcome::Spent));
        assert_eq!(settle(Err(trouble(Kind::Refused, &[]))), Ok(Outcome::Refused("No.".to_owned())));
        assert!(settle(Err(trouble(Kind::Invalid, &["comment"]))).is_err());
        assert!(settle(Err(trouble(Kind::Offline, &[]))).is_err());
    }
}
