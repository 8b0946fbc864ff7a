//! The organisation's tree. Whatever holds in a department holds in everything below it; there are no cycles.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mesh_core::error::Violations;

/// How deep the tree may be.
const DEEPEST: usize = 16;

/// How many departments there may be, archived ones included.
pub(crate) const MOST: usize = 2_000;

/// A node of the tree.
#[derive(Clone, Debug)]
pub(crate) struct Department {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) display_name: String,
    pub(crate) description: String,
    /// Empty for a root.
    pub(crate) parent_id: String,
    pub(crate) archived_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Department {
    /// Collects what is wrong with the fields people type, named below `prefix`.
    pub(crate) fn check(&self, prefix: &str, wrong: &mut Violations) {
        wrong.text(&format!("{prefix}display_name"), &self.display_name, 1..=80);
        wrong.long_text(&format!("{prefix}description"), &self.description, 0..=2_000);
        wrong.optional_id(&format!("{prefix}parent_id"), &self.parent_id, "dep");
    }
}

/// Who is below whom.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    parents: BTreeMap<String, String>,
    children: BTreeMap<String, Vec<String>>,
}

/// Why a department can't hang below another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misplaced {
    /// The new parent is the department itself or below it.
    Cycle,
    /// The tree would be deeper than it may.
    TooDeep,
}

impl Tree {
    /// The tree of (department, parent) pairs; a parent of `""` makes a root.
    pub(crate) fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut tree = Self::default();
        for (id, parent) in pairs {
            tree.children.entry(parent.clone()).or_default().push(id.clone());
            tree.parents.insert(id, parent);
        }
        tree
    }

    /// The department and everything below it; just the id when it is unknown.
    pub(crate) fn with_descendants(&self, id: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![id.to_owned()];
        while let Some(next) = open.pop() {
            open.extend(self.children.get(&next).into_iter().flatten().cloned());
            found.insert(next);
        }
        found
    }

    /// Whether the department may hang below `parent`.
    pub(crate) fn check_move(&self, id: &str, parent: &str) -> Result<(), Misplaced> {
        let above = self.path(parent);
        if above.contains(&id) {
            return Err(Misplaced::Cycle);
        }
        if above.len() + self.height(id) > DEEPEST {
            return Err(Misplaced::TooDeep);
        }
        Ok(())
    }

    /// The department and everything above it; empty for `""`.
    pub(crate) fn path<'a>(&'a self, id: &'a str) -> Vec<&'a str> {
        let start = (!id.is_empty()).then_some(id);
        let up = |id: &&'a str| self.parents.get(*id).map(String::as_str).filter(|parent| !parent.is_empty());
        std::iter::successors(start, up).take(MOST).collect()
    }

    /// Levels from the department down to its deepest descendant, itself included.
    fn height(&self, id: &str) -> usize {
        let below = self.children.get(id).into_iter().flatten();
        1 + below.map(|child| self.height(child)).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, Misplaced, Tree};

    fn tree(pairs: &[(&str, &str)]) -> Tree {
        Tree::new(pairs.iter().map(|(id, parent)| ((*id).into(), (*parent).into())))
    }

    #[test]
    fn descendants_are_found_at_every_depth() {
        let tree = tree(&[("it", ""), ("desk", "it"), ("night", "desk"), ("hr", "")]);
        let below: Vec<_> = tree.with_descendants("it").into_iter().collect();
        assert_eq!(below, ["desk", "it", "night"]);
        assert_eq!(tree.with_descendants("hr").len(), 1);
    }

    #[test]
    fn a_department_never_hangs_below_itself() {
        let tree = tree(&[("it", ""), ("desk", "it"), ("night", "desk")]);
        assert_eq!(tree.check_move("it", "night"), Err(Misplaced::Cycle));
        assert_eq!(tree.check_move("it", "it"), Err(Misplaced::Cycle));
        assert_eq!(tree.check_move("night", "it"), Ok(()));
        assert_eq!(tree.check_move("night", ""), Ok(()));
    }

    #[test]
    fn the_tree_has_sixteen_levels_at_most() {
        let names: Vec<String> = (0..DEEPEST).map(|level| format!("d{level}")).collect();
        let pairs = names.iter().enumerate().map(|(level, id)| {
            (id.clone(), level.checked_sub(1).map_or_else(String::new, |up| names[up].clone()))
        });
        let tree = Tree::new(pairs);
        assert_eq!(tree.check_move("new", &names[DEEPEST - 1]), Err(Misplaced::TooDeep));
        assert_eq!(tree.check_move("new", &names[DEEPEST - 2]), Ok(()));
    }
}
