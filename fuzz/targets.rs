//! What is fuzzed: every parser of bytes that come from outside. A target may refuse its input in any way but a panic, a hang or more memory
//! than is there; what it accepts must be whole. `tests/fuzz.rs` runs the same functions over the seeds.

#[path = "streams.rs"]
mod streams;

use lantern::case::{self, Case};
use lantern::codec::jpeg::{self, Output};
use lantern::codec::{self, Expected, Samples, jpeg_ls, jpeg2000, rle};
use lantern::dataset::Dataset;
use lantern::dicom::{self, Object};
use lantern::file;
use lantern::frame;
use lantern::gate::Distribution;
use lantern::imaging::{self, Image, PixelLayout};
use lantern::import::{self, Beside, Options};
use lantern::learn::Recipe;
use lantern::model::{Architecture, Card, Extractor, Index, Network, Weights};
use lantern::nifti::Volume;
use lantern::protocol::companion::{CaseList, KeptImages, ProblemDetails, SavedCase};
use lantern::protocol::{Envelope, classroom, file_worker, inference_worker};
use lantern::report::{self, Report};
use lantern::sniff::{Kind, PictureFormat, sniff};
use lantern::viewing::{labels, thumbnail};
use serde::de::DeserializeOwned;
use std::io::{Cursor, Write};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// A parser and its name. It tells whether it accepted its input.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// All targets. A new format takes a line here and a folder of seeds.
pub const TARGETS: [Target; 25] = [
    ("png", |data| picture(PictureFormat::Png, data)),
    ("jpeg", |data| picture(PictureFormat::Jpeg, data)),
    ("webp", |data| picture(PictureFormat::WebP, data)),
    ("bmp", |data| picture(PictureFormat::Bmp, data)),
    ("tiff", |data| picture(PictureFormat::Tiff, data)),
    ("gif", |data| picture(PictureFormat::Gif, data)),
    ("dicom_head", dicom_head),
    ("dicom", dicom_object),
    ("nifti", volume),
    ("codec_jpeg", codec_jpeg),
    ("codec_jpeg_ls", codec_jpeg_ls),
    ("codec_jpeg2000", codec_jpeg2000),
    ("codec_htj2k", codec_jpeg2000),
    ("codec_rle", codec_rle),
    ("archive", archive),
    ("dataset", dataset),
    ("arrays", arrays),
    ("manifest", manifest),
    ("recipe", recipe),
    ("card", card),
    ("weights", weights),
    ("onnx", onnx),
    ("protocol", protocol),
    ("report", report),
    ("case", saved_case),
];

/// The most pixels of a stream that is decoded by itself: what surrounds it bounds them otherwise, and fewer make more inputs a second.
const PIXELS: u32 = 1 << 18;
/// Frames of one file that are decoded.
const FRAMES: usize = 3;

fn picture(format: PictureFormat, data: &[u8]) -> bool {
    if sniff(data) != Kind::Picture(format) {
        return false;
    }
    if let Ok(stored) = imaging::stored(data) {
        let samples = stored.width as usize * stored.height as usize * usize::from(stored.bits / 8);
        assert!(samples > 0 && stored.samples.len().is_multiple_of(samples), "samples are missing");
    }
    let Ok((image, _)) = imaging::read(data) else { return false };
    let (layout, bytes) = image.raw();
    assert!(Image::from_raw(layout, bytes.to_vec()).is_ok());
    true
}

fn dicom_head(data: &[u8]) -> bool {
    let _ = file::look(data);
    let Ok(facts) = dicom::head(data) else { return false };
    assert!(facts.frames > 0);
    let _ = (facts.header(), labels::study(&facts), labels::patient(&facts.patient, true));
    true
}

fn dicom_object(data: &[u8]) -> bool {
    let Ok(object) = Object::open(data) else { return false };
    let _ = (object.facts(), object.tags(true), object.tags(false));
    let frames = object.frames();
    let seen = |number: u32| {
        let (stored, Ok(frame)) = (object.stored(number), object.frame(number)) else { return false };
        assert!(stored.is_ok(), "a frame is seen that cannot be stored");
        let pixels = frame.facts.width as usize * frame.facts.height as usize;
        assert!(frame.overlay.is_empty() || frame.overlay.len() == pixels.div_ceil(8));
        match &frame.samples {
            frame::Samples::Grey(samples) => assert_eq!(samples.len(), pixels),
            frame::Samples::Rgb(samples) => assert_eq!(samples.len(), 3 * pixels),
        }
        let _ = (thumbnail(&frame, 16), frame.measured_windows());
        object.render(number, &frame).is_ok()
    };
    assert!(!seen(frames), "a frame beyond the last");
    // Each is tried.
    (0..frames).take(FRAMES).chain([frames - 1]).filter(|number| seen(*number)).count() > 0
}

fn volume(data: &[u8]) -> bool {
    let Ok(volume) = Volume::open(data.to_vec()) else { return false };
    let seen = |slice: u32| {
        let Ok(frame) = volume.frame(slice) else { return false };
        let _ = (thumbnail(&frame, 16), frame.measured_windows());
        volume.image(slice).is_ok()
    };
    assert!(!seen(volume.slices()), "a slice beyond the last");
    // What can be opened can be seen.
    (0..volume.slices()).take(FRAMES).all(seen)
}

/// What is accepted is as many samples as were asked for.
fn is_whole(decoded: Result<Samples, codec::Error>, expected: &Expected) -> bool {
    let Ok(samples) = decoded else { return false };
    let count = expected.width as usize * expected.height as usize * expected.components;
    assert!(samples.values.len() == count && u32::from(samples.values.bits()) == expected.bits);
    true
}

fn is_small(expected: &Expected) -> bool {
    expected.width.checked_mul(expected.height).is_some_and(|pixels| pixels <= PIXELS)
        && expected.components <= 4
}

fn codec_jpeg(data: &[u8]) -> bool {
    let Ok(stream) = jpeg::Stream::read(data) else { return false };
    let (width, height) = stream.size();
    let expected = |bits| Expected { width, height, components: stream.components(), bits };
    if !is_small(&expected(8)) {
        return false;
    }
    let _ = stream.decode(data, Output::Rgb);
    [8, 16].map(expected).iter().filter(|expected| is_whole(jpeg::decode(data, expected), expected)).count()
        > 0
}

fn codec_jpeg_ls(data: &[u8]) -> bool {
    let Some(expected) = streams::jpeg_ls(data).filter(is_small) else { return false };
    is_whole(jpeg_ls::decode(data, &expected), &expected)
}

/// Of high throughput too, which has seeds of its own.
fn codec_jpeg2000(data: &[u8]) -> bool {
    let Some(expected) = streams::jpeg2000(data).filter(is_small) else { return false };
    is_whole(jpeg2000::decode(data, &expected), &expected)
}

/// Three bytes say what is expected: the stream says nothing of it.
fn codec_rle(data: &[u8]) -> bool {
    let [width, height, kind, stream @ ..] = data else { return false };
    let expected = Expected {
        width: u32::from(*width),
        height: u32::from(*height),
        components: if kind & 1 == 0 { 1 } else { 3 },
        bits: [8, 16, 32, 16][usize::from(kind >> 1 & 3)],
    };
    is_whole(rle::decode(stream, &expected), &expected)
}

fn archive(data: &[u8]) -> bool {
    let Ok(unpacked) = file::unpack(data) else { return false };
    let total: u64 = unpacked.files.iter().map(|(_, file)| file.len() as u64).sum();
    assert!(total <= file::MAX_UNPACKED && unpacked.files.len() + unpacked.problems.len() > 0);
    true
}

fn dataset(data: &[u8]) -> bool {
    has_samples(data.to_vec())
}

/// Reads the first images of a data set.
fn has_samples(bytes: Vec<u8>) -> bool {
    let Ok(set) = Dataset::from_bytes("set".into(), bytes) else { return false };
    for sample in set.samples.iter().take(2) {
        assert!(sample.label < set.classes.len());
        let _ = (set.bytes(sample), set.mask(sample));
    }
    true
}

/// An archive as the fuzzer cannot make one: its checksums are right.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in files {
        if writer.start_file(*name, options).is_err() || writer.write_all(content).is_err() {
            return Vec::new();
        }
    }
    writer.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// Labels and images as .npy; eight times the first byte is the length of the labels.
fn arrays(data: &[u8]) -> bool {
    let [length, rest @ ..] = data else { return false };
    let (labels, images) = rest.split_at((usize::from(*length) * 8).min(rest.len()));
    has_samples(zipped(&[("train_images.npy", images), ("train_labels.npy", labels)]))
}

fn manifest(data: &[u8]) -> bool {
    has_samples(zipped(&[("s/train/a/1.png", b"1"), ("s/train/b/2.png", b"2"), ("s/manifest.csv", data)]))
}

fn recipe(data: &[u8]) -> bool {
    let Ok(recipe) =
        str::from_utf8(data).map_err(|_| ()).and_then(|text| toml::from_str::<Recipe>(text).map_err(|_| ()))
    else {
        return false;
    };
    let classes = recipe.task.classes(&["a".into(), "b".into()]);
    let _ = recipe.task.finding_words(&recipe.task.finding_of(&classes));
    true
}

fn card(data: &[u8]) -> bool {
    if Index::parse(data).is_ok() {
        return true;
    }
    let Ok(card) = Card::parse(data) else { return false };
    let _ = (card.graph(), card.missed(), card.input.sha256());
    assert!(card.to_json().is_ok_and(|json| Card::parse(&json).is_ok()));
    true
}

fn weights(data: &[u8]) -> bool {
    let is_known = Distribution::open(data).is_ok() | Extractor::open(data).is_ok();
    let Ok(weights) = Weights::from_safetensors("weights", data) else { return is_known };
    for (name, array) in weights.iter() {
        assert_eq!(array.values.len(), array.shape.iter().product::<usize>(), "{name}");
    }
    let graph = Architecture::Residual { widths: vec![2], blocks: vec![1] }.graph(1, 16, 2);
    is_known | graph.and_then(|graph| Network::new(&graph, &weights.builder())).is_ok()
}

/// Files beside it are not there.
fn onnx(data: &[u8]) -> bool {
    let Ok(imported) = import::onnx(data, &Beside::new(), &Options { side: Some(16), output: None }) else {
        return false;
    };
    let names: Vec<(String, Vec<usize>)> = imported.graph.weights().unwrap_or_default();
    for (name, shape) in names {
        assert!(imported.weights.shaped(&name, &shape).is_ok(), "{name} is missing");
    }
    true
}

fn opened<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    serde_json::from_slice::<Envelope<T>>(text).ok()?.open()
}

fn is<T: DeserializeOwned>(text: &[u8]) -> bool {
    serde_json::from_slice::<T>(text).is_ok()
}

/// The first byte chooses the message.
fn protocol(data: &[u8]) -> bool {
    let [choice, text @ ..] = data else { return false };
    match choice % 9 {
        0 => opened::<inference_worker::Request>(text).is_some(),
        1 => opened::<inference_worker::Reply>(text).is_some(),
        2 => opened(text).is_some_and(written),
        3 => opened::<file_worker::Reply>(text).is_some(),
        4 => is::<KeptImages>(text),
        5 => is::<ProblemDetails>(text),
        6 => is::<CaseList>(text),
        8 => opened::<classroom::Request>(text).is_some(),
        _ => raw(text),
    }
}

/// What the file worker writes when it is asked to.
fn written(request: file_worker::Request) -> bool {
    match request {
        file_worker::Request::Write { report, .. } => documents(&report),
        file_worker::Request::Tabulate { rows } => report::csv(&rows).is_ok(),
        _ => true,
    }
}

fn raw(data: &[u8]) -> bool {
    let [width, height, channels, bits, samples @ ..] = data else { return false };
    let [width, height] = [width, height].map(|side| u32::from(*side));
    let layout = PixelLayout { width, height, channels: *channels, bits: *bits };
    Image::from_raw(layout, samples.to_vec()).is_ok()
}

fn report(data: &[u8]) -> bool {
    serde_json::from_slice::<Report>(data).is_ok_and(|report| documents(&report))
}

fn documents(report: &Report) -> bool {
    let _ = (report::json(report), report::fhir(report), report::evidence(report), report.patient());
    report::structured(report).is_ok_and(|structured| dicom::is(&structured))
}

fn saved_case(data: &[u8]) -> bool {
    if let Ok(case) = serde_json::from_slice::<Case>(data) {
        let case = case.redacted();
        let _ = (case.annotations_on(0, 1), serde_json::to_string(&case));
        return case.check().is_ok() && documents(&case.report("2026-01-31T09:30:00Z"));
    }
    let Ok(saved) = serde_json::from_slice::<SavedCase>(data) else { return false };
    let _ = (saved.case.words(), case::csv(&[(saved.id, &saved.saved_at, &saved.case, None)]));
    true
}
