//! The shipped bundle gives its known answers, natively and in a browser's WebAssembly, and a bundle that was changed
//! in any way is refused. `make test` runs this file on both targets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]

use lantern::dataset::phantom;
use lantern::engine::{Engine, OnReject, Source};
use lantern::examination::Reason;
use lantern::explanation::Method;
use lantern::fingerprint::sha256;
use lantern::gate::{Distribution, Gate, GateKind};
use lantern::model::{Bundle, Error, Extractor, Files};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

fn source(file: &[u8]) -> Source {
    Source::picture(file).unwrap()
}

fn files() -> Files {
    Files {
        card: include_bytes!("../models/chest-pneumonia/card.json").to_vec(),
        weights: include_bytes!("../models/chest-pneumonia/weights.safetensors").to_vec(),
        golden: include_bytes!("../models/chest-pneumonia/golden.safetensors").to_vec(),
        distribution: Some(include_bytes!("../models/chest-pneumonia/distribution.safetensors").to_vec()),
    }
}

/// The files with another card, made from the true one.
fn with_card(change: impl Fn(&mut serde_json::Value)) -> Files {
    let mut files = files();
    let mut card = serde_json::from_slice(&files.card).unwrap();
    change(&mut card);
    files.card = serde_json::to_vec(&card).unwrap();
    files
}

/// The files with other bytes for `name`, to which the card agrees: only what is inside can give them away.
fn forged(name: &str, bytes: Vec<u8>) -> Files {
    let mut files = with_card(|card| {
        card["files"][name]["sha256"] = sha256(&bytes).into();
        card["files"][name]["bytes"] = bytes.len().into();
    });
    *(if name == "weights.safetensors" { &mut files.weights } else { &mut files.golden }) = bytes;
    files
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_shipped_bundle_gives_its_known_answers() {
    let bundle = Bundle::open(files()).unwrap();
    assert_eq!(bundle.card.about.id, "chest-pneumonia");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_image_is_examined_and_explained() {
    let engine = Engine::new(Bundle::open(files()).unwrap());
    let examined = engine.examine(source(&phantom::chest(1, 300)), OnReject::Refuse, |_| ()).unwrap();
    let answer = examined.examination.answer.clone().unwrap();
    let sum: f32 = answer.findings.iter().map(|finding| finding.probability.get()).sum();
    assert!((sum - 1.0).abs() < 1e-5, "{answer:?}");
    let map = engine.explain(&examined, Method::Activation, None, |_, _| ()).unwrap().unwrap();
    assert_eq!((map.picture.width, map.picture.height), (300, 300));
    assert_eq!(map.picture.rgba.len(), 300 * 300 * 4);
    // An overlay is as strong as its map, and nothing is compared with itself.
    let is_seen = map.picture.rgba.chunks(4).any(|pixel| pixel[3] > 0);
    assert!(map.agreement.is_none() && (map.strongest > 0.0) == is_seen, "{}", map.strongest);
}

/// PixelSamples a side in which a map is told.
const CELLS: usize = 6;

/// What each way of asking why paints over a phantom: the mean opacity of each cell, 0 to 255.
fn painted() -> Vec<(Method, Vec<f32>)> {
    let engine = Engine::new(Bundle::open(files()).unwrap());
    let examined = engine.examine(source(&phantom::chest(1, 240)), OnReject::Refuse, |_| ()).unwrap();
    let cells = |method| {
        let map = engine.explain(&examined, method, Some(1), |_, _| ()).unwrap().unwrap();
        println!("{method:?}: strongest {:.2}, agreement {:?}", map.strongest, map.agreement);
        let picture = map.picture;
        let (side, pixels) = (picture.width as usize / CELLS, picture.rgba.chunks(4));
        let mut means = vec![0f32; CELLS * CELLS];
        for (i, pixel) in pixels.enumerate() {
            let (x, y) = (i % picture.width as usize / side, i / picture.width as usize / side);
            means[y * CELLS + x] += f32::from(pixel[3]) / (side * side) as f32;
        }
        (method, means)
    };
    [Method::Activation, Method::Occlusion, Method::Gradients].map(cells).into()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_way_to_ask_why_paints_its_known_picture() {
    // Of the shipped chest bundle; a new version of it makes new ones: this test prints them.
    let known: Vec<Vec<f32>> = serde_json::from_str(include_str!("files/maps.json")).unwrap();
    let painted = painted();
    assert_eq!(known.len(), painted.len());
    #[cfg(not(target_arch = "wasm32"))]
    println!("{:.1?}", painted.iter().map(|(_, cells)| cells).collect::<Vec<_>>());
    assert!(
        painted.iter().all(|(_, cells)| cells.iter().any(|cell| *cell > 1.0)),
        "an empty picture tells nothing"
    );
    for ((method, cells), known) in painted.iter().zip(&known) {
        // Opacity is rounded to whole steps, which other sums may round to the next.
        let is_near = cells.iter().zip(known).all(|(cell, known)| (cell - known).abs() < 1.5);
        assert!(cells.len() == known.len() && is_near, "{method:?}: {cells:?} where {known:?} is known");
    }
}

/// A gate that knows the shipped bundle's kind of image only.
fn gate(extractor: &[u8]) -> Result<Gate, Error> {
    let distribution = Distribution::open(&files().distribution.unwrap())?;
    let kind = GateKind {
        model: "chest-pneumonia".into(),
        words: "a radiograph".into(),
        scope: lantern::scope::Scope { pictures: true, ..Default::default() },
        distribution,
    };
    Ok(Gate::new(Extractor::open(extractor)?, vec![kind]))
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_gate_gives_its_known_answer_and_another_extractor_does_not() {
    let extractor = include_bytes!("../models/extractor.safetensors");
    let bundle = || Bundle::open(files()).unwrap();
    let engine = Engine::with_gate(bundle(), gate(extractor).unwrap().into()).unwrap();
    let drawn =
        engine.examine(source(&phantom::chest(1, 300)), OnReject::Refuse, |_| ()).unwrap().examination;
    assert!(drawn.answer.is_none() && matches!(drawn.reason, Reason::Unknown { .. }), "{drawn:?}");
    let admission = drawn.admission.unwrap();
    assert!(admission.distance > 1.0 && !admission.admitted && !admission.overruled, "{admission:?}");
    let marked =
        engine.examine(source(&phantom::chest(1, 300)), OnReject::Overrule, |_| ()).unwrap().examination;
    assert!(marked.answer.is_some() && marked.admission.unwrap().overruled);

    let mut other = extractor.to_vec();
    for byte in other.iter_mut().rev().skip(1000).take(4000).step_by(2) {
        *byte ^= 0x80;
    }
    let refused = Engine::with_gate(bundle(), gate(&other).unwrap().into()).unwrap_err().to_string();
    assert!(refused.contains("known image of chest-pneumonia"), "{refused}");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_blank_image_is_refused_with_the_reason() {
    let engine = Engine::new(Bundle::open(files()).unwrap());
    let blank = phantom::png(image::DynamicImage::new_luma8(200, 200));
    let examination = engine.examine(source(&blank), OnReject::Refuse, |_| ()).unwrap().examination;
    assert!(examination.answer.is_none() && examination.reason == Reason::Blank, "{examination:?}");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_changed_bundle_is_refused() {
    let mut flipped = files();
    let middle = flipped.weights.len() / 2;
    flipped.weights[middle] ^= 1;
    let error = Bundle::open(flipped).unwrap_err();
    assert!(matches!(error, Error::File { .. }) && error.to_string().contains("SHA-256"), "{error}");

    let mut cut = files();
    cut.golden.truncate(100);
    assert!(Bundle::open(cut).unwrap_err().to_string().contains("has 100 bytes"));

    let shallower = with_card(|card| card["architecture"]["stages"] = 4.into());
    let error = Bundle::open(shallower).unwrap_err();
    assert!(matches!(error, Error::Weights(_)) && error.to_string().contains("shape"), "{error}");

    let other_classes = with_card(|card| card["classes"].as_array_mut().unwrap().push(card_class("third")));
    assert!(matches!(Bundle::open(other_classes).unwrap_err(), Error::Weights(_)));

    let other_side = with_card(|card| card["input"]["frame"]["side"] = 5000.into());
    assert!(matches!(Bundle::open(other_side).unwrap_err(), Error::Card(_)));

    let older = with_card(|card| card["format"] = 0.into());
    assert!(Bundle::open(older).unwrap_err().to_string().contains("format is 0"));
}

fn card_class(name: &str) -> serde_json::Value {
    serde_json::json!({ "name": name, "label": name })
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn wrong_answers_are_refused_even_where_every_hash_agrees() {
    // A weight's sign bit near the end of the file: the card is forged to agree, the known answers do not.
    let mut weights = files().weights;
    for byte in weights.iter_mut().rev().take(4000).step_by(2) {
        *byte ^= 0x80;
    }
    let error = Bundle::open(forged("weights.safetensors", weights)).unwrap_err();
    assert!(matches!(error, Error::Golden { .. }), "{error}");

    let error = Bundle::open(forged("golden.safetensors", b"not tensors at all".to_vec())).unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
}
