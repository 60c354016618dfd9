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
    let wasm = output.wasm_mut().emit_wasm();
    Ok(Module { js: output.js().as_bytes().to_vec(), wasm: strip_custom_sections(&wasm)? })
}

/// The module without its custom sections: notes of compilers for other tools, which no browser reads.
fn strip_custom_sections(wasm: &[u8]) -> Result<Vec<u8>> {
    const HEADER: usize = 8;
    let mut out = wasm.get(..HEADER).context("a module is cut short")?.to_vec();
    let mut at = HEADER;
    while let Some(kind) = wasm.get(at) {
        let (mut size, mut shift, mut from) = (0usize, 0, at + 1);
        loop {
            let byte = *wasm.get(from).context("a module is cut short")?;
            size |= usize::from(byte & 0x7f) << shift;
            (shift, from) = (shift + 7, from + 1);
            if byte & 0x80 == 0 {
                break;
            }
            ensure!(shift < 35, "a module's section has no size");
        }
        let section = wasm.get(at..from + size).context("a module is cut short")?;
        if *kind != 0 {
            out.extend(section);
        }
        at = from + size;
    }
    Ok(out)
}

/// Writes `NAME.js` and `NAME_bg.wasm`.
pub fn write(path: &Path, folder: &Path, name: &str) -> Result<()> {
    let Module { js, wasm } = module(path)?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join(format!("{name}.js")), js)?;
    fs::write(folder.join(format!("{name}_bg.wasm")), wasm)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_go_and_code_stays() {
        let header = b"\0asm\x01\0\0\0";
        let (types, note, code) = (b"\x01\x01\0", b"\0\x05\x04nope", b"\x0a\x01\0");
        let module = [&header[..], types, note, code].concat();
        assert_eq!(strip_custom_sections(&module).unwrap(), [&header[..], types, code].concat());
        assert!(
            strip_custom_sections(&module[..module.len() - 1]).is_err()
                && strip_custom_sections(b"\0as").is_err()
        );
    }
}
