//! Ways from one version to another: which stage each stage leads to, and what a run is there.
//!
//! Pure. Invariant: a passage that was made has a target for every stage where work goes on, none of them an end, and every run can
//! take it without being asked for a wait reason.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mesh_core::error::{Error, Result, Violations};
use proto::{
    tickets::v1::WaitReason,
    workflow::v1::{ErrorReason, RunMigrated, Stage},
};

use crate::{
    definition::Definition,
    engine::implied_wait,
    run::{Run, Wait},
};

/// Targets by the stages they are for.
#[derive(Debug)]
pub(crate) struct Passage<'d> {
    from: &'d Definition,
    to: &'d Definition,
    targets: BTreeMap<&'d str, &'d Stage>,
}

impl<'d> Passage<'d> {
    /// The passage of a map; stages of the same key need no entry. Everything that is wrong with the map otherwise.
    pub(crate) fn new(
        from: &'d Definition,
        to: &'d Definition,
        map: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let (mut wrong, mut lacking, mut targets) = (Violations::default(), Vec::new(), BTreeMap::new());
        for key in map.keys().filter(|key| from.stage(key).is_none()) {
            wrong.add(format!("stages[{key}]"), "is no stage of the version the runs are on; remove it");
        }
        for stage in from.stages().iter().filter(|stage| !stage.end) {
            match to.stage(map.get(&stage.key).unwrap_or(&stage.key)) {
                None => lacking.push(format!("“{}” ({})", stage.label, stage.key)),
                Some(target) => {
                    if let Some(problem) = against(stage, target) {
                        wrong.add(format!("stages[{}]", stage.key), problem);
                    }
                    targets.insert(stage.key.as_str(), target);
                }
            }
        }
        wrong.into_result()?;
        if lacking.is_empty() {
            return Ok(Self { from, to, targets });
        }
        let message = format!("these stages have no target; name one for each: {}", lacking.join(", "));
        Err(Error::failed_precondition(&ErrorReason::StageMapIncomplete, message))
    }

    /// What a run is on the other side, and what to write into its history; `None` for one that is over or elsewhere.
    pub(crate) fn take(&self, run: &Run, now: Timestamp) -> Option<(Run, RunMigrated)> {
        let pinned = run.workflow_id == self.from.workflow_id && run.workflow_version == self.from.number;
        let target = self.targets.get(run.stage.as_str()).filter(|_| pinned && run.is_open())?;
        Some(land(run, self.from, self.to, target, now))
    }
}

/// Why a run cannot be led into a stage.
pub(crate) fn against(from: &Stage, target: &Stage) -> Option<String> {
    let kept = |reason: WaitReason| target.wait_reasons().any(|offered| offered == reason);
    let keeps = from.wait_reasons().next().is_some() && from.wait_reasons().all(kept);
    if target.end {
        return Some(format!("leads to the end “{}”; lead to a stage where work goes on", target.label));
    }
    let asks = implied_wait(target).is_err() && !keeps;
    asks.then(|| {
        format!("leads to “{}”, which needs a wait reason nobody gives; lead elsewhere", target.label)
    })
}

/// The run in a stage of another version. Where it stays in the stage it was in, its time there goes on.
pub(crate) fn land(
    run: &Run,
    from: &Definition,
    to: &Definition,
    target: &Stage,
    now: Timestamp,
) -> (Run, RunMigrated) {
    let label = |stage: &str| from.stage(stage).map_or_else(|| stage.to_owned(), |stage| stage.label.clone());
    let migrated = RunMigrated {
        from_workflow_id: run.workflow_id.clone(),
        from_version: run.workflow_version,
        from_stage_key: run.stage.clone(),
        from_stage_label: label(&run.stage),
        to_workflow_id: to.workflow_id.clone(),
        to_version: to.number,
        to_stage_key: target.key.clone(),
        to_stage_label: target.label.clone(),
    };
    let stays = run.stage == target.key && run.category == target.category();
    let mut landed = run.clone();
    landed.workflow_id.clone_from(&to.workflow_id);
    landed.workflow_version = to.number;
    landed.stage.clone_from(&target.key);
    landed.category = target.category();
    landed.staged_at = if stays { run.staged_at } else { now };
    landed.wait = wait(run, target);
    if !landed.visited.contains(&target.key) {
        landed.visited.push(target.key.clone());
    }
    landed.queue_if_needed(now);
    (landed, migrated)
}

/// The wait a run has there: its own while the stage offers it, else the one the stage implies.
fn wait(run: &Run, target: &Stage) -> Option<Wait> {
    let own = run.wait.filter(|wait| target.wait_reasons().any(|offered| offered == wait.reason));
    own.or_else(|| implied_wait(target).ok().flatten())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proto::{
        tickets::v1::{Status, WaitReason},
        workflow::v1::{Stage, Version},
    };

    use super::Passage;
    use crate::{
        definition::Definition,
        engine::tests::{START, run},
        simple,
    };

    fn version(number: usize, change: impl FnOnce(&mut Vec<Stage>)) -> Definition {
        let mut version = simple::versions().remove(number);
        let graph = version.graph.as_mut().expect("a graph");
        change(&mut graph.stages);
        // Without stages of Simple its transitions would lead nowhere.
        graph.transitions.clear();
        Definition::new(Version { number: i32::try_from(number).expect("small") + 1, ..version })
            .expect("a definition")
    }

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|&(from, to)| (from.to_owned(), to.to_owned())).collect()
    }

    #[test]
    fn stages_of_the_same_key_need_no_entry_and_all_others_do() {
        let (old, new) =
            (version(0, |_| ()), version(1, |stages| stages.retain(|stage| stage.key != "open")));
        let refused = Passage::new(&old, &new, &map(&[])).expect_err("open is gone").to_string();
        assert_eq!(refused, "these stages have no target; name one for each: “Open” (open)");
        let passage = Passage::new(&old, &new, &map(&[("open", "new")])).expect("a passage");
        let before = run(&old, None);
        let (landed, migrated) = passage.take(&before, START).expect("it goes on");
        assert_eq!((landed.workflow_version, landed.stage.as_str()), (2, "new"));
        assert_eq!((migrated.from_version, migrated.to_stage_label.as_str()), (1, "New"));
        assert!(passage.take(&landed, START).is_none(), "it is there");
    }

    #[test]
    fn nobody_is_led_to_an_end_or_asked_for_a_reason() {
        let (old, new) = (version(0, |_| ()), version(1, |_| ()));
        let wrong = map(&[("open", "closed"), ("new", "on_hold"), ("moon", "new")]);
        let refused = Passage::new(&old, &new, &wrong).expect_err("three are wrong").to_string();
        assert_eq!(
            refused,
            "stages[moon] is no stage of the version the runs are on; remove it · \
             stages[new] leads to “On hold”, which needs a wait reason nobody gives; lead elsewhere · \
             stages[open] leads to the end “Closed”; lead to a stage where work goes on"
        );
    }

    #[test]
    fn a_wait_goes_along_while_the_stage_offers_it() {
        let (old, new) = (version(0, |_| ()), version(1, |_| ()));
        let passage = Passage::new(&old, &new, &map(&[("pending", "open")])).expect("a passage");
        let mut held = run(&old, Some("usr_a"));
        (held.stage, held.category) = ("on_hold".into(), Status::OnHold);
        held.wait = Some(crate::run::Wait { reason: WaitReason::Vendor, until: None });
        assert_eq!(passage.take(&held, START).expect("it goes on").0.wait, held.wait);
        (held.stage, held.category) = ("pending".into(), Status::Pending);
        assert_eq!(passage.take(&held, START).expect("it goes on").0.wait, None);
    }
}
