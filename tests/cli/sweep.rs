//! `lantern sweep`.

use crate::lantern;
use crate::small::{small_recipe, small_set};

#[test]
fn a_sweep_gives_up_the_worse_choices_goes_on_where_it_was_and_keeps_the_best() {
    let folder = tempfile::tempdir().unwrap();
    let (set, _) = (small_set(folder.path()), small_recipe(folder.path(), 3));
    let text = "recipe = 'recipe.toml'\nseeds = [1, 2]\nrungs = [1]\nkeep = 0.5\n[knobs]\n'training.learning_rate' = [0.0, 0.002]\n";
    let file = folder.path().join("sweep.toml");
    std::fs::write(&file, text).unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let run = |flags: &[&str]| {
        let (file, set, out) = (path("sweep.toml"), set.to_string_lossy(), path("out"));
        let given = ["sweep", &file, "--data", &set, "--out", &out];
        lantern(&given.into_iter().chain(flags.iter().copied()).collect::<Vec<_>>())
    };
    let first = run(&[]);
    let said = String::from_utf8(first.stderr.clone()).unwrap();
    assert!(first.status.success() && said.contains("1 of 2 choices go on"), "{said}");
    let table = std::fs::read_to_string(path("out/table.md")).unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| c")).skip(1).collect();
    // Without a learning rate nothing is learned, so that choice was given up after an epoch.
    assert!(rows[0].starts_with("| c2 | training.learning_rate = 0.002 | 3 |"), "{table}");
    assert!(rows[1].starts_with("| c1 | training.learning_rate = 0.0 | 1 |"), "{table}");
    assert!(rows[0].contains("(seed 1)") && rows[0].contains("(seed 2)"), "{table}");
    assert!(lantern(&["bundle", "verify", &path("out/best")]).status.success());
    let card = std::fs::read_to_string(path("out/best/card.json")).unwrap();
    assert!(card.contains("\"id\": \"phantoms\""), "{card}");

    // Everything is written down: the second run trains nothing.
    let unasked = run(&[]);
    let said = String::from_utf8(unasked.stderr).unwrap();
    assert!(!unasked.status.success() && said.contains("sweep.json") && said.contains("--resume"), "{said}");
    let second = run(&["--resume"]);
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(second.status.success() && !said.contains("epoch 1: loss"), "{said}");
    assert_eq!(std::fs::read_to_string(path("out/table.md")).unwrap(), table);
    std::fs::write(&file, text.replace("[1, 2]", "[3]")).unwrap();
    let other = run(&["--resume"]);
    assert!(String::from_utf8(other.stderr).unwrap().contains("holds another sweep"));
}
