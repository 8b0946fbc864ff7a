//! The pieces of which the workflows that ship with the program are put together: *Simple* and the examples.

use proto::{
    tickets::v1::{Status, WaitReason},
    workflow::v1::{CommentAsk, Presser, Stage, Transition, TransitionKind},
};

/// A stage where somebody works.
pub(crate) fn stage(key: &str, label: &str, category: Status) -> Stage {
    Stage { key: key.into(), label: label.into(), category: category.into(), ..Default::default() }
}

/// A stage that waits for one of these reasons; clocks stand still there.
pub(crate) fn waiting(key: &str, label: &str, category: Status, reasons: &[WaitReason]) -> Stage {
    let wait_reasons = reasons.iter().map(|&reason| reason.into()).collect();
    Stage { waiting: true, pauses_clocks: true, wait_reasons, ..stage(key, label, category) }
}

/// A transition that takes no comment.
pub(crate) fn transition(key: &str, label: &str, from: &[&str], to: &str) -> Transition {
    Transition {
        key: key.into(),
        label: label.into(),
        from: from.iter().map(|&stage| stage.into()).collect(),
        to: to.into(),
        comment: CommentAsk::None.into(),
        ..Default::default()
    }
}

/// A transition these people press.
pub(crate) fn pressed(
    key: &str,
    label: &str,
    from: &[&str],
    to: &str,
    comment: CommentAsk,
    pressers: &[Presser],
) -> Transition {
    Transition {
        kind: TransitionKind::User.into(),
        comment: comment.into(),
        pressers: pressers.iter().map(|&presser| presser.into()).collect(),
        ..transition(key, label, from, to)
    }
}
