//! axe-core, which tells what of a page keeps people out. `scripts/setup.sh` fetches it.

use crate::page::Page;
use crate::support;
use serde_json::{Value, json};

/// Its source, where it was set up.
pub fn source() -> Option<String> {
    let path = support::tool("axe/node_modules/axe-core/axe.min.js", "axe-core")?;
    Some(std::fs::read_to_string(path).unwrap())
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
