//! What a queue says in lists: whom it asks and when, which skills it wants, and how much a kind of ticket is.

use std::collections::BTreeMap;

use proto::workflow::v1::{ItemSize, Queue, QueueTier, SkillNeed};
use sycamore::prelude::*;

use super::parts::department_options;
use crate::app::App;
use crate::parts::{Form, Named, Rows, SelectBox};
use crate::text::t;
use crate::time::{self, Unit};

/// A length of time as it is typed: a number and its unit; blank is none.
#[derive(Clone, Copy)]
pub(super) struct Span {
    count: Signal<String>,
    unit: Signal<String>,
}

impl Span {
    pub(super) fn of(length: Option<&prost_types::Duration>) -> Self {
        let (count, unit) = time::in_units(length.map_or(0, |length| length.seconds));
        let count = if length.is_some() { count.to_string() } else { String::new() };
        Self { count: create_signal(count), unit: create_signal(unit.key().to_owned()) }
    }

    /// The length; `Err` when what is typed is none.
    pub(super) fn read(self) -> Result<Option<prost_types::Duration>, ()> {
        let count = self.count.get_clone();
        if count.trim().is_empty() {
            return Ok(None);
        }
        let seconds = time::from_units(&count, &self.unit.get_clone()).filter(|seconds| *seconds >= 0);
        seconds.map(|seconds| Some(prost_types::Duration { seconds, nanos: 0 })).ok_or(())
    }

    pub(super) fn view(self, label: String) -> View {
        let units = Unit::ALL.map(|unit| (unit.key().to_owned(), t!(unit.words()))).to_vec();
        let unit_label = format!("{label}: {}", t!("unit"));
        view! {
            span(class="span") {
                input(class="input", aria-label=label, inputmode="numeric", autocomplete="off", bind:value=self.count)
                SelectBox(label=unit_label, value=self.unit, options=units)
            }
        }
    }
}

/// A department that is asked, and after how long.
#[derive(Clone, Copy)]
pub(super) struct Tier {
    department: Signal<String>,
    after: Span,
}

/// A skill that is wanted.
#[derive(Clone, Copy)]
pub(super) struct Need {
    skill: Signal<String>,
    level: Signal<String>,
    mandatory: Signal<bool>,
    timeout: Span,
}

/// How much the tickets of a rule are.
#[derive(Clone, Copy)]
pub(super) struct Size {
    matches: Signal<String>,
    units: Signal<String>,
}

/// The three lists.
#[derive(Clone, Copy)]
pub(super) struct Lists {
    tiers: Rows<Tier>,
    needs: Rows<Need>,
    sizes: Rows<Size>,
}

impl Tier {
    fn of(department: &str, after: Option<&prost_types::Duration>) -> Self {
        Self { department: create_signal(department.to_owned()), after: Span::of(after) }
    }
}

impl Need {
    fn of(need: &SkillNeed) -> Self {
        Self {
            skill: create_signal(need.skill.clone()),
            level: create_signal(need.level.max(1).to_string()),
            mandatory: create_signal(need.mandatory),
            timeout: Span::of(need.timeout.as_ref()),
        }
    }

    fn read(self) -> Result<SkillNeed, ()> {
        Ok(SkillNeed {
            skill: self.skill.get_clone().trim().to_owned(),
            level: self.level.get_clone().parse().map_err(drop)?,
            mandatory: self.mandatory.get(),
            timeout: self.timeout.read()?,
        })
    }
}

impl Size {
    fn of(size: &ItemSize) -> Self {
        Self {
            matches: create_signal(size.matches.clone()),
            units: create_signal(size.units.max(1).to_string()),
        }
    }

    fn read(self) -> Result<ItemSize, ()> {
        let units = self.units.get_clone().trim().parse().map_err(drop)?;
        Ok(ItemSize { matches: self.matches.get_clone().trim().to_owned(), units })
    }
}

impl Lists {
    pub(super) fn of(queue: &Queue) -> Self {
        let tier = |tier: &QueueTier| {
            tier.department_ids.iter().map(|id| Tier::of(id, tier.after.as_ref())).collect::<Vec<_>>()
        };
        Self {
            tiers: Rows::of(queue.tiers.iter().flat_map(tier)),
            needs: Rows::of(queue.skills.iter().map(Need::of)),
            sizes: Rows::of(queue.sizes.iter().map(Size::of)),
        }
    }

    /// The queue with what is typed; the name of the list in which something is no number otherwise.
    pub(super) fn put(self, queue: Queue) -> Result<Queue, &'static str> {
        let lines =
            self.tiers.all().into_iter().map(|tier| Ok((tier.department.get_clone(), tier.after.read()?)));
        let tiers = lines.collect::<Result<Vec<_>, ()>>().map_err(|()| "tiers")?;
        let skills = self.needs.all().into_iter().map(Need::read);
        let sizes = self.sizes.all().into_iter().map(Size::read);
        Ok(Queue {
            tiers: tiers_of(tiers),
            skills: skills.collect::<Result<_, ()>>().map_err(|()| "skills")?,
            sizes: sizes.collect::<Result<_, ()>>().map_err(|()| "sizes")?,
            ..queue
        })
    }

    pub(super) fn fields(self, app: App, form: Form) -> View {
        let tiers = Named { label: "queue-tiers", hint: "queue-tiers-hint", add: "queue-tier-add" };
        let needs = Named { label: "queue-skills", hint: "queue-skills-hint", add: "queue-skill-add" };
        let sizes = Named { label: "queue-sizes", hint: "queue-sizes-hint", add: "queue-size-add" };
        let tiers = self.tiers.field(
            "tiers",
            tiers,
            form,
            || Tier::of("", None),
            move |number, tier| tier_fields(app, number, tier),
        );
        let needs = self.needs.field("skills", needs, form, || Need::of(&SkillNeed::default()), need_fields);
        let sizes = self.sizes.field("sizes", sizes, form, || Size::of(&ItemSize::default()), size_fields);
        view! { (tiers) (needs) (sizes) }
    }
}

/// Departments that join at the same time are one tier; those that join first come first. A line without a department asks nobody.
fn tiers_of(lines: Vec<(String, Option<prost_types::Duration>)>) -> Vec<QueueTier> {
    let mut tiers: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (department, after) in lines.into_iter().filter(|(department, _)| !department.is_empty()) {
        let known = tiers.entry(after.map_or(0, |after| after.seconds)).or_default();
        if !known.contains(&department) {
            known.push(department);
        }
    }
    let after = |seconds: i64| (seconds > 0).then_some(prost_types::Duration { seconds, nanos: 0 });
    tiers
        .into_iter()
        .map(|(seconds, department_ids)| QueueTier { department_ids, after: after(seconds) })
        .collect()
}

fn tier_fields(app: App, number: usize, tier: Tier) -> View {
    let options = create_memo(move || department_options(app, "choose"));
    let label = t!("queue-tier-department", number = number);
    let after = tier.after.view(t!("queue-tier-after", number = number));
    view! {
        SelectBox(label=label, value=tier.department, options=options)
        span(class="small muted") { (t!("queue-after")) }
        (after)
    }
}

fn need_fields(number: usize, need: Need) -> View {
    let (skill, level) = (t!("queue-skill", number = number), t!("queue-skill-level", number = number));
    let levels: Vec<_> = (1..=5).map(|level| (level.to_string(), level.to_string())).collect();
    let optional = create_selector(move || !need.mandatory.get());
    view! {
        input(class="input", aria-label=skill, maxlength="50", autocomplete="off", bind:value=need.skill)
        span(class="level") { SelectBox(label=level, value=need.level, options=levels) }
        label(class="check") { input(r#type="checkbox", bind:checked=need.mandatory) span(class="small") { (t!("queue-skill-must")) } }
        (if optional.get() {
            let span = need.timeout.view(t!("queue-skill-until", number = number));
            view! { span(class="small muted") { (t!("queue-until")) } (span) }
        } else {
            View::new()
        })
    }
}

fn size_fields(number: usize, size: Size) -> View {
    let (rule, units) = (t!("queue-size-rule", number = number), t!("queue-size-units", number = number));
    view! {
        input(class="input mono", aria-label=rule, placeholder="ticket.priority == \"URGENT\"", maxlength="2000", autocomplete="off", "spellcheck"="false", bind:value=size.matches)
        input(class="input short", aria-label=units, inputmode="numeric", autocomplete="off", bind:value=size.units)
        span(class="small muted") { (t!("queue-units")) }
    }
}

/// What is special about a queue, in a line.
pub(super) fn summary(queue: &Queue) -> String {
    let mut said = Vec::new();
    if queue.offers {
        said.push(t!("queue-said-offers"));
    }
    if queue.tiers.len() > 1 {
        said.push(t!("queue-said-tiers", count = i64::try_from(queue.tiers.len()).unwrap_or_default()));
    }
    said.extend(queue.skills.iter().map(|need| format!("{} {}", need.skill, need.level)));
    if !queue.sizes.is_empty() {
        said.push(t!("queue-said-sizes"));
    }
    said.join(" · ")
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{ItemSize, Queue, QueueTier, SkillNeed};
    use sycamore::prelude::*;

    use super::{Lists, summary, tiers_of};

    fn length(seconds: i64) -> prost_types::Duration {
        prost_types::Duration { seconds, nanos: 0 }
    }

    fn queue() -> Queue {
        Queue {
            offers: true,
            tiers: vec![
                QueueTier { department_ids: vec!["dep_1".into(), "dep_2".into()], after: None },
                QueueTier { department_ids: vec!["dep_3".into()], after: Some(length(900)) },
            ],
            skills: vec![SkillNeed {
                skill: "French".into(),
                level: 3,
                mandatory: false,
                timeout: Some(length(60)),
            }],
            sizes: vec![ItemSize { matches: "true".into(), units: 2 }],
            ..Queue::default()
        }
    }

    #[test]
    fn lists_are_kept_as_they_were_when_nothing_is_typed() {
        let _root = create_root(|| {
            assert_eq!(Lists::of(&queue()).put(queue()), Ok(queue()));
        });
        assert_eq!(summary(&queue()), "offers · 2 tiers · French 3 · sizes");
    }

    #[test]
    fn what_is_no_number_is_refused_by_its_list() {
        let _root = create_root(|| {
            let lists = Lists::of(&queue());
            lists.sizes.all()[0].units.set("two".into());
            assert_eq!(lists.put(queue()), Err("sizes"));
            lists.tiers.all()[2].after.count.set("soon".into());
            assert_eq!(lists.put(queue()), Err("tiers"));
        });
    }

    #[test]
    fn departments_that_join_together_are_one_tier() {
        let line = |id: &str, after| (id.to_owned(), after);
        let tiers = tiers_of(vec![
            line("b", Some(length(60))),
            line("a", None),
            line("", None),
            line("c", Some(length(0))),
        ]);
        assert_eq!(tiers[0].department_ids, ["a", "c"]);
        assert_eq!((tiers[1].department_ids.len(), tiers[1].after), (1, Some(length(60))));
    }
}
