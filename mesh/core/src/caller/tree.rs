//! Who is below whom in the organisation. Whatever holds in a department holds in everything below it.

use std::collections::{BTreeMap, BTreeSet};

/// How many steps up are taken at most, so that a tree that is damaged is no endless way.
const HIGHEST: usize = 64;

/// The departments as they hang below each other, at some moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    version: i64,
    parents: BTreeMap<String, String>,
    children: BTreeMap<String, Vec<String>>,
}

impl Tree {
    /// The tree of (department, parent) pairs; a parent of `""` makes a root.
    pub fn new(version: i64, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut tree = Self { version, ..Self::default() };
        for (id, parent) in pairs {
            tree.children.entry(parent.clone()).or_default().push(id.clone());
            tree.parents.insert(id, parent);
        }
        tree
    }

    /// Counts up with every change of any department.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The department and everything below it; just the id when it is unknown.
    pub fn with_descendants(&self, id: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![id.to_owned()];
        while let Some(next) = open.pop() {
            if found.contains(&next) {
                continue;
            }
            open.extend(self.children.get(&next).into_iter().flatten().cloned());
            found.insert(next);
        }
        found
    }

    /// The department and everything above it, itself first; empty for `""`.
    pub fn path<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> {
        let start = (!id.is_empty()).then_some(id);
        let up = |id: &&'a str| self.parents.get(*id).map(String::as_str).filter(|parent| !parent.is_empty());
        std::iter::successors(start, up).take(HIGHEST)
    }

    /// Levels from the department down to its deepest descendant, itself included.
    pub fn height(&self, id: &str) -> usize {
        let below = self.children.get(id).into_iter().flatten();
        1 + below.map(|child| self.height(child)).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    fn tree(pairs: &[(&str, &str)]) -> Tree {
        Tree::new(1, pairs.iter().map(|(id, parent)| ((*id).into(), (*parent).into())))
    }

    #[test]
    fn descendants_are_found_at_every_depth() {
        let tree = tree(&[("it", ""), ("desk", "it"), ("night", "desk"), ("hr", "")]);
        let below: Vec<_> = tree.with_descendants("it").into_iter().collect();
        assert_eq!(below, ["desk", "it", "night"]);
        assert_eq!(tree.with_descendants("hr").len(), 1);
        assert_eq!(tree.path("night").collect::<Vec<_>>(), ["night", "desk", "it"]);
        assert_eq!((tree.path("").count(), tree.height("it")), (0, 3));
    }

    #[test]
    fn a_damaged_tree_is_no_endless_way() {
        let ring = tree(&[("a", "b"), ("b", "a")]);
        assert_eq!(ring.with_descendants("a").len(), 2);
        assert!(ring.path("a").count() <= 64);
    }
}
