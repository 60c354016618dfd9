//! The kernels of this project for the browser's benchmark, beside candle's own convolution.

#![allow(clippy::indexing_slicing, reason = "a graph reads only values that are made already")]

#[cfg(target_arch = "wasm32")]
mod doors {
    use candle_core::{D, Device, Tensor};
    use candle_nn::Module;
    use lantern::kernels::{Activation, interleaved};
    use lantern::model::{Graph, Network, Node, Weights};
    use std::collections::HashMap;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    pub struct Ours {
        network: Network,
        channels: usize,
    }

    fn error(error: impl std::fmt::Display) -> JsError {
        JsError::new(&error.to_string())
    }

    #[wasm_bindgen]
    impl Ours {
        #[wasm_bindgen(constructor)]
        pub fn new(graph: &str, weights: &[u8]) -> Result<Ours, JsError> {
            let graph: Graph = serde_json::from_str(graph).map_err(error)?;
            let weights = Weights::from_safetensors("weights", weights).map_err(error)?;
            let network = Network::new(&graph, &weights.builder()).map_err(error)?;
            Ok(Self { network, channels: graph.input.channels })
        }

        pub fn run(&self, image: &[f32]) -> Result<Vec<f32>, JsError> {
            // The other runtimes take the image channel by channel.
            let image = self.network.image(interleaved(image, self.channels)).map_err(error)?;
            self.network.forward(&image).and_then(|logits| logits.to_vec1()).map_err(error)
        }
    }

    /// The same network by candle's own operations.
    #[wasm_bindgen]
    pub struct Stock {
        graph: Graph,
        weights: HashMap<String, Tensor>,
    }

    #[wasm_bindgen]
    impl Stock {
        #[wasm_bindgen(constructor)]
        pub fn new(graph: &str, weights: &[u8]) -> Result<Stock, JsError> {
            let graph = serde_json::from_str(graph).map_err(error)?;
            let weights = candle_core::safetensors::load_buffer(weights, &Device::Cpu).map_err(error)?;
            Ok(Self { graph, weights })
        }

        pub fn run(&self, image: &[f32]) -> Result<Vec<f32>, JsError> {
            self.compute(image).map_err(error)
        }

        fn compute(&self, image: &[f32]) -> candle_core::Result<Vec<f32>> {
            let size = self.graph.input;
            let weight = |name: String| match self.weights.get(&name) {
                Some(weight) => Ok(weight),
                None => candle_core::bail!("there is no {name}"),
            };
            let image = Tensor::from_slice(image, (1, size.channels, size.height, size.width), &Device::Cpu)?;
            let mut values = vec![image];
            for node in &self.graph.nodes {
                let value = match node {
                    Node::MaxPool(pool) => {
                        let padded = pad(&values[pool.input], pool.pad_begin, pool.pad_end)?;
                        padded.max_pool2d_with_stride(pool.kernel, pool.stride)?
                    }
                    Node::Upsample { input } => {
                        let (_, _, height, width) = values[*input].dims4()?;
                        values[*input].upsample_nearest2d(2 * height, 2 * width)?
                    }
                    Node::Conv(conv) => {
                        let kernel = weight(format!("{}.conv.weight", conv.name))?;
                        let padded = pad(&values[conv.input], conv.pad_begin, conv.pad_end)?;
                        let bias = weight(format!("{}.conv.bias", conv.name))?.reshape((1, conv.to, 1, 1))?;
                        let mut sum =
                            padded.conv2d(kernel, 0, conv.stride, 1, conv.groups)?.broadcast_add(&bias)?;
                        if let Some(add) = conv.add {
                            sum = (sum + &values[add])?;
                        }
                        match conv.activation {
                            Activation::Identity => sum,
                            Activation::Relu => sum.relu()?,
                            Activation::Relu6 => sum.clamp(0f32, 6f32)?,
                            other => candle_core::bail!("the benchmark has no {other:?} of candle's"),
                        }
                    }
                    other => candle_core::bail!("the benchmark has no {} of candle's", other.words()),
                };
                values.push(value);
            }
            let pooled = values[self.graph.features].flatten_from(2)?.mean(D::Minus1)?;
            let logits = pooled.matmul(&weight("head.weight".into())?.t()?)?;
            logits.broadcast_add(weight("head.bias".into())?)?.flatten_all()?.to_vec1()
        }
    }

    /// Zeros around the image; after a ReLU they never win a maximum.
    fn pad(x: &Tensor, pad_begin: usize, pad_end: usize) -> candle_core::Result<Tensor> {
        if pad_begin + pad_end == 0 {
            return Ok(x.clone());
        }
        x.pad_with_zeros(2, pad_begin, pad_end)?.pad_with_zeros(3, pad_begin, pad_end)
    }

    /// A tight loop of vector multiply-adds on eight independent sums. Returns how many it did, of one value each.
    #[wasm_bindgen]
    pub fn peak(rounds: u32) -> f64 {
        use core::arch::wasm32::*;
        let mut sums = [f32x4_splat(0.0); 8];
        let (a, b) = (f32x4_splat(rounds as f32 * 1e-9), f32x4_splat(1.000001));
        for _ in 0..rounds {
            for sum in &mut sums {
                #[cfg(target_feature = "relaxed-simd")]
                {
                    *sum = f32x4_relaxed_madd(*sum, b, a);
                }
                #[cfg(not(target_feature = "relaxed-simd"))]
                {
                    *sum = f32x4_add(f32x4_mul(*sum, b), a);
                }
            }
        }
        let total = sums.into_iter().fold(f32x4_splat(0.0), |total, sum| f32x4_add(total, sum));
        // Used, so that the loop is not left out.
        if f32x4_extract_lane::<0>(total).is_nan() { 0.0 } else { f64::from(rounds) * 8.0 * 4.0 }
    }

    #[wasm_bindgen]
    pub fn join_team() -> usize {
        lantern::inference_worker::join_team()
    }

    #[wasm_bindgen]
    pub fn lend_thread(number: usize) {
        lantern::inference_worker::lend_thread(number);
    }

    #[wasm_bindgen]
    pub fn gather_threads(helpers: usize) -> usize {
        lantern::inference_worker::form_team(helpers);
        lantern::kernels::threads()
    }
}

fn main() {}
