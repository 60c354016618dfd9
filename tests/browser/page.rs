//! The page as a user meets it: by role, label and name. A test id is used only for what has no role: see [`Page::marked`].

use super::machine::{Browser, PATIENCE};
use super::part::ROLES;
use fantoccini::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Longest time between a change of the page and the names that a screen reader gets.
const ACCESSIBLE_AFTER: Duration = Duration::from_secs(5);

pub struct Page {
    pub client: Client,
    /// The session at the driver.
    session: String,
}

/// A file to drop.
pub struct TestFile {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

/// A row of the list of images.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    pub file: String,
    /// What became of it, in a line.
    pub brief: String,
    /// The same in a word: waiting, working, done, refused, failed or cancelled.
    pub state: String,
}

/// Watches for what must not happen, from the very start of a page.
const WATCH: &str = "
    window.violations = [];
    document.addEventListener('securitypolicyviolation', e => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));
";

impl Page {
    pub async fn open(browser: &Browser, url: &str) -> Self {
        browser.client.goto(url).await.unwrap();
        browser.client.execute(WATCH, vec![]).await.unwrap();
        let id = browser.client.session_id().await.unwrap().unwrap();
        Self { client: browser.client.clone(), session: format!("{}/session/{id}", browser.url) }
    }

    /// Has a script run before those of every page that is opened from now on.
    pub fn run_first(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    }

    /// Chromium only.
    fn devtools(&self, command: &str, parameters: Value) {
        let command = json!({ "cmd": command, "params": parameters });
        ureq::post(format!("{}/goog/cdp/execute", self.session)).send_json(command).unwrap();
    }

    /// Drops files and folders of the disk, as from another window. Chromium only: a script can make files, but no folders.
    pub fn drop_from_disk(&self, paths: &[&std::path::Path]) {
        let data = json!({ "items": [], "files": paths, "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({ "type": kind, "x": 300, "y": 300, "data": data });
            self.devtools("Input.dispatchDragEvent", event);
        }
    }

    /// Runs a script, which finds by role and name.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(&format!("{ROLES}\n{script}"), arguments).await.unwrap()
    }

    /// Asks again until there is an answer; never sleeps longer than a moment.
    pub async fn until(&self, what: &str, script: &str) -> Value {
        self.until_with(what, script, vec![]).await
    }

    /// The same with arguments.
    pub async fn until_with(&self, what: &str, script: &str, arguments: Vec<Value>) -> Value {
        let began = Instant::now();
        loop {
            let answer = self.script(script, arguments.clone()).await;
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

    /// Asserts that the browser itself computes this role and name for an element, as it tells them to a screen reader. Browsers compute
    /// names a moment after the page has changed: a row may have its words on the screen and not yet in its name.
    pub async fn confirm(&self, element: &str, role: &str, name: &str) {
        let ask = |what: &str| {
            let mut answer = ureq::get(format!("{}/element/{element}/{what}", self.session)).call().ok()?;
            let answer: Value = answer.body_mut().read_json().unwrap();
            Some(answer["value"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" "))
        };
        let began = Instant::now();
        loop {
            // An element that was drawn anew meanwhile has neither any more; then it cannot be used, and is looked for again.
            let (Some(computed), Some(label)) = (ask("computedrole"), ask("computedlabel")) else { return };
            let is_named = match name.strip_suffix('…') {
                Some(start) => label.starts_with(start),
                None => name.is_empty() || label == name,
            };
            // ARIA has no name for it: Chromium has one of its own, and Firefox none.
            let is_summary = matches!(computed.as_str(), "DisclosureTriangle" | "") && role == "disclosure";
            let computed = if is_summary { role.into() } else { computed };
            if computed == role && is_named {
                return;
            }
            let late = began.elapsed() > ACCESSIBLE_AFTER;
            assert!(!late, "{role} {name:?} is a {computed} {label:?} to a screen reader");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What has neither role nor name, by its test id: a number without its rounding, the words in the corners of a picture.
    pub async fn marked(&self, test_id: &str) -> String {
        let script = "return [...document.querySelectorAll(`[data-testid=${arguments[0]}]`)].map(e => e.innerText.trim())[0] ?? null";
        let text = self.until_with(test_id, script, vec![json!(test_id)]).await;
        text.as_str().unwrap().to_string()
    }

    /// Waits until it says so.
    pub async fn marked_says(&self, test_id: &str, words: &str) {
        let script = "return [...document.querySelectorAll(`[data-testid=${arguments[0]}]`)].some(e => e.innerText.trim() == arguments[1])";
        self.until_with(&format!("{words:?} as {test_id}"), script, vec![json!(test_id), json!(words)]).await;
    }

    /// An attribute of what has neither role nor name.
    async fn marked_attribute(&self, test_id: &str, attribute: &str) -> String {
        let script = "return document.querySelector(`[data-testid=${arguments[0]}]`)?.getAttribute(arguments[1]) ?? null";
        let value = self.until_with(test_id, script, vec![json!(test_id), json!(attribute)]).await;
        value.as_str().unwrap().to_string()
    }

    /// Waits until the page says that it is ready, in the words that are read aloud; what it says.
    pub async fn says_ready(&self) -> String {
        let script =
            "const said = [...document.querySelectorAll('[aria-live=polite]')].map(e => e.innerText.trim());
            return said.find(text => text.startsWith('Ready')) ?? null";
        self.until("word that the model is ready", script).await.as_str().unwrap().to_string()
    }

    /// Waits for the model; whether it came from the device's cache.
    pub async fn model_ready(&self) -> bool {
        self.says_ready().await.contains("kept on this device")
    }

    /// How many threads compute.
    pub async fn threads(&self) -> usize {
        self.marked_attribute("model-ready", "data-threads").await.parse().unwrap()
    }

    /// Drops files as a mouse would. They are prepared first, so that the page's own work can be timed alone.
    pub async fn drop_files(&self, files: &[TestFile]) {
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
                 const place = find([{ role: 'region', name: 'Open images' }])[0] ?? document.body;
                 place.dispatchEvent(new DragEvent('drop', { dataTransfer: window.dropped, bubbles: true, cancelable: true }));
             }, 0)",
            vec![],
        )
        .await;
    }

    /// Prints for how long the page itself was busy at a stretch. What a shared machine makes of that decides no test.
    pub async fn print_long_tasks(&self, while_what: &str) {
        let long = self.script("return window.longTasks", vec![]).await;
        println!("main-thread tasks over 50 ms while {while_what}: {long}");
    }

    /// The list of images.
    pub async fn rows(&self) -> Vec<Row> {
        serde_json::from_value(self.script("return rows().map(row)", vec![]).await).unwrap()
    }

    /// Waits until the list is so.
    pub async fn rows_until(&self, what: &str, is_so: impl Fn(&[Row]) -> bool) -> Vec<Row> {
        let began = Instant::now();
        loop {
            let rows = self.rows().await;
            if is_so(&rows) {
                return rows;
            }
            assert!(began.elapsed() < PATIENCE, "{what} did not come: {rows:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until `count` images are through; the state of each.
    pub async fn all_done(&self, count: usize) -> Vec<String> {
        let is_through = |row: &Row| !["waiting", "working"].contains(&&*row.state);
        let all = |rows: &[Row]| rows.len() == count && rows.iter().all(is_through);
        self.rows_until("the end of all examinations", all).await.into_iter().map(|row| row.state).collect()
    }

    /// Waits until the image at `index` has an answer.
    pub async fn is_answered(&self, index: usize) {
        self.rows_until("the answer", |rows| rows.get(index).is_some_and(|row| row.state == "done")).await;
    }

    /// Looks at the image at `index`.
    pub async fn pick(&self, index: usize) {
        let row = &self.rows().await[index];
        // Files of one name are told apart by their place.
        let same = "return rows().filter(r => row(r).file == arguments[1]).indexOf(rows()[arguments[0]])";
        let place = self.script(same, vec![json!(index), json!(row.file)]).await.as_u64().unwrap() as usize;
        self.navigation("Images").button(&format!("{} …", row.file)).at(place).click().await;
    }

    /// Has the image at `index` examined by a model although the gate refused it, as every drawing of a chest.
    pub async fn overrule(&self, index: usize, model: &str) {
        self.pick(index).await;
        self.finding().disclosure("Ask a model all the same").open().await;
        self.finding().combobox("Model").choose(&super::visit::title(model)).await;
        self.finding().button("Ask \"…").click().await;
        self.is_answered(index).await;
        self.finding().says("Marked: this image was refused").await;
    }

    /// Answers the question before an answer, by the first words of what is said.
    pub async fn reply(&self, words: &str) {
        self.group("Is this …").button(&format!("{words}…")).click().await;
        self.group("Is this …").wait_until_gone().await;
        self.finding().heading("…").wait().await;
    }

    /// The panel with what was found.
    pub fn finding(&self) -> super::part::Locator<'_> {
        self.complementary("Finding")
    }

    /// Its first line: the verdict, or that there is no answer.
    pub async fn verdict(&self) -> String {
        self.finding().heading("").text().await
    }

    /// The finding's probability, with every digit.
    pub async fn probability(&self) -> f64 {
        self.marked_attribute("probability", "data-value").await.parse().unwrap()
    }

    /// The button that asks for what the model looked at.
    pub fn map_button(&self) -> super::part::Locator<'_> {
        self.button("Show what it looked at")
    }

    /// The image that is looked at, and what may lie over it.
    pub fn picture(&self) -> super::part::Locator<'_> {
        self.image("The image as it was read")
    }

    pub fn heat_map(&self) -> super::part::Locator<'_> {
        self.image("Heat map: …")
    }

    /// Waits until a heat map is drawn over the image.
    pub async fn map_is_drawn(&self) {
        let drawn = "return e.width > 1 && e.getContext('2d').getImageData(0, 0, e.width, e.height).data.some(v => v > 0)";
        self.heat_map().until("to be drawn", drawn, json!(null)).await;
    }

    /// Waits until no map lies over the image, and none is on.
    pub async fn no_map(&self) {
        self.heat_map().wait_until_gone().await;
        self.map_button()
            .until("to be off", "return e.ariaPressed == 'false' ? true : null", json!(null))
            .await;
    }

    /// What a document that a button saves holds: it is looked at in the place of the browser's downloads.
    pub async fn saved_by(&self, button: &str) -> String {
        let catch = "const create = URL.createObjectURL; window.saved = null;
            URL.createObjectURL = blob => { URL.createObjectURL = create; blob.text().then(text => window.saved = text); return create.call(URL, blob); }";
        self.script(catch, vec![]).await;
        self.button(button).click().await;
        let saved = self.until("the document", "return window.saved").await;
        saved.as_str().unwrap().to_string()
    }

    /// What the file holds that a button saves: of this media type, where the browser writes others on the way.
    pub async fn bytes_by(&self, button: &str, kind: &str) -> Vec<u8> {
        let catch = "const create = URL.createObjectURL; window.saved = null; const kind = arguments[0];
            URL.createObjectURL = blob => {
                if (blob.type == kind) { URL.createObjectURL = create; blob.arrayBuffer().then(bytes => window.saved = [...new Uint8Array(bytes)]); }
                return create.call(URL, blob);
            }";
        self.script(catch, vec![json!(kind)]).await;
        self.button(button).click().await;
        serde_json::from_value(self.until("the file", "return window.saved").await).unwrap()
    }

    /// Chooses a file in the field that a button opens, by the button's words.
    pub async fn choose_file(&self, button: &str, file: &str, bytes: &[u8]) {
        let choose = "const label = [...document.querySelectorAll('label')].find(label => label.innerText.trim() == arguments[0]);
            if (!label) return null;
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(arguments[2])], arguments[1]));
            const input = label.querySelector('input');
            input.files = files.files;
            input.dispatchEvent(new Event('change', { bubbles: true }));
            return true";
        self.until_with(button, choose, vec![json!(button), json!(file), json!(bytes)]).await;
    }

    /// Allows the page something, or forbids it, as a user does: `state` is granted or denied.
    pub fn permit(&self, what: &str, state: &str) {
        let sent = json!({ "descriptor": { "name": what }, "state": state });
        ureq::post(format!("{}/permissions", self.session)).send_json(sent).unwrap();
    }

    /// Nothing was blocked.
    pub async fn assert_no_violations(&self) {
        assert_eq!(self.script("return window.violations", vec![]).await, json!([]));
    }

    /// Nothing was blocked, and nothing tried to leave.
    pub async fn assert_quiet(&self) {
        self.assert_no_violations().await;
        self.disclosure("0 requests since the image was opened").wait().await;
    }

    /// Whether the page is no wider than the screen.
    pub async fn fits(&self) -> bool {
        let fits = "return document.documentElement.scrollWidth <= window.innerWidth";
        self.script(fits, vec![]).await == json!(true)
    }
}
