//! `lantern audit` and `lantern train`: what goes on, what is refused, and that nothing is lost.

use crate::small::{small_recipe, small_set};
use crate::{lantern, lines};
use dicom_core::VR;
use dicom_dictionary_std::tags;
use lantern::dataset::Dataset;
use lantern::dataset::phantom::dicom::{Phantom, PixelData};
use lantern::imaging;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn an_audit_counts_the_clusters_of_how_images_were_taken() {
    let folder = tempfile::tempdir().unwrap();
    let set = small_set(folder.path());
    let audit = |clusters| lantern(&["audit", &set.to_string_lossy(), "--clusters", clusters]);
    let said = String::from_utf8(audit("2").stdout).unwrap();
    let counts: Vec<Vec<usize>> = said
        .lines()
        .filter(|line| line.starts_with("cluster "))
        .map(|line| line.split([' ', ':', ',']).filter_map(|word| word.parse().ok()).collect())
        .collect();
    // Its number, its images, and those of each class; the broken file counts too.
    assert!(matches!(counts.as_slice(), [first, second] if first.len() == 4 && second.len() == 4), "{said}");
    assert_eq!((counts[0][0], counts[1][0], counts[0][1] + counts[1][1]), (0, 1, 33), "{said}");
    assert!(counts.iter().all(|of| of[1] > 0 && of[2] + of[3] == of[1]), "{said}");
    assert!(String::from_utf8(audit("1").stderr).unwrap().contains("cluster"));
}

#[test]
fn a_class_without_images_is_said_before_training_begins() {
    let folder = tempfile::tempdir().unwrap();
    let (set, recipe) = (small_set(folder.path()), small_recipe(folder.path(), 1));
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let train = |out: &str| {
        let places = ["--out", &path(out), "--checkpoints", &path("c"), "--force"];
        let trained = lantern(
            &[&["train", &recipe.to_string_lossy(), "--data", &set.to_string_lossy()], &places[..]].concat(),
        );
        (trained.status.success(), String::from_utf8(trained.stderr).unwrap())
    };
    std::fs::rename(set.join("test/light"), folder.path().join("light")).unwrap();
    let (is_done, said) = train("models/untested");
    let place = |part: &str| said.find(part).unwrap_or_else(|| panic!("{part}: {said}"));
    assert!(place("the class light has no image in the split test") < place("epoch 1"), "{said}");
    assert!(is_done && said.contains("kept without figures"), "{said}");
    assert!(folder.path().join("models/untested/weights.safetensors").exists());

    std::fs::rename(folder.path().join("light"), set.join("test/light")).unwrap();
    std::fs::remove_dir_all(set.join("train/light")).unwrap();
    let (is_done, said) = train("models/unlearned");
    assert!(!is_done && said.contains("the class light has no image to learn from"), "{said}");
    assert!(!said.contains("epoch 1") && !folder.path().join("models/unlearned").exists(), "{said}");
}

#[test]
fn a_training_that_was_killed_goes_on_and_ends_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().unwrap();
    let (set, recipe) = (small_set(folder.path()), small_recipe(folder.path(), 6));
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let train = |out: &str, checkpoints: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
        command.args(["train", &recipe.to_string_lossy(), "--data", &set.to_string_lossy(), "--resume"]);
        command.args(["--out", &path(out), "--checkpoints", &path(checkpoints)]);
        command
    };
    let whole = train("models/whole", "a").output().unwrap();
    let said = String::from_utf8(whole.stderr.clone()).unwrap();
    assert!(whole.status.success() && said.contains("left out train/dark/broken.png"), "{said}");
    let report = &lines(&whole)[0];
    assert_eq!((&report["n"], &report["split"]), (&8.into(), &"test".into()));
    assert!(
        report["figures"]["auc"]["low"].is_number() && report["per_class"]["light"]["n"] == 4,
        "{report}"
    );

    // Killed without warning as soon as an epoch is on the disk.
    let mut child = train("models/cut", "b").stderr(Stdio::null()).spawn().unwrap();
    let checkpoint = folder.path().join("b/phantoms.safetensors");
    while !checkpoint.exists() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let resumed = train("models/cut", "b").output().unwrap();
    let said = String::from_utf8(resumed.stderr).unwrap();
    assert!(resumed.status.success() && said.contains("going on after epoch"), "{said}");
    // It was killed before its end.
    assert!(said.contains("epoch 6: loss"), "{said}");
    let read =
        |out: &str, file: &str| std::fs::read(folder.path().join("models").join(out).join(file)).unwrap();
    assert_eq!(read("whole", "weights.safetensors"), read("cut", "weights.safetensors"));
    assert_eq!(read("whole", "card.json"), read("cut", "card.json"));
    assert!(lantern(&["bundle", "verify", &path("models/cut")]).status.success());

    let measured = lantern(&["evaluate", &path("models/whole"), "--data", &set.to_string_lossy(), "--json"]);
    assert_eq!(&lines(&measured)[0]["figures"]["auc"], &report["figures"]["auc"]);
}

#[test]
fn a_training_overwrites_nothing_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let (set, recipe) = (small_set(folder.path()), small_recipe(folder.path(), 1));
    let path = |name: &str| folder.path().join(name);
    let (bundle, checkpoint) = (path("models/m"), path("c/phantoms.safetensors"));
    let weights = || std::fs::read(bundle.join("weights.safetensors")).unwrap();
    let train = |flags: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
        command.arg("train").arg(&recipe).arg("--data").arg(&set).arg("--leave-test").args(flags);
        command.arg("--out").arg(&bundle).arg("--checkpoints").arg(path("c"));
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let refuses = |flags: &[&str], named: &Path| {
        let (status, said) = train(flags);
        assert_eq!(status, Some(1), "{said}");
        assert!(said.contains(&named.display().to_string()) && said.contains("--force"), "{said}");
        assert!(!said.contains("epoch 1"), "{said}");
    };
    // An empty folder holds nothing that could be lost.
    std::fs::create_dir_all(&bundle).unwrap();
    assert_eq!(train(&[]).0, Some(0));
    let first = (weights(), std::fs::read(&checkpoint).unwrap());
    refuses(&[], &checkpoint);
    assert_eq!(first, (weights(), std::fs::read(&checkpoint).unwrap()));

    std::fs::remove_dir_all(&bundle).unwrap();
    refuses(&[], &checkpoint);
    let (status, said) = train(&["--resume"]);
    assert!(status == Some(0) && !said.contains("epoch 1: loss") && weights() == first.0, "{said}");

    std::fs::remove_file(&checkpoint).unwrap();
    refuses(&[], &bundle);
    refuses(&["--resume"], &bundle);
    let (status, said) = train(&["--force"]);
    assert!(status == Some(0) && said.contains("epoch 1: loss"), "{said}");
    assert_eq!(train(&["--force", "--resume"]).0, Some(2));
}

#[test]
fn ctrl_c_keeps_the_last_whole_epoch_and_prints_the_command_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    // A name that a shell would cut apart.
    let root = folder.path().join("of mine");
    std::fs::create_dir(&root).unwrap();
    let (set, recipe) = (small_set(&root), small_recipe(&root, 30));
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command.current_dir(&root).arg("train").arg(&recipe).arg("--data").arg(&set).arg("--leave-test");
    command.args(["--out", "models/m", "--checkpoints", "c", "--force"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let checkpoint = root.join("c/phantoms.safetensors");
    while !checkpoint.exists() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let stopped = child.wait_with_output().unwrap();
    let said = String::from_utf8(stopped.stderr).unwrap();
    assert_eq!(stopped.status.code(), Some(130), "{said}");
    assert!(!root.join("models/m/card.json").exists(), "{said}");
    let (_, goes_on) = said.lines().last().unwrap().split_once("Go on with: ").unwrap();
    assert!(goes_on.contains("--resume") && !goes_on.contains("--force"), "{goes_on}");
    let resumed = Command::new("sh").current_dir(&root).args(["-c", goes_on]).output().unwrap();
    let said = String::from_utf8(resumed.stderr).unwrap();
    assert!(resumed.status.success() && said.contains("going on after epoch"), "{said}");
    assert!(root.join("models/m/card.json").exists());
}

#[test]
fn a_checkpoint_of_another_recipe_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let set = small_set(folder.path());
    let train = |epochs: usize| {
        let recipe = small_recipe(folder.path(), epochs);
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        lantern(&[
            "train",
            &recipe.to_string_lossy(),
            "--data",
            &set.to_string_lossy(),
            "--resume",
            "--out",
            &path("out/m"),
            "--checkpoints",
            &path("c"),
        ])
    };
    assert!(train(1).status.success());
    let second = train(2);
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(!second.status.success() && said.contains("another recipe"), "{said}");
}

#[test]
fn a_set_of_dicom_files_is_learned_from_and_measured_and_cut_files_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let (set, recipe) = (small_set(folder.path()), small_recipe(folder.path(), 4));
    std::fs::remove_file(set.join("train/dark/broken.png")).unwrap();
    let pictures = Dataset::open(&set).unwrap();
    for sample in &pictures.samples {
        let picture = set.join(&sample.path);
        let grey = imaging::read(&std::fs::read(&picture).unwrap()).unwrap().0.pixels().to_luma8();
        let (width, height) = (grey.width() as u16, grey.height() as u16);
        let file = Phantom::grey(width, height, 8, PixelData::Bytes(grey.into_raw()))
            .text(tags::WINDOW_CENTER, VR::DS, "128")
            .text(tags::WINDOW_WIDTH, VR::DS, "256")
            .file();
        std::fs::write(picture.with_extension("dcm"), &file).unwrap();
        std::fs::remove_file(picture).unwrap();
        if sample.path.ends_with("dark/0.png") {
            std::fs::write(set.join(&sample.path).with_file_name("cut.dcm"), &file[..file.len() - 200])
                .unwrap();
        }
    }
    let bundle = folder.path().join("models/m").to_string_lossy().into_owned();
    let (recipe, set) = (recipe.to_string_lossy(), set.to_string_lossy());
    let checkpoints = folder.path().join("checkpoints").to_string_lossy().into_owned();
    let trained =
        lantern(&["train", &recipe, "--data", &set, "--out", &bundle, "--checkpoints", &checkpoints]);
    let said = String::from_utf8(trained.stderr.clone()).unwrap();
    assert!(trained.status.success(), "{said}");
    for cut in ["left out train/dark/cut.dcm: the DICOM file is damaged", "left out test/dark/cut.dcm"] {
        assert!(said.contains(cut), "{cut}: {said}");
    }
    let report = &lines(&trained)[0];
    assert_eq!((&report["n"], &report["refused"]), (&8.into(), &1.into()), "{report}");
    assert_eq!(report["unreadable"][0][0], "test/dark/cut.dcm");
    assert!(report["figures"]["auc"]["value"].as_f64().unwrap() > 0.9, "{report}");
    let measured = lantern(&["evaluate", &bundle, "--data", &set, "--json"]);
    assert_eq!(&lines(&measured)[0]["figures"]["auc"], &report["figures"]["auc"]);
    let audit = String::from_utf8(lantern(&["audit", &set]).stdout).unwrap();
    assert!(audit.contains("unreadable: 2"), "{audit}");
}
