//! The command line as a person or a script uses it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]

#[path = "files/bomb.rs"]
mod bomb;

mod support;

use dicom_core::VR;
use dicom_dictionary_std::tags;
use lantern::dataset::phantom::dicom::{Phantom, Stored};
use lantern::dataset::{Dataset, phantom};
use lantern::fingerprint::sha256;
use lantern::imaging;
use lantern::learn::model_card;
use lantern::model::Card;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn lantern(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_string_lossy().into_owned()
}

#[test]
fn one_bad_file_stops_nothing_and_each_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let good = phantom::chest(3, 400);
    let files = [
        write(folder.path(), "empty.png", b""),
        write(folder.path(), "letter.jpg", b"Dear reader"),
        write(folder.path(), "cut.png", &good[..good.len() / 2]),
        write(folder.path(), "bomb.png", &bomb::png()),
        write(folder.path(), "paper.png", b"%PDF-1.7 and so on"),
        write(folder.path(), "blank.png", &phantom::png(image::DynamicImage::new_luma8(300, 300))),
        write(folder.path(), "good-without-extension", &good),
    ];
    // A drawing is no radiograph: the gate is overruled to see an answer.
    let mut arguments = vec!["examine", "--json", "--overrule", "--model", "chest-pneumonia"];
    arguments.extend(files.iter().map(String::as_str));
    let output = lantern(&arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let lines = lines(&output);
    let errors = ["file is empty", "text", "damaged", "32000 x 32000", "PDF"];
    for (line, error) in lines.iter().zip(errors) {
        assert_eq!((&line["accepted"], &line["verdict"]), (&Value::Bool(false), &Value::Null));
        assert!(line["error"].as_str().unwrap().contains(error) && line["reason"] == "", "{line}");
    }
    let blank = &lines[5];
    assert_eq!((&blank["accepted"], &blank["error"]), (&Value::Bool(false), &Value::Null));
    assert!(blank["reason"].as_str().unwrap().contains("blank"), "{blank}");
    let good = &lines[6];
    assert_eq!((&good["accepted"], good["model"].as_str()), (&Value::Bool(true), Some("chest-pneumonia")));
    assert_eq!(good["findings"].as_array().unwrap().len(), 2);
    let admission = &good["admission"];
    assert_eq!((&admission["admitted"], &admission["overruled"]), (&false.into(), &true.into()));
    assert!(good["reason"].as_str().unwrap().starts_with("A reader overruled a refusal."), "{good}");
    assert!(good["ms"].as_f64().unwrap() > 0.0 && good["verdict"].is_string());
    // The stamp's hashes can be made again from the bundle's files.
    let card = std::fs::read("models/chest-pneumonia/card.json").unwrap();
    let input = serde_json::from_slice::<Value>(&card).unwrap()["input"].to_string();
    assert_eq!(good["stamp"]["sha256"], sha256(&card));
    assert_eq!(good["stamp"]["preprocessing_sha256"], sha256(input.as_bytes()));
    assert_eq!(good["image_sha256"], sha256(&phantom::chest(3, 400)));
}

#[test]
fn what_no_model_knows_is_refused_by_all_and_by_each() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "chest.png", &phantom::chest(3, 400));
    write(folder.path(), "grey-noise.png", &phantom::noise(2, 256));
    write(folder.path(), "colour-noise.png", &phantom::noise(3, 256));
    write(folder.path(), "corners.png", &phantom::png(phantom::asymmetric(300, 200)));
    for model in ["auto", "skin-lesion", "retina-grade"] {
        let output = lantern(&["examine", "--json", "--model", model, &folder.path().to_string_lossy()]);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let lines = lines(&output);
        assert_eq!(lines.len(), 4);
        for line in lines {
            let admission = &line["admission"];
            assert_eq!((&line["accepted"], &admission["admitted"]), (&false.into(), &false.into()), "{line}");
            let reason = line["reason"].as_str().unwrap();
            let is_refusal =
                ["No model here knows", "Nearly all of this picture is grain", "This looks like"];
            assert!(is_refusal.iter().any(|words| reason.starts_with(words)), "{line}");
        }
    }
}

/// The first test images of each set, where the data is there.
#[test]
fn each_image_goes_to_the_model_of_its_kind() {
    let data = std::env::var("LANTERN_DATA")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let sets = [
        ("chest-pneumonia", "chest-pneumonia.zip"),
        ("brain-mri", "brain-mri.zip"),
        ("malaria-cells", "malaria-cells.zip"),
        ("skin-lesion", "skin-ham10000.zip"),
        ("breast-ultrasound", "breast-ultrasound.zip"),
        ("blood-cells", "blood-cells.zip"),
    ];
    for (model, archive) in sets {
        let archive = data.join(archive);
        if !archive.exists() {
            support::missing(&format!("{}, which LANTERN_DATA names the folder of", archive.display()));
            continue;
        }
        let set = Dataset::open(&archive).unwrap();
        let test: Vec<_> = set.samples.iter().filter(|sample| sample.split == "test").collect();
        let folder = tempfile::tempdir().unwrap();
        // Evenly through the split, which is ordered by class.
        for (i, sample) in test.iter().step_by(test.len() / 20).enumerate() {
            write(folder.path(), &format!("{i:02}"), &set.bytes(sample).unwrap());
        }
        let lines = lines(&lantern(&["examine", "--json", &folder.path().to_string_lossy()]));
        let routed = lines.iter().filter(|line| line["model"] == model).count();
        let elsewhere =
            lines.iter().filter(|line| line["model"] != model && line["accepted"] == true).count();
        println!("{model}: {routed} of {} routed to it, {elsewhere} elsewhere", lines.len());
        assert!(routed >= lines.len() - 2 && elsewhere == 0, "{model}");
    }
}

#[test]
fn the_exit_status_tells_examined_refused_and_failed_apart() {
    let folder = tempfile::tempdir().unwrap();
    let drawing = write(folder.path(), "drawing.png", &phantom::chest(3, 400));
    let letter = write(folder.path(), "letter.txt", b"Dear reader");
    let empty = folder.path().join("nothing");
    std::fs::create_dir(&empty).unwrap();
    let empty = empty.to_string_lossy().into_owned();
    let overruled = ["examine", "--overrule", "--model", "chest-pneumonia", &drawing];
    for (arguments, status) in [
        (&overruled[..], 0),
        (&["examine", &drawing], 3),
        (&["examine", &drawing, &letter], 1),
        (&["examine", "--json", "/no/such/file.png"], 1),
        (&["examine", "--model", "no-such-model", &drawing], 1),
        (&["examine", &empty], 1),
        (&["examine"], 2),
        (&["examine", "--no-such-option", &drawing], 2),
    ] {
        let output = lantern(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {output:?}");
    }
    let help = String::from_utf8(lantern(&["examine", "--help"]).stdout).unwrap();
    assert!(help.contains("Exit status") && help.contains("  3  "), "{help}");
}

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

#[test]
fn stored_values_are_reported_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let wide = image::ImageBuffer::from_fn(3, 2, |x, y| image::Luma([(x + 10 * y) as u16 * 1000]));
    let path = write(folder.path(), "wide.png", &phantom::png(image::DynamicImage::ImageLuma16(wide)));
    let line = lines(&lantern(&["read", &path, "--json"])).remove(0);
    let values: Vec<u8> =
        [0u16, 1000, 2000, 10_000, 11_000, 12_000].iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(line["pixels_sha256"], lantern::fingerprint::sha256(&values));
    assert_eq!(
        (
            &line["format"],
            &line["width"],
            &line["height"],
            &line["frames"],
            &line["bits"],
            &line["photometric"]
        ),
        (&"PNG".into(), &3.into(), &2.into(), &1.into(), &16.into(), &"MONOCHROME2".into())
    );
}

#[test]
fn every_bundle_is_whole_and_small() {
    let mut seen = 0;
    for folder in ["models", "comparisons", "starts"] {
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap().flatten()
        {
            let dir = entry.path();
            if dir.is_dir() {
                let output = lantern(&["bundle", "verify", &dir.to_string_lossy()]);
                assert!(output.status.success(), "{output:?}");
                let size = std::fs::metadata(dir.join("weights.safetensors")).unwrap().len();
                assert!(size <= 6_000_000, "{}: {size} bytes", dir.display());
                let card = Card::parse(&std::fs::read(dir.join("card.json")).unwrap()).unwrap();
                let words = std::fs::read_to_string(dir.join("README.md")).unwrap();
                assert_eq!(words, model_card(&card), "{}", dir.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 1);
}

#[test]
fn a_bundle_is_verified_or_refused() {
    let shipped = "models/chest-pneumonia";
    let output = lantern(&["bundle", "verify", shipped]);
    assert!(output.status.success(), "{output:?}");
    let folder = tempfile::tempdir().unwrap();
    let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(shipped);
    for file in ["card.json", "weights.safetensors", "golden.safetensors", "distribution.safetensors"] {
        std::fs::copy(shipped.join(file), folder.path().join(file)).unwrap();
    }
    let weights = folder.path().join("weights.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    bytes.pop();
    std::fs::write(&weights, bytes).unwrap();
    let output = lantern(&["bundle", "verify", &folder.path().to_string_lossy()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("weights.safetensors is not the file"), "{said}");
}

#[test]
fn a_bundle_is_written_for_other_runtimes() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("network.onnx");
    let output = lantern(&["bundle", "onnx", "models/chest-pneumonia", &out.to_string_lossy()]);
    assert!(output.status.success(), "{output:?}");
    // 0.69 million weights of four bytes; what they compute is compared with other runtimes by `make bench`.
    let size = std::fs::metadata(&out).unwrap().len();
    assert!((2_600_000..3_000_000).contains(&size), "{size} bytes");
    let nowhere = folder.path().join("network.onnx/inside");
    let output = lantern(&["bundle", "onnx", "models/chest-pneumonia", &nowhere.to_string_lossy()]);
    assert!(!output.status.success(), "{output:?}");
}

/// A data set of forty small phantoms, twenty of them inverted: easy to learn, so that a test can.
fn small_set(root: &Path) -> PathBuf {
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

fn small_recipe(root: &Path, epochs: usize) -> PathBuf {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/chest-pneumonia.toml"))
            .unwrap();
    let mut recipe: toml::Table = text.parse().unwrap();
    recipe["network"].as_table_mut().unwrap().remove("start");
    let mut set = |section: &str, key: &str, value: toml::Value| {
        recipe[section].as_table_mut().unwrap().insert(key.into(), value);
    };
    set("about", "id", "phantoms".into());
    set("about", "finding", toml::Value::Array(vec!["light".into()]));
    set("about", "kind", "a drawing of a chest".into());
    set("about", "subgroups", toml::Value::Array(vec![]));
    set("about", "labels", toml::Value::Array(vec!["dark".into(), "light".into()]));
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
    assert!(!audit("1").status.success());
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
    let read =
        |out: &str, file: &str| std::fs::read(folder.path().join("models").join(out).join(file)).unwrap();
    assert_eq!(read("whole", "weights.safetensors"), read("cut", "weights.safetensors"));
    assert_eq!(read("whole", "card.json"), read("cut", "card.json"));
    assert!(lantern(&["bundle", "verify", &path("models/cut")]).status.success());

    let measured = lantern(&["evaluate", &path("models/whole"), "--data", &set.to_string_lossy(), "--json"]);
    assert_eq!(&lines(&measured)[0]["figures"]["auc"], &report["figures"]["auc"]);
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
        let file = Phantom::grey(width, height, 8, Stored::Bytes(grey.into_raw()))
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
    let trained = lantern(&["train", &recipe, "--data", &set, "--out", &bundle]);
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
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    let checkpoint = root.join("c/phantoms.safetensors");
    while !checkpoint.exists() {
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

#[test]
fn what_this_build_cannot_do_is_said_with_status_two() {
    let output =
        lantern(&["train", "recipes/chest-pneumonia.toml", "--data", "x", "--out", "y", "--device", "cuda"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("processor only"));
}
