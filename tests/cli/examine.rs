//! `lantern examine`: what it says of files, and its exit status.

use crate::{bomb, lantern, lines, support, write};
use lantern::dataset::phantom;
use lantern::fingerprint::sha256;
use serde_json::Value;

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
    let sets = [
        ("chest-pneumonia", "chest-pneumonia.zip"),
        ("brain-mri", "brain-mri.zip"),
        ("malaria-cells", "malaria-cells.zip"),
        ("skin-lesion", "skin-ham10000.zip"),
        ("breast-ultrasound", "breast-ultrasound.zip"),
        ("blood-cells", "blood-cells.zip"),
    ];
    for (model, archive) in sets {
        let Some(set) = support::data(archive) else { continue };
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
        assert!(lines.len() >= 20 && routed + 2 >= lines.len() && elsewhere == 0, "{model}");
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
fn what_this_build_cannot_do_is_said_with_status_two() {
    let output =
        lantern(&["train", "recipes/chest-pneumonia.toml", "--data", "x", "--out", "y", "--device", "cuda"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("processor only"));
}
