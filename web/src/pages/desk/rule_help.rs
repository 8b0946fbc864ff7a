//! Help while somebody writes a rule over tickets: what could come next, and what is wrong, as the server says it.

use gloo_timers::future::TimeoutFuture;
use proto::tickets::v1::{CompleteFilterResponse, FilterProblem, FilterSuggestion};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::parts::{Form, Offer};
use crate::text;

/// How long nobody types until the server is asked, in milliseconds.
const CALM: u32 = 300;

/// What is offered, and the last rule that was understood.
#[derive(Clone, Copy)]
pub(super) struct RuleHelp {
    offers: Signal<Vec<Offer>>,
    sound: Signal<String>,
}

impl RuleHelp {
    /// Helps with a rule in the present scope; what is wrong with it is marked at the field with this name.
    pub(super) fn follow(rule: Signal<String>, form: Form, field: &'static str) -> Self {
        let help =
            Self { offers: create_signal(Vec::new()), sound: create_signal(rule.get_clone_untracked()) };
        let words = create_signal(Vec::<Offer>::new());
        spawn_local_scoped(async move {
            if let Ok(answer) = api::views::complete(String::new(), 0).await {
                words.set(offers(&answer.suggestions));
                help.offers.set(words.get_clone_untracked());
            }
        });
        create_effect(move || {
            let written = rule.get_clone();
            spawn_local_scoped(async move {
                TimeoutFuture::new(CALM).await;
                let cursor = i32::try_from(written.chars().count()).unwrap_or(i32::MAX);
                // Without an answer there is only no help; whoever takes the rule refuses what is wrong.
                if let Ok(answer) = api::views::complete(written.clone(), cursor).await {
                    help.take(written, &answer, words, form, field);
                }
            });
        });
        help
    }

    /// The words that may stand in the rule.
    pub(super) fn offers(self) -> ReadSignal<Vec<Offer>> {
        *self.offers
    }

    /// The last rule nothing was wrong with.
    pub(super) fn sound(self) -> ReadSignal<String> {
        *self.sound
    }

    fn take(
        self,
        written: String,
        answer: &CompleteFilterResponse,
        words: Signal<Vec<Offer>>,
        form: Form,
        field: &'static str,
    ) {
        self.offers.set(joined(offers(&answer.suggestions), &words.get_clone_untracked()));
        if let Some(problem) = &answer.problem {
            return form.mark(field, told(problem));
        }
        form.unmark(field);
        if self.sound.with_untracked(|sound| *sound != written) {
            self.sound.set(written);
        }
    }
}

/// What is wrong, with its place, as fields read it.
fn told(problem: &FilterProblem) -> String {
    text::sentence(&format!("line {}, column {}: {}", problem.line, problem.column, problem.message))
}

/// Words of the server as the field offers them: values without their quotes, since one writes them after the first.
fn offers(suggestions: &[FilterSuggestion]) -> Vec<Offer> {
    let offer = |suggestion: &FilterSuggestion| Offer {
        word: suggestion.text.trim_matches('"').to_owned(),
        detail: if suggestion.about.is_empty() { suggestion.gives.clone() } else { suggestion.about.clone() },
    };
    suggestions.iter().filter(|suggestion| suggestion.kind != "operator").map(offer).collect()
}

/// The words of the place first, then those that may stand anywhere.
fn joined(mut here: Vec<Offer>, anywhere: &[Offer]) -> Vec<Offer> {
    let more: Vec<Offer> =
        anywhere.iter().filter(|offer| here.iter().all(|known| known.word != offer.word)).cloned().collect();
    here.extend(more);
    here
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{FilterProblem, FilterSuggestion};

    use super::{joined, offers, told};

    #[test]
    fn a_problem_is_told_with_its_place() {
        let problem = FilterProblem { line: 1, column: 7, message: "there is no variable `prio`".into() };
        assert_eq!(told(&problem), "Line 1, column 7: there is no variable `prio`.");
    }

    #[test]
    fn values_are_offered_without_quotes_and_operators_not_at_all() {
        let suggestion = |text: &str, kind: &str| FilterSuggestion {
            text: text.into(),
            kind: kind.into(),
            ..FilterSuggestion::default()
        };
        let here = offers(&[suggestion("\"OPEN\"", "value"), suggestion("==", "operator")]);
        let anywhere = offers(&[suggestion("status", "variable"), suggestion("OPEN", "value")]);
        let words: Vec<_> = joined(here, &anywhere).into_iter().map(|offer| offer.word).collect();
        assert_eq!(words, ["OPEN", "status"]);
    }
}
