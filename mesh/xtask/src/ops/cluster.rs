//! Pods of the rendered chart, played by processes of this machine: each at an address of its own, all at the ports the chart says,
//! with names of services in a file that is their `/etc/hosts`.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::ROLES;
use crate::chart::{Case, Objects, containers, list, parse, pod, text};
use crate::keeper::{Keeper, Settings};
use crate::product::{DEMO_PASSWORD, Product};
use crate::services::Services;
use crate::tools::Helm;
use crate::workspace::{output, run, target};

/// How long anything may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// What the smallest case is given besides: a bucket at an address, somebody to sign in, no limits for one person's load.
const BESIDES: [&str; 8] = [
    "blobs.region=us-east-1",
    "admin.existingSecret=ticketmesh-admin",
    "admin.email=admin@demo.test",
    "roles.gateway.env.TM_LIMIT_PERSON_READS=off",
    "roles.gateway.env.TM_LIMIT_PERSON_WRITES=off",
    "roles.gateway.env.TM_LIMIT_ADMIN_WRITES=off",
    "roles.gateway.env.TM_LIMIT_SIGN_IN=off",
    "defaults.env.TM_PEER_RESOLVE_EVERY=1s",
];

/// What is installed, and what runs of it.
#[derive(Debug)]
pub(crate) struct Cluster {
    product: Product,
    objects: Objects,
    /// The case whose databases are in parts.
    parts: Objects,
    secrets: BTreeMap<(String, String), String>,
    pub(super) folder: PathBuf,
    /// How a process gets mounts of its own.
    mounts: &'static [&'static str],
    pods: Vec<Pod>,
    /// Addresses that were given out.
    given: u8,
}

/// A running pod; stopped when dropped.
#[derive(Debug)]
pub(super) struct Pod {
    pub(super) role: &'static str,
    pub(super) address: Ipv4Addr,
    /// Whether services lead to it.
    listed: bool,
    process: u32,
    ended: PathBuf,
    _keeper: Keeper,
}

impl Cluster {
    /// Renders the chart and makes databases, keys and secrets for it.
    pub(super) fn lay_out(
        product: &Product,
        services: &Services,
        mounts: &'static [&'static str],
    ) -> Result<Self> {
        let folder = target().join("ops");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        std::fs::write(folder.join("password"), DEMO_PASSWORD)?;
        run(product.command(&["config", "keys"]).arg(folder.join("keys")))?;
        let endpoint = format!("blobs.endpoint={}", services.s3_url());
        let prefix = format!("broker.prefix=ops{}", std::process::id());
        let besides: Vec<_> = BESIDES.into_iter().chain([endpoint.as_str(), prefix.as_str()]).collect();
        let objects = parse(&Case::named("minimal").render_with(Helm::FOUR, &besides)?)?;
        let named = ROLES[..4].iter().map(|role| format!("database.{role}.name={}", database(role)));
        let named: Vec<_> = named.chain(["migrations.mode=job".to_owned()]).collect();
        let named: Vec<_> = named.iter().map(String::as_str).collect();
        let parts = parse(&Case::named("existing-secrets").render_with(Helm::FOUR, &named)?)?;
        let secrets = secrets(services)?;
        let cluster = Self {
            product: product.clone(),
            objects,
            parts,
            secrets,
            folder,
            mounts,
            pods: vec![],
            given: 0,
        };
        empty_databases(services)?;
        cluster.write_hosts()?;
        Ok(cluster)
    }

    /// Starts one more pod of a role, at an address of its own; services do not lead to it yet.
    pub(super) fn start_pod(&mut self, role: &'static str) -> Result<usize> {
        self.given += 1;
        let [high, low] = u16::try_from(std::process::id() % 0x4000)?.to_be_bytes();
        let address = Ipv4Addr::new(127, 64 + high, low, self.given);
        let deployment = self.deployment(role)?;
        let container = containers(pod(deployment).context("no pod")?).next().context("no container")?;
        let (mut settings, arguments) = self.told(container, address)?;
        let file = |kind: &str| self.folder.join(format!("{role}-{}.{kind}", self.given));
        let ended = file("ended");
        settings.extend([
            ("KEEPER_MOUNTS".to_owned(), self.mounts.join("\n").into()),
            ("KEEPER_BINARY".to_owned(), self.product.path().into()),
            ("KEEPER_ARGUMENTS".to_owned(), arguments.join("\n").into()),
            ("KEEPER_FOLDER".to_owned(), self.folder.clone().into()),
            ("KEEPER_HOSTS".to_owned(), self.hosts().into()),
            ("KEEPER_LOG".to_owned(), file("log").into()),
            ("KEEPER_ENDED".to_owned(), ended.clone().into()),
        ]);
        let mut keeper = Keeper::start(role, include_str!("pod.sh"), settings)?;
        let process = keeper.ready(&file("log"))?.parse().context("the keeper told no process id")?;
        self.pods.push(Pod { role, address, listed: false, process, ended, _keeper: keeper });
        Ok(self.pods.len() - 1)
    }

    /// The same, and services lead to it at once: nobody else is there.
    pub(super) fn add_pod(&mut self, role: &'static str) -> Result<()> {
        let index = self.start_pod(role)?;
        self.pods[index].listed = true;
        self.write_hosts()
    }

    /// Lets services lead to a pod, or not any more.
    pub(super) fn list(&mut self, index: usize, listed: bool) -> Result<()> {
        self.pods[index].listed = listed;
        self.write_hosts()
    }

    pub(super) fn pods(&self) -> &[Pod] {
        &self.pods
    }

    /// The pod of a role that services lead to.
    pub(super) fn listed(&self, role: &str) -> Result<usize> {
        let found = self.pods.iter().position(|pod| pod.role == role && pod.listed);
        found.with_context(|| format!("no pod of {role} is listed"))
    }

    pub(super) fn address(&self, role: &str) -> Result<Ipv4Addr> {
        Ok(self.pods[self.listed(role)?].address)
    }

    /// Where people come in.
    pub(super) fn door(&self) -> Result<SocketAddr> {
        Ok(SocketAddr::from((self.address("gateway")?, 8080)))
    }

    /// Stops a pod as Kubernetes does once the time before is over; it must end well within the time the chart gives it.
    pub(super) fn stop_pod(&mut self, index: usize) -> Result<()> {
        let role = self.pods[index].role;
        let template = pod(self.deployment(role)?).context("no pod")?;
        let seconds = |path: &str| template.pointer(path).and_then(Value::as_u64).map(Duration::from_secs);
        let whole = seconds("/terminationGracePeriodSeconds").context("the chart gives no time to stop")?;
        let before =
            seconds("/containers/0/lifecycle/preStop/sleep/seconds").context("the chart stops at once")?;
        thread::sleep(before);
        let stopped = self.pods.remove(index);
        let start = Instant::now();
        output(Command::new("kill").args(["-s", "TERM", &stopped.process.to_string()]))?;
        while start.elapsed() + before < whole {
            let code = std::fs::read_to_string(&stopped.ended).unwrap_or_default();
            if code.ends_with('\n') {
                ensure!(code.trim() == "0", "{role} ended with {}", code.trim());
                return Ok(());
            }
            thread::sleep(LOOK_AGAIN);
        }
        bail!("{role} would have been killed: it did not stop within {whole:?}")
    }

    /// Kills a pod in the middle of what it does; services do not lead to it any more.
    pub(super) fn kill_pod(&mut self, index: usize) -> Result<()> {
        let killed = self.pods.remove(index);
        output(Command::new("kill").args(["-s", "KILL", &killed.process.to_string()]))?;
        self.write_hosts()
    }

    /// Kills everything, as when the machines go.
    pub(super) fn lose_all_pods(&mut self) -> Result<()> {
        while !self.pods.is_empty() {
            self.kill_pod(0)?;
        }
        Ok(())
    }

    /// Asks what the role's probe asks, at the port where it asks.
    pub(super) fn probe(&self, role: &str, probe: &str) -> Result<bool> {
        self.probe_pod(self.listed(role)?, probe)
    }

    pub(super) fn probe_pod(&self, index: usize, probe: &str) -> Result<bool> {
        let Pod { role, address, .. } = &self.pods[index];
        let container =
            containers(pod(self.deployment(role)?).context("no pod")?).next().context("no container")?;
        let asked =
            container.pointer(&format!("/{probe}/grpc")).with_context(|| format!("{role} has no {probe}"))?;
        let port = asked.get("port").and_then(Value::as_u64).context("the probe has no port")?;
        let mut ask = self.command(&["health", "--service", text(asked, "/service")]);
        ask.args(["--admin-listen", &format!("{address}:{port}")]);
        Ok(ask.output()?.status.success())
    }

    pub(super) fn wait_until(&self, role: &str, probe: &str) -> Result<()> {
        self.wait_until_pod(self.listed(role)?, probe)
    }

    pub(super) fn wait_until_pod(&self, index: usize, probe: &str) -> Result<()> {
        let (start, Pod { role, ended, .. }) = (Instant::now(), &self.pods[index]);
        while !self.probe_pod(index, probe)? {
            let over = ended.exists() || start.elapsed() > PATIENCE;
            let log = || std::fs::read_to_string(ended.with_extension("log")).unwrap_or_default();
            ensure!(!over, "{role} does not pass its {probe}; it said:\n{}", log());
            thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    /// Runs every container of a Job, or of the test, to its end.
    pub(super) fn run_job(&self, part: &str) -> Result<()> {
        self.run_of(&self.objects, part)
    }

    /// Migrates by databases whose addresses are in parts.
    pub(super) fn run_parts(&self) -> Result<()> {
        self.run_of(&self.parts, "migrate")
    }

    fn run_of(&self, objects: &[Value], part: &str) -> Result<()> {
        let kinds = ["Job", "Pod"];
        let is_it = |object: &&Value| {
            kinds.contains(&text(object, "/kind"))
                && text(object, "/metadata/labels/app.kubernetes.io~1component") == part
        };
        let job = objects.iter().find(is_it).with_context(|| format!("the chart has no {part}"))?;
        for container in containers(pod(job).context("no pod")?) {
            let (settings, arguments) = self.told(container, Ipv4Addr::UNSPECIFIED)?;
            let mut play = Command::new("unshare");
            play.args(self.mounts).args(["sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\""]);
            play.arg(self.hosts()).arg(self.product.path()).args(arguments).envs(settings);
            play.current_dir(&self.folder);
            output(&mut play).with_context(|| format!("{part}: {}", text(container, "/name")))?;
        }
        Ok(())
    }

    /// A command of the product, outside of the cluster.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        self.product.command(arguments)
    }

    /// Makes the demonstration's people and tickets through the front door.
    pub(super) fn seed(&self) -> Result<()> {
        let mut seed = self.command(&["seed", "--url", &format!("http://{}", self.door()?)]);
        output(seed.env("TM_DEMO_PASSWORD", DEMO_PASSWORD)).map(drop)
    }

    /// The address of a service's database, as its secret says it.
    pub(super) fn database(&self, service: &str) -> Result<&str> {
        self.secret(&format!("ticketmesh-{service}-database"), "uri")
    }

    fn deployment(&self, role: &str) -> Result<&Value> {
        let name = format!("ticketmesh-{role}");
        let mut deployments = self.objects.iter().filter(|object| text(object, "/kind") == "Deployment");
        let found = deployments.find(|object| text(object, "/metadata/name") == name);
        found.with_context(|| format!("the chart has no Deployment {name}"))
    }

    fn secret(&self, name: &str, key: &str) -> Result<&str> {
        let found = self.secrets.get(&(name.to_owned(), key.to_owned()));
        found.map(String::as_str).with_context(|| format!("the chart asks for {key} of the secret {name}"))
    }

    /// Environment and arguments of a container at an address.
    fn told(&self, container: &Value, address: Ipv4Addr) -> Result<(Settings, Vec<String>)> {
        let mut said: Vec<(String, String)> = Vec::new();
        for entry in list(container, "/env") {
            let reference = entry.pointer("/valueFrom/secretKeyRef");
            let value = match reference {
                Some(reference) => self.secret(text(reference, "/name"), text(reference, "/key"))?.to_owned(),
                None => self.here(&expand(text(entry, "/value"), &said), address),
            };
            said.push((text(entry, "/name").to_owned(), value));
        }
        let arguments = list(container, "/args").iter().filter_map(Value::as_str);
        let arguments = arguments.map(|argument| self.here(argument, address)).collect();
        Ok((said.into_iter().map(|(name, value)| (name, value.into())).collect(), arguments))
    }

    /// What the chart says of places in a pod, as places of this machine.
    fn here(&self, value: &str, address: Ipv4Addr) -> String {
        let folder = self.folder.display();
        match value.strip_prefix("/etc/ticketmesh/") {
            Some("admin/password") => format!("{folder}/password"),
            Some(rest) => format!("{folder}/{rest}"),
            None => value.replace("0.0.0.0:", &format!("{address}:")),
        }
    }

    fn hosts(&self) -> PathBuf {
        self.folder.join("hosts")
    }

    /// Headless services: a name leads to every listed pod. Written in place, since it is mounted.
    fn write_hosts(&self) -> Result<()> {
        let mut lines = vec!["127.0.0.1 localhost".to_owned()];
        for Pod { role, address, .. } in self.pods.iter().filter(|pod| pod.listed) {
            lines.push(format!("{address} ticketmesh-{role} ticketmesh-{role}-probes"));
        }
        let file: &Path = &self.hosts();
        std::fs::write(file, lines.join("\n") + "\n")
            .with_context(|| format!("cannot write {}", file.display()))
    }
}

/// Empty databases in place of those there are.
pub(super) fn empty_databases(services: &Services) -> Result<()> {
    ROLES[..4].iter().try_for_each(|role| services.create_database(&database(role)))
}

/// What the database of a service is called; nobody else's is called so.
fn database(service: &str) -> String {
    format!("ticketmesh_ops_{service}")
}

/// `$(NAME)` as Kubernetes expands it: by what was said before.
fn expand(value: &str, said: &[(String, String)]) -> String {
    let replace = |text: String, (name, value): &(String, String)| text.replace(&format!("$({name})"), value);
    said.iter().fold(value.to_owned(), replace)
}

/// Every secret the rendered cases name, as operators write them.
fn secrets(services: &Services) -> Result<BTreeMap<(String, String), String>> {
    // RabbitMQ's operator ends the address in a slash and means the usual virtual host.
    let broker = services.amqp_url().trim_end_matches("%2f").to_owned();
    let mut secrets = BTreeMap::from([
        (("ticketmesh-broker", "connection_string"), broker),
        (("ticketmesh-bucket", "AWS_ACCESS_KEY_ID"), "test".to_owned()),
        (("ticketmesh-bucket", "AWS_SECRET_ACCESS_KEY"), "test".to_owned()),
    ]);
    let whole = services.database("postgres");
    let (user, rest) =
        whole.trim_start_matches("postgres://").split_once('@').context("PostgreSQL has no user")?;
    let (host, port) =
        rest.split('/').next().and_then(|host| host.split_once(':')).context("it has no port")?;
    let (user, password) = user.split_once(':').unwrap_or((user, "none is asked for: $€/@"));
    for (key, value) in [("host", host), ("port", port), ("user", user), ("password", password)] {
        secrets.insert(("databases", key), value.to_owned());
    }
    let own = |((name, key), value): ((&str, &str), String)| ((name.to_owned(), key.to_owned()), value);
    let mut secrets: BTreeMap<_, _> = secrets.into_iter().map(own).collect();
    for role in &ROLES[..4] {
        secrets.insert(
            (format!("ticketmesh-{role}-database"), "uri".to_owned()),
            services.database(&database(role)),
        );
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn a_variable_is_expanded_by_those_before_it_and_by_no_others() {
        let said = [("PGUSER".to_owned(), "ada".to_owned()), ("PGHOST".to_owned(), "here".to_owned())];
        assert_eq!(expand("postgres://$(PGUSER)@$(PGHOST)/$(LATER)", &said), "postgres://ada@here/$(LATER)");
    }
}
