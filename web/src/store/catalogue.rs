//! The catalogue of a department as the tree it is.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use proto::tickets::v1::{Category, Impact, Priority, PriorityMatrix, Urgency};

/// Levels the contract allows; a circle would end there.
const DEEPEST: usize = 4;

/// A category in its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Branch {
    pub(crate) category: Rc<Category>,
    /// From 1.
    pub(crate) level: usize,
    /// Its name after those above it: `IT Support › Network`.
    pub(crate) path: String,
    /// Whether there are categories below it.
    pub(crate) leads: bool,
}

/// The tree from top to bottom, siblings by their position. A category whose parent is not among them stands at the top.
pub(crate) fn branches(all: &[Category]) -> Vec<Branch> {
    let known: BTreeSet<&str> = all.iter().map(|category| category.id.as_str()).collect();
    let mut below: HashMap<&str, Vec<&Category>> = HashMap::new();
    for category in all {
        let parent = category.parent_id.as_str();
        below.entry(if known.contains(parent) { parent } else { "" }).or_default().push(category);
    }
    for siblings in below.values_mut() {
        siblings.sort_by_key(|category| (category.position, category.name.to_lowercase()));
    }
    let mut tree = Vec::with_capacity(all.len());
    grow(&below, "", "", 1, &mut tree);
    tree
}

fn grow(
    below: &HashMap<&str, Vec<&Category>>,
    parent: &str,
    path: &str,
    level: usize,
    tree: &mut Vec<Branch>,
) {
    for category in below.get(parent).into_iter().flatten() {
        let path =
            if path.is_empty() { category.name.clone() } else { format!("{path} › {}", category.name) };
        let leads = level < DEEPEST && below.contains_key(category.id.as_str());
        tree.push(Branch { category: Rc::new(Category::clone(category)), level, path: path.clone(), leads });
        if leads {
            grow(below, &category.id, &path, level + 1, tree);
        }
    }
}

/// The branches that have each of the words in their path or description, and those above them.
pub(crate) fn narrowed(tree: &[Branch], words: &str) -> Vec<Branch> {
    let wanted = words.to_lowercase();
    let wanted: Vec<&str> = wanted.split_whitespace().collect();
    let mut kept = BTreeSet::new();
    let mut above: Vec<usize> = Vec::new();
    for (at, branch) in tree.iter().enumerate() {
        above.truncate(branch.level - 1);
        above.push(at);
        let text = format!("{} {}", branch.path, branch.category.description).to_lowercase();
        let begins =
            |word: &&&str| text.split(|at: char| !at.is_alphanumeric()).any(|part| part.starts_with(**word));
        if wanted.iter().filter(begins).count() == wanted.len() {
            kept.extend(above.iter().copied());
        }
    }
    kept.into_iter().map(|at| tree[at].clone()).collect()
}

/// The priority a ticket gets that nobody sets by hand: by impact and urgency, else the category's, else normal.
pub(crate) fn priority(
    matrix: &PriorityMatrix,
    impact: Impact,
    urgency: Urgency,
    category: Option<&Category>,
) -> Priority {
    let cell = matrix.cells.iter().find(|cell| cell.impact() == impact && cell.urgency() == urgency);
    let said = impact != Impact::Unspecified && urgency != Urgency::Unspecified;
    let computed = cell.filter(|_| said).map(proto::tickets::v1::PriorityCell::priority);
    let own = computed.or_else(|| category.map(Category::default_priority));
    own.filter(|priority| *priority != Priority::Unspecified).unwrap_or(Priority::Normal)
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Category, Impact, Priority, PriorityCell, PriorityMatrix, Urgency};

    use super::{branches, narrowed, priority};

    fn category(id: &str, name: &str, parent: &str, position: i32) -> Category {
        Category {
            id: id.to_owned(),
            name: name.to_owned(),
            parent_id: parent.to_owned(),
            position,
            description: format!("Everything about {name}"),
            ..Category::default()
        }
    }

    fn catalogue() -> Vec<Category> {
        vec![
            category("1", "IT Support", "", 2),
            category("2", "Others", "", 1),
            category("3", "Network", "1", 0),
            category("4", "Account reset", "1", 1),
            category("5", "Orphan", "gone", 9),
        ]
    }

    #[test]
    fn siblings_stand_by_position_and_whoever_lost_its_parent_at_the_top() {
        let tree = branches(&catalogue());
        let seen: Vec<_> =
            tree.iter().map(|branch| (branch.path.as_str(), branch.level, branch.leads)).collect();
        assert_eq!(
            seen,
            [
                ("Others", 1, false),
                ("IT Support", 1, true),
                ("IT Support › Network", 2, false),
                ("IT Support › Account reset", 2, false),
                ("Orphan", 1, false)
            ]
        );
    }

    #[test]
    fn a_circle_of_categories_ends() {
        let circle = [category("1", "One", "2", 0), category("2", "Two", "1", 0)];
        assert!(branches(&circle).is_empty());
    }

    #[test]
    fn words_find_a_category_by_its_path_and_keep_what_is_above_it() {
        let tree = branches(&catalogue());
        let found = |words| {
            narrowed(&tree, words).into_iter().map(|branch| branch.category.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(found("supp RES"), ["IT Support", "Account reset"]);
        assert_eq!(found("").len(), 5);
        assert!(found("printer").is_empty());
    }

    #[test]
    fn priority_follows_from_the_two_else_the_category_else_is_normal() {
        let cell = |impact: Impact, urgency: Urgency, priority: Priority| PriorityCell {
            impact: impact.into(),
            urgency: urgency.into(),
            priority: priority.into(),
        };
        let matrix = PriorityMatrix {
            cells: vec![
                cell(Impact::High, Urgency::High, Priority::Urgent),
                // No such cell is ever sent; without both answers none counts all the same.
                cell(Impact::Unspecified, Urgency::Unspecified, Priority::Urgent),
            ],
            ..PriorityMatrix::default()
        };
        let low = Category { default_priority: Priority::Low.into(), ..Category::default() };
        let none = (Impact::Unspecified, Urgency::Unspecified);
        assert_eq!(priority(&matrix, Impact::High, Urgency::High, Some(&low)), Priority::Urgent);
        assert_eq!(priority(&matrix, none.0, Urgency::High, Some(&low)), Priority::Low);
        assert_eq!(priority(&matrix, none.0, none.1, None), Priority::Normal);
        assert_eq!(priority(&matrix, none.0, none.1, Some(&Category::default())), Priority::Normal);
    }
}
