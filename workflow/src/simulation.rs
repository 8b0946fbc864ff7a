//! What would have become of a ticket on another definition: its steps again, one after the other, up to the first that differs.
//!
//! Pure. Everybody may press everything, and rules see the ticket as it is now: what it was at each step nobody kept.

use proto::workflow::v1::{StageMoved, TransitionKind};

use crate::{
    definition::{Definition, leaves},
    engine::{self, Around},
    run::Run,
};

/// What would differ for a run that took these steps, as sentences; nothing when it would have gone the same way.
pub(crate) fn differences(definition: &Definition, run: &Run, steps: &[StageMoved]) -> Vec<String> {
    let mut here = settled(definition, begin(definition, run));
    for moved in steps {
        if moved.kind() == TransitionKind::Auto && here.stage == moved.to_stage_key {
            continue; // It went there by itself here, too.
        }
        match again(definition, &here, moved) {
            Ok(next) => here = settled(definition, next),
            Err(sentence) => return vec![sentence],
        }
        if here.stage != moved.to_stage_key {
            let (step, there) = (&moved.transition_label, label(definition, &here.stage));
            return vec![format!(
                "after “{step}” it would be in “{there}”, not in “{}”",
                moved.to_stage_label
            )];
        }
    }
    if here.stage == run.stage {
        return Vec::new();
    }
    vec![format!("it would be in “{}” by now, without anybody's doing", label(definition, &here.stage))]
}

/// The run at its start, with what is known of its ticket now.
fn begin(definition: &Definition, run: &Run) -> Run {
    let (id, facts, queue_id) = (run.id.clone(), run.facts.clone(), run.queue_id.clone());
    let fresh = Run::start(id, definition, facts, queue_id, run.started_at);
    Run { assignee: run.assignee.clone(), ..fresh }
}

/// One step again, or why not.
fn again(definition: &Definition, here: &Run, moved: &StageMoved) -> Result<Run, String> {
    let step = &moved.transition_label;
    let stage = label(definition, &here.stage);
    let known = definition.transition(&moved.transition_key);
    let transition = known.ok_or_else(|| format!("there would be no “{step}” in “{stage}”"))?;
    if !definition.stage(&here.stage).is_some_and(|stage| leaves(transition, stage)) {
        return Err(format!("“{step}” would not be possible in “{stage}”"));
    }
    let around = Around::alone(here.staged_at);
    let taken = engine::retake(definition, here, transition, (moved.wait_reason(), None), around);
    taken.map(|taken| taken.run).map_err(|refusals| {
        let reasons: Vec<_> = refusals.into_iter().map(|refusal| refusal.message).collect();
        format!("“{step}” would be refused: {}", reasons.join("; "))
    })
}

/// The run where it rests.
fn settled(definition: &Definition, run: Run) -> Run {
    let now = run.staged_at;
    engine::automatic(definition, &run, now).pop().map_or(run, |step| step.run)
}

fn label(definition: &Definition, stage: &str) -> String {
    definition.stage(stage).map_or_else(|| stage.to_owned(), |stage| stage.label.clone())
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{Guard, StageMoved, TransitionKind, Version};

    use super::differences;
    use crate::{
        definition::Definition,
        engine::tests::{START, run},
        run::Run,
        simple,
    };

    fn definition(change: impl FnOnce(&mut Version)) -> Definition {
        let mut version = simple::versions().remove(0);
        change(&mut version);
        Definition::new(version).expect("a definition")
    }

    fn step(key: &str, to: &str) -> StageMoved {
        StageMoved {
            transition_key: key.into(),
            transition_label: key.into(),
            to_stage_key: to.into(),
            to_stage_label: to.into(),
            kind: TransitionKind::User.into(),
            ..StageMoved::default()
        }
    }

    /// A run that was begun and resolved.
    fn resolved(definition: &Definition) -> (Run, [StageMoved; 2]) {
        let resolved = Run { stage: "resolved".into(), ..run(definition, Some("usr_a")) };
        (resolved, [step("start", "open"), step("resolve", "resolved")])
    }

    #[test]
    fn the_same_definition_differs_in_nothing() {
        let same = definition(|_| ());
        let (run, steps) = resolved(&same);
        assert!(differences(&same, &run, &steps).is_empty());
        assert_eq!(run.started_at, START);
    }

    #[test]
    fn the_first_step_that_would_differ_is_told() {
        let (run, steps) = resolved(&definition(|_| ()));
        let told = |change: &dyn Fn(&mut proto::workflow::v1::Transition)| {
            let drawn = definition(|version| {
                let graph = version.graph.as_mut().expect("a graph");
                graph.transitions.iter_mut().filter(|one| one.key == "resolve").for_each(change);
            });
            differences(&drawn, &run, &steps).concat()
        };
        assert_eq!(told(&|one| one.key = "solve".into()), "there would be no “resolve” in “Open”");
        assert_eq!(told(&|one| one.from = vec!["new".into()]), "“resolve” would not be possible in “Open”");
        assert_eq!(
            told(&|one| one.to = "closed".into()),
            "after “resolve” it would be in “Closed”, not in “resolved”"
        );
        let high = Guard {
            rule: "ticket.priority == \"HIGH\"".into(),
            message: "raise it".into(),
            ..Guard::default()
        };
        assert_eq!(told(&|one| one.guards = vec![high.clone()]), "“resolve” would be refused: raise it");
    }
}
