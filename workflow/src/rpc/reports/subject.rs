//! What a report is about: a span and departments.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use mesh_core::{
    caller::Caller,
    clock,
    error::{Result, Violations},
    policy::{self, Action, Reach, Scope},
};
use proto::workflow::v1::ReportScope;

use crate::report::{
    filter::MOST_DEPARTMENTS,
    span::{MOST_DAYS, Span},
};

/// A report that was asked for, with where it may look once that is known.
#[derive(Debug)]
pub(in crate::rpc) struct Subject {
    pub(super) span: Span,
    pub(super) zone: TimeZone,
    pub(super) reach: Reach,
}

impl Subject {
    /// Reads what was asked, and names what is wrong with it.
    pub(in crate::rpc) fn decode(scope: Option<ReportScope>, now: Timestamp, wrong: &mut Violations) -> Self {
        let scope = scope.unwrap_or_default();
        let zone = if scope.time_zone.is_empty() {
            Some(TimeZone::UTC)
        } else {
            TimeZone::get(&scope.time_zone).ok()
        };
        let unknown = "is unknown; use an IANA name such as Europe/Berlin, or leave it empty for UTC";
        wrong.when(zone.is_none(), "scope.time_zone", unknown);
        let mut time = |field, time: Option<&prost_types::Timestamp>| {
            let time = time.and_then(clock::from_proto);
            wrong.when(time.is_none(), field, "is missing or out of range; give an instant");
            time.unwrap_or(Timestamp::UNIX_EPOCH)
        };
        let from = time("scope.from_time", scope.from_time.as_ref());
        let to = time("scope.to_time", scope.to_time.as_ref());
        let span = Span::asked(from, to, now);
        let length = to.duration_since(from);
        let short = "is no hour after from_time; give a later one";
        wrong.when(span.to <= span.from && wrong.is_empty(), "scope.to_time", short);
        let long = length > SignedDuration::from_hours(24 * MOST_DAYS);
        wrong.when(long, "scope.to_time", "is more than two years after from_time; give an earlier one");
        let many = scope.department_ids.len() > MOST_DEPARTMENTS;
        wrong.when(many, "scope.department_ids", "are too many; give at most 80, or none for all");
        for (index, id) in scope.department_ids.iter().take(MOST_DEPARTMENTS).enumerate() {
            wrong.id(&format!("scope.department_ids[{index}]"), id, "dep");
        }
        Self { span, zone: zone.unwrap_or(TimeZone::UTC), reach: Reach::Departments(scope.department_ids) }
    }

    /// The same within the departments the caller may report on: those that were asked for, or all of them.
    pub(in crate::rpc) fn for_caller(self, caller: &Caller) -> Result<Self> {
        policy::check_somewhere(caller, Action::ReportRead)?;
        match self.reach {
            Reach::Departments(ids) if !ids.is_empty() => {
                for id in &ids {
                    policy::check(caller, Action::ReportRead, &Scope::department(id))?;
                }
                Ok(Self { reach: Reach::Departments(ids), ..self })
            }
            _ => Ok(Self { reach: policy::reach(caller, Action::ReportRead), ..self }),
        }
    }
}
