//! Things on the page by role and name, as a screen reader tells them: what has lost its label is not found.

use super::machine::PATIENCE;
use super::page::Page;
use fantoccini::elements::{Element, ElementRef};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Finds by role and name; runs before every script of the tests.
pub const ROLES: &str = include_str!("roles.js");

/// A step from the outside to the inside.
#[derive(Clone, Debug, Serialize)]
struct Step {
    role: &'static str,
    name: String,
    /// Which of those that fit, from 0; where none is told, the first.
    at: Option<usize>,
}

/// A locator: finds an element by role and name, anew each time it is used. A name that ends with `…` matches by prefix; an empty name
/// matches any.
#[derive(Clone)]
pub struct Locator<'a> {
    page: &'a Page,
    way: Vec<Step>,
}

/// Ways to things by role, from the page and from inside another thing.
macro_rules! roles {
    ($($method:ident $role:literal)*) => {
        #[allow(dead_code, reason = "one list of roles serves the page and its parts")]
        impl Page {
            $(pub fn $method(&self, name: &str) -> Locator<'_> {
                Locator { page: self, way: vec![] }.inside($role, name)
            })*
        }
        #[allow(dead_code, reason = "one list of roles serves the page and its parts")]
        impl<'a> Locator<'a> {
            $(pub fn $method(&self, name: &str) -> Locator<'a> {
                self.inside($role, name)
            })*
        }
    };
}

roles! {
    alert "alert" button "button" checkbox "checkbox" combobox "combobox" complementary "complementary" contentinfo "contentinfo"
    definition "definition" disclosure "disclosure" group "group" heading "heading" image "img" link "link" list "list"
    listitem "listitem" main "main" navigation "navigation" note "note" region "region" searchbox "searchbox" slider "slider"
    status "status" textbox "textbox" application "application"
}

impl<'a> Locator<'a> {
    fn inside(&self, role: &'static str, name: &str) -> Self {
        let mut part = self.clone();
        part.way.push(Step { role, name: name.into(), at: None });
        part
    }

    /// The one at a place among those that fit, from 0.
    pub fn at(&self, place: usize) -> Self {
        let mut part = self.clone();
        if let Some(step) = part.way.last_mut() {
            step.at = Some(place);
        }
        part
    }

    /// In words, for what a test says when it is not there.
    fn told(&self) -> String {
        let step = |step: &Step| format!("{} {:?}", step.role, step.name);
        self.way.iter().map(step).collect::<Vec<_>>().join(", in it ")
    }

    /// What a script makes of all that fit, `all`.
    async fn of_all(&self, body: &str) -> Value {
        let script = format!("const all_found = find(arguments[0]); {body}");
        self.page.script(&script, vec![json!(self.way)]).await
    }

    /// What a script makes of it, `e`, and of what it is `given`; waits until it is there and the script gives something.
    pub async fn until(&self, what: &str, body: &str, given: Value) -> Value {
        let body =
            format!("const e = find(arguments[0])[0], given = arguments[1]; if (!e) return null; {body}");
        self.page.until_with(&format!("{} ({what})", self.told()), &body, vec![json!(self.way), given]).await
    }

    /// What a script makes of it, once it is there.
    pub async fn run(&self, body: &str) -> Value {
        let found =
            self.until("to be looked at", &format!("return [(() => {{ {body} }})()]"), json!(null)).await;
        found[0].clone()
    }

    pub async fn is_there(&self) -> bool {
        self.count().await > 0
    }

    pub async fn count(&self) -> usize {
        self.of_all("return all_found.length").await.as_u64().unwrap() as usize
    }

    /// What each that fits says.
    pub async fn texts(&self) -> Vec<String> {
        let texts = self.of_all("return all_found.map(content)").await;
        serde_json::from_value(texts).unwrap()
    }

    pub async fn wait(&self) {
        self.until("to be there", "return true", json!(null)).await;
    }

    pub async fn wait_until_gone(&self) {
        let gone = "return find(arguments[0]).length == 0 ? true : null";
        self.page.until_with(&format!("the end of {}", self.told()), gone, vec![json!(self.way)]).await;
    }

    /// What it says, as it is seen.
    pub async fn text(&self) -> String {
        self.run("return e.innerText.trim()").await.as_str().unwrap().to_string()
    }

    /// Waits until it says so.
    pub async fn says(&self, words: &str) {
        self.until(
            &format!("to say {words:?}"),
            "return content(e).includes(given) ? true : null",
            json!(words),
        )
        .await;
    }

    /// Its name, as it is read aloud.
    pub async fn name(&self) -> String {
        let role = self.way.last().unwrap().role;
        self.run(&format!("return name(e, {role:?})")).await.as_str().unwrap().to_string()
    }

    /// What stands in it, or is chosen.
    pub async fn value(&self) -> String {
        self.run("return e.value").await.as_str().unwrap().to_string()
    }

    pub async fn attribute(&self, name: &str) -> String {
        self.run(&format!("return e.getAttribute({name:?})")).await.as_str().unwrap_or_default().to_string()
    }

    /// The element, once the browser itself says that it has this role and name.
    pub async fn element(&self) -> Element {
        let found = self.until("to be used", "return e", json!(null)).await;
        let id = found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_string();
        let step = self.way.last().unwrap();
        self.page.confirm(&id, step.role, &step.name).await;
        Element::from_element_id(self.page.client.clone(), ElementRef::from(id))
    }

    /// Clicks it as a mouse does, once it is there and not switched off. It is brought to the middle first: the footer stays in sight and
    /// may lie over what a driver has scrolled to.
    pub async fn click(&self) {
        let began = Instant::now();
        loop {
            let ready = "if (e.disabled) return null; e.scrollIntoView({ block: 'center', behavior: 'instant' }); return true";
            self.until("to be clicked", ready, json!(null)).await;
            match self.element().await.click().await {
                Ok(()) => return,
                // What is drawn anew meanwhile is looked for again.
                Err(error) => {
                    assert!(began.elapsed() < PATIENCE, "{} cannot be clicked: {error}", self.told())
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Opens what it discloses, where it is not open.
    pub async fn open(&self) {
        if self.run("return e.parentElement.open").await != json!(true) {
            self.click().await;
        }
        self.until("to open", "return e.parentElement.open ? true : null", json!(null)).await;
    }

    /// What it discloses, all of it.
    pub async fn disclosed(&self) -> String {
        self.open().await;
        self.run("return e.parentElement.innerText").await.as_str().unwrap().to_string()
    }

    /// Chooses the option that begins so.
    pub async fn choose(&self, option: &str) {
        self.element().await;
        let choose =
            "const option = [...e.options].find(o => o.text.startsWith(given)); if (!option) return null;
            e.value = option.value; e.dispatchEvent(new Event('change', { bubbles: true })); return true";
        self.until(&format!("to offer {option:?}"), choose, json!(option)).await;
    }

    /// Writes into it, or moves it, in the place of what was there.
    pub async fn fill(&self, value: &str) {
        self.element().await;
        let fill = "e.value = given; for (const kind of ['input', 'change']) e.dispatchEvent(new Event(kind, { bubbles: true })); return true";
        self.until("to be filled", fill, json!(value)).await;
    }
}
