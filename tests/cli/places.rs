//! Where the program looks for its models.

use crate::write;
use lantern::dataset::phantom;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program alone in a folder, as someone who copies it has it.
fn alone(folder: &Path) -> PathBuf {
    let program = folder.join("lantern");
    std::fs::copy(env!("CARGO_BIN_EXE_lantern"), &program).unwrap();
    program
}

#[test]
fn the_models_are_found_beside_the_program_and_then_in_the_current_folder() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (home, elsewhere) = (root.join("home"), root.join("elsewhere"));
    for folder in [&home, &elsewhere] {
        std::fs::create_dir(folder).unwrap();
    }
    let program = alone(&home);
    let drawing = write(&root, "drawing.png", &phantom::chest(3, 400));
    let examine = || {
        let mut command = Command::new(&program);
        command.current_dir(&elsewhere).args(["examine", "--json", "--overrule", &drawing]).output().unwrap()
    };
    // What lies in the way but holds no bundle is no folder of models.
    std::fs::create_dir(home.join("models")).unwrap();
    let missing = examine();
    let said = String::from_utf8(missing.stderr).unwrap();
    assert_eq!(missing.status.code(), Some(1), "{said}");
    for place in [home.join("models"), elsewhere.join("models")] {
        assert!(said.contains(&place.display().to_string()), "{said}");
    }
    assert!(said.contains("--models"), "{said}");

    std::os::unix::fs::symlink(&shipped, elsewhere.join("models")).unwrap();
    assert!(examine().status.success());
    std::fs::remove_file(elsewhere.join("models")).unwrap();
    std::fs::remove_dir(home.join("models")).unwrap();
    std::os::unix::fs::symlink(&shipped, home.join("models")).unwrap();
    assert!(examine().status.success());
    // A link to the program, as in a folder of commands, finds what lies beside the program itself.
    let link = elsewhere.join("lantern");
    std::os::unix::fs::symlink(&program, &link).unwrap();
    let linked = Command::new(&link).current_dir("/").args(["examine", "--overrule", &drawing]).output();
    assert!(linked.unwrap().status.success());
    // A bundle that is named by its folder needs no folder of models.
    let bundle = shipped.join("chest-pneumonia").to_string_lossy().into_owned();
    std::fs::remove_file(home.join("models")).unwrap();
    let mut named = Command::new(&program);
    named.current_dir(&elsewhere).args(["examine", "--overrule", "--model", &bundle, &drawing]);
    assert!(named.output().unwrap().status.success());
}
