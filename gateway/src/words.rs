//! What a refusal says to people: `google.rpc.LocalizedMessage`, in the language the caller's client asks for.
//!
//! The invariant: the words are the UI's own (`web/locales`), so a program that shows them says what the UI says. Where the UI has no
//! sentence for a reason, the sentence is the service's, which is English and marked so. An error that comes after the first message
//! of a stream carries none: it stands in the trailers, which pass untouched.

use std::sync::LazyLock;

use fluent_bundle::{FluentResource, concurrent::FluentBundle};
use fluent_langneg::{NegotiationStrategy, negotiate_languages, parse_accepted_languages};
use http::{HeaderMap, Response, header};
use mesh_core::error::reason_of;
use prost::Message as _;
use prost_types::Any;
use proto::{errors::v1::ErrorReason, reason::Reason as _};
use tonic::{Code, Status, body::Body};
use tonic_types::pb::{self, LocalizedMessage};
use unic_langid::LanguageIdentifier;

/// The languages there are, and what the UI says in each of what went wrong. English is first: it is spoken to whoever asks for
/// none of them.
const LANGUAGES: [(&str, &str); 2] = [
    ("en", include_str!("../../web/locales/en/common.ftl")),
    ("de", include_str!("../../web/locales/de/common.ftl")),
];

const TYPE_URL: &str = "type.googleapis.com/google.rpc.LocalizedMessage";

static SPOKEN: LazyLock<Vec<Language>> =
    LazyLock::new(|| LANGUAGES.map(|(tag, texts)| Language::new(tag, texts)).into());

/// A language with its sentences.
pub(crate) struct Language {
    tag: LanguageIdentifier,
    sentences: FluentBundle<FluentResource>,
}

impl Language {
    fn new(tag: &str, texts: &str) -> Self {
        let tag: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut sentences = FluentBundle::new_concurrent(vec![tag.clone()]);
        sentences.set_use_isolating(false);
        // A resource with a mistake still brings its sound entries; the UI's tests refuse the mistake.
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(texts.to_owned());
        sentences.add_resource_overriding(resource);
        Self { tag, sentences }
    }

    /// The language a client asks for; English when it asks for none of ours.
    pub(crate) fn of(headers: &HeaderMap) -> &'static Self {
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|asked| asked.to_str().ok());
        let asked = parse_accepted_languages(asked.unwrap_or_default());
        let tags: Vec<_> = SPOKEN.iter().map(|language| &language.tag).collect();
        let found = negotiate_languages(&asked, &tags, None, NegotiationStrategy::Lookup);
        let found = found.first().and_then(|tag| SPOKEN.iter().find(|language| language.tag == ***tag));
        found.unwrap_or(&SPOKEN[0])
    }

    /// The response; a refusal that stands in its head says besides what people are told.
    pub(crate) fn tell(&self, mut response: Response<Body>) -> Response<Body> {
        let refusal = Status::from_header_map(response.headers()).filter(|status| status.code() != Code::Ok);
        if let Some(told) = refusal.and_then(|status| self.told(&status)) {
            // What is longer than a header may be is told without.
            let _ = told.add_header(response.headers_mut());
        }
        response
    }

    /// The status with the sentence for people; `None` when it is none of ours.
    fn told(&self, status: &Status) -> Option<Status> {
        let reason = reason_of(status)?;
        let mut whole = pb::Status::decode(status.details()).ok()?;
        let value = self.sentence(status, &reason).encode_to_vec();
        whole.details.retain(|detail| detail.type_url != TYPE_URL);
        whole.details.push(Any { type_url: TYPE_URL.to_owned(), value });
        Some(Status::with_details(status.code(), status.message(), whole.encode_to_vec().into()))
    }

    fn sentence(&self, status: &Status, reason: &str) -> LocalizedMessage {
        let own = self.say(&format!("trouble-{}", reason.to_ascii_lowercase().replace('_', "-")));
        let own = own.or_else(|| self.say(of_kind(status.code(), reason)?));
        let (tag, message) = match own {
            Some(message) => (&self.tag, message),
            None => (&SPOKEN[0].tag, status.message().to_owned()),
        };
        LocalizedMessage { locale: tag.to_string(), message }
    }

    fn say(&self, id: &str) -> Option<String> {
        let pattern = self.sentences.get_message(id)?.value()?;
        Some(self.sentences.format_pattern(pattern, None, &mut Vec::new()).into_owned())
    }
}

/// The sentence for every refusal of a kind, where the code says all that people need to know.
fn of_kind(code: Code, reason: &str) -> Option<&'static str> {
    Some(match code {
        Code::Unavailable | Code::DeadlineExceeded => "trouble-offline",
        Code::Unauthenticated => "trouble-signed-out",
        Code::Unimplemented => "trouble-not-built",
        Code::Internal => "trouble-fault",
        Code::ResourceExhausted if reason != ErrorReason::BodyTooLarge.name() => "trouble-busy",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Response, header};
    use mesh_core::error::{Error, reason_of};
    use proto::errors::v1::ErrorReason;
    use tonic::{Status, body::Body};
    use tonic_types::StatusExt as _;

    use super::Language;

    fn told(asked: &'static str, error: Error) -> Status {
        let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(asked))]);
        let response: Response<Body> = Status::from(error).into_http();
        Status::from_header_map(Language::of(&headers).tell(response).headers()).expect("a refusal")
    }

    fn words(asked: &'static str, error: Error) -> (String, String) {
        let said = told(asked, error).get_details_localized_message().expect("a sentence");
        (said.locale, said.message)
    }

    #[test]
    fn people_are_told_in_the_language_their_client_asks_for() {
        let spent = || Error::unauthenticated(&ErrorReason::TokenExpired, "the token's time is over");
        let german = ("de".to_owned(), "Ihre Sitzung ist beendet. Melden Sie sich wieder an.".to_owned());
        let english = ("en".to_owned(), "Your session has ended. Sign in again.".to_owned());
        assert_eq!(words("de-CH,de;q=0.9,en;q=0.8", spent()), german);
        assert_eq!(words("en-GB,de;q=0.5", spent()), english);
        assert_eq!(words("fr", spent()), english);
        assert_eq!(words("", spent()), english);
    }

    #[test]
    fn what_only_the_service_can_say_stays_english_and_is_marked_so() {
        let (locale, message) = words("de", Error::invalid("subject", "is empty; give 1 to 255 characters"));
        assert_eq!((locale.as_str(), message.as_str()), ("en", "subject is empty; give 1 to 255 characters"));
    }

    #[test]
    fn everything_else_a_refusal_says_stays() {
        let status = told("de", Error::invalid("subject", "is empty; give 1 to 255 characters"));
        assert_eq!(reason_of(&status).as_deref(), Some("INVALID_FIELDS"));
        assert_eq!(
            status.get_details_bad_request().expect("the fields").field_violations[0].field,
            "subject"
        );
    }
}
