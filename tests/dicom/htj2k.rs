//! High-throughput JPEG 2000, written by OpenJPH: what is read is what numpy gave it, and what OpenJPH and OpenJPEG read.

use super::rare::made;
use lantern::dataset::phantom::dicom::{Phantom, PixelData};
use lantern::dicom;
use lantern::fingerprint::sha256;
use proptest::prelude::*;

fn stored(name: &str) -> Vec<u8> {
    super::stored(&made(name)).unwrap()
}

#[test]
fn lossless_samples_are_what_was_written() {
    for (name, sha) in [
        ("ht_grey8.dcm", "56da96a20a7afeb4"),
        // Two frames, in the order of resolutions (.202).
        ("ht_frames12.dcm", "ba9b836eb5bacafc"),
        ("ht_signed16.dcm", "a8001a0afafdaf66"),
        // With the colour transform.
        ("ht_rgb.dcm", "6aa40c6a42eed358"),
        ("ht_tiles.dcm", "86899fa7e9037ddf"),
        // Passes that refine what the first one coded, put together by hand.
        ("ht_refined.dcm", "28b32b0dcf60387a"),
    ] {
        assert!(sha256(&stored(name)).starts_with(sha), "{name}");
    }
}

#[test]
fn lossy_samples_are_a_step_off_at_most() {
    let (ours, theirs) = (stored("ht_lossy.dcm"), made("ht_lossy.rgb"));
    assert_eq!(ours.len(), theirs.len());
    assert!(ours.iter().zip(&theirs).all(|(a, b)| a.abs_diff(*b) <= 1));
    let object = made("ht_lossy.dcm");
    let (image, concerns) = dicom::open(&object).unwrap().image(0).unwrap();
    assert!(concerns.is_empty() && image.pixels().to_rgb8().into_raw() == ours);
}

/// The stream in a file of one frame.
fn stream() -> Vec<u8> {
    let file = made("ht_grey8.dcm");
    let from = file.windows(4).position(|four| four == [0xff, 0x4f, 0xff, 0x51]).unwrap();
    let to = file.windows(2).rposition(|two| two == [0xff, 0xd9]).unwrap();
    file[from..to + 2].to_vec()
}

fn around(stream: &[u8]) -> Vec<u8> {
    let pixels = PixelData::Fragments(Vec::new(), vec![stream.to_vec()]);
    Phantom::grey(24, 20, 8, pixels).syntax("1.2.840.10008.1.2.4.201").file()
}

#[test]
fn a_stream_that_is_cut_short_is_damage() {
    let stream = stream();
    assert_eq!(super::stored(&around(&stream)).unwrap(), stored("ht_grey8.dcm"));
    for length in 60..stream.len() - 2 {
        let said = super::stored(&around(&stream[..length])).unwrap_err().to_string();
        assert!(said.contains("damaged"), "{length}: {said}");
    }
}

proptest! {
    #[test]
    fn no_change_of_a_stream_makes_it_fail(changes in proptest::collection::vec((0..2000usize, any::<u8>()), 1..8)) {
        let mut stream = stream();
        let length = stream.len();
        for (at, value) in changes {
            stream[4 + at % (length - 4)] = value;
        }
        let _ = super::stored(&around(&stream));
    }
}
