//! Of an agent: limits on the tickets of single sources, and an absence that is announced.

use proto::tickets::v1::Source;
use proto::workflow::v1::{AgentProfile, SourceCapacity};
use sycamore::prelude::*;

use crate::parts::{Form, Named, Rows, SelectBox, SelectField, TextField};
use crate::text::t;
use crate::time;

const SOURCES: [(Source, &str); 5] = [
    (Source::Portal, "agent-source-portal"),
    (Source::Agent, "agent-source-agent"),
    (Source::Email, "agent-source-email"),
    (Source::Api, "agent-source-api"),
    (Source::Import, "agent-source-import"),
];

/// A limit as it is typed.
#[derive(Clone, Copy)]
struct Limit {
    source: Signal<String>,
    units: Signal<String>,
}

/// The limits on single sources.
#[derive(Clone, Copy)]
pub(super) struct Limits(Rows<Limit>);

impl Limits {
    pub(super) fn of(profile: &AgentProfile) -> Self {
        let limit = |limit: &SourceCapacity| Limit {
            source: create_signal(limit.source().as_str_name().to_owned()),
            units: create_signal(limit.units.to_string()),
        };
        Self(Rows::of(profile.source_capacities.iter().map(limit)))
    }

    /// The limits; none when one of them is no number.
    pub(super) fn read(self) -> Option<Vec<SourceCapacity>> {
        let read = |limit: Limit| {
            let source = Source::from_str_name(&limit.source.get_clone()).unwrap_or_default().into();
            Some(SourceCapacity { source, units: limit.units.get_clone().trim().parse().ok()? })
        };
        self.0.all().into_iter().map(read).collect()
    }

    pub(super) fn field(self, form: Form) -> View {
        let named = Named { label: "agent-limits", hint: "agent-limits-hint", add: "agent-limit-add" };
        let new = || Limit {
            source: create_signal(Source::Portal.as_str_name().to_owned()),
            units: create_signal("1".to_owned()),
        };
        self.0.field("source_capacities", named, form, new, fields)
    }
}

fn fields(number: usize, limit: Limit) -> View {
    let sources = SOURCES.map(|(source, words)| (source.as_str_name().to_owned(), t!(words))).to_vec();
    let (source, units) =
        (t!("agent-limit-source", number = number), t!("agent-limit-units", number = number));
    view! {
        SelectBox(label=source, value=limit.source, options=sources)
        input(class="input short", aria-label=units, inputmode="numeric", autocomplete="off", bind:value=limit.units)
        span(class="small muted") { (t!("queue-units")) }
    }
}

/// An absence as it is typed.
#[derive(Clone, Copy)]
pub(super) struct Absence {
    until: Signal<String>,
    delegate: Signal<String>,
}

impl Absence {
    pub(super) fn of(profile: &AgentProfile) -> Self {
        Self {
            until: create_signal(profile.away_until.as_ref().map(time::local).unwrap_or_default()),
            delegate: create_signal(profile.delegate_id.clone()),
        }
    }

    /// Until when, and who takes the work meanwhile.
    pub(super) fn read(self) -> (Option<prost_types::Timestamp>, String) {
        (time::instant(&self.until.get_clone()), self.delegate.get_clone())
    }

    pub(super) fn fields(self, form: Form, others: Vec<(String, String)>) -> View {
        let nobody = (String::new(), t!("nobody"));
        let options: Vec<_> = std::iter::once(nobody).chain(others).collect();
        view! {
            div(class="pair") {
                TextField(name="away_until", label=t!("agent-away"), value=self.until, form=form, hint=t!("agent-away-hint"), optional=true, r#type="datetime-local")
                SelectField(name="delegate_id", label=t!("agent-delegate"), value=self.delegate, options=options, form=form, hint=t!("agent-delegate-hint"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Source;
    use proto::workflow::v1::{AgentProfile, SourceCapacity};
    use sycamore::prelude::*;

    use super::Limits;

    #[test]
    fn limits_are_kept_as_they_were_and_what_is_no_number_is_none() {
        let _root = create_root(|| {
            let kept = vec![SourceCapacity { source: Source::Email.into(), units: 3 }];
            let profile = AgentProfile { source_capacities: kept.clone(), ..AgentProfile::default() };
            let limits = Limits::of(&profile);
            assert_eq!(limits.read(), Some(kept));
            limits.0.all()[0].units.set("many".into());
            assert_eq!(limits.read(), None);
        });
    }
}
