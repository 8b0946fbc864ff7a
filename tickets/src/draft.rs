//! What somebody is writing, and what becomes of it when tickets are merged.
//!
//! The invariant: nothing typed is lost. Two drafts of one person that come to lie on one ticket become one, which says both.

use crate::ticket::Micros;

/// A text on its way to become a comment.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) save_time: Micros,
}

impl Draft {
    /// What this draft is after another one of the same person came to it.
    fn and(self, more: &Self) -> Self {
        let save_time = self.save_time.max(more.save_time);
        let text = [self.text.as_str(), more.text.as_str()].into_iter().filter(|text| !text.is_empty());
        Self { text: text.collect::<Vec<_>>().join("\n\n"), save_time }
    }

    /// What lies on the target after drafts came to what lay there, in order.
    pub(crate) fn joined<'a>(own: Option<Self>, came: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        came.into_iter().fold(own, |own, more| Some(own.map_or_else(|| more.clone(), |own| own.and(more))))
    }
}

#[cfg(test)]
mod tests {
    use super::Draft;

    #[test]
    fn two_drafts_become_one_that_says_both() {
        let draft = |text: &str, save_time| Draft { text: text.into(), save_time };
        let (dear, sir) = (draft("Dear", 2), draft("Sir", 1));
        assert_eq!(Draft::joined(None, [&dear]), Some(dear.clone()));
        assert_eq!(Draft::joined(Some(dear), [&sir, &draft("", 9)]), Some(draft("Dear\n\nSir", 9)));
        assert_eq!(Draft::joined(None, []), None);
    }
}
