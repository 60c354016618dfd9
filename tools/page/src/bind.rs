//! The JavaScript glue of a module.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

/// A module as a browser loads it.
pub struct Module {
    /// The script that loads it and exports its functions.
    pub js: Vec<u8>,
    /// WebAssembly without the names of functions, which would be a sixth of the download.
    pub wasm: Vec<u8>,
}

/// Generates the glue of a module that the compiler wrote.
///
/// # Errors
/// The file is missing, was built with another version of wasm-bindgen, or brings JavaScript files of its own.
pub fn module(path: &Path) -> Result<Module> {
    let bind = || {
        let mut bindgen = Bindgen::new();
        bindgen.input_path(path).typescript(false).remove_name_section(true).remove_producers_section(true);
        bindgen.web(true)?.generate_output()
    };
    let mut output = bind().with_context(|| format!("binding {}", path.display()))?;
    // They would be more files, under names that nothing here knows.
    ensure!(
        output.snippets().values().all(Vec::is_empty) && output.local_modules().is_empty(),
        "{} brings JavaScript of its own, which the page does not serve",
        path.display()
    );
    Ok(Module { js: output.js().as_bytes().to_vec(), wasm: output.wasm_mut().emit_wasm() })
}

/// Writes `NAME.js` and `NAME_bg.wasm`.
pub fn write(path: &Path, folder: &Path, name: &str) -> Result<()> {
    let Module { js, wasm } = module(path)?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join(format!("{name}.js")), js)?;
    fs::write(folder.join(format!("{name}_bg.wasm")), wasm)?;
    Ok(())
}
