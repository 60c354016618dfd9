//! What a session's best network says of images, without making a bundle of it.

use super::Error;
use super::session::{Session, TrainedNetwork};
use super::validation::softmax;
use crate::model::Network;
use rayon::prelude::*;

impl Session {
    /// Class probabilities by the best epoch.
    ///
    /// # Shapes
    /// `images`: `(side, side, channels)` each, at the recipe's side, 0 to 1, not normalised.
    ///
    /// # Errors
    /// Fails if no epoch is finished, or an image has another size.
    pub fn predict(&self, images: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, Error> {
        let TrainedNetwork { input, graph, weights, .. } = self.trained()?;
        let network = Network::new(graph, &weights.builder())?;
        let read = |image: &Vec<f32>| -> Result<Vec<f32>, Error> {
            let mut image = image.clone();
            input.normalise(&mut image);
            Ok(input.forward(&network, &network.image(image)?)?.logits.to_vec1()?)
        };
        let logits = images.par_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(softmax(&logits, 1.0)?)
    }

    /// How many weights the network has.
    ///
    /// # Errors
    /// Fails if its layers do not fit one another.
    pub fn weight_count(&self) -> Result<usize, Error> {
        Ok(self.trained()?.graph.weight_count()?)
    }
}
