//! A training so small that a test can run it.

use lantern::dataset::phantom;
use std::path::{Path, PathBuf};

/// A data set of forty small phantoms, twenty of them inverted: easy to learn, so that a test can.
pub fn small_set(root: &Path) -> PathBuf {
    let set = root.join("phantoms");
    for (split, count) in [("train", 32), ("test", 8)] {
        for i in 0..count {
            let class = ["dark", "light"][i % 2];
            let mut image = image::load_from_memory(&phantom::chest(i as u64, 48)).unwrap();
            if class == "light" {
                image.invert();
            }
            let folder = set.join(split).join(class);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("{i}.png")), phantom::png(image)).unwrap();
        }
    }
    std::fs::write(set.join("train/dark/broken.png"), b"not a picture").unwrap();
    set
}

pub fn small_recipe(root: &Path, epochs: usize) -> PathBuf {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/chest-pneumonia.toml"))
            .unwrap();
    let mut recipe: toml::Table = text.parse().unwrap();
    recipe["network"].as_table_mut().unwrap().remove("start");
    let mut set = |section: &str, key: &str, value: toml::Value| {
        recipe[section].as_table_mut().unwrap().insert(key.into(), value);
    };
    set("about", "id", "phantoms".into());
    set("task", "finding", toml::Value::Array(vec!["light".into()]));
    set("about", "kind", "a drawing of a chest".into());
    set("task", "subgroups", toml::Value::Array(vec![]));
    set("task", "labels", toml::Value::Array(vec!["dark".into(), "light".into()]));
    set("network", "side", 32.into());
    set(
        "network",
        "architecture",
        toml::from_str("family = 'residual'\nwidths = [4, 8]\nblocks = [1, 1]").unwrap(),
    );
    set("validation", "fraction", 0.25.into());
    set("validation", "group", toml::Value::Array(vec![]));
    set("training", "batch", 8.into());
    set("training", "epochs", (epochs as i64).into());
    let path = root.join("recipe.toml");
    std::fs::write(&path, recipe.to_string()).unwrap();
    path
}
