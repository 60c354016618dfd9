//! The page as a user meets it: by role, label and name.

use super::machine::PATIENCE;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub struct Page {
    pub client: Client,
}

/// A file to drop.
pub struct Dropped {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

/// Watches for what must not happen, from the very start of a page.
const WATCH: &str = "
    window.violations = [];
    document.addEventListener('securitypolicyviolation', e => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));
";

impl Page {
    pub async fn open(client: &Client, url: &str) -> Self {
        client.goto(url).await.unwrap();
        client.execute(WATCH, vec![]).await.unwrap();
        Self { client: client.clone() }
    }

    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap()
    }

    /// Asks again until there is an answer; never sleeps longer than a moment.
    pub async fn until(&self, what: &str, script: &str) -> Value {
        let began = Instant::now();
        loop {
            let answer = self.script(script, vec![]).await;
            if !(answer.is_null() || answer == json!(false)) {
                return answer;
            }
            if began.elapsed() > PATIENCE {
                let text = self.script("return document.body.innerText", vec![]).await;
                panic!("{what} did not come; the page says:\n{}", text.as_str().unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits for the model; whether it came from the device's cache.
    pub async fn model_ready(&self) -> bool {
        let script = "return document.querySelector('[data-testid=model-ready]')?.dataset.cached ?? null";
        self.until("the model", script).await == json!("true")
    }

    /// Waits until the page says that it is ready, in the words that are read aloud; what it says.
    pub async fn says_ready(&self) -> String {
        let script =
            "const said = [...document.querySelectorAll('[aria-live=polite]')].map(e => e.innerText.trim());
            return said.find(text => text.startsWith('Ready')) ?? null";
        self.until("word that the model is ready", script).await.as_str().unwrap().to_string()
    }

    /// What a note of that name says, if there is one.
    pub async fn note(&self, label: &str) -> Option<String> {
        let script = "return [...document.querySelectorAll('[role=note]')].find(e => e.ariaLabel == arguments[0])?.innerText ?? null";
        self.script(script, vec![json!(label)]).await.as_str().map(str::to_string)
    }

    /// Drops files as a mouse would. They are prepared first, so that the page's own work can be timed alone.
    pub async fn drop_files(&self, files: &[Dropped]) {
        let files: Vec<Value> = files.iter().map(|file| json!([file.name, file.bytes])).collect();
        self.script(
            "window.dropped = new DataTransfer();
             for (const [name, bytes] of arguments[0]) window.dropped.items.add(new File([new Uint8Array(bytes)], name));
             window.longTasks = [];
             new PerformanceObserver(list => list.getEntries().forEach(e => window.longTasks.push(e.duration))).observe({ type: 'longtask' });",
            vec![json!(files)],
        )
        .await;
        self.script(
            "setTimeout(() => {
                 const place = document.querySelector('[data-testid=drop-place]') ?? document.body;
                 place.dispatchEvent(new DragEvent('drop', { dataTransfer: window.dropped, bubbles: true, cancelable: true }));
             }, 0)",
            vec![],
        )
        .await;
    }

    /// Waits until `count` images are through; the state of each.
    pub async fn all_done(&self, count: usize) -> Vec<String> {
        let script = format!(
            "const states = [...document.querySelectorAll('[data-testid=queue-item]')].map(e => e.dataset.state);
             return states.length == {count} && !states.some(s => s == 'waiting' || s == 'working') ? states : null"
        );
        let states = self.until("the end of all examinations", &script).await;
        states.as_array().unwrap().iter().map(|s| s.as_str().unwrap().to_string()).collect()
    }

    /// Looks at the image at `index`.
    pub async fn pick(&self, index: usize) {
        let script = "document.querySelectorAll('[data-testid=queue-item] .pick')[arguments[0]].click()";
        self.script(script, vec![json!(index)]).await;
    }

    /// Has the image at `index` examined by a model although the gate refused it, as every drawing of a chest.
    pub async fn overrule(&self, index: usize, model: &str) {
        self.pick(index).await;
        let choose = "const s = document.querySelector('[data-testid=overrule-model]');
            s.closest('details').open = true; s.value = arguments[0]; s.dispatchEvent(new Event('change', { bubbles: true }))";
        self.script(choose, vec![json!(model)]).await;
        // The footer stays in sight and may lie over what a driver has scrolled to; a reader scrolls on.
        let click = "const b = document.querySelector('[data-testid=overrule]'); b.scrollIntoView({ block: 'center' }); b.click()";
        self.script(click, vec![]).await;
        let done = format!(
            "return document.querySelectorAll('[data-testid=queue-item]')[{index}].dataset.state == 'done'"
        );
        self.until("the overruled answer", &done).await;
        assert!(self.text("overruled").await.contains("Marked"));
    }

    /// Answers the question for the patient's age at the image that is looked at, by the answer's first words.
    pub async fn say_age(&self, words: &str) {
        let script = format!(
            "const b = [...document.querySelectorAll('[data-testid=age-question] button')].find(b => b.innerText.startsWith({})); \
             b?.click(); return b ? true : null",
            json!(words)
        );
        self.until("the question for the age", &script).await;
        self.until("the answer", "return document.querySelector('[data-testid=finding]') ? true : null")
            .await;
    }

    pub async fn click(&self, test_id: &str) {
        self.find(test_id).await.click().await.unwrap();
    }

    pub async fn find(&self, test_id: &str) -> fantoccini::elements::Element {
        let selector = format!("[data-testid={test_id}]");
        self.client.wait().at_most(PATIENCE).for_element(Locator::Css(&selector)).await.unwrap()
    }

    pub async fn text(&self, test_id: &str) -> String {
        self.find(test_id).await.text().await.unwrap()
    }

    /// The finding's probability, with every digit.
    pub async fn probability(&self) -> f64 {
        let value = self.find("probability").await.attr("data-value").await.unwrap();
        value.unwrap().parse().unwrap()
    }

    /// Nothing was blocked, and nothing tried to leave.
    pub async fn assert_quiet(&self) {
        assert_eq!(self.script("return window.violations", vec![]).await, json!([]));
        assert_eq!(self.text("requests").await, "0");
    }
}
