//! Rare forms of DICOM images, against what pydicom, numpy and the standard make of the same bytes.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use lantern::dataset::phantom::dicom::{Phantom, Stored};
use lantern::dicom;
use lantern::fingerprint::sha256;
use lantern::frame::Samples;

/// 16 x 16 pixels that count up, coloured by a palette in segments.
fn segmented(bits: u16, segments: [Vec<u16>; 3]) -> Phantom {
    let mut phantom = Phantom::grey(16, 16, 8, Stored::Bytes((0..=255).collect())).text(
        tags::PHOTOMETRIC_INTERPRETATION,
        VR::CS,
        "PALETTE COLOR",
    );
    for (number, words) in (1..).zip(segments) {
        phantom = phantom
            .numbers(Tag(0x0028, 0x1100 + number), &[256, 0, bits])
            .numbers(Tag(0x0028, 0x1220 + number), &words);
    }
    phantom
}

fn colours(file: &[u8]) -> Vec<u8> {
    let Samples::Rgb(colours) = dicom::open(file).unwrap().frame(0).unwrap().samples else { panic!("grey") };
    colours
}

#[test]
fn palettes_in_segments_are_what_pydicom_makes_of_them() {
    let pairs = |bytes: &[u8]| -> Vec<u16> {
        bytes.chunks(2).map(|pair| u16::from(pair[0]) | u16::from(pair[1]) << 8).collect()
    };
    // Opcode, number, and: entries; the last entry of a line; where copied segments begin.
    let bytes = [
        pairs(&[0, 4, 10, 20, 30, 40, 1, 60, 250, 2, 2, 0, 0, 0, 0, 1, 128, 3]),
        pairs(&[0, 1, 200, 1, 99, 0, 1, 101, 255, 0, 5, 9, 8, 7, 6, 5, 1, 50, 77, 0]),
        pairs(&[0, 2, 0, 3, 1, 126, 129, 2, 1, 4, 0, 0, 0, 0, 2, 1, 2, 0]),
    ];
    let file = segmented(8, bytes).file();
    assert!(sha256(&colours(&file)).starts_with("9ec49ec50ce954b3"));
    let words = || {
        let steps = (0..126).map(|n| n * 400);
        [
            vec![0, 4, 1000, 2000, 3000, 40000, 1, 60, 65535, 2, 2, 0, 0, 1, 128, 300],
            vec![0, 1, 20000, 1, 99, 0, 1, 101, 65535, 0, 5, 900, 800, 700, 600, 500, 1, 50, 7700],
            [0, 2, 0, 300, 1, 126, 12900, 0, 126].into_iter().chain(steps).chain([0, 2, 100, 200]).collect(),
        ]
    };
    let file = segmented(16, words()).file();
    assert!(sha256(&colours(&file)).starts_with("49633f739df70657"));
    let swapped = segmented(16, words()).syntax("1.2.840.10008.1.2.2").file();
    assert_eq!(colours(&swapped), colours(&file));
    // The offset counts bytes (PS3.3, C.7.9.2.3), which pydicom 3.0.2 takes for entries.
    let [red, green, _] = words();
    let copied =
        segmented(16, [red, green, vec![0, 2, 0, 300, 1, 126, 12900, 2, 1, 8, 0, 0, 2, 100, 0xff00]]);
    let blues: Vec<u8> = colours(&copied.file()).chunks(3).map(|pixel| pixel[2]).collect();
    assert_eq!([127, 128, 253, 254, 255].map(|at| blues[at]), [50, 50, 50, 0, 255]);
    assert_eq!(blues[65], 26);
}

#[test]
fn palettes_in_broken_segments_are_damage() {
    for red in [
        vec![1, 256, 7],                // A line from nowhere.
        vec![0, 300, 1, 2],             // Fewer entries than it says.
        vec![0, 1, 5, 2, 1, 6, 0],      // A copy of itself.
        vec![0, 1, 5, 2, 1, 0xffff, 9], // A copy of what is not there.
        vec![0, 1, 5, 0, 0, 1, 255, 9], // A segment of nothing.
        vec![3, 256, 1],
        vec![],
    ] {
        let whole = || vec![0, 1, 5, 1, 255, 9];
        let file = segmented(16, [red, whole(), whole()]).file();
        let said = dicom::open(&file).unwrap().frame(0).unwrap_err().to_string();
        assert!(said.contains("palette"), "{said}");
    }
}
