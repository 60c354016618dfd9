//! axe-core, which tells what of a page keeps people out. `scripts/setup.sh` fetches it.

use super::page::Page;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Its source, where it was set up.
pub fn source() -> Option<String> {
    let tools = std::env::var("LANTERN_TOOLS").map(PathBuf::from);
    let cache = || std::env::var("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var("HOME").map(|home| Path::new(&home).join(".cache"));
    let tools =
        tools.or_else(|_| cache().or_else(|_| home()).map(|cache| cache.join("lantern/tools"))).ok()?;
    let found = std::fs::read_to_string(tools.join("axe/node_modules/axe-core/axe.min.js")).ok();
    if found.is_none() {
        crate::support::missing("axe-core, which `make setup-browser` installs");
    }
    found
}

/// What it finds wrong on the page as it stands, one line for each place.
pub async fn problems(page: &Page, source: &str) -> Vec<String> {
    page.script(&format!("if (!window.axe) {{ {source}\n}}"), vec![]).await;
    let run = "const done = arguments[arguments.length - 1];
        const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
        axe.run(document, { runOnly: { type: 'tag', values: tags } }).then(
            found => done(found.violations.flatMap(v => v.nodes.map(n => `${v.id} (${v.impact}) ${n.target.join(' ')}: ${n.failureSummary}`))),
            error => done(['axe did not run: ' + error]))";
    let found = page.client.execute_async(run, vec![]).await.unwrap();
    let line = |line: &Value| line.as_str().unwrap().replace('\n', " ");
    assert_ne!(found, json!(null), "axe said nothing");
    found.as_array().unwrap().iter().map(line).collect()
}
