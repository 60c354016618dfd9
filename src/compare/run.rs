//! The comparison itself: method after method on the same split.

use super::comparison::{Comparison, Curve, CurvePoint, Outcome, TestImage};
use super::figures::Resampled;
use super::images::Images;
use super::method::{Family, Method, Network};
use super::network::{self, Extra, Learned};
use super::{Error, leaks};
use crate::classic::{
    self, Examples, FittedRepresentation, Matrix, Representation, Squares, pick, shuffled_groups,
};
use crate::learn;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is compared, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The methods, in the order of the table.
    pub methods: Vec<Method>,
    /// Everything random follows from it.
    pub seed: u64,
    /// The shares of the training images that learning curves are made of, in ascending order; none: no curves.
    pub curves: Vec<f64>,
}

impl Default for Settings {
    /// All families but the networks, which need more than images.
    fn default() -> Self {
        let families = [Family::Pixels, Family::Features, Family::Models];
        Self {
            methods: families.into_iter().flat_map(Family::methods).collect(),
            seed: 1,
            curves: Vec::new(),
        }
    }
}

/// How far a comparison is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The method under way; `None` while leaks are looked for.
    pub method: Option<Method>,
    /// Methods that are done; with learning curves each counts twice.
    pub done: usize,
    /// Methods in all, counted alike.
    pub all: usize,
    /// The share of the method under way that is done, 0 to 1.
    pub share: f32,
}

/// The caller's clock and ear. Below the doors there is no clock.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Seconds since any moment.
    pub clock: &'a (dyn Fn() -> f64 + Sync),
    /// Is told how far it is, and answers whether to go on.
    pub progress: &'a (dyn Fn(Progress) -> bool + Sync),
}

/// Compares.
///
/// # Errors
/// Fails with [`classic::Error::Stopped`] if `watch` asks to stop, if a class is missing on one side of the split, or if a network lacks what it
/// needs.
pub fn compare(
    images: &Images,
    settings: &Settings,
    extra: &Extra,
    watch: &Watch,
) -> Result<Comparison, Error> {
    for (part, split) in [(&images.train, "train"), (&images.test, "test")] {
        let mut classes = images.classes.iter().enumerate();
        if let Some((_, class)) = classes.find(|(label, _)| !part.labels.contains(label)) {
            return Err(Error::Class { class: class.clone(), split });
        }
    }
    let count = settings.methods.len();
    let all = if settings.curves.is_empty() { count } else { 2 * count };
    let told = |method, done, share| tell(watch, Progress { method, done, all, share });
    told(None, 0, 0.0)?;
    let leaks = leaks::leaks(images);
    let rows: Vec<usize> = (0..images.train.len()).collect();
    let mut run = Run { images, settings, extra, watch, tables: None };
    let mut methods = Vec::with_capacity(count);
    for (done, method) in settings.methods.iter().enumerate() {
        methods.push(run.outcome(*method, &rows, &|share| told(Some(*method), done, share))?);
    }
    let mut curves = Vec::new();
    if !settings.curves.is_empty() {
        for (done, outcome) in methods.iter().enumerate().filter(|(_, o)| o.method != Method::BUNDLE) {
            curves.push(run.curve(outcome, &|share| told(Some(outcome.method), count + done, share))?);
        }
    }
    let test = &images.test;
    let image = |((path, label), group): ((&String, &usize), &usize)| TestImage {
        path: path.clone(),
        label: *label,
        group: *group,
    };
    Ok(Comparison {
        data: images.name.clone(),
        classes: images.classes.clone(),
        seed: settings.seed,
        side: images.side(),
        trained_on: rows.len(),
        images: test.paths.iter().zip(&test.labels).zip(&test.groups).map(image).collect(),
        unreadable: images.unreadable.clone(),
        leaks,
        methods,
        curves,
    })
}

fn tell(watch: &Watch, progress: Progress) -> Result<(), classic::Error> {
    if (watch.progress)(progress) { Ok(()) } else { Err(classic::Error::Stopped) }
}

/// What the methods of a comparison share.
struct Run<'a> {
    images: &'a Images,
    settings: &'a Settings,
    extra: &'a Extra<'a>,
    watch: &'a Watch<'a>,
    /// Those of the last representation on all training images: methods of one representation follow one another.
    tables: Option<(Representation, Tables)>,
}

/// What a representation says of both sides of the split, and how long that took. Shared by the methods, because tables are large.
#[derive(Clone)]
struct Tables {
    fitted: Arc<FittedRepresentation>,
    train: Arc<Matrix>,
    test: Arc<Matrix>,
    fit_seconds: f64,
    test_seconds: f64,
}

/// Probabilities of the test images, and what they cost.
struct Answers {
    rows: Vec<Option<Vec<f32>>>,
    fit_seconds: f64,
    test_seconds: f64,
    bytes: usize,
}

impl Run<'_> {
    fn outcome(&mut self, method: Method, rows: &[usize], watch: classic::Watch) -> Result<Outcome, Error> {
        let answers = match method {
            Method::Table(representation, learner) => self.by_table(representation, learner, rows, watch)?,
            Method::Network(Network::Bundle) => self.by_bundle(watch)?,
            Method::Network(network) => self.by_network(network, rows, watch)?,
        };
        let classes = self.images.classes.len();
        let guess = || vec![1.0 / classes as f32; classes];
        let unanswered = answers.rows.iter().filter(|row| row.is_none()).count();
        let probabilities: Vec<Vec<f32>> =
            answers.rows.into_iter().map(|row| row.unwrap_or_else(guess)).collect();
        let test = &self.images.test;
        let resampled = Resampled::new(&probabilities, &test.labels, &test.groups, self.settings.seed);
        Ok(Outcome {
            method,
            family: method.family(),
            figures: resampled.estimates(),
            fit_seconds: answers.fit_seconds,
            test_seconds: answers.test_seconds,
            bytes: answers.bytes,
            unanswered,
            probabilities,
        })
    }

    fn by_table(
        &mut self,
        representation: Representation,
        learner: classic::Learner,
        rows: &[usize],
        watch: classic::Watch,
    ) -> Result<Answers, Error> {
        let (train, classes) = (&self.images.train, self.images.classes.len());
        let labels = pick(&train.labels, rows);
        let tables = self.tables(representation, rows, &|share| watch(share / 2.0))?;
        let examples =
            Examples { table: &tables.train, labels: &labels, groups: &pick(&train.groups, rows), classes };
        let began = (self.watch.clock)();
        let fitted = learner.fit(&examples, self.settings.seed, &|share| watch(0.5 + share * 0.4))?;
        let learned = (self.watch.clock)();
        let rows = fitted.probabilities(&tables.test, &|share| watch(0.9 + share * 0.1))?;
        Ok(Answers {
            rows: rows.into_iter().map(Some).collect(),
            fit_seconds: tables.fit_seconds + learned - began,
            test_seconds: tables.test_seconds + (self.watch.clock)() - learned,
            bytes: tables.fitted.bytes() + fitted.bytes(),
        })
    }

    /// The tables of a representation on the training images at `rows`.
    fn tables(
        &mut self,
        representation: Representation,
        rows: &[usize],
        watch: classic::Watch,
    ) -> Result<Tables, Error> {
        let is_whole = rows.len() == self.images.train.len();
        if !is_whole && representation.is_learned() {
            let train = &self.images.train;
            return self.fitted(representation, &train.squares.pick(rows), &pick(&train.labels, rows), watch);
        }
        // A row of the others depends on its own image alone: those of a part are picked from those of all.
        let known = self.tables.take().filter(|(of, _)| *of == representation);
        let tables = match known {
            Some((_, tables)) => tables,
            None => {
                let train = &self.images.train;
                self.fitted(representation, &train.squares, &train.labels, watch)?
            }
        };
        self.tables = Some((representation, tables.clone()));
        let train = if is_whole { tables.train } else { Arc::new(tables.train.pick(rows)) };
        Ok(Tables { train, ..tables })
    }

    /// A representation that learned from `squares`, and the tables that it makes of them and of the test images.
    fn fitted(
        &self,
        representation: Representation,
        squares: &Squares,
        labels: &[usize],
        watch: classic::Watch,
    ) -> Result<Tables, Error> {
        let (clock, classes, seed) = (self.watch.clock, self.images.classes.len(), self.settings.seed);
        let began = clock();
        let fitted = representation.fit(squares, labels, classes, seed, &|share| watch(share * 0.4))?;
        let train = fitted.table(squares, &|share| watch(0.4 + share * 0.4))?;
        let learned = clock();
        let test = fitted.table(&self.images.test.squares, &|share| watch(0.8 + share * 0.2))?;
        Ok(Tables {
            fitted: Arc::new(fitted),
            train: Arc::new(train),
            test: Arc::new(test),
            fit_seconds: learned - began,
            test_seconds: clock() - learned,
        })
    }

    fn by_network(&self, network: Network, rows: &[usize], watch: classic::Watch) -> Result<Answers, Error> {
        let began = (self.watch.clock)();
        let learned = Learned::fit(network, self.images, rows, self.settings.seed, self.extra, watch)?;
        let trained = (self.watch.clock)();
        let rows = learned.probabilities(self.images)?.into_iter().map(Some).collect();
        Ok(Answers {
            rows,
            fit_seconds: trained - began,
            test_seconds: (self.watch.clock)() - trained,
            bytes: learned.bytes()?,
        })
    }

    /// It was trained elsewhere: its fit takes no time here.
    fn by_bundle(&self, watch: classic::Watch) -> Result<Answers, Error> {
        let began = (self.watch.clock)();
        let rows = network::examined(self.images, self.extra, watch)?;
        let test_seconds = (self.watch.clock)() - began;
        Ok(Answers { rows, fit_seconds: 0.0, test_seconds, bytes: network::bundle_bytes(self.extra)? })
    }

    /// The figures over the number of images; the last point is what is known already.
    fn curve(&mut self, whole: &Outcome, watch: classic::Watch) -> Result<Curve, Error> {
        let method = whole.method;
        let mut points: BTreeMap<usize, CurvePoint> = BTreeMap::new();
        let shares = self.settings.curves.clone();
        for share in shares.into_iter().filter(|share| *share < 1.0) {
            let rows = some(self.images, share, self.settings.seed);
            let figures = match self.outcome(method, &rows, watch) {
                Ok(outcome) => outcome.figures,
                // So few that a class is missing, or that a network does not learn: the curve begins later.
                Err(Error::Classic(classic::Error::TooFew { .. })) => continue,
                Err(Error::Learn(learn::Error::Recipe(_) | learn::Error::Diverged { .. })) => continue,
                Err(error) => return Err(error),
            };
            points.insert(rows.len(), CurvePoint { images: rows.len(), figures });
        }
        let images = self.images.train.len();
        points.insert(images, CurvePoint { images, figures: whole.figures.clone() });
        Ok(Curve { method, points: points.into_values().collect() })
    }
}

/// About a share of the training images by whole groups; a smaller share is a part of a larger one.
fn some(images: &Images, share: f64, seed: u64) -> Vec<usize> {
    let train = &images.train;
    let wanted = (share * train.len() as f64).round() as usize;
    let mut rows: Vec<usize> = Vec::new();
    for group in shuffled_groups(&train.groups, seed) {
        if rows.len() >= wanted {
            break;
        }
        rows.extend(group);
    }
    rows.sort_unstable();
    rows
}
