//! The priority matrix: which priority goes with which impact and urgency.

use mesh_core::error::Violations;
use proto::tickets::v1::{Impact, Priority, PriorityCell, Urgency};

const IMPACTS: [Impact; 3] = [Impact::Low, Impact::Medium, Impact::High];
const URGENCIES: [Urgency; 3] = [Urgency::Low, Urgency::Medium, Urgency::High];
/// Its cells.
const CELLS: usize = IMPACTS.len() * URGENCIES.len();

/// A priority for each pair, and the version it was read at. Kept as nine numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Matrix {
    priorities: [Priority; CELLS],
    pub(crate) version: i64,
}

impl Matrix {
    /// The matrix of a column; `None` when it is none.
    pub(crate) fn of_column(column: &str, version: i64) -> Option<Self> {
        let number = |word: &str| word.parse::<i32>().ok().and_then(|number| Priority::try_from(number).ok());
        let priorities: Option<Vec<_>> = column.split(' ').map(number).collect();
        Some(Self { priorities: priorities?.try_into().ok()?, version })
    }

    /// The column's text.
    pub(crate) fn to_column(self) -> String {
        self.priorities.map(|priority| (priority as i32).to_string()).join(" ")
    }

    /// The priority that follows, when both are known.
    pub(crate) fn priority(&self, impact: Impact, urgency: Urgency) -> Option<Priority> {
        place(impact, urgency).map(|place| self.priorities[place])
    }

    /// The cells as messages carry them.
    pub(crate) fn cells(&self) -> Vec<PriorityCell> {
        let pairs = IMPACTS.into_iter().flat_map(|impact| URGENCIES.map(|urgency| (impact, urgency)));
        let cell = |((impact, urgency), priority): ((Impact, Urgency), Priority)| PriorityCell {
            impact: impact.into(),
            urgency: urgency.into(),
            priority: priority.into(),
        };
        pairs.zip(self.priorities).map(cell).collect()
    }

    /// The version for the wire.
    pub(crate) fn etag(&self) -> String {
        self.version.to_string()
    }
}

/// Where a pair stands.
fn place(impact: Impact, urgency: Urgency) -> Option<usize> {
    let row = IMPACTS.iter().position(|one| *one == impact)?;
    let column = URGENCIES.iter().position(|one| *one == urgency)?;
    Some(row * URGENCIES.len() + column)
}

/// The matrix of what was sent for the one of `version`; what is wrong is named.
pub(crate) fn check_matrix(cells: &[PriorityCell], version: i64, wrong: &mut Violations) -> Matrix {
    let mut priorities = [Priority::Unspecified; CELLS];
    for (index, cell) in cells.iter().take(CELLS).enumerate() {
        let path = format!("matrix.cells[{index}]");
        match place(cell.impact(), cell.urgency()) {
            None => wrong.add(path, "has no impact or no urgency; give both"),
            Some(place) if priorities[place] != Priority::Unspecified => {
                wrong.add(path, "is the second one of its pair; give each pair once");
            }
            Some(_) if cell.priority() == Priority::Unspecified => {
                wrong.add(format!("{path}.priority"), "is unknown; use LOW, NORMAL, HIGH or URGENT");
            }
            Some(place) => priorities[place] = cell.priority(),
        }
    }
    let problem = "are not nine; give one for each impact and urgency";
    wrong.when(cells.len() != CELLS, "matrix.cells", problem);
    Matrix { priorities, version }
}
