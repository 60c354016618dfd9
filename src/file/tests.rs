use super::*;
use crate::dataset::phantom;
use crate::dicom::phantom::Phantom;
use crate::dicom::read_any;
use crate::imaging::ErrorKind;
use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

#[test]
fn a_prepared_frame_is_read_as_the_very_image() {
    let files = [
        Phantom::slice(64, 10.0, 1).file(),
        Phantom::chest(5, 96).file(),
        phantom::chest(3, 80),
        phantom::png(phantom::asymmetric(40, 30)),
    ];
    for file in files {
        let opened = Opened::open(file.clone()).unwrap();
        let prepared = opened.prepare(0).unwrap();
        let (original, _) = read_any(&file).unwrap();
        let (image, concerns) = imaging::read(&prepared.bytes).unwrap();
        assert_eq!(image.pixels(), original.pixels());
        assert!(concerns.is_empty());
        let facts = prepared.original.map_or_else(|| image.facts(), |(facts, _)| facts);
        assert_eq!(facts, original.facts());
        assert_eq!(opened.facts().image, facts);
    }
}

#[test]
fn a_picture_is_shown_as_it_is() {
    let opened = Opened::open(phantom::png(phantom::asymmetric(6, 4))).unwrap();
    let frame = opened.frame(0).unwrap();
    let Samples::Grey(samples) = &frame.samples else { panic!("grey was expected") };
    assert_eq!([samples[0], samples[5], samples[18], samples[23]], [40, 100, 160, 220]);
    assert_eq!(frame.facts.windows[0].shape, WindowShape::LinearExact { center: 127.5, width: 255.0 });
    assert!(opened.tags(false).is_empty());
}

#[test]
fn files_are_told_by_their_beginning() {
    assert_eq!(look(&phantom::chest(1, 32)).unwrap(), Look::Picture);
    let Look::Dicom(facts) = look(&Phantom::slice(32, 7.5, 4).file()).unwrap() else { panic!("no DICOM") };
    assert_eq!((facts.position, facts.instance_number), (Some(7.5), Some(4)));
    assert_eq!(look(&zip(&[("a", b"b")])).unwrap(), Look::Archive);
    assert_eq!(look(b"").unwrap_err().kind(), ErrorKind::Empty);
    assert_eq!(look(b"words").unwrap_err().kind(), ErrorKind::NotAnImage);
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn an_archive_gives_its_files_and_says_what_it_does_not() {
    let inner = zip(&[("x", b"y")]);
    let entries: [(&str, &[u8]); 5] = [
        ("study/1.dcm", b"one"),
        ("study/2.dcm", b"two"),
        ("study/inner.zip", &inner),
        ("__MACOSX/study/._1.dcm", b"mac"),
        ("study/.DS_Store", b"mac"),
    ];
    let unpacked = unpack(&zip(&entries)).unwrap();
    assert_eq!(
        unpacked.files,
        [("study/1.dcm".into(), b"one".to_vec()), ("study/2.dcm".into(), b"two".to_vec())]
    );
    assert_eq!(unpacked.problems.len(), 1);
    assert_eq!(unpacked.problems[0].0, "study/inner.zip");
}

#[test]
fn a_trap_and_a_broken_entry_are_problems_of_their_own() {
    let zeros = vec![0u8; 80 << 20];
    let unpacked = unpack(&zip(&[("trap", &zeros), ("good", b"fine")])).unwrap();
    assert_eq!(unpacked.files, [("good".into(), b"fine".to_vec())]);
    assert_eq!(unpacked.problems[0].1.kind(), ErrorKind::TooLarge);
    let mut broken = zip(&[("a", b"aaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbb")]);
    let at = 31 + 2;
    broken[at] ^= 0xff;
    assert_eq!(unpack(&broken).unwrap().problems[0].1.kind(), ErrorKind::Damaged);
    assert_eq!(unpack(b"PK\x03\x04 and nothing").unwrap_err().kind(), ErrorKind::Damaged);
}
