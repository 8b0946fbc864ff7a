//! One measure split by a dimension.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use mesh_core::error::{Result, Violations};
use proto::{
    tickets::v1::{Priority, Status},
    workflow::v1::Figure,
};

use super::{Subject, figure, filters, worded};
use crate::{
    counting::Counting,
    measure::{Dimension, Sums, hour_of, mean},
    report::{
        Kind, MEASURES, Measure,
        filter::{Filters, instant, is},
        span::Span,
    },
    store::{
        self,
        measured::{self, Split},
        tallies,
    },
    workflow::Workflow,
};

/// Parts an answer has at most.
const MOST: usize = 200;
/// The ages of open tickets, in days: from, to before, and what people call them.
const AGES: [(i64, i64, &str); 5] = [
    (0, 1, "Up to a day"),
    (1, 7, "1 to 7 days"),
    (7, 30, "7 to 30 days"),
    (30, 90, "30 to 90 days"),
    (90, 36_500, "90 days and more"),
];

/// A breakdown that was asked for.
#[derive(Debug)]
pub(in crate::rpc) struct Breaking {
    measure: &'static Measure,
    by: By,
}

/// What is split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// What is to do now.
    Backlog(Split),
    /// What is to do now.
    Age,
    /// What happened in the span.
    Department,
    /// What happened in the span.
    Tallied(Dimension),
}

impl Breaking {
    /// Reads what was asked, and names what is wrong with it.
    pub(in crate::rpc) fn decode(key: &str, dimension: &str, wrong: &mut Violations) -> Self {
        let measure = Measure::of(key).filter(|measure| !matches!(measure.kind, Kind::Percentile(..)));
        let unknown = "is unknown or a percentile; use one of those the method names";
        wrong.when(measure.is_none(), "measure", unknown);
        let measure = measure.unwrap_or(&MEASURES[0]);
        let by = By::of(measure, dimension);
        let problem = match measure.kind {
            Kind::Backlog => "is unknown; use age, agent, category, department, priority, stage or status",
            _ if measure.key == "stage_time" => "is unknown; use stage",
            _ => "is unknown; use agent, category, department or priority",
        };
        wrong.when(by.is_none(), "dimension", problem);
        Self { measure, by: by.unwrap_or(By::Age) }
    }
}

impl By {
    fn of(measure: &Measure, dimension: &str) -> Option<Self> {
        let split = match dimension {
            "agent" => Split::Agent,
            "category" => Split::Category,
            "department" => Split::Department,
            "priority" => Split::Priority,
            "stage" => Split::Stage,
            "status" => Split::Status,
            "age" if measure.kind == Kind::Backlog => return Some(Self::Age),
            _ => return None,
        };
        if measure.kind == Kind::Backlog {
            return Some(Self::Backlog(split));
        }
        match (split, measure.key) {
            (Split::Stage, "stage_time") => Some(Self::Tallied(Dimension::Stage)),
            (_, "stage_time") | (Split::Stage | Split::Status, _) => None,
            (Split::Agent, _) => Some(Self::Tallied(Dimension::Agent)),
            (Split::Category, _) => Some(Self::Tallied(Dimension::Category)),
            (Split::Priority, _) => Some(Self::Tallied(Dimension::Priority)),
            (Split::Department, _) => Some(Self::Department),
        }
    }

    /// The dimension as a column of tickets.
    const fn split(self) -> Split {
        match self {
            Self::Backlog(split) => split,
            Self::Age | Self::Department => Split::Department,
            Self::Tallied(Dimension::Priority) => Split::Priority,
            Self::Tallied(Dimension::Category) => Split::Category,
            Self::Tallied(Dimension::Agent) => Split::Agent,
            Self::Tallied(_) => Split::Stage,
        }
    }
}

impl Workflow {
    /// The parts, largest first.
    pub(in crate::rpc) async fn breakdown(
        &self,
        subject: &Subject,
        breaking: &Breaking,
    ) -> Result<Vec<Figure>> {
        let Breaking { measure, by } = breaking;
        let mut conn = self.read().await?;
        let mut counting = Counting { conn: &mut conn, reach: &subject.reach };
        let filters = filters(&mut counting, [*measure], subject.span).await?;
        let mut figures = match by {
            By::Age => ages(&mut counting, measure, &filters, self.db.clock().now()).await?,
            By::Backlog(split) => {
                let parts = measured::backlog(counting.conn, counting.reach, *split, None).await?;
                let part = |(part, count): (String, i64)| {
                    let filter = filters.to_do(&condition(*split, &part));
                    Figure { key: part, ..figure(measure, mean(count, 1), 0.0, filter) }
                };
                parts.into_iter().map(part).collect()
            }
            By::Department | By::Tallied(_) => {
                flow(&mut counting, measure, *by, subject.span, &filters).await?
            }
        };
        figures.retain(|figure| figure.value != 0.0 || figure.previous != 0.0);
        figures.sort_by(|a, b| b.value.total_cmp(&a.value).then_with(|| a.key.cmp(&b.key)));
        figures.truncate(MOST);
        if *by != By::Age {
            name(&mut counting, by.split(), &mut figures).await?;
        }
        Ok(figures)
    }
}

/// What happened in the span and the one before, by part.
async fn flow(
    counting: &mut Counting<'_>,
    measure: &Measure,
    by: By,
    span: Span,
    filters: &Filters,
) -> Result<Vec<Figure>> {
    let now = parts(counting, measure, by, span).await?;
    let before = parts(counting, measure, by, span.before()).await?;
    let keys = now.keys().chain(before.keys().filter(|key| !now.contains_key(*key)));
    let value = |parts: &BTreeMap<String, Sums>, key: &String| {
        parts.get(key).map_or(0.0, |sums| measure.value_of(sums))
    };
    // Times in stages are of all that were resolved: no list knows where a ticket has been.
    let part =
        |key: &str| if measure.key == "stage_time" { String::new() } else { condition(by.split(), key) };
    let figure = |key: &String| Figure {
        key: key.clone(),
        ..figure(measure, value(&now, key), value(&before, key), filters.of(measure, span, &part(key)))
    };
    Ok(keys.map(figure).collect())
}

async fn parts(
    counting: &mut Counting<'_>,
    measure: &Measure,
    by: By,
    span: Span,
) -> Result<BTreeMap<String, Sums>> {
    if let By::Tallied(dimension) = by {
        return counting.parts(dimension, measure.cohort(), span).await;
    }
    let parts = tallies::departments(counting.conn, counting.reach, span.ends()).await?;
    Ok(parts.into_iter().collect())
}

/// What is to do now by how long ago it was filed.
async fn ages(
    counting: &mut Counting<'_>,
    measure: &Measure,
    filters: &Filters,
    now: Timestamp,
) -> Result<Vec<Figure>> {
    let ago = |days: i64| match days {
        // What is filed this moment has an age, too.
        0 => Timestamp::MAX,
        _ => hour_of(now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN)),
    };
    let mut figures = vec![];
    for (least, most, label) in AGES {
        let (from, to) = (ago(most), ago(least));
        let count = measured::backlog_between(counting.conn, counting.reach, (from, to)).await?;
        let since = (most < 36_500).then(|| format!("created >= {}", instant(from)));
        let until = (least > 0).then(|| format!("created < {}", instant(to)));
        let part: Vec<_> = since.into_iter().chain(until).collect();
        let figure = figure(measure, mean(count, 1), 0.0, filters.to_do(&part.join(" && ")));
        figures.push(Figure { key: format!("{least}d"), label: label.to_owned(), ..figure });
    }
    Ok(figures)
}

/// The rule for the tickets of a part.
fn condition(split: Split, part: &str) -> String {
    match split {
        Split::Department => is("department", part),
        Split::Priority => is("priority", &word(part, Priority::as_str_name)),
        Split::Category => is("category", part),
        Split::Agent => is("assignee", part),
        Split::Stage => is("stage", part),
        Split::Status => is("status", &word(part, Status::as_str_name)),
    }
}

/// An enum's word in rules, by its number: the contract's name without the enum's.
fn word<E: TryFrom<i32> + Default>(part: &str, name: fn(&E) -> &'static str) -> String {
    let value = part.parse::<i32>().ok().and_then(|number| E::try_from(number).ok()).unwrap_or_default();
    name(&value).split_once('_').map(|(_, word)| word.to_owned()).unwrap_or_default()
}

/// Gives the parts the names people know them by. What has none, or is another service's, goes by its key.
async fn name(counting: &mut Counting<'_>, split: Split, figures: &mut [Figure]) -> Result<()> {
    let ids: Vec<_> = figures.iter().map(|figure| figure.key.clone()).collect();
    let names = match split {
        Split::Agent => store::agents::names(counting.conn, &ids).await?,
        Split::Department => store::queues::department_names(counting.conn, &ids).await?,
        _ => HashMap::new(),
    };
    for figure in figures {
        let key = std::mem::take(&mut figure.key);
        (figure.key, figure.label) = match split {
            Split::Priority => named(word(&key, Priority::as_str_name)),
            Split::Status => named(word(&key, Status::as_str_name)),
            Split::Stage => named(key),
            Split::Agent | Split::Department | Split::Category => {
                let label = names.get(&key).cloned().unwrap_or_else(|| key.clone());
                (key, label)
            }
        };
    }
    Ok(())
}

fn named(key: String) -> (String, String) {
    let label = worded(&key);
    (key, label)
}
