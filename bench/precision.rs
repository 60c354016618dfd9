//! What weights in eight bits would cost: accuracy on the validation images of a bundle's own training, with its weights
//! as they are stored and rounded to int8 with a scale for each result channel.
//!
//! usage: precision MODEL DATA

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot be set up should stop"
)]

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::main();
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use candle_nn::Module;
    use lantern::calibration;
    use lantern::dataset::{Dataset, split::hold_out};
    use lantern::imaging;
    use lantern::learn::Recipe;
    use lantern::metrics;
    use lantern::model::{Card, Network, WEIGHTS, Weights};
    use lantern::preprocess::resize;
    use rayon::prelude::*;
    use std::path::Path;

    pub fn main() {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [model, data] = arguments.as_slice() else { panic!("usage: precision MODEL DATA") };
        let read = |name: &str| std::fs::read(Path::new(model).join(name)).unwrap();
        let card = Card::parse(&read("card.json")).unwrap();
        let recipe: Recipe = serde_json::from_value(card.provenance.recipe.clone()).unwrap();
        let dataset = Dataset::open(Path::new(data)).unwrap();
        let train: Vec<_> = dataset.samples.iter().filter(|sample| sample.split == "train").collect();
        let (_, held) =
            hold_out(&train, &recipe.validation.group, recipe.validation.fraction, recipe.training.seed);
        let stored = read(WEIGHTS);
        let f16 = Weights::from_safetensors(WEIGHTS, &stored).unwrap();
        for (name, weights, bits) in [("f16", f16.clone(), 16), ("int8", rounded(&f16), 8)] {
            let network = Network::new(&card.graph().unwrap(), &weights.builder()).unwrap();
            let rows: Vec<(Vec<f32>, usize)> = held
                .par_iter()
                .map(|index| {
                    let sample = train.get(*index).unwrap();
                    let (image, _) = imaging::read(&dataset.bytes(sample).unwrap()).unwrap();
                    let mut fitted = resize::resize(&image, &card.input.spec);
                    card.input.normalise(&mut fitted.values);
                    let logits = network.forward(&network.image(fitted.values).unwrap()).unwrap();
                    (calibration::probabilities(&logits, 1.0).unwrap().to_vec1().unwrap(), sample.label)
                })
                .collect();
            let (rows, labels): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let megabytes =
                weights.iter().map(|(_, a)| a.values.len() * bits / 8).sum::<usize>() as f64 / 1e6;
            println!(
                "{} {name}: {megabytes:.2} MB, accuracy {:.4}, balanced {:.4}, AUC {:.4} on {} images",
                card.about.id,
                metrics::accuracy(&rows, &labels).unwrap(),
                metrics::balanced_accuracy(&rows, &labels).unwrap(),
                metrics::macro_auc(&rows, &labels).unwrap(),
                rows.len()
            );
        }
    }

    /// Every kernel rounded to 255 steps between its result channel's extremes; biases are few and stay.
    fn rounded(weights: &Weights) -> Weights<'static> {
        let mut rounded = Weights::default();
        for (name, array) in weights.iter() {
            let mut values = array.values;
            if array.shape.len() > 1 {
                let per_channel = values.len() / array.shape.first().unwrap();
                for channel in values.chunks_mut(per_channel) {
                    let scale = channel.iter().fold(0f32, |most, v| most.max(v.abs())) / 127.0;
                    channel
                        .iter_mut()
                        .filter(|_| scale > 0.0)
                        .for_each(|v| *v = (*v / scale).round() * scale);
                }
            }
            rounded.insert(name, &array.shape, &values);
        }
        rounded
    }
}
