//! Learning on GPUs: an epoch's state goes there, its batches follow while the GPUs compute, and the state comes back.

use super::Error;
use super::data_loader::{Batch, DataLoader};
use super::epoch::{Epoch, NetworkOutput, OnStep, State};
use super::optimiser::corrections;
use crate::kernels::cuda::{self, Error as GpuError, Gpu, Group, Knobs, Precision};
use crate::messages::fault::cuda as gpu_fault;
use crate::messages::fault::learn as fault;
use crate::model::cuda::{Batch as Part, Layout, Network, Part as Row, Place};
use crate::model::{self, Graph};
use candle_core::{Device, Tensor};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::mpsc::{channel, sync_channel};

/// Threads that prepare batches; each may have one finished batch waiting. Several are prepared at once, because preparing one is only
/// partly parallel.
const MAKERS: usize = 4;

/// One or several GPUs that train together, each on an equal share of every batch. If the share does not fit into memory, it is split and
/// the gradients are accumulated. Batch statistics are per part, as with several GPUs in PyTorch.
#[derive(Debug)]
pub struct Gpus {
    networks: Option<Networks>,
    /// For reading, while learning goes on with smaller images.
    evaluator: Option<(Graph, Network)>,
    group: Option<Group>,
    gpus: Vec<Rc<Gpu>>,
}

/// The same network on every GPU.
#[derive(Debug)]
struct Networks {
    graph: Graph,
    batch: usize,
    /// Parts that each GPU computes one after the other.
    accumulation_steps: usize,
    all: Vec<Network>,
}

impl Gpus {
    /// Opens the GPUs with these numbers. `limit`: bytes of each one's memory that may be taken.
    pub fn open(numbers: &[usize], precision: Precision, limit: Option<usize>) -> Result<Self, GpuError> {
        let twice = |number: &&usize| numbers.iter().filter(|other| other == number).count() > 1;
        if let Some(number) = numbers.iter().find(twice) {
            return Err(GpuError::Missing(gpu_fault::named_twice(*number)));
        }
        if numbers.is_empty() {
            return Err(GpuError::Missing(gpu_fault::NONE_NAMED.into()));
        }
        let open = |number: &usize| Ok(Rc::new(Gpu::open(*number, precision, limit)?));
        let gpus = numbers.iter().map(open).collect::<Result<Vec<_>, GpuError>>()?;
        let members: Vec<&Gpu> = gpus.iter().map(Rc::as_ref).collect();
        let group = if gpus.len() > 1 { Some(Group::new(&members)?) } else { None };
        Ok(Self { networks: None, evaluator: None, group, gpus })
    }

    /// Their names.
    pub fn names(&self) -> Result<Vec<String>, GpuError> {
        self.gpus.iter().map(|gpu| gpu.name()).collect()
    }

    /// Parts that each GPU computes one after the other for a batch, and bytes of memory that the first one has taken.
    pub fn shares(&self) -> Option<(usize, usize)> {
        Some((self.networks.as_ref()?.accumulation_steps, self.gpus.first()?.taken()))
    }

    pub(super) fn learn(
        &mut self,
        state: &mut State,
        loader: &DataLoader,
        epoch: Epoch,
        on_step: &mut OnStep,
    ) -> Result<Option<f64>, Error> {
        let count = loader.recipe.training.batch;
        let networks = self.networks(epoch.graph, count)?;
        networks.load(state)?;
        let steps = epoch.order.len() / count;
        let Epoch { number, order, mut random, .. } = epoch;
        let (group, networks) = (self.group.as_ref(), &mut self.networks);
        let Some(networks) = networks else { return Ok(None) };
        // A last, smaller batch would have unreliable statistics; its images come first some other time.
        let drawn: Vec<_> =
            order.chunks_exact(count).map(|indices| (indices, loader.share(&mut random))).collect();
        std::thread::scope(|scope| {
            // Each maker fills every `MAKERS`th batch, so that none waits for another, and batches arrive in order.
            let makers: Vec<_> = (0..MAKERS.min(drawn.len()))
                .map(|maker| {
                    let (full, batches) = sync_channel(1);
                    let (back, empty) = channel();
                    let mine = drawn.iter().skip(maker).step_by(MAKERS);
                    scope.spawn(move || {
                        for (indices, share) in mine {
                            let mut batch = empty.try_recv().unwrap_or_default();
                            loader.fill(&mut batch, number, indices, *share);
                            // Nobody listens any more where a step failed.
                            if full.send(batch).is_err() {
                                return;
                            }
                        }
                    });
                    (batches, back)
                })
                .collect();
            let (from, mut step) = (state.optimiser.steps(), 0);
            for (batches, back) in makers.iter().cycle().take(drawn.len()) {
                // A maker that panicked has said why, and the panic goes on when the scope ends.
                let Ok(batch) = batches.recv() else { break };
                let rate = loader.recipe.learning_rate(from + step, steps);
                step += 1;
                let knobs = knobs(loader, state, from + step, rate, &batch);
                networks.step(group, &batch, &knobs)?.into_iter().try_for_each(&mut *on_step)?;
                // Its values have been copied; the maker may use its memory again.
                back.send(batch).ok();
            }
            networks.answers()?.into_iter().try_for_each(&mut *on_step)?;
            let busy = networks.busy()?;
            networks.store(state, from + step)?;
            Ok(busy)
        })
    }

    /// What the averaged `weights` say of each image: normalised, channels innermost. The first GPU reads.
    pub(super) fn read(
        &mut self,
        graph: &Graph,
        weights: &HashMap<String, Tensor>,
        images: &[Vec<f32>],
    ) -> Result<Vec<NetworkOutput>, Error> {
        let network = self.evaluator(graph)?;
        load_average(network, weights)?;
        let sizes = network.sizes();
        let mut seen = Vec::new();
        for some in images.chunks(sizes.batch) {
            let (logits, outlines) = network.infer(&some.concat())?;
            let outlines = outlines.chunks(sizes.outline.max(1)).map(<[f32]>::to_vec);
            let outlines = outlines.chain(std::iter::repeat(Vec::new()));
            let logits = logits.chunks(sizes.classes).map(<[f32]>::to_vec);
            seen.extend(logits.zip(outlines).map(|(logits, outline)| NetworkOutput { logits, outline }));
        }
        Ok(seen)
    }

    /// The networks that learn, made anew when image, network or batch have changed.
    fn networks(&mut self, graph: &Graph, batch: usize) -> Result<&mut Networks, Error> {
        let fits = |networks: &Networks| networks.graph == *graph && networks.batch == batch;
        if !self.networks.as_ref().is_some_and(fits) {
            // The memory of the ones before is given back first.
            self.networks = None;
            if self.evaluator.as_ref().is_some_and(|(read, _)| read == graph) {
                self.evaluator = None;
            }
            self.finish()?;
            let made = self.make(graph, batch);
            self.networks = Some(match made {
                Err(Error::Model(model::Error::Gpu(GpuError::Full { .. }))) if self.evaluator.is_some() => {
                    self.evaluator = None;
                    self.finish()?;
                    self.make(graph, batch)?
                }
                made => made?,
            });
        }
        self.networks.as_mut().ok_or_else(|| Error::Recipe(fault::NO_GPU.into()))
    }

    /// Waits until memory that was given back can be taken again.
    fn finish(&self) -> Result<(), Error> {
        Ok(self.gpus.iter().try_for_each(|gpu| gpu.finish())?)
    }

    /// As few parts as the memory allows.
    fn make(&self, graph: &Graph, batch: usize) -> Result<Networks, Error> {
        let gpus = self.gpus.len();
        if !batch.is_multiple_of(gpus) || batch / gpus < 2 {
            let why = fault::uneven(batch, gpus);
            return Err(Error::Recipe(why));
        }
        let share = batch / gpus;
        let accumulation_steps =
            (1..=share / 2).filter(|accumulation_steps| share.is_multiple_of(*accumulation_steps));
        let (accumulation_steps, all) = self.fitting(accumulation_steps, |accumulation_steps| {
            self.gpus.iter().map(|gpu| Network::new(gpu.clone(), graph, share / accumulation_steps)).collect()
        })?;
        Ok(Networks { graph: graph.clone(), batch, accumulation_steps, all })
    }

    /// What is made with the first of `choices` for which the memory is enough, and that choice.
    fn fitting<T>(
        &self,
        choices: impl Iterator<Item = usize>,
        make: impl Fn(usize) -> Result<T, model::Error>,
    ) -> Result<(usize, T), Error> {
        let mut full = GpuError::Full { wanted: 0 };
        for choice in choices {
            match make(choice) {
                Ok(made) => return Ok((choice, made)),
                Err(model::Error::Gpu(error @ GpuError::Full { .. })) => full = error,
                Err(error) => return Err(error.into()),
            }
            self.finish()?;
        }
        Err(full.into())
    }

    /// The network for validation: one of the training networks if its input size fits, otherwise a network of its own.
    fn evaluator(&mut self, graph: &Graph) -> Result<&mut Network, Error> {
        let learns = self.networks.as_ref().is_some_and(|networks| networks.graph == *graph);
        let is_there = self.evaluator.as_ref().is_some_and(|(read, _)| read == graph);
        if !learns && !is_there {
            self.evaluator = None;
            let gpu = self.gpus.first().ok_or_else(|| Error::Recipe(fault::NO_GPU.into()))?;
            // Smaller batches read no worse, only longer.
            let (_, network) =
                self.fitting([16, 2, 1].into_iter(), |batch| Network::new(gpu.clone(), graph, batch))?;
            self.evaluator = Some((graph.clone(), network));
        }
        let network = if learns {
            self.networks.as_mut().and_then(|networks| networks.all.first_mut())
        } else {
            self.evaluator.as_mut().map(|(_, network)| network)
        };
        network.ok_or_else(|| Error::Recipe(fault::NO_GPU.into()))
    }
}

/// The numbers of step number `step`, counted from 1.
fn knobs(loader: &DataLoader, state: &State, step: usize, rate: f64, batch: &Batch) -> Knobs {
    let training = &loader.recipe.training;
    Knobs {
        rate,
        decay: rate * training.weight_decay,
        corrections: corrections(step),
        weight: f64::from(batch.targets.iter().sum::<f32>()).max(f64::MIN_POSITIVE),
        images: training.batch,
        outline: training.outline_weight,
        nearer: 1.0 - state.average.decay(step),
    }
}

impl Networks {
    /// One step by all GPUs. Returns the loss of an earlier step, once it is known.
    fn step(&mut self, group: Option<&Group>, batch: &Batch, knobs: &Knobs) -> Result<Option<f32>, Error> {
        let parts = self.accumulation_steps * self.all.len();
        let part = |values: &'_ [f32], index: usize| -> std::ops::Range<usize> {
            let length = values.len() / parts;
            index * length..(index + 1) * length
        };
        for turn in 0..self.accumulation_steps {
            let gpus = self.all.len();
            for (number, network) in self.all.iter_mut().enumerate() {
                let index = turn * gpus + number;
                let of = |values: &[f32]| part(values, index);
                let part = Part {
                    images: batch.images.get(of(&batch.images)).unwrap_or_default(),
                    targets: batch.targets.get(of(&batch.targets)).unwrap_or_default(),
                    masks: batch.masks.get(of(&batch.masks)).unwrap_or_default(),
                };
                network.send(&part, knobs)?;
                network.learn()?;
            }
        }
        if let Some(group) = group {
            let gradients: Vec<_> = self.all.iter().map(Network::gradient).collect();
            group.sum(&gradients).map_err(model::Error::from)?;
        }
        let known = self.all.iter_mut().map(Network::update).collect::<Result<Vec<_>, _>>()?;
        // Every GPU knows the sum of all; the first one tells it.
        Ok(known.into_iter().next().flatten())
    }

    /// The losses that are still to come.
    fn answers(&mut self) -> Result<Vec<f32>, Error> {
        let mut first = Vec::new();
        for (number, network) in self.all.iter_mut().enumerate() {
            while let Some(answer) = network.answer()? {
                first.extend(Some(answer).filter(|_| number == 0));
            }
        }
        Ok(first)
    }

    /// The share of the time that the least busy GPU was busy.
    fn busy(&mut self) -> Result<Option<f64>, Error> {
        let mut least: Option<f64> = None;
        for network in &mut self.all {
            if let Some(busy) = network.busy()? {
                least = Some(least.map_or(busy, |least| least.min(busy)));
            }
        }
        Ok(least)
    }

    fn load(&mut self, state: &State) -> Result<(), Error> {
        let (weights, average) = (state.parameters.snapshot()?, state.average.values()?);
        let moments = state.optimiser.state()?;
        for network in &mut self.all {
            let Layout { learned, learned_len, followed, followed_len } = network.layout().clone();
            network.begin()?;
            network.write(Row::Learned, &row(&learned, learned_len, "", &weights)?)?;
            network.write(Row::First, &row(&learned, learned_len, "first.", &moments)?)?;
            network.write(Row::Second, &row(&learned, learned_len, "second.", &moments)?)?;
            network.write(Row::Followed, &row(&followed, followed_len, "", &weights)?)?;
            load_average(network, &average)?;
        }
        Ok(())
    }

    fn store(&mut self, state: &mut State, steps: usize) -> Result<(), Error> {
        let Some(network) = self.all.first_mut() else { return Ok(()) };
        let Layout { learned, followed, .. } = network.layout().clone();
        let mut weights = HashMap::new();
        unrow(&learned, "", &network.read(Row::Learned)?, &mut weights)?;
        unrow(&followed, "", &network.read(Row::Followed)?, &mut weights)?;
        state.parameters.restore(&weights)?;
        let mut moments = HashMap::new();
        unrow(&learned, "first.", &network.read(Row::First)?, &mut moments)?;
        unrow(&learned, "second.", &network.read(Row::Second)?, &mut moments)?;
        state.optimiser.restore(&moments, steps)?;
        let mut average = HashMap::new();
        unrow(&learned, "", &network.read(Row::Average)?, &mut average)?;
        unrow(&followed, "", &network.read(Row::FollowedAverage)?, &mut average)?;
        Ok(state.average.restore(average)?)
    }
}

fn load_average(network: &mut Network, average: &HashMap<String, Tensor>) -> Result<(), Error> {
    let Layout { learned, learned_len, followed, followed_len } = network.layout().clone();
    network.write(Row::Average, &row(&learned, learned_len, "", average)?)?;
    Ok(network.write(Row::FollowedAverage, &row(&followed, followed_len, "", average)?)?)
}

/// Concatenates the tensors in the order of `places`, as the GPU stores them.
fn row(
    places: &[Place],
    len: usize,
    prefix: &str,
    from: &HashMap<String, Tensor>,
) -> Result<Vec<f32>, Error> {
    let mut row = vec![0f32; len];
    for place in places {
        let name = format!("{prefix}{}", place.name);
        let lacks = || Error::Checkpoint(fault::tensor_missing(&name));
        let tensor = from.get(&name).ok_or_else(lacks)?;
        let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
        let there =
            row.get_mut(place.from..place.from + place.len()).filter(|there| there.len() == values.len());
        there.ok_or_else(lacks)?.copy_from_slice(&values);
    }
    Ok(row)
}

/// And back.
fn unrow(places: &[Place], prefix: &str, row: &[f32], to: &mut HashMap<String, Tensor>) -> Result<(), Error> {
    for place in places {
        let values = row.get(place.from..place.from + place.len()).unwrap_or_default();
        let tensor = Tensor::from_slice(values, place.shape.as_slice(), &Device::Cpu)?;
        to.insert(format!("{prefix}{}", place.name), tensor);
    }
    Ok(())
}

impl From<cuda::Error> for Error {
    fn from(error: cuda::Error) -> Self {
        Self::Model(error.into())
    }
}
