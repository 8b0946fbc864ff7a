//! Certificates on both ends of every call between roles: shown where they are asked for, and made out to the name that is called.

use serde_json::Value;

use super::Rule;
use crate::chart::render::{containers, list, text};

/// Where certificates of roles are mounted.
const FOLDER: &str = "/etc/ticketmesh/mtls";

pub(super) fn check(objects: &[Value], rule: Rule<'_>) {
    for object in objects.iter().filter(|object| text(object, "/kind") == "Deployment") {
        for container in object.pointer("/spec/template/spec").into_iter().flat_map(containers) {
            mounted(objects, object, container, rule);
            for entry in list(container, "/env") {
                calls(objects, object, container, text(entry, "/value"), rule);
            }
        }
    }
}

/// A setting of a container.
fn setting<'v>(container: &'v Value, name: &str) -> Option<&'v str> {
    let entry = list(container, "/env").iter().find(|entry| text(entry, "/name") == name)?;
    Some(text(entry, "/value"))
}

/// What is named of the folder is in it: it is mounted whole, or a renewed certificate would not arrive, from a secret that some
/// certificate of the release goes into.
fn mounted(objects: &[Value], object: &Value, container: &Value, rule: Rule<'_>) {
    let mut named = list(container, "/env").iter().map(|entry| text(entry, "/value"));
    if !named.any(|value| value.starts_with(FOLDER)) {
        return;
    }
    let mount = list(container, "/volumeMounts").iter().find(|mount| text(mount, "/mountPath") == FOLDER);
    let volume = mount.map_or("", |mount| text(mount, "/name"));
    rule(
        mount.is_some_and(|mount| mount.get("subPath").is_none()),
        object,
        "names certificates that are not mounted",
    );
    let volumes = list(object, "/spec/template/spec/volumes");
    let secret = volumes
        .iter()
        .find(|one| text(one, "/name") == volume)
        .map_or("", |one| text(one, "/secret/secretName"));
    rule(certificate(objects, secret).is_some(), object, "mounts certificates that nobody makes");
}

/// The certificate that goes into a secret.
fn certificate<'o>(objects: &'o [Value], secret: &str) -> Option<&'o Value> {
    let mut certificates = objects.iter().filter(|object| text(object, "/kind") == "Certificate");
    certificates.find(|object| !secret.is_empty() && text(object, "/spec/secretName") == secret)
}

/// Whoever calls a role by TLS knows its authority and shows a certificate; the role shows one to its name and asks for the other.
/// Whoever calls it without calls one that has none.
fn calls(objects: &[Value], object: &Value, container: &Value, address: &str, rule: Rule<'_>) {
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let name = rest.split(':').next().unwrap_or_default();
    let called = objects
        .iter()
        .find(|object| text(object, "/kind") == "Deployment" && text(object, "/metadata/name") == name)
        .and_then(|object| Some((object, list(object, "/spec/template/spec/containers").first()?)));
    let Some((other, serves)) = called else { return };
    let asks = ["TM_TLS_CERT_FILE", "TM_TLS_KEY_FILE", "TM_TLS_CLIENT_CA_FILE"];
    let asks = asks.map(|name| setting(serves, name).is_some());
    if scheme == "http" {
        rule(asks == [false; 3], object, "calls without TLS who understands nothing else");
        return;
    }
    rule(asks == [true; 3], other, "is called by TLS and does not ask for certificates");
    let shows = ["TM_PEER_CA_FILE", "TM_PEER_CERT_FILE", "TM_PEER_KEY_FILE"];
    rule(
        shows.iter().all(|name| setting(container, name).is_some()),
        object,
        "shows no certificate to whom it calls",
    );
    let mut made = objects.iter().filter(|object| text(object, "/kind") == "Certificate");
    let fits = |made: &Value| {
        let usages = list(made, "/spec/usages");
        list(made, "/spec/dnsNames").contains(&Value::from(name))
            && ["server auth", "client auth"].iter().all(|usage| usages.contains(&Value::from(*usage)))
    };
    rule(made.any(fits), other, "has no certificate made out to the name it is called by");
}
