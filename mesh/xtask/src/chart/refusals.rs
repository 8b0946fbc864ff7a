//! Values that must be refused, each with a sentence that helps.

use anyhow::{Result, ensure};

use super::{Case, Findings};
use crate::tally::Counts;
use crate::tools::Helm;

/// What is added to the smallest case, and a piece of the sentence it is refused with.
const REFUSED: &[(&[&str], &str)] = &[
    (&["publicUrl="], "publicUrl"),
    (&["publicUrl=https://help.example.org/"], "publicUrl"),
    (&["keys.existingSecret="], "existingSecret"),
    (&["broker.existingSecret="], "existingSecret"),
    (&["replicaCount=3"], "replicaCount"),
    (&["roles.gatewy.replicas=3"], "gatewy"),
    (&["roles.gateway.replica=3"], "replica"),
    (&["defaults.env.lower=1"], "lower"),
    (&["image.digest=latest"], "digest"),
    (&["migrations.mode=never"], "mode"),
    (&["database.tickets.existingSecret="], "database.tickets.existingSecret is empty"),
    (&["database.common.keys.uri="], "says no host. Set its keys.uri, keys.host or host."),
    (&["blobs.url="], "files would go away with their pod"),
    (&["blobs.existingClaim=files"], "Keep one of them"),
    (&["roles.workflow.autoscaling.enabled=true", "roles.workflow.keda.enabled=true"], "Keep one of them"),
    (&["roles.gateway.keda.enabled=true"], "it has no queue to be scaled by"),
    (&["stopping.graceSeconds=60"], "killed with calls in flight"),
    (&["admin.existingSecret=admin"], "admin.email is not"),
    (&["gatewayApi.httpRoute.enabled=true"], "gatewayApi.parentRefs is empty"),
    (&["ingress.grpc.enabled=true"], "ingress.grpc.host is empty"),
    (&["certificate.enabled=true"], "certificate.issuerRef"),
    (&["mtls.enabled=true"], "mtls.enabled needs mtls.issuerRef"),
    (&["mtls.duration=forever"], "duration"),
];

/// Tries each on both Helms.
pub(super) fn check() -> Result<Counts> {
    let mut findings = Findings::default();
    for helm in [Helm::FOUR, Helm::THREE] {
        for (settings, sentence) in REFUSED {
            let mut command = Case::named("minimal").command(helm)?;
            for setting in *settings {
                command.args(["--set", setting]);
            }
            let said = command.output()?;
            let complaint = String::from_utf8_lossy(&said.stderr);
            findings.check(!said.status.success() && complaint.contains(sentence), || {
                format!("Helm {} takes {settings:?}, or does not say {sentence:?}: {complaint}", helm.version)
            });
        }
    }
    ensure!(findings.passed > 0 || !findings.wrong.is_empty(), "nothing was tried");
    Ok(findings.counts())
}
