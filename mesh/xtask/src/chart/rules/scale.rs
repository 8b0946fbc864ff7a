//! Who says how many pods there are, and how many may be away.

use serde_json::Value;

use super::Rule;
use crate::chart::render::{list, text};

pub(super) fn check(objects: &[Value], rule: Rule<'_>) {
    let kind = |kind: &'static str| objects.iter().filter(move |object| text(object, "/kind") == kind);
    let scalers: Vec<_> = kind("HorizontalPodAutoscaler").chain(kind("ScaledObject")).collect();
    for deployment in kind("Deployment") {
        let name = text(deployment, "/metadata/name");
        let mine: Vec<_> =
            scalers.iter().filter(|scaler| text(scaler, "/spec/scaleTargetRef/name") == name).collect();
        rule(mine.len() <= 1, deployment, "is scaled by two");
        let said = deployment.pointer("/spec/replicas").and_then(Value::as_u64);
        rule(said.is_none() != mine.is_empty(), deployment, "fights with what scales it over its replicas");
        let fewest = mine.first().map_or(said, |scaler| {
            let spec = scaler.get("spec")?;
            spec.get("minReplicas").or_else(|| spec.get("minReplicaCount"))?.as_u64()
        });
        let budget = kind("PodDisruptionBudget").find(|budget| text(budget, "/metadata/name") == name);
        rule(
            budget.is_some() == (fewest > Some(1)),
            deployment,
            "has a disruption budget for one pod, or none for many",
        );
        if let Some(budget) = budget {
            let away = budget.pointer("/spec/maxUnavailable").and_then(Value::as_u64);
            rule(away == Some(1), budget, "lets no pod be moved, or too many");
        }
    }
    for scaled in kind("ScaledObject") {
        let trigger = list(scaled, "/spec/triggers").first().unwrap_or(&Value::Null);
        let secret = text(trigger, "/authenticationRef/name");
        let known = kind("TriggerAuthentication").any(|auth| text(auth, "/metadata/name") == secret);
        rule(known, scaled, "gets the broker's address from nowhere");
    }
}
