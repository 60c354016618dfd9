//! Builds the page from compiled modules: the JavaScript glue of each, a content hash in every file's name, the service worker's list,
//! compressed copies.

mod bind;
mod compress;
mod folder;
mod minify;
mod names;
mod site;

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

const USAGE: &str = "\
usage: page build SOURCE MODULES OUT [--threaded MODULES] [--draft]
       page bind FILE.wasm FOLDER NAME

build   writes the page into OUT: SOURCE is the project's folder, MODULES one of app.wasm, worker.wasm,
        reader.wasm and classroom.wasm; the other MODULES may hold some of them built with threads; --draft leaves the compressed copies out
bind    writes NAME.js and NAME_bg.wasm into FOLDER";

fn main() -> Result<()> {
    let mut words = Vec::new();
    let (mut threaded, mut draft) = (None, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--threaded" => threaded = arguments.next().map(PathBuf::from),
            "--draft" => draft = true,
            _ => words.push(argument),
        }
    }
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["build", source, modules, out] => site::build(&site::Options {
            source: Path::new(source),
            modules: Path::new(modules),
            threaded: threaded.as_deref(),
            out: Path::new(out),
            draft,
        }),
        ["bind", module, folder, name] => bind::write(Path::new(module), Path::new(folder), name),
        _ => bail!(USAGE),
    }
}
