//! Every question that alerts and dashboards ask, answered by a real Prometheus that read the pods.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::web;
use crate::chart::{list, parse, text};
use crate::keeper::{Keeper, Settings};
use crate::services::free_port;
use crate::tools::prometheus;
use crate::workspace::root;

/// What names of metrics of ours begin with.
const OURS: &str = "ticketmesh_";
/// How long it may take until there is enough to ask about.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Asks everything, again and again until all is answered or the time is over.
pub(super) fn check(cluster: &Cluster) -> Result<()> {
    let server = Server::start(cluster)?;
    let questions = [alerts()?, dashboards()?].concat();
    ensure!(questions.len() > 30, "alerts and dashboards ask only {} questions", questions.len());
    let start = Instant::now();
    loop {
        let mut silent = Vec::new();
        for (who, question) in &questions {
            if server.ask(question)? == 0 {
                silent.push(format!("{who}: {question}"));
            }
        }
        if silent.is_empty() {
            println!("{} questions answered", questions.len());
            return Ok(());
        }
        ensure!(start.elapsed() < PATIENCE, "no answer to\n{}", silent.join("\n"));
        thread::sleep(LOOK_AGAIN);
    }
}

/// Prometheus, reading every pod each second with the labels that the monitor of the chart gives.
struct Server {
    address: SocketAddr,
    _keeper: Keeper,
}

impl Server {
    fn start(cluster: &Cluster) -> Result<Self> {
        let folder = cluster.folder.join("prometheus");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let pods = cluster.pods().iter().map(|pod| {
            json!({ "targets": [format!("{}:9090", pod.address)], "labels": { "role": pod.role, "namespace": "help" } })
        });
        let config = json!({
            "global": { "scrape_interval": "1s" },
            "scrape_configs": [{ "job_name": "help/ticketmesh", "static_configs": pods.collect::<Vec<_>>() }],
        });
        // JSON is YAML.
        std::fs::write(folder.join("prometheus.yml"), config.to_string())?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let settings: Settings = vec![
            ("KEEPER_PROGRAM".to_owned(), prometheus("prometheus")?.get_program().to_owned()),
            ("KEEPER_FOLDER".to_owned(), folder.clone().into()),
            ("KEEPER_ADDRESS".to_owned(), address.to_string().into()),
        ];
        let mut keeper = Keeper::start("Prometheus", include_str!("prometheus.sh"), settings)?;
        keeper.ready(&folder.join("log"))?;
        let start = Instant::now();
        while web::get(address, "/-/ready").is_err() {
            ensure!(start.elapsed() < PATIENCE, "Prometheus is not ready");
            thread::sleep(LOOK_AGAIN);
        }
        Ok(Self { address, _keeper: keeper })
    }

    /// How many series answer a question.
    fn ask(&self, question: &str) -> Result<usize> {
        let path = format!("/api/v1/query?query={}", encoded(question));
        let answer =
            web::get(self.address, &path).with_context(|| format!("Prometheus refuses {question}"))?;
        let answer: Value = serde_json::from_str(&answer)?;
        Ok(list(&answer, "/data/result").len())
    }
}

/// What alerts look at, since none of them should have anything to say: each series they name is there.
fn alerts() -> Result<Vec<(String, String)>> {
    let folder = root().join("helm/ticketmesh/alerts");
    let mut questions = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("no {}", folder.display()))? {
        let file = parse(&std::fs::read_to_string(entry?.path())?)?;
        for rule in file.iter().flat_map(|file| list(file, "/groups/0/rules")) {
            let name = text(rule, "/alert");
            let names = metrics(text(rule, "/expr"));
            ensure!(!names.is_empty(), "{name} looks at nothing of ours");
            questions.extend(names.into_iter().map(|metric| (name.to_owned(), metric)));
        }
    }
    Ok(questions)
}

/// Names of metrics in a question.
fn metrics(question: &str) -> BTreeSet<String> {
    let words = question.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with(OURS) || *word == "up").map(str::to_owned).collect()
}

/// Every question of every panel, for all namespaces.
fn dashboards() -> Result<Vec<(String, String)>> {
    let folder = root().join("helm/ticketmesh/dashboards");
    let mut questions = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("no {}", folder.display()))? {
        let path = entry?.path();
        let board: Value = serde_json::from_str(&std::fs::read_to_string(&path)?)
            .with_context(|| format!("{} is no JSON", path.display()))?;
        for panel in list(&board, "/panels") {
            let who = format!("{}: {}", text(&board, "/title"), text(panel, "/title"));
            for target in list(panel, "/targets") {
                questions.push((who.clone(), text(target, "/expr").replace("$namespace", ".*")));
            }
        }
    }
    Ok(questions)
}

/// For a query of a URL.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut url, byte| {
        if byte.is_ascii_alphanumeric() {
            url.push(char::from(byte));
        } else {
            url.push('%');
            url.push_str(&hex::encode_upper([byte]));
        }
        url
    })
}

#[cfg(test)]
mod tests {
    use super::{encoded, metrics};

    #[test]
    fn a_question_is_known_by_the_metrics_in_it() {
        let question =
            "sum by (service) (rate(ticketmesh_a_total{role=\"up\"}[5m])) / ticketmesh_b > 0 and up == 0";
        assert_eq!(
            metrics(question).into_iter().collect::<Vec<_>>(),
            ["ticketmesh_a_total", "ticketmesh_b", "up"]
        );
    }

    #[test]
    fn a_question_survives_a_url() {
        assert_eq!(encoded("a{b=~\"c|d\"}"), "a%7Bb%3D%7E%22c%7Cd%22%7D");
    }
}
