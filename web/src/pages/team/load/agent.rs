//! One agent on the board.

use proto::tickets::v1::Source;
use proto::workflow::v1::{AgentLoad, AgentProfile, Presence};
use sycamore::prelude::*;

use super::sums::{capacity, is_over, list};
use crate::parts::{Icon, Person, PresenceDot, TimeAgo, presence_key};
use crate::text::t;
use crate::{browser, time};

/// The row of an agent, with lists narrowed to the department that is shown.
pub(super) fn row(load: &AgentLoad, department: &str) -> View {
    let profile = load.agent.clone().unwrap_or_default();
    let of = |rule: &str| list(&format!("assignee == \"{}\" && {rule}", profile.user_id), department);
    let open = of(r#"status in ["NEW", "OPEN"]"#);
    let waiting = of(r#"status in ["PENDING", "ON_HOLD"]"#);
    let (who, work) = (who(&profile), work(load, &open));
    let (sources, free) = (sources(load, &profile, &of), free(load, &profile));
    let (active, aside) = (load.active.to_string(), load.waiting.to_string());
    let (named, named_too) = (name_of(&profile, "team-open"), name_of(&profile, "team-waiting"));
    let over = is_over(load).then_some("");
    view! {
        tr(data-over=over) {
            th(scope="row") { (who) }
            td { (work) }
            td(class="optional") { (sources) }
            td(class="number") { a(href=open, title=named) { (active) } }
            td(class="number optional") { a(href=waiting, title=named_too) { (aside) } }
            td(class="small") { (free) }
        }
    }
}

fn name_of(profile: &AgentProfile, words: &str) -> String {
    format!("{}: {}", profile.display_name, t!(words))
}

/// The agent, whether he is there, and since when.
fn who(profile: &AgentProfile) -> View {
    let (id, since) = (profile.user_id.clone(), profile.presence_time);
    let key = presence_key(profile.presence());
    let words = t!(&format!("duty-{key}"));
    view! {
        div(class="stack tight") {
            Person(id=id)
            span(class="line tight small muted") { PresenceDot(presence=key) (words) " · " TimeAgo(time=since, stop=true) }
        }
    }
}

/// How much of what the agent takes is taken: a bar, the numbers, and in words when it is too much.
fn work(load: &AgentLoad, href: &str) -> View {
    let href = href.to_owned();
    let Some(capacity) = capacity(load) else {
        let words = t!("team-load-units", count = load.units);
        return view! { a(class="small", href=href) { (words) } };
    };
    let width = format!("{:.1}", share(load.units, capacity));
    let words = t!("team-load-of", units = load.units, capacity = capacity);
    let over = if is_over(load) {
        let words = t!("team-load-over", count = load.units - capacity);
        view! { span(class="line tight tiny late-ink") { Icon(name="alert") (words) } }
    } else {
        View::new()
    };
    view! {
        a(class="load", href=href) {
            svg(class="drawing", viewBox="0 0 100 1", preserveAspectRatio="none", aria-hidden="true") {
                rect(class="ground", width="100", height="1") {}
                rect(class="length", width=width, height="1") {}
            }
            span(class="number") { (words) }
        }
        (over)
    }
}

/// Of a hundred; a full bar says no more.
#[expect(clippy::cast_precision_loss, reason = "numbers of tickets")]
fn share(units: i64, capacity: i64) -> f64 {
    (units as f64 / capacity as f64 * 100.0).clamp(0.0, 100.0)
}

/// The word of a source in rules and, in small letters, in texts.
fn source_word(source: Source) -> &'static str {
    match source {
        Source::Unspecified | Source::Portal => "PORTAL",
        Source::Agent => "AGENT",
        Source::Email => "EMAIL",
        Source::Api => "API",
        Source::Import => "IMPORT",
    }
}

/// Work from single sources, against the limits on them.
fn sources(load: &AgentLoad, profile: &AgentProfile, of: &impl Fn(&str) -> String) -> View {
    let limits = &profile.source_capacities;
    let limit =
        |source: Source| limits.iter().find(|limit| limit.source() == source).map(|limit| limit.units);
    let idle =
        limits.iter().filter(|limit| load.source_units.iter().all(|known| known.source != limit.source));
    let all = load.source_units.iter().map(|known| (known.source(), known.units));
    let all = all.chain(idle.map(|limit| (limit.source(), 0)));
    let tags = all.map(|(source, units)| {
        let word = source_word(source);
        let href = of(&format!("source == \"{word}\" && status in [\"NEW\", \"OPEN\"]"));
        let name = t!(&format!("team-source-{}", word.to_ascii_lowercase()));
        let most = limit(source);
        let count = most.map_or_else(|| units.to_string(), |most| format!("{units}/{most}"));
        let over = most.is_some_and(|most| units > most).then_some("late");
        view! { a(class="tag", href=href, data-tone=over) { (name) " " b { (count) } } }
    });
    let tags = View::from(tags.collect::<Vec<_>>());
    view! { span(class="tags") { (tags) } }
}

/// Whether the agent takes more now, and if not, when.
fn free(load: &AgentLoad, profile: &AgentProfile) -> View {
    let words = free_words(load, profile, browser::now());
    view! { (words) }
}

fn free_words(load: &AgentLoad, profile: &AgentProfile, now: f64) -> String {
    let away = profile.away_until.filter(|until| time::millis(until) > now);
    if let Some(until) = away {
        return t!("team-free-away", date = time::date(&until));
    }
    match (profile.presence(), capacity(load)) {
        (Presence::Online, None) => t!("team-free-now"),
        (Presence::Online, Some(capacity)) if capacity > load.units => {
            t!("team-free-room", count = capacity - load.units)
        }
        (Presence::Online, Some(_)) => t!("team-free-full"),
        _ => t!("team-free-not"),
    }
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;
    use proto::workflow::v1::{AgentLoad, AgentProfile, Presence, SourceCapacity};

    use super::{free_words, row};
    use crate::app::drawn;

    fn load(presence: Presence, capacity: i32, units: i64) -> AgentLoad {
        let agent = AgentProfile {
            user_id: "usr_1".into(),
            presence: presence.into(),
            capacity,
            source_capacities: vec![SourceCapacity { source: 3, units: 1 }],
            ..AgentProfile::default()
        };
        let source_units = vec![SourceCapacity { source: 3, units: 2 }];
        AgentLoad { agent: Some(agent), active: units, units, source_units, ..AgentLoad::default() }
    }

    #[test]
    fn one_reads_whether_an_agent_takes_more() {
        let said = |load: &AgentLoad| free_words(load, &load.agent.clone().unwrap_or_default(), 0.0);
        assert_eq!(said(&load(Presence::Online, 5, 3)), "Room for 2");
        assert_eq!(said(&load(Presence::Online, 5, 5)), "Full");
        assert_eq!(said(&load(Presence::Online, 0, 9)), "Now");
        assert_eq!(said(&load(Presence::Busy, 5, 0)), "Takes nothing now");
        let mut away = load(Presence::Online, 5, 0);
        if let Some(agent) = &mut away.agent {
            agent.away_until = Some(Timestamp { seconds: 86_400, nanos: 0 });
        }
        assert!(said(&away).starts_with("Away until"));
    }

    #[test]
    fn too_much_is_said_in_words_and_every_number_is_a_link() {
        let html = drawn(|| row(&load(Presence::Online, 2, 3), ""));
        assert!(html.contains("1 too many") && html.contains("3 of 2"), "{html}");
        assert!(html.contains("data-tone=\"late\"") && html.contains("2/1"), "{html}");
        assert_eq!(html.matches("/desk/rule:").count(), 4, "{html}");
    }
}
