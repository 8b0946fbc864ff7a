//! The organisation's tree. Whatever holds in a department holds in everything below it; there are no cycles.

use jiff::Timestamp;
use mesh_core::{caller::Tree, error::Violations};

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

/// Why a department can't hang below another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misplaced {
    /// The new parent is the department itself or below it.
    Cycle,
    /// The tree would be deeper than it may.
    TooDeep,
}

/// Whether the department may hang below `parent`.
pub(crate) fn check_move(tree: &Tree, id: &str, parent: &str) -> Result<(), Misplaced> {
    let above: Vec<_> = tree.path(parent).collect();
    if above.contains(&id) {
        return Err(Misplaced::Cycle);
    }
    if above.len() + tree.height(id) > DEEPEST {
        return Err(Misplaced::TooDeep);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use mesh_core::caller::Tree;

    use super::{DEEPEST, Misplaced, check_move};

    fn tree(pairs: &[(&str, &str)]) -> Tree {
        Tree::new(1, pairs.iter().map(|(id, parent)| ((*id).into(), (*parent).into())))
    }

    #[test]
    fn a_department_never_hangs_below_itself() {
        let tree = tree(&[("it", ""), ("desk", "it"), ("night", "desk")]);
        assert_eq!(check_move(&tree, "it", "night"), Err(Misplaced::Cycle));
        assert_eq!(check_move(&tree, "it", "it"), Err(Misplaced::Cycle));
        assert_eq!(check_move(&tree, "night", "it"), Ok(()));
        assert_eq!(check_move(&tree, "night", ""), Ok(()));
    }

    #[test]
    fn the_tree_has_sixteen_levels_at_most() {
        let names: Vec<String> = (0..DEEPEST).map(|level| format!("d{level}")).collect();
        let pairs = names.iter().enumerate().map(|(level, id)| {
            (id.clone(), level.checked_sub(1).map_or_else(String::new, |up| names[up].clone()))
        });
        let tree = Tree::new(1, pairs);
        assert_eq!(check_move(&tree, "new", &names[DEEPEST - 1]), Err(Misplaced::TooDeep));
        assert_eq!(check_move(&tree, "new", &names[DEEPEST - 2]), Ok(()));
    }
}
