//! Names on both ends of every wire: ports, services, pods.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Rule;
use crate::chart::render::{containers, list, text};

pub(super) fn check(objects: &[Value], rule: Rule<'_>) {
    for object in objects {
        match text(object, "/kind") {
            "Service" => service(objects, object, rule),
            "Deployment" => probes(object, rule),
            "NetworkPolicy" => policy(objects, object, rule),
            "PodMonitor" => monitor(objects, object, rule),
            "Ingress" => ingress(objects, object, rule),
            "HTTPRoute" | "GRPCRoute" => route(objects, object, rule),
            _ => {}
        }
    }
}

/// Names of the ports of every pod that has these labels.
fn ports_of<'o>(objects: &'o [Value], labels: Option<&'o Value>) -> BTreeSet<&'o str> {
    let wanted = labels.and_then(Value::as_object);
    let matches = |object: &&Value| {
        let labels = object.pointer("/spec/template/metadata/labels");
        wanted
            .into_iter()
            .flatten()
            .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    };
    let pods = objects.iter().filter(matches).filter_map(|object| object.pointer("/spec/template/spec"));
    pods.flat_map(containers).flat_map(|one| list(one, "/ports")).map(|port| text(port, "/name")).collect()
}

fn service(objects: &[Value], object: &Value, rule: Rule<'_>) {
    let there = ports_of(objects, object.pointer("/spec/selector"));
    for port in list(object, "/spec/ports") {
        rule(there.contains(text(port, "/targetPort")), object, "leads to a port no pod has");
    }
    let headless = text(object, "/spec/clusterIP") == "None";
    let called =
        objects.iter().filter_map(|object| object.pointer("/spec/template/spec")).flat_map(containers);
    let name = text(object, "/metadata/name");
    let addresses = ["http", "https"].map(|scheme| format!("{scheme}://{name}:"));
    let is_called =
        |entry: &Value| addresses.iter().any(|address| text(entry, "/value").starts_with(address));
    let balancing = called.filter(|one| list(one, "/env").iter().any(is_called));
    for caller in balancing {
        let dns = list(caller, "/env")
            .iter()
            .any(|entry| text(entry, "/name") == "TM_PEER_BALANCING" && text(entry, "/value") == "dns");
        rule(dns == headless, object, "is balanced by nobody, or twice");
    }
}

/// Probes ask a port the container has, in plain gRPC; kubelet speaks no TLS.
fn probes(object: &Value, rule: Rule<'_>) {
    for container in object.pointer("/spec/template/spec").into_iter().flat_map(containers) {
        let has = |wanted: Option<&Value>| {
            list(container, "/ports")
                .iter()
                .any(|port| port.get("containerPort") == wanted && wanted.is_some())
        };
        if list(container, "/args") == [Value::from("migrate")] {
            continue;
        }
        for (probe, service) in
            [("startupProbe", "liveness"), ("livenessProbe", "liveness"), ("readinessProbe", "readiness")]
        {
            let asked = container.pointer(&format!("/{probe}/grpc"));
            rule(has(asked.and_then(|asked| asked.get("port"))), object, "is asked at a port it has not");
            let right = asked.is_some_and(|asked| text(asked, "/service") == service);
            rule(right, object, "is asked the wrong thing");
        }
        let sleeps = container.pointer("/lifecycle/preStop/sleep/seconds").and_then(Value::as_u64);
        rule(sleeps > Some(0), object, "stops before everybody knows");
    }
}

/// Named ports of a policy exist on the pods it is about, and on those it lets out to.
fn policy(objects: &[Value], object: &Value, rule: Rule<'_>) {
    let named = |entry: &Value| -> Vec<String> {
        list(entry, "/ports").iter().filter_map(|port| Some(port.get("port")?.as_str()?.to_owned())).collect()
    };
    let own = ports_of(objects, object.pointer("/spec/podSelector/matchLabels"));
    for entry in list(object, "/spec/ingress") {
        rule(named(entry).iter().all(|name| own.contains(name.as_str())), object, "opens a port no pod has");
    }
    for entry in list(object, "/spec/egress") {
        for peer in list(entry, "/to") {
            let theirs = ports_of(objects, peer.pointer("/podSelector/matchLabels"));
            let there = named(entry).iter().all(|name| theirs.contains(name.as_str()));
            rule(there, object, "lets out to a port no pod has");
        }
    }
    let dns = list(object, "/spec/egress").first().is_some_and(|entry| {
        list(entry, "/ports").iter().any(|port| port.get("port") == Some(&Value::from(53)))
    });
    rule(dns, object, "lets nobody look a name up");
}

fn monitor(objects: &[Value], object: &Value, rule: Rule<'_>) {
    let there = ports_of(objects, object.pointer("/spec/selector/matchLabels"));
    for endpoint in list(object, "/spec/podMetricsEndpoints") {
        rule(there.contains(text(endpoint, "/port")), object, "reads a port no pod has");
    }
}

fn ingress(objects: &[Value], object: &Value, rule: Rule<'_>) {
    for path in list(object, "/spec/rules").iter().flat_map(|one| list(one, "/http/paths")) {
        let (name, port) = (text(path, "/backend/service/name"), path.pointer("/backend/service/port/name"));
        rule(offers(objects, name, "name", port), object, "leads to a service or port that is not there");
    }
}

fn route(objects: &[Value], object: &Value, rule: Rule<'_>) {
    for backend in list(object, "/spec/rules").iter().flat_map(|one| list(one, "/backendRefs")) {
        let there = offers(objects, text(backend, "/name"), "port", backend.get("port"));
        rule(there, object, "leads to a service or port that is not there");
    }
    rule(!list(object, "/spec/parentRefs").is_empty(), object, "belongs to no Gateway");
}

/// Whether a service of this name has a port with this value at this key.
fn offers(objects: &[Value], name: &str, key: &str, value: Option<&Value>) -> bool {
    let services = objects.iter().filter(|object| text(object, "/kind") == "Service");
    let mut named = services.filter(|service| text(service, "/metadata/name") == name);
    named.any(|service| list(service, "/spec/ports").iter().any(|port| port.get(key) == value))
}
