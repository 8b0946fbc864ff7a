//! Rules of our own about what is rendered, each the answer to a complaint about other charts.

mod scale;
mod trust;
mod wiring;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::render::{containers, list, pod, text, title};
use super::{Case, Findings};

/// Kinds of volumes that Pod Security "restricted" takes.
const VOLUMES: [&str; 7] =
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "secret"];
/// What selectors are made of; it can never change, because Kubernetes refuses that in an upgrade.
const SELECTOR: [&str; 3] =
    ["app.kubernetes.io/component", "app.kubernetes.io/instance", "app.kubernetes.io/name"];

/// All rules on one rendered case.
pub(super) fn check(case: &Case, objects: &[Value], findings: &mut Findings) {
    let mut rule = |right: bool, object: &Value, what: &str| {
        findings.check(right, || format!("{case}: {} {what}", title(object)));
    };
    for object in objects {
        named(object, &mut rule);
        if let Some(pod) = pod(object) {
            restricted(object, pod, &mut rule);
            for container in containers(pod) {
                contained(case, object, container, &mut rule);
            }
        }
        selects(object, &mut rule);
        needs_nothing_of_ours(object, &mut rule);
    }
    scale::check(objects, &mut rule);
    trust::check(objects, &mut rule);
    wiring::check(objects, &mut rule);
}

/// What a rule tells: whether it holds, on which object, and what is wrong if it does not.
type Rule<'r> = &'r mut dyn FnMut(bool, &Value, &str);

/// No secret is ever made; names fit; what belongs together is labelled so.
fn named(object: &Value, rule: Rule<'_>) {
    rule(text(object, "/kind") != "Secret", object, "is a secret: charts of ours make none");
    let name = text(object, "/metadata/name");
    rule(!name.is_empty() && name.len() <= 63, object, "has a name that is too long");
    let extra = name.contains("-extra");
    let labels = object.pointer("/metadata/labels");
    let labelled = SELECTOR.iter().all(|label| labels.is_some_and(|labels| labels.get(label).is_some()));
    rule(labelled || extra, object, "lacks the recommended labels");
}

/// Pod Security "restricted", and what goes beyond: no token, no service links.
fn restricted(object: &Value, pod: &Value, rule: Rule<'_>) {
    let is = |path: &str, value: Value| pod.pointer(path) == Some(&value);
    rule(is("/securityContext/runAsNonRoot", json!(true)), object, "may run as root");
    rule(is("/securityContext/runAsUser", json!(10001)), object, "runs as somebody else");
    rule(
        is("/securityContext/seccompProfile/type", json!("RuntimeDefault")),
        object,
        "has no seccomp profile",
    );
    rule(is("/automountServiceAccountToken", json!(false)), object, "mounts a token it does not need");
    rule(is("/enableServiceLinks", json!(false)), object, "gets TM_ variables of services by their names");
    for host in ["hostNetwork", "hostPID", "hostIPC", "hostUsers"] {
        rule(pod.get(host).is_none(), object, "shares a namespace of the node");
    }
    for volume in list(pod, "/volumes") {
        let kinds = volume.as_object().into_iter().flatten().map(|(kind, _)| kind.as_str());
        let allowed = kinds.filter(|kind| *kind != "name").all(|kind| VOLUMES.contains(&kind));
        rule(allowed, object, "has a volume of a kind that is not allowed");
    }
}

/// What each container is held to, those of hooks and tests too.
fn contained(case: &Case, object: &Value, container: &Value, rule: Rule<'_>) {
    let is = |path: &str, value: Value| container.pointer(path) == Some(&value);
    rule(is("/securityContext/allowPrivilegeEscalation", json!(false)), object, "may gain privileges");
    rule(is("/securityContext/readOnlyRootFilesystem", json!(true)), object, "may write its root");
    rule(is("/securityContext/capabilities/drop", json!(["ALL"])), object, "keeps capabilities");
    rule(container.pointer("/securityContext/capabilities/add").is_none(), object, "adds capabilities");
    rule(container.pointer("/resources/limits/cpu").is_none(), object, "throttles its CPU");
    rule(container.pointer("/resources/requests/memory").is_some(), object, "asks for no memory");
    let registry = match case.name().as_str() {
        "full" | "sub-chart" => "registry.example.org/",
        _ => "ghcr.io/",
    };
    rule(text(container, "/image").starts_with(registry), object, "takes an image past global.imageRegistry");
    if case.name() == "full" {
        rule(text(container, "/image").contains("@sha256:"), object, "takes no digest");
        let secrets = pod(object).map_or(&[][..], |pod| list(pod, "/imagePullSecrets"));
        rule(secrets.len() == 2, object, "lacks pull secrets, or has one twice");
    }
    let names: Vec<_> = list(container, "/env").iter().map(|entry| text(entry, "/name")).collect();
    rule(names.iter().collect::<BTreeSet<_>>().len() == names.len(), object, "says a variable twice");
    let plain = list(container, "/env").iter().filter(|entry| entry.get("value").is_some());
    let secret = plain.filter(|entry| {
        ["PASSWORD", "SECRET", "AMQP_URL", "SMTP_URL"].iter().any(|word| text(entry, "/name").ends_with(word))
    });
    rule(secret.count() == 0, object, "has a secret in plain sight");
}

/// Selectors are these three labels, and pods have them.
fn selects(object: &Value, rule: Rule<'_>) {
    if text(object, "/kind") != "Deployment" {
        return;
    }
    let selector = object.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let keys: Vec<_> = selector.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    rule(keys.iter().copied().collect::<BTreeSet<_>>() == SELECTOR.into(), object, "has another selector");
    let has = |(key, value): (&String, &Value)| {
        object.pointer("/spec/template/metadata/labels").and_then(|labels| labels.get(key)) == Some(value)
    };
    rule(selector.into_iter().flatten().all(has), object, "selects not its own pods");
    let grace = object.pointer("/spec/template/spec/terminationGracePeriodSeconds").and_then(Value::as_u64);
    rule(grace >= Some(45), object, "is killed before it has drained");
}

/// A hook runs before anything else of the release is there.
fn needs_nothing_of_ours(object: &Value, rule: Rule<'_>) {
    let hook = object.pointer("/metadata/annotations").and_then(|notes| notes.get("helm.sh/hook"));
    let Some((pod, hook)) = pod(object).zip(hook.and_then(Value::as_str)) else { return };
    rule(pod.get("serviceAccountName").is_none(), object, "is a hook that needs a service account");
    let maps = list(pod, "/volumes").iter().filter(|volume| volume.get("configMap").is_some());
    rule(maps.count() == 0, object, "is a hook that needs a ConfigMap of the release");
    rule(!hook.contains("post-"), object, "is a hook that waits for pods that may wait for it");
    let policy = text(object, "/metadata/annotations/helm.sh~1hook-delete-policy");
    rule(policy.contains("hook-succeeded"), object, "is left over after it succeeded");
}
