//! Permissions as people read them, and as boxes to tick.

use proto::identity::v1::Permission;
use sycamore::prelude::*;

use crate::parts::CheckField;
use crate::text::t;

/// A permission and whether it is ticked.
pub(super) type Tick = (Permission, Signal<bool>);

/// Boxes for the permissions, group by group.
pub(super) fn boxes(ticks: &[Tick]) -> View {
    let mut groups: Vec<(String, Vec<View>)> = Vec::new();
    for (permission, ticked) in ticks {
        let code = proto::permission::code(*permission);
        let group = code.split('.').next().unwrap_or_default().to_owned();
        let (label, ticked) = (permission_name(&code), *ticked);
        let tick = view! { CheckField(label=label, value=ticked) };
        match groups.last_mut() {
            Some((of, ticks)) if *of == group => ticks.push(tick),
            _ => groups.push((group, vec![tick])),
        }
    }
    let groups = groups.into_iter().map(|(group, ticks)| {
        let (words, ticks) = (group_name(&group), View::from(ticks));
        view! { fieldset(class="rights") { legend { (words) } (ticks) } }
    });
    let groups = View::from(groups.collect::<Vec<_>>());
    view! { div(class="all-rights") { (groups) } }
}

/// The numbers of those that are ticked, as a request takes them.
pub(super) fn ticked(ticks: &[Tick]) -> Vec<i32> {
    let ticked = ticks.iter().filter(|(_, ticked)| ticked.get_untracked());
    ticked.map(|(permission, _)| (*permission).into()).collect()
}

/// What a group of permissions is called.
pub(super) fn group_name(group: &str) -> String {
    t!(&format!("permissions-{group}"))
}

/// What a permission allows, in a few words.
pub(super) fn permission_name(code: &str) -> String {
    t!(&format!("permission-{}", code.replace(['.', '_'], "-")))
}

#[cfg(test)]
mod tests {
    use super::{group_name, permission_name};

    #[test]
    fn every_permission_has_words() {
        for permission in proto::permission::all() {
            let code = proto::permission::code(permission);
            assert!(!permission_name(&code).starts_with("permission-"), "{code}");
            let group = code.split('.').next().unwrap();
            assert!(!group_name(group).starts_with("permissions-"), "{group}");
        }
    }
}
