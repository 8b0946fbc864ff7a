//! Figures of each agent.

use std::collections::BTreeMap;

use mesh_core::{caller::Caller, error::Result, page};
use proto::workflow::v1::{AgentReport, GetAgentReportRequest, GetAgentReportResponse};

use super::{Subject, figure, filters};
use crate::{
    agent::Agent,
    counting::Counting,
    measure::{Dimension, Sums, mean},
    report::{Measure, OF_AGENTS, filter::is, span::Span},
    rpc::cut,
    store::{
        self,
        agents::Wanted,
        measured::{self, Cohort, Split},
    },
    workflow::Workflow,
};

/// Agents a page has when nothing was asked.
const PAGE: i32 = 50;

/// What agents did in a span, by their ids.
struct Done {
    answered: BTreeMap<String, Sums>,
    resolved: BTreeMap<String, Sums>,
}

impl Workflow {
    /// A page of those who may answer tickets where the report looks, by name.
    pub(in crate::rpc) async fn agent_report(
        &self,
        caller: &Caller,
        subject: &Subject,
        ask: &GetAgentReportRequest,
    ) -> Result<GetAgentReportResponse> {
        let query = GetAgentReportRequest { page_size: 0, page_token: String::new(), ..ask.clone() };
        let after = self.pages.open(caller, &query, &ask.page_token)?;
        let size = page::size(ask.page_size, PAGE);
        let mut conn = self.read().await?;
        let wanted = Wanted { reach: &subject.reach, oneself: "", department_id: "", user_id: "", after };
        let mut agents = store::agents::list(&mut conn, wanted, size + 1).await?;
        let next_page_token = match cut(&mut agents, size) {
            Some(last) => {
                self.pages.seal(caller, &query, &(&last.access.display_name, &last.access.user_id))?
            }
            None => String::new(),
        };
        let mut counting = Counting { conn: &mut conn, reach: &subject.reach };
        let agents = reports(&mut counting, subject.span, &agents).await?;
        Ok(GetAgentReportResponse { agents, next_page_token })
    }
}

async fn reports(counting: &mut Counting<'_>, span: Span, agents: &[Agent]) -> Result<Vec<AgentReport>> {
    let measures: Vec<_> = OF_AGENTS.iter().filter_map(|key| Measure::of(key)).collect();
    let filters = filters(counting, measures.iter().copied(), span).await?;
    let open = measured::backlog(counting.conn, counting.reach, Split::Agent, None).await?;
    let (now, before) = (done(counting, span).await?, done(counting, span.before()).await?);
    let report = |agent: &Agent| {
        let id = &agent.access.user_id;
        let part = is("assignee", id);
        let backlog = Measure::of("backlog").map(|backlog| {
            figure(backlog, mean(open.get(id).copied().unwrap_or_default(), 1), 0.0, filters.to_do(&part))
        });
        let flow = measures.iter().map(|measure| {
            figure(
                measure,
                now.value(measure, id),
                before.value(measure, id),
                filters.of(measure, span, &part),
            )
        });
        AgentReport {
            user_id: id.clone(),
            display_name: agent.access.display_name.clone(),
            figures: backlog.into_iter().chain(flow).collect(),
        }
    };
    Ok(agents.iter().map(report).collect())
}

async fn done(counting: &mut Counting<'_>, span: Span) -> Result<Done> {
    Ok(Done {
        answered: counting.parts(Dimension::Agent, Cohort::Answered, span).await?,
        resolved: counting.parts(Dimension::Agent, Cohort::Resolved, span).await?,
    })
}

impl Done {
    fn value(&self, measure: &Measure, user_id: &str) -> f64 {
        let parts = if measure.cohort() == Cohort::Answered { &self.answered } else { &self.resolved };
        parts.get(user_id).map_or(0.0, |sums| measure.value_of(sums))
    }
}
