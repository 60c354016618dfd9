//! Trainings small enough for an emulated GPU: every family of networks, on drawings of 32 pixels.

use lantern::dataset::{Dataset, phantom};
use lantern::learn::{Backend, Recipe, Session};
use std::path::PathBuf;

/// What a network is made of, as a recipe says it.
pub type Family = &'static str;

/// Strides, shortcuts and pointwise shortcuts.
pub const RESIDUAL: Family = "family = 'residual'\nwidths = [4, 8]\nblocks = [1, 1]";
/// Branches, and numbers of channels that go into no pack.
pub const CHAIN: Family = "family = 'chain'\nwidths = [6, 12]\ndepths = [1, 2]";
/// Depthwise kernels of both sizes and strides.
pub const LITE0: Family = "family = 'efficient_net_lite0'\nstages = 3\nwiden = true";
/// An outline, enlarged maps, a value that several layers read.
pub const OUTLINE: Family = "family = 'efficient_net_lite0'\nstages = 3\nwiden = false\noutline = 8";

pub const FAMILIES: [Family; 4] = [RESIDUAL, CHAIN, LITE0, OUTLINE];

/// A data set and a recipe for it.
pub struct Small {
    folder: tempfile::TempDir,
    dataset: Dataset,
    family: Family,
    batch: usize,
}

impl Small {
    /// `images` to learn from in batches of `batch`, and eight to validate on.
    pub fn new(family: Family, images: usize, batch: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("drawings");
        let mut manifest = String::from("path,mask\n");
        for (split, count) in [("train", images), ("val", 8)] {
            for i in 0..count {
                let class = ["dark", "light"][i % 2];
                let mut image = image::load_from_memory(&phantom::chest(i as u64, 48)).unwrap();
                if class == "light" {
                    image.invert();
                }
                let (path, mask) = (format!("{split}/{class}/{i}.png"), format!("masks/{split}-{i}.png"));
                let disc = image::GrayImage::from_fn(48, 48, |x, y| {
                    let off = (x as i32 - 20 - i as i32 % 8).pow(2) + (y as i32 - 24).pow(2);
                    image::Luma([if off < 120 { 255 } else { 0 }])
                });
                for (path, image) in [(&path, image), (&mask, disc.into())] {
                    let path = root.join(path);
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(path, phantom::png(image)).unwrap();
                }
                manifest.push_str(&format!("{path},{mask}\n"));
            }
        }
        std::fs::write(root.join("manifest.csv"), manifest).unwrap();
        let dataset = Dataset::open(&root).unwrap();
        Self { folder, dataset, family, batch }
    }

    /// The data set's folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("drawings")
    }

    /// Like the chest's recipe, with mixing too.
    pub fn recipe(&self, epochs: usize) -> Recipe {
        let mut recipe: toml::Table = include_str!("../../recipes/chest-pneumonia.toml").parse().unwrap();
        recipe["network"].as_table_mut().unwrap().remove("start");
        let mut set = |section: &str, key: &str, value: toml::Value| {
            recipe[section].as_table_mut().unwrap().insert(key.into(), value);
        };
        let none = || toml::Value::Array(vec![]);
        set("about", "id", "drawings".into());
        set("task", "finding", toml::Value::Array(vec!["light".into()]));
        set("about", "kind", "a drawing of a chest".into());
        set("task", "subgroups", none());
        set("task", "labels", toml::Value::Array(vec!["dark".into(), "light".into()]));
        set("network", "side", 32.into());
        set("network", "architecture", toml::from_str(self.family).unwrap());
        set("validation", "fraction", 0.0.into());
        set("validation", "group", none());
        set("training", "batch", (self.batch as i64).into());
        set("training", "epochs", (epochs as i64).into());
        set("training", "mixup", 0.2.into());
        toml::from_str(&recipe.to_string()).unwrap()
    }

    pub fn session(&self, epochs: usize) -> Session {
        self.session_with(epochs, |_| ())
    }

    /// With other knobs.
    pub fn session_with(&self, epochs: usize, change: impl FnOnce(&mut Recipe)) -> Session {
        let mut recipe = self.recipe(epochs);
        change(&mut recipe);
        Session::new(recipe, &self.dataset, None, &|_| ()).unwrap()
    }

    /// The loss of every step of the first `run` of `epochs`.
    pub fn losses(&self, machine: &mut Backend, epochs: usize, run: usize) -> Vec<f32> {
        losses(self.session(epochs), machine, run)
    }
}

/// The loss of every step of the next epochs.
pub fn losses(mut session: Session, machine: &mut Backend, epochs: usize) -> Vec<f32> {
    let mut losses = Vec::new();
    for _ in 0..epochs {
        let (mut count, mut before) = (0.0, 0.0);
        session
            .run_epoch(machine, |_, mean| {
                // What is told is the mean so far.
                count += 1.0;
                losses.push(mean * count - before);
                before = mean * count;
            })
            .unwrap();
    }
    losses
}
