//! The page as a folder that any web server can serve.

use crate::bind::{self, Bound};
use crate::compress::siblings;
use crate::folder::Folder;
use crate::names::{digest, in_html, with_constants};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What is to be put together.
pub struct Order<'a> {
    /// The project's folder.
    pub source: &'a Path,
    /// Where `app.wasm`, `worker.wasm` and `reader.wasm` lie.
    pub modules: &'a Path,
    /// Where a `worker.wasm` with threads lies, if one could be built.
    pub threaded: Option<&'a Path>,
    pub out: &'a Path,
    /// Without compressed siblings.
    pub draft: bool,
}

/// Writes the page.
pub fn build(order: &Order) -> Result<()> {
    let mut page = Page { order, folder: Folder::default(), names: BTreeMap::new() };
    page.add_app()?;
    page.add_workers()?;
    page.add_styles()?;
    page.add_as_named()?;
    page.add_index()?;
    page.add_service_worker()?;
    if !order.draft {
        page.add_siblings()?;
    }
    page.folder.write(order.out)
}

struct Page<'a> {
    order: &'a Order<'a>,
    folder: Folder,
    /// What index.html may name, and the address that it becomes.
    names: BTreeMap<String, String>,
}

impl Page<'_> {
    fn text(&self, path: &str) -> Result<String> {
        let path = self.order.source.join(path);
        fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
    }

    /// Adds `name` by content, for index.html to name.
    fn add(&mut self, name: &str, bytes: Vec<u8>) {
        let address = self.folder.add_by_content(name, bytes);
        self.names.insert(format!("/{name}"), address);
    }

    /// Adds both files of a module. Returns their addresses.
    fn add_module(&mut self, name: &str, folder: &Path, file: &str) -> Result<(String, String)> {
        let Bound { js, wasm } = bind::module(&folder.join(file))?;
        let js = self.folder.add_by_content(&format!("{name}.js"), js);
        Ok((js, self.folder.add_by_content(&format!("{name}.wasm"), wasm)))
    }

    fn add_app(&mut self) -> Result<()> {
        let (js, wasm) = self.add_module("app", self.order.modules, "app.wasm")?;
        self.names.extend([("/app.js".into(), js), ("/app.wasm".into(), wasm)]);
        let boot = self.text("public/boot.js")?;
        self.add("boot.js", boot.into_bytes());
        Ok(())
    }

    /// The scripts that start workers begin with the names of what they start.
    fn add_workers(&mut self) -> Result<()> {
        let modules = self.order.modules;
        let (js, wasm) = self.add_module("reader", modules, "reader.wasm")?;
        let start = with_constants(&self.text("public/reader-start.js")?, &[("READER", json!({ "js": js, "wasm": wasm }))]);
        self.add("reader-start.js", start);

        let (js, wasm) = self.add_module("worker", modules, "worker.wasm")?;
        let plain = json!({ "js": js, "wasm": wasm });
        let built = self.order.threaded.filter(|modules| modules.join("worker.wasm").exists());
        let threaded = match built {
            Some(modules) => {
                let (js, wasm) = self.add_module("threaded", modules, "worker.wasm")?;
                let thread = self.text("public/thread.js")?;
                let thread = self.folder.add_by_content("thread.js", thread.into_bytes());
                json!({ "js": js, "wasm": wasm, "thread": thread })
            }
            None => Value::Null,
        };
        let compute = with_constants(&self.text("public/compute.js")?, &[("PLAIN", plain), ("THREADED", threaded)]);
        self.add("compute.js", compute);
        Ok(())
    }

    fn add_styles(&mut self) -> Result<()> {
        for entry in fs::read_dir(self.order.source.join("style"))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let address = self.folder.add_by_content(&name, fs::read(entry.path())?);
            self.names.insert(format!("/style/{name}"), address);
        }
        Ok(())
    }

    fn add_as_named(&mut self) -> Result<()> {
        for name in ["icon.svg", "manifest.webmanifest"] {
            let text = self.text(&format!("public/{name}"))?;
            self.folder.add(name, text.into_bytes());
            self.names.insert(format!("/{name}"), format!("/{name}"));
        }
        self.folder.add_all("models", &self.order.source.join("models"))
    }

    fn add_index(&mut self) -> Result<()> {
        let html = in_html(&self.text("index.html")?, &self.names)?;
        self.folder.add("index.html", html.into_bytes());
        Ok(())
    }

    /// The service worker knows every file, and changes with each. The page itself stands for every room; weights are kept by the
    /// worker that computes, which checks them.
    fn add_service_worker(&mut self) -> Result<()> {
        let kept = |path: &str| !path.ends_with(".safetensors") && !path.ends_with(".md") && path != "index.html";
        let paths = self.folder.files().map(|(path, _)| path).filter(|path| kept(path));
        let files: Vec<String> = std::iter::once("/".to_string()).chain(paths.map(|path| format!("/{path}"))).collect();
        let content = self.folder.files().filter(|(path, _)| kept(path) || *path == "index.html");
        let version = digest(content.flat_map(|(path, bytes)| [path.as_bytes(), bytes]));
        let script = with_constants(&self.text("public/sw.js")?, &[("VERSION", json!(version)), ("FILES", json!(files))]);
        self.folder.add("sw.js", script);
        Ok(())
    }

    fn add_siblings(&mut self) -> Result<()> {
        let files: Vec<_> = self.folder.files().collect();
        for (path, bytes) in siblings(&files)? {
            self.folder.add(&path, bytes);
        }
        Ok(())
    }
}
