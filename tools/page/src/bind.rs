//! JavaScript's side of a module.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

/// A module as a browser loads it.
pub struct Bound {
    /// Its doors.
    pub js: Vec<u8>,
    /// The module, without the names of functions: they would be a sixth of what is loaded.
    pub wasm: Vec<u8>,
}

/// Reads what the compiler wrote.
pub fn module(path: &Path) -> Result<Bound> {
    let bind = || {
        let mut bindgen = Bindgen::new();
        bindgen.input_path(path).typescript(false).remove_name_section(true);
        bindgen.web(true)?.generate_output()
    };
    let mut output = bind().with_context(|| format!("binding {}", path.display()))?;
    // They would be more files, under names that nothing here knows.
    ensure!(
        output.snippets().values().all(Vec::is_empty) && output.local_modules().is_empty(),
        "{} brings JavaScript of its own, which the page does not serve",
        path.display()
    );
    Ok(Bound { js: output.js().as_bytes().to_vec(), wasm: output.wasm_mut().emit_wasm() })
}

/// Writes `NAME.js` and `NAME_bg.wasm`.
pub fn write(path: &Path, folder: &Path, name: &str) -> Result<()> {
    let Bound { js, wasm } = module(path)?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join(format!("{name}.js")), js)?;
    fs::write(folder.join(format!("{name}_bg.wasm")), wasm)?;
    Ok(())
}
