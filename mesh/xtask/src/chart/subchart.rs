//! The chart below another one, which puts its own into `global`.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::render::{RELEASE, parse};
use super::{Case, folder};
use crate::tools::Helm;
use crate::workspace::{output, target};

/// Renders the case `sub-chart` below a chart of its own; what comes out is what comes out alone.
pub(super) fn check() -> Result<()> {
    let parent = target().join("chart/parent");
    let case = Case::named("sub-chart");
    write(&parent, &case)?;
    for helm in [Helm::FOUR, Helm::THREE] {
        let mut render = helm.command()?;
        let below = output(render.args(["template", RELEASE, "--namespace", RELEASE]).arg(&parent))?;
        let (below, alone) = (sorted(parse(&below)?), sorted(case.objects()?));
        ensure!(below == alone, "Helm {} renders the chart differently below another one", helm.version);
    }
    Ok(())
}

/// A chart with this one inside, and the case's values below its name; `global` stands beside.
fn write(parent: &Path, case: &Case) -> Result<()> {
    let mut values = case.values()?;
    let global = values.as_object_mut().and_then(|values| values.remove("global"));
    let values = json!({ "global": global, "ticketmesh": values });
    std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let dependency = json!({
        "name": "ticketmesh", "version": "0.x.x", "condition": "ticketmesh.enabled",
        "repository": format!("file://{}", folder().display()),
    });
    let chart =
        json!({ "apiVersion": "v2", "name": "parent", "version": "1.0.0", "dependencies": [dependency] });
    // JSON is YAML.
    std::fs::write(parent.join("Chart.yaml"), chart.to_string())?;
    std::fs::write(parent.join("values.yaml"), values.to_string())?;
    output(Helm::FOUR.command()?.args(["dependency", "update"]).arg(parent)).map(drop)
}

fn sorted(mut objects: Vec<Value>) -> Vec<Value> {
    objects.sort_by_key(Value::to_string);
    objects
}
