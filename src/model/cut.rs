//! A network in two parts that follow one another, so that the last stage can learn anew while the layers before it stay as they are.

use super::{Error, Graph, Size};

impl Graph {
    /// The same layers for other classes, without those that draw an outline.
    pub fn classifier(&self, classes: usize) -> Self {
        let mut graph = Self { outline: None, intermediates: Vec::new(), ..self.clone() };
        graph.nodes.truncate(self.features);
        graph.head.classes = classes;
        graph
    }

    /// The value at which the last stage begins: the last one with more rows and no more channels than the feature map that alone is handed
    /// on to the layers after it. 0, the image, where no layer shrinks the map.
    ///
    /// # Errors
    /// As [`Graph::shapes`].
    pub fn last_stage(&self) -> Result<usize, Error> {
        let shapes = self.shapes()?;
        let shape = |value: usize| shapes.get(value).copied().unwrap_or_default();
        let end = shape(self.features);
        let is_before =
            |value: usize| shape(value).height > end.height && shape(value).channels <= end.channels;
        // Of the layers after a value, none reads one before it.
        let is_alone =
            |value: usize| self.nodes.iter().skip(value).all(|node| node.inputs().all(|read| read >= value));
        Ok((1..self.features).rev().find(|value| is_before(*value) && is_alone(*value)).unwrap_or(0))
    }

    /// The layers after a value, as a network of their own whose image is that value. `from`: a value that is handed on alone, as
    /// [`Graph::last_stage`] says.
    ///
    /// # Errors
    /// As [`Graph::shapes`], also where the layers need an earlier value.
    pub fn after(&self, from: usize) -> Result<Self, Error> {
        let shape = self.shapes()?.get(from).copied().unwrap_or_default();
        let input = Size { channels: shape.channels, height: shape.height, width: shape.width };
        let mut nodes = self.nodes.get(from..).unwrap_or_default().to_vec();
        // An earlier value becomes one that no network has, and is refused.
        let moved = |value: &mut usize| *value = value.checked_sub(from).unwrap_or(usize::MAX);
        nodes.iter_mut().flat_map(|node| node.inputs_mut()).for_each(moved);
        let features = self.features.saturating_sub(from);
        let graph = Self { input, nodes, features, outline: None, intermediates: Vec::new(), ..self.clone() };
        graph.shapes()?;
        Ok(graph)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Architecture, Network, TrainNetwork, Weights, fold};
    use candle_core::{DType, Device};
    use candle_nn::{Module, VarBuilder, VarMap};

    #[test]
    fn both_parts_after_one_another_are_the_network() {
        let architecture = Architecture::EfficientNetLite0 { stages: 4, widen: false, outline: Some(8) };
        let graph = architecture.graph(1, 64, 5).unwrap();
        let classifier = graph.classifier(5);
        let at = classifier.last_stage().unwrap();
        let stage = classifier.after(at).unwrap();
        let shapes = classifier.shapes().unwrap();
        assert_eq!((shapes[at].height, shapes[classifier.features].height), (8, 4));
        assert!(stage.nodes.len() < classifier.nodes.len() && classifier.nodes.len() < graph.nodes.len());

        let vars = VarMap::new();
        TrainNetwork::new(&graph, &VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu)).unwrap();
        let mut weights = Weights::default();
        for (name, var) in vars.data().lock().unwrap().iter() {
            weights.insert_tensor(name, var).unwrap();
        }
        let weights = fold(&graph, &weights.builder()).unwrap();
        let mut whole = classifier.clone();
        whole.intermediates = vec![at];
        let whole = Network::new(&whole, &weights.builder()).unwrap();
        let pixels: Vec<f32> = (0..64 * 64).map(|i| (i as f32 * 0.7).sin()).collect();
        let output = whole.outputs(&whole.image(pixels).unwrap()).unwrap();
        let stage = Network::new(&stage, &weights.builder()).unwrap();
        let map = output.intermediates[0].flatten_all().unwrap().to_vec1().unwrap();
        let logits = stage.forward(&stage.image(map).unwrap()).unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(logits, output.logits.to_vec1::<f32>().unwrap());
    }

    #[test]
    fn a_shortcut_is_not_cut_and_what_shrinks_nothing_learns_whole() {
        let residual = Architecture::Residual { widths: vec![8, 16], blocks: vec![1, 1] };
        let residual = residual.graph(3, 32, 2).unwrap();
        let at = residual.last_stage().unwrap();
        assert!(at > 0 && residual.after(at).is_ok());
        // Between a block's layers its shortcut is still needed.
        assert!(residual.after(at + 1).is_err());
        let flat = Architecture::Residual { widths: vec![8], blocks: vec![2] }.graph(3, 32, 2).unwrap();
        let at = flat.last_stage().unwrap();
        assert_eq!(flat.after(0).unwrap(), flat.classifier(2));
        assert!(at == 0 || flat.shapes().unwrap()[at].height == 32);
    }
}
