//! Labelled sets as they come: folders, archives, arrays, and what is wrong with them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in tests a failed expectation is the report"
)]

mod support;

use ::image::ImageFormat;
use ::image::imageops::FilterType::Triangle;
use lantern::dataset::gallery::GalleryImage;
use lantern::dataset::{Dataset, Error, LeftOut, audit, phantom};
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
    let images = |split: &str, class: &str| audit.counts[&(split.to_string(), class.to_string())];
    assert_eq!([images("train", "sick"), images("test", "sick")], [3, 1]);
    assert_eq!([images("train", "well"), images("test", "well")], [0, 0], "unreadable images are no images");
    assert!(audit.unreadable[2].1.contains("the file is text"), "{:?}", audit.unreadable);
    assert_eq!((audit.files(), audit.near.len()), (7, 0));
}

/// The same picture as a file of another format, at another size.
fn stored_again(file: &[u8], width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = ::image::load_from_memory(file).unwrap().resize_exact(width, height, Triangle).to_rgb8();
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn a_picture_that_was_stored_again_is_found_in_another_split() {
    let drawn: Vec<Vec<u8>> = GalleryImage::ALL.iter().map(|sample| sample.draw()).collect();
    let half = stored_again(&drawn[5], 90, 100, ImageFormat::Png);
    let again = stored_again(&drawn[3], 150, 150, ImageFormat::Jpeg);
    let mut entries: Vec<(String, &[u8])> = Vec::new();
    for (i, file) in drawn.iter().enumerate() {
        entries.push((format!("s/train/{}/{i:02}.bmp", ["sick", "well"][i % 2]), file));
    }
    entries.push(("s/val/sick/half.png".into(), &half));
    entries.push(("s/test/well/again.jpg".into(), &again));
    let other = phantom::chest(1, 96);
    entries.push(("s/test/sick/other.png".into(), &other));
    let entries: Vec<(&str, &[u8])> = entries.iter().map(|(path, bytes)| (&**path, *bytes)).collect();
    let folder = tempfile::tempdir().unwrap();
    let dataset = Dataset::open(&saved(&folder, "s.zip", &zipped(&entries))).unwrap();
    let near = audit::audit(&dataset, &|_| ()).near;
    let pairs: Vec<(&str, &str)> = near.iter().map(|pair| (&*pair.path, &*pair.other)).collect();
    assert_eq!(
        pairs,
        [("val/sick/half.png", "train/well/05.bmp"), ("test/well/again.jpg", "train/well/03.bmp")],
        "{near:?}"
    );
}

#[cfg(unix)]
#[test]
fn every_file_below_the_root_is_accounted_for() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let png = phantom::chest(1, 24);
    for (path, bytes) in [
        ("set/train/well/a.png", &png[..]),
        ("set/train/sick/b.png", b"no image"),
        ("set/train/sick/more/c.png", &png),
        ("set/train/loose.png", &png),
        ("set/train/well/.hidden.png", &png),
        ("set/train/.cache/d.png", &png),
        ("set/masks/well/a.png", &png),
        ("set/other/e.png", &png),
        ("set/manifest.csv", b"path,mask\ntrain/well/a.png,masks/well/a.png\n"),
    ] {
        saved(&folder, path, bytes);
    }
    let set = folder.path().join("set");
    symlink("a.png", set.join("train/well/link.png")).unwrap();
    symlink("nowhere.png", set.join("train/well/lost.png")).unwrap();
    symlink(&set, set.join("other/circle")).unwrap();
    std::fs::write(set.join("train/well").join(std::ffi::OsStr::from_bytes(b"\xff.png")), &png).unwrap();
    let dataset = Dataset::open(&set).unwrap();
    let audit = audit::audit(&dataset, &|_| ());
    assert_eq!(
        audit.counts.iter().map(|((_, class), images)| (&**class, *images)).collect::<Vec<_>>(),
        [("sick", 0), ("well", 2)]
    );
    let expected = [
        ("manifest.csv", LeftOut::Table),
        ("masks/well/a.png", LeftOut::Mask),
        ("other/circle", LeftOut::Link),
        ("other/e.png", LeftOut::Outside),
        ("train/.cache/d.png", LeftOut::Hidden),
        ("train/loose.png", LeftOut::NoClass),
        ("train/sick/more/c.png", LeftOut::Deeper),
        ("train/well/.hidden.png", LeftOut::Hidden),
        ("train/well/lost.png", LeftOut::Link),
        ("train/well/\u{fffd}.png", LeftOut::Name),
    ];
    let found: Vec<(&str, LeftOut)> = audit.left_out.iter().map(|(path, why)| (&**path, *why)).collect();
    assert_eq!(found, expected);
    assert_eq!((audit.unreadable.len(), audit.files()), (1, 13));
}

#[test]
fn entries_of_an_archive_are_accounted_for_too() {
    let png = phantom::chest(1, 24);
    let twice = zipped(&[
        ("s/train/well/a.png", &png),
        ("s/train/sick/b.png", &png),
        ("s/train/sick/c.png", &png),
        ("__MACOSX/s/train/sick/._c.png", b"mac"),
        ("s/readme.txt", b"words"),
    ]);
    // Another entry gets the name of one before it: the library gives only one of the two.
    let (from, to) = (b"s/train/sick/c.png", b"s/train/sick/b.png");
    let mut bytes = twice;
    let places: Vec<usize> =
        bytes.windows(from.len()).enumerate().filter(|(_, part)| part == from).map(|(at, _)| at).collect();
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    let folder = tempfile::tempdir().unwrap();
    let dataset = Dataset::open(&saved(&folder, "s.zip", &bytes)).unwrap();
    let audit = audit::audit(&dataset, &|_| ());
    let found: Vec<(&str, LeftOut)> = audit.left_out.iter().map(|(path, why)| (&**path, *why)).collect();
    assert_eq!(
        found,
        [
            ("readme.txt", LeftOut::Outside),
            ("s/train/sick/._c.png", LeftOut::Hidden),
            ("s/train/sick/b.png", LeftOut::SameName),
        ]
    );
    assert_eq!(audit.files(), 5);
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
