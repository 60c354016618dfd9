//! The page as a folder for any static web server.

use crate::bind::{self, Module};
use crate::compress::copies;
use crate::folder::Folder;
use crate::names::{digest, in_html, with_constants};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Where the parts lie and where the page goes.
pub struct Options<'a> {
    /// The project's folder.
    pub source: &'a Path,
    /// Where `app.wasm`, `worker.wasm`, `reader.wasm` and `classroom.wasm` lie.
    pub modules: &'a Path,
    /// Where a `worker.wasm` with threads lies, if one could be built; a `classroom.wasm` may lie there too.
    pub threaded: Option<&'a Path>,
    pub out: &'a Path,
    /// Without compressed copies.
    pub draft: bool,
}

/// The HTML files: of the clinic and all its routes, and of the classroom.
const PAGES: [&str; 2] = ["index.html", "classroom.html"];

/// Writes the page.
pub fn build(options: &Options) -> Result<()> {
    let mut page = Page { options, folder: Folder::default(), names: BTreeMap::new() };
    page.add_app()?;
    page.add_workers()?;
    page.add_styles()?;
    page.add_as_named()?;
    page.add_index()?;
    page.add_service_worker()?;
    if !options.draft {
        page.add_copies()?;
    }
    page.folder.write(options.out)
}

struct Page<'a> {
    options: &'a Options<'a>,
    folder: Folder,
    /// From the address in the source of index.html to the address with the content hash.
    names: BTreeMap<String, String>,
}

impl Page<'_> {
    fn text(&self, path: &str) -> Result<String> {
        let path = self.options.source.join(path);
        fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
    }

    /// Adds a file that index.html refers to.
    fn add(&mut self, name: &str, bytes: Vec<u8>) {
        let address = self.folder.add_hashed(name, bytes);
        self.names.insert(format!("/{name}"), address);
    }

    /// Adds both files of a module. Returns their addresses.
    fn add_module(&mut self, name: &str, folder: &Path, file: &str) -> Result<(String, String)> {
        let Module { js, wasm } = bind::module(&folder.join(file))?;
        let js = self.folder.add_hashed(&format!("{name}.js"), js);
        Ok((js, self.folder.add_hashed(&format!("{name}.wasm"), wasm)))
    }

    fn add_app(&mut self) -> Result<()> {
        let (js, wasm) = self.add_module("app", self.options.modules, "app.wasm")?;
        self.names.extend([("/app.js".into(), js), ("/app.wasm".into(), wasm)]);
        let boot = self.text("public/boot.js")?;
        self.add("boot.js", boot.into_bytes());
        Ok(())
    }

    /// The scripts that start workers get the addresses of their modules as constants.
    fn add_workers(&mut self) -> Result<()> {
        let modules = self.options.modules;
        let (js, wasm) = self.add_module("reader", modules, "reader.wasm")?;
        let start = with_constants(
            &self.text("public/reader-start.js")?,
            &[("READER", json!({ "js": js, "wasm": wasm }))],
        );
        self.add("reader-start.js", start);

        self.add_computing("worker", "threaded", "compute.js")?;
        // Its plain module holds the room's page too.
        let (js, wasm) = self.add_computing("classroom", "classroom-threaded", "classroom-compute.js")?;
        self.names.extend([("/classroom.js".into(), js), ("/classroom.wasm".into(), wasm)]);
        let boot = self.text("public/classroom-boot.js")?;
        self.add("classroom-boot.js", boot.into_bytes());
        Ok(())
    }

    /// Adds a module that computes, plain and with threads, and the script `start` that chooses between them. Returns the addresses of the
    /// plain one.
    fn add_computing(&mut self, module: &str, threaded: &str, start: &str) -> Result<(String, String)> {
        let file = format!("{module}.wasm");
        let (js, wasm) = self.add_module(module, self.options.modules, &file)?;
        let plain = json!({ "js": js, "wasm": wasm });
        let built = self.options.threaded.filter(|modules| modules.join(&file).exists());
        let threaded = match built {
            Some(modules) => {
                let (js, wasm) = self.add_module(threaded, modules, &file)?;
                let thread = self.text("public/thread.js")?;
                let thread = self.folder.add_hashed("thread.js", thread.into_bytes());
                json!({ "js": js, "wasm": wasm, "thread": thread })
            }
            None => Value::Null,
        };
        let script = self.text("public/compute.js")?;
        self.add(start, with_constants(&script, &[("PLAIN", plain), ("THREADED", threaded)]));
        Ok((js, wasm))
    }

    fn add_styles(&mut self) -> Result<()> {
        for entry in fs::read_dir(self.options.source.join("style"))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let address = self.folder.add_hashed(&name, fs::read(entry.path())?);
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
        self.folder.add_all("models", &self.options.source.join("models"))
    }

    fn add_index(&mut self) -> Result<()> {
        for page in PAGES {
            let html = in_html(&self.text(page)?, &self.names)?;
            self.folder.add(page, html.into_bytes());
        }
        Ok(())
    }

    /// The service worker lists every file, and its version changes with each of them. `/` stands for every route of the page. Weights are
    /// not listed: the inference worker keeps and checks them. The classroom's files are a list of their own.
    fn add_service_worker(&mut self) -> Result<()> {
        let kept =
            |path: &str| !path.ends_with(".safetensors") && !path.ends_with(".md") && !PAGES.contains(&path);
        let paths = || self.folder.files().map(|(path, _)| path).filter(|path| kept(path));
        let listed = |page: &str, of_classroom: bool| -> Vec<String> {
            let own = paths().filter(|path| path.starts_with("classroom") == of_classroom);
            std::iter::once(page.to_string()).chain(own.map(|path| format!("/{path}"))).collect()
        };
        let (files, classroom) = (listed("/", false), listed("/classroom.html", true));
        let content = self.folder.files().filter(|(path, _)| kept(path) || PAGES.contains(path));
        let version = digest(content.flat_map(|(path, bytes)| [path.as_bytes(), bytes]));
        let script = with_constants(
            &self.text("public/sw.js")?,
            &[("VERSION", json!(version)), ("FILES", json!(files)), ("CLASSROOM", json!(classroom))],
        );
        self.folder.add("sw.js", script);
        Ok(())
    }

    fn add_copies(&mut self) -> Result<()> {
        let files: Vec<_> = self.folder.files().collect();
        for (path, bytes) in copies(&files)? {
            self.folder.add(&path, bytes);
        }
        Ok(())
    }
}
