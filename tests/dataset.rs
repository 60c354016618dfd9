//! Labelled sets as they come: folders, archives, arrays, and what is wrong with them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in tests a failed expectation is the report"
)]

mod support;

use lantern::dataset::{Dataset, Error, audit, phantom};
use lantern::fingerprint::sha256;
use lantern::imaging;
use rayon::prelude::*;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use zip::write::{SimpleFileOptions, ZipWriter};

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in entries {
        writer.start_file(*path, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn saved(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

fn summary(dataset: &Dataset) -> Vec<(&str, &str, usize)> {
    dataset.samples.iter().map(|s| (&*s.path, &*s.split, s.label)).collect()
}

const TABLE: &[u8] = b"path,patient,age\ntrain/sick/b.png,p7,\"3, about\"\ntest/well/c.png,p9,\n";

#[test]
fn an_archive_and_a_folder_hold_the_same_set() {
    let images: Vec<Vec<u8>> = (0..4).map(|seed| phantom::chest(seed, 32)).collect();
    let files: [(&str, &[u8]); 7] = [
        ("train/well/a.png", &images[0]),
        ("train/sick/b.png", &images[1]),
        ("test/well/c.png", &images[2]),
        ("masks/train/sick/b.png", &images[3]),
        ("fullsize/well/d.png", &images[3]),
        ("train/well/.hidden", b"x"),
        ("manifest.csv", TABLE),
    ];
    let folder = tempfile::tempdir().unwrap();
    let named: Vec<(String, &[u8])> =
        files.iter().map(|(path, bytes)| (format!("set/{path}"), *bytes)).collect();
    for (path, bytes) in &named {
        saved(&folder, path, bytes);
    }
    std::fs::create_dir(folder.path().join("set/train/well/more")).unwrap();
    let entries: Vec<(&str, &[u8])> = named.iter().map(|(path, bytes)| (&**path, *bytes)).collect();
    let archive = zipped(&entries);
    let archived = Dataset::open(&saved(&folder, "renamed.zip", &archive)).unwrap();
    let loose = Dataset::open(&folder.path().join("set")).unwrap();

    for set in [&archived, &loose] {
        assert_eq!(set.classes, ["sick", "well"]);
        assert_eq!(
            summary(set),
            [
                ("test/well/c.png", "test", 1),
                ("train/sick/b.png", "train", 0),
                ("train/well/a.png", "train", 1)
            ]
        );
        assert_eq!(set.samples[1].attributes["age"], "3, about");
        assert_eq!((&*set.samples[0].attributes["patient"], &*set.samples[0].attributes["age"]), ("p9", ""));
        assert!(set.samples[2].attributes.is_empty());
        assert_eq!(set.bytes(&set.samples[2]).unwrap(), images[0]);
    }
    assert_eq!((&*archived.name, &*archived.sha256), ("renamed", &*sha256(&archive)));
    // The folder's hash follows its images' content and place.
    assert_eq!(loose.sha256, Dataset::open(&folder.path().join("set")).unwrap().sha256);
    saved(&folder, "set/train/well/a.png", &images[3]);
    assert_ne!(loose.sha256, Dataset::open(&folder.path().join("set")).unwrap().sha256);
}

#[test]
fn several_sets_are_read_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let images: Vec<Vec<u8>> = (0..4).map(|seed| phantom::chest(seed, 32)).collect();
    let open = |name: &str, files: [(&str, &[u8]); 2]| {
        files.iter().for_each(|(path, bytes)| {
            saved(&folder, &format!("{name}/{path}"), bytes);
        });
        Dataset::open(&folder.path().join(name)).unwrap()
    };
    let lungs = open("lungs", [("train/sick/a.png", &images[0]), ("test/well/b.png", &images[1])]);
    let cells = open("cells", [("train/round/a.png", &images[2]), ("train/long/b.png", &images[3])]);
    let joined = Dataset::join(vec![lungs, cells]);
    assert_eq!(joined.classes, ["lungs/sick", "lungs/well", "cells/long", "cells/round"]);
    let expected = [
        ("lungs/test/well/b.png", "test", 1),
        ("lungs/train/sick/a.png", "train", 0),
        ("cells/train/long/b.png", "train", 2),
        ("cells/train/round/a.png", "train", 3),
    ];
    assert_eq!(summary(&joined), expected);
    assert_eq!(joined.bytes(&joined.samples[0]).unwrap(), images[1]);
    assert_eq!(joined.bytes(&joined.samples[3]).unwrap(), images[2]);
}

#[test]
fn many_threads_read_one_archive() {
    let images: Vec<(String, Vec<u8>)> =
        (0..40u64).map(|i| (format!("s/train/{}/{i:02}.png", i % 2), phantom::chest(i, 24))).collect();
    let entries: Vec<(&str, &[u8])> = images.iter().map(|(path, bytes)| (&**path, &**bytes)).collect();
    let folder = tempfile::tempdir().unwrap();
    let dataset = Dataset::open(&saved(&folder, "s.zip", &zipped(&entries))).unwrap();
    dataset.samples.par_iter().for_each(|sample| {
        let (_, expected) = images.iter().find(|(path, _)| path.ends_with(&sample.path)).unwrap();
        assert_eq!(&dataset.bytes(sample).unwrap(), expected);
    });
}

#[test]
fn a_wrong_layout_is_refused_and_the_right_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let png = phantom::chest(1, 16);
    let flat = zipped(&[("a.png", &png), ("train/a.png", &png)]);
    let one_class = zipped(&[("s/train/well/a.png", &png), ("s/test/well/b.png", &png)]);
    let outside = zipped(&[("../../train/well/a.png", &png), ("/etc/train/sick/b.png", &png)]);
    for (name, bytes) in [("flat.zip", flat), ("one.zip", one_class), ("outside.zip", outside)] {
        let error = Dataset::open(&saved(&folder, name, &bytes)).unwrap_err();
        assert!(matches!(error, Error::Layout { .. }), "{name}: {error}");
        assert!(error.to_string().contains("NAME/SPLIT/CLASS/FILE"), "{error}");
    }
    let text = Dataset::open(&saved(&folder, "text.zip", b"no archive at all")).unwrap_err();
    assert!(matches!(text, Error::Archive { .. }) && text.to_string().contains("text"), "{text}");
    let missing = Dataset::open(Path::new("no-such-file.zip")).unwrap_err();
    assert!(matches!(missing, Error::File { .. }) && missing.to_string().contains("no-such-file.zip"));
}

#[test]
fn an_archive_cut_short_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let png = phantom::chest(1, 16);
    let whole = zipped(&[("s/train/well/a.png", &png), ("s/train/sick/b.png", &png)]);
    assert!(Dataset::open(&saved(&folder, "whole.zip", &whole)).is_ok());
    for length in (0..whole.len()).step_by(7) {
        let error = Dataset::open(&saved(&folder, "cut.zip", &whole[..length])).unwrap_err();
        assert!(matches!(error, Error::Archive { .. } | Error::Layout { .. }), "{length}: {error}");
    }
}

/// A version 1.0 array file.
fn npy(kind: &str, order: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': ({shape}), }}");
    let padded = format!("{header:width$}\n", width = (10 + header.len() + 1).next_multiple_of(64) - 11);
    [&b"\x93NUMPY\x01\0"[..], &(padded.len() as u16).to_le_bytes(), padded.as_bytes(), values].concat()
}

#[test]
fn arrays_become_images() {
    let grey: Vec<u8> = (0..3 * 4 * 5).collect();
    let colour: Vec<u8> = (0..2 * 4 * 5 * 3).collect();
    let labels: Vec<u8> = [2i64, 0].iter().flat_map(|l| l.to_le_bytes()).collect();
    let bytes = zipped(&[
        ("train_images.npy", &npy("|u1", "False", "3, 4, 5", &grey)),
        ("train_labels.npy", &npy("|u1", "False", "3, 1", &[0, 1, 1])),
        ("test_images.npy", &npy("|u1", "False", "2, 4, 5, 3", &colour)),
        ("test_labels.npy", &npy("<i8", "False", "2, 1", &labels)),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let dataset = Dataset::open(&saved(&folder, "renamed.bin", &bytes)).unwrap();
    assert_eq!(dataset.classes, ["0", "1", "2"]);
    let labels: Vec<(&str, usize)> = dataset.samples.iter().map(|s| (&*s.split, s.label)).collect();
    assert_eq!(labels, [("train", 0), ("train", 1), ("train", 1), ("test", 2), ("test", 0)]);
    let image = |i: usize| imaging::read(&dataset.bytes(&dataset.samples[i]).unwrap()).unwrap().0;
    assert_eq!((image(1).width(), image(1).height()), (5, 4));
    assert_eq!(image(1).pixels().as_luma8().unwrap().as_raw(), &grey[20..40]);
    assert_eq!(image(4).pixels().as_rgb8().unwrap().as_raw(), &colour[60..120]);
}

#[test]
fn arrays_that_do_not_fit_are_refused() {
    let labels = npy("|u1", "False", "2, 1", &[0, 1]);
    let folder = tempfile::tempdir().unwrap();
    let huge = "2, 4294967296, 4294967296";
    for (images, word) in [
        (npy("|u1", "False", "3, 2, 2", &[0; 12]), "3 images, but 2 labels"),
        (npy("|u1", "True", "2, 2, 3", &[0; 12]), "column"),
        (npy("|u1", "False", "2, 6", &[0; 12]), "shape"),
        (npy("<f4", "False", "2, 2, 2", &[0; 32]), "images"),
        (npy("|u1", "False", "2, 2, 2", &[0; 5]), "images"),
        (npy("|u1", "False", "2, 0, 5", &[]), "0 pixels"),
        (npy("|u1", "False", huge, &[0; 8]), "pixels"),
    ] {
        let bytes = zipped(&[("train_images.npy", &images), ("train_labels.npy", &labels)]);
        let error = Dataset::open(&saved(&folder, "set.npz", &bytes)).unwrap_err();
        assert!(error.to_string().contains(word), "{word}: {error}");
    }
}

#[test]
fn the_audit_finds_what_is_wrong() {
    let (a, b) = (phantom::chest(1, 24), phantom::chest(2, 24));
    let mut bytes = zipped(&[
        ("s/test/sick/copy.png", &a),
        ("s/train/sick/a.png", &a),
        ("s/train/sick/again.png", &b),
        ("s/train/sick/b.png", &b),
        ("s/train/well/broken.png", &a[..a.len() / 2]),
        ("s/train/well/flipped.png", b"this entry's bytes will not match their check sum"),
        ("s/train/well/note.txt", b"not an image"),
    ]);
    // A fault inside an entry, not in an image: the archive itself opens, that entry does not.
    let sum = bytes.windows(4).enumerate().filter(|(_, w)| *w == b"PK\x01\x02").nth(5).unwrap().0 + 16;
    bytes[sum] ^= 0xff;
    let folder = tempfile::tempdir().unwrap();
    let dataset = Dataset::open(&saved(&folder, "s.zip", &bytes)).unwrap();
    let audit = audit::audit(&dataset, &|_| ());
    let unreadable: Vec<&str> = audit.unreadable.iter().map(|(path, _)| &**path).collect();
    assert_eq!(unreadable, ["train/well/broken.png", "train/well/flipped.png", "train/well/note.txt"]);
    assert_eq!(audit.duplicates.len(), 2);
    let leaks: Vec<_> = audit.leaks().collect();
    assert_eq!(leaks, [&["test/sick/copy.png", "train/sick/a.png"]]);
    assert_eq!(audit.counts[&("train".to_string(), "sick".to_string())], 3);
    let text = audit.to_string();
    for line in
        ["unreadable: 3", "identical images: 2 groups, 1 of them across splits", "note.txt: the file is text"]
    {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn the_chest_set_has_its_published_counts_and_raises_no_concern() {
    let Some(dataset) = support::data("chest-pneumonia.zip") else { return };
    assert_eq!(dataset.sha256, "5ad244c190ca5abe3a828e816acd57ddfe1c394135a3f619ecf3153683b7dd82");
    let count =
        |split: &str, label| dataset.samples.iter().filter(|s| s.split == split && s.label == label).count();
    assert_eq!(
        [count("train", 0), count("train", 1), count("test", 0), count("test", 1)],
        [1349, 3883, 234, 390]
    );
    assert!(dataset.samples.iter().all(|s| !s.attributes["patient_token"].is_empty()));
    let frame = lantern::preprocess::resize::InputSpec {
        side: 224,
        channels: 1,
        resize: lantern::preprocess::resize::ResizeMode::Squash,
    };
    let odd = dataset
        .samples
        .par_iter()
        .filter(|sample| {
            let (image, concerns) = imaging::read(&dataset.bytes(sample).unwrap()).unwrap();
            !concerns.is_empty() || !lantern::preprocess::quality::concerns(&image, &frame).is_empty()
        })
        .count();
    assert!(odd * 100 < dataset.samples.len(), "{odd} of {}", dataset.samples.len());
}

#[test]
fn the_published_arrays_are_read() {
    let Some(dataset) = support::data("retinamnist.npz") else { return };
    let count = |split: &str| dataset.samples.iter().filter(|s| s.split == split).count();
    assert_eq!([count("train"), count("val"), count("test")], [1080, 120, 400]);
    let (image, _) = imaging::read(&dataset.bytes(&dataset.samples[0]).unwrap()).unwrap();
    assert_eq!((image.width(), image.height(), image.is_grey()), (28, 28, false));
}
