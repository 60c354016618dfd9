//! Small files that went wrong once, each for a kind of fault (`tests/files/faults`). Right values come from the standards and from what
//! pydicom, dcmtk and Pillow make of the files.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a failed expectation is the report"
)]

use lantern::dataset::Dataset;
use lantern::dicom;
use lantern::examination::Concern;
use lantern::file;
use lantern::fingerprint::sha256;
use lantern::frame::Samples;
use lantern::imaging::Image;
use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/faults").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

/// All stored frames, one behind the other.
fn stored(name: &str) -> (u32, String) {
    let file = bytes(name);
    let object = dicom::open(&file).unwrap();
    let frames: Vec<u8> =
        (0..object.frames()).flat_map(|frame| object.stored(frame).unwrap().samples).collect();
    (object.frames(), sha256(&frames).to_string())
}

/// The image that a model sees, and the concerns about the file.
fn image(name: &str) -> (Image, Vec<Concern>) {
    dicom::open(&bytes(name)).unwrap().image(0).unwrap()
}

fn pixel(name: &str, x: u32, y: u32) -> [u8; 3] {
    let (image, _) = file::image(&bytes(name)).unwrap();
    image.pixels().to_rgb8().get_pixel(x, y).0
}

fn refusal(name: &str) -> String {
    file::image(&bytes(name)).unwrap_err().to_string()
}

/// The largest difference between the images of two files, of 65,535.
fn apart(a: &str, b: &str) -> u16 {
    let [a, b] = [a, b].map(|name| image(name).0.pixels().to_luma16().into_raw());
    assert_eq!(a.len(), b.len());
    a.iter().zip(&b).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn an_unknown_sequence_without_a_length_hides_no_image() {
    let (frames, pixels) = stored("un_undefined.dcm");
    assert!(frames == 1 && pixels.starts_with("1d21c03f"), "{frames} {pixels}");
}

#[test]
fn frames_are_counted_where_the_header_does_not() {
    let (frames, pixels) = stored("frames_missing.dcm");
    assert!(frames == 4 && pixels.starts_with("1ca44d75fa814131"), "{frames} {pixels}");
    let (frames, _) = stored("frames_missing_jpeg.dcm");
    assert_eq!(frames, 4);
    let file = bytes("frames_missing_jpeg.dcm");
    let object = dicom::open(&file).unwrap();
    assert_eq!(object.facts().dicom.unwrap().frames, 4);
}

#[test]
fn the_stream_decides_about_colours() {
    let jfif = pixel("jfif_adobe0.jpg", 4, 4);
    assert!(jfif.iter().zip([220, 20, 20]).all(|(a, b)| a.abs_diff(b) <= 3), "{jfif:?}");
}

#[test]
fn pixels_that_are_not_square_keep_their_shape() {
    let file = bytes("aspect.dcm");
    let facts = dicom::open(&file).unwrap().frame(0).unwrap().facts;
    // Height to width is 1 to 2: 56 x 40 pixels are shown as 112 to 40.
    assert_eq!((facts.width, facts.height, facts.pixel_height), (56, 40, Some(0.5)));
}

#[test]
fn a_dark_palette_stays_dark() {
    let file = bytes("pal16_dark_red.dcm");
    let Samples::Rgb(pixels) = dicom::open(&file).unwrap().frame(0).unwrap().samples else { panic!() };
    assert!(pixels.chunks(3).all(|pixel| pixel[0] == 0));
    assert!(pixels.iter().any(|value| *value > 100));
}

#[test]
fn padding_and_windows_beside_the_values_change_nothing_of_a_film() {
    // Padded columns are black; all others are as in the plain film.
    let [plain, padded] =
        ["pneu_nowin.dcm", "pneu_pad65535.dcm"].map(|name| image(name).0.pixels().to_luma16());
    let differs = |x: u32, y: u32| plain.get_pixel(x, y).0[0].abs_diff(padded.get_pixel(x, y).0[0]) > 600;
    let columns = (0..plain.width()).filter(|x| (0..plain.height()).any(|y| differs(*x, y)));
    let columns: Vec<u32> = columns.collect();
    assert!(!columns.is_empty() && columns.len() <= 10, "{columns:?}");
    for x in columns {
        let dark = (0..padded.height()).filter(|y| padded.get_pixel(x, *y).0[0] == 0).count();
        assert!(dark > padded.height() as usize / 2, "column {x}: {dark}");
    }
    let (_, concerns) = image("pneu_winwrong.dcm");
    assert!(concerns.contains(&Concern::EmptyWindow), "{concerns:?}");
    assert_eq!(apart("pneu_winwrong.dcm", "pneu_nowin.dcm"), 0);
    // A table of 12 bits that says 16 shows the film about as brightly as without it.
    let mean = |name: &str| {
        let values = image(name).0.pixels().to_luma16().into_raw();
        values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64
    };
    let [table, plain] = ["pneu_lut16.dcm", "pneu_nowin.dcm"].map(mean);
    assert!((table / plain - 1.0).abs() < 0.2, "{table} {plain}");
}

#[test]
fn a_comma_is_read_as_the_point_that_it_stands_for() {
    let file = bytes("win_comma.dcm");
    let facts = dicom::open(&file).unwrap().frame(0).unwrap().facts;
    let (center, _) = facts.windows[0].shape.center_and_width();
    assert_eq!(center, 40.5);
}

#[test]
fn a_stream_is_read_as_what_it_is() {
    let (_, concerns) = image("ts_says_jpeg_is_j2k.dcm");
    assert!(concerns.iter().any(|concern| matches!(concern, Concern::Misnamed { .. })), "{concerns:?}");
}

#[test]
fn a_sequence_that_swallows_the_image_is_damage() {
    let said = refusal("missing_item_delim.dcm");
    assert!(said.contains("damaged"), "{said}");
}

#[test]
fn pictures_of_rare_forms_are_read_or_named() {
    let near = |name: &str, expected: [u8; 3]| {
        let got = pixel(name, 4, 4);
        assert!(got.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{name}: {got:?}");
    };
    near("f32rgb_255.tif", [200, 30, 60]);
    for (name, words) in [
        ("fillorder2.tif", "FillOrder 2"),
        ("planes_tiled.tif", "tiles of its own"),
        ("jpeg_lossless.tif", "lossless JPEG"),
        ("ycbcr.tif", "YCbCr"),
        ("cgbi.png", "iPhone"),
    ] {
        let said = refusal(name);
        assert!(said.contains(words) && !said.contains("damaged"), "{said}");
    }
    for name in ["big.tif", "extraneous.jpg", "jpeg12.jpg"] {
        let (image, _) = file::image(&bytes(name)).unwrap();
        assert_eq!((image.width(), image.height()), (56, 40), "{name}");
    }
    let (image, concerns) = file::image(&bytes("v4_alpha0.bmp")).unwrap();
    assert!(concerns.contains(&Concern::WhollyTransparent), "{concerns:?}");
    assert!(image.pixels().to_rgb8().iter().any(|value| *value > 50));
}

#[test]
fn an_archive_accounts_for_every_entry() {
    let said = file::unpack(&bytes("empty.zip")).unwrap_err().to_string();
    assert!(said.contains("holds no file"), "{said}");
    let two = file::unpack(&bytes("dupnames.zip")).unwrap();
    let sizes: Vec<usize> = two.files.iter().map(|(_, file)| file.len()).collect();
    assert!(sizes.len() == 2 && sizes.contains(&1088) && sizes.contains(&239), "{sizes:?}");
    assert!(two.files[0].0 != two.files[1].0 && two.problems.is_empty());
    let other = file::unpack(&bytes("bz2.zip")).unwrap();
    let said = other.problems[0].1.to_string();
    assert!(said.contains("packed in a way that cannot be read here"), "{said}");
}

#[test]
fn labels_of_any_whole_numbers_are_read_and_several_an_image_are_named() {
    let set = Dataset::open(&path("lab_i32.npz")).unwrap();
    assert_eq!(set.samples.len(), 40);
    let said = Dataset::open(&path("multi14.npz")).unwrap_err().to_string();
    assert!(said.contains("multi-label, with 14 labels"), "{said}");
}

#[test]
fn a_name_keeps_its_parts() {
    for (name, written) in
        [("name_middle.dcm", "Doe^Jane^Quincy^Dr^PhD"), ("name_comma.dcm", "Smith, Jr^John")]
    {
        let file = bytes(name);
        let patient = dicom::open(&file).unwrap().facts().dicom.unwrap().patient;
        assert_eq!(patient.person_name, written);
    }
}
