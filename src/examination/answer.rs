//! A model's answer: of one finding, or of many labels at once.

use super::{CurvePoint, Doubt, Finding, OperatingPoint, Purpose, ReliabilityBin, Verdict};
use crate::units::Probability;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// A model's answer to an image that it accepted. A model with many labels gives an answer for each; the one that
/// comes first heads the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// All classes, most probable first; for a label among many, only that label.
    pub findings: Vec<Finding>,
    /// The probability of the operating point's finding; without an operating point, of the first of `findings`.
    pub probability: Probability,
    /// The verdict on that probability at the operating point.
    pub verdict: Verdict,
    /// Why the verdict is unsure, if it is.
    pub doubt: Option<Doubt>,
    /// Whether the prediction set contains a class of the finding.
    pub set_holds_finding: bool,
    /// The operating point that gave the verdict. `None` if the model's probabilities were never checked on data:
    /// they are the network's raw output then, and the verdict is [`Verdict::Withheld`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operating_point: Option<OperatingPoint>,
    /// The prediction set, most probable first: it contains the truth for nine of ten images like the
    /// validation images. Empty for a label among many.
    pub set: Vec<String>,
    /// For models that segment: the fraction of the image inside the outline, 0 to 1.
    pub lesion_fraction: Option<f32>,
    /// The answers for the model's other labels, if it has many, in the order of [`Answer::of_labels`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Self>,
}

/// How much an answer calls for attention among those to other frames: see [`Answer::standing`].
pub type Standing = (Reverse<u8>, Probability);

impl Answer {
    /// The answers for the labels of a model with many, as one: by verdict ([`Verdict::rank`]), then the most probable first. `None` if
    /// there are no labels.
    pub fn of_labels(mut labels: Vec<Self>) -> Option<Self> {
        let rank = |one: &Self| (one.verdict.rank(), -one.probability.get());
        labels.sort_by(|a, b| rank(a).partial_cmp(&rank(b)).unwrap_or(std::cmp::Ordering::Equal));
        let mut labels = labels.into_iter();
        let head = labels.next()?;
        Some(Self { others: labels.collect(), ..head })
    }

    /// This answer, then those of the other labels.
    pub fn labels(&self) -> impl Iterator<Item = &Self> + Clone {
        std::iter::once(self).chain(&self.others)
    }

    /// Whether the model judges many labels.
    pub fn is_of_many(&self) -> bool {
        !self.others.is_empty()
    }

    /// The answer for a label, by its name.
    pub fn about(&self, label: &str) -> Option<&Self> {
        self.labels().find(|one| one.label() == label)
    }

    /// The verdict that the user should know first, of all labels ([`Verdict::rank`]).
    pub fn overall(&self) -> Verdict {
        self.labels().map(|one| one.verdict).min_by_key(|verdict| verdict.rank()).unwrap_or(self.verdict)
    }

    /// What decides which frame stands for a series: the greatest. Of many labels the verdict first, because the numbers of two labels
    /// cannot be compared; then the number that heads the answer.
    pub fn standing(&self) -> Standing {
        (Reverse(if self.is_of_many() { self.overall().rank() } else { 0 }), self.score())
    }

    /// The answers that are set against those of a later image of the same patient: of many labels those that were, or are `now`, suspected
    /// or unsure; if there are none, the one that heads them.
    pub fn followed(&self, now: Option<&Self>) -> Vec<&Self> {
        let is_open = |one: &Self| matches!(one.verdict, Verdict::Suspected | Verdict::Unsure);
        let is_open_now = |label: &str| now.and_then(|now| now.about(label)).is_some_and(is_open);
        let open: Vec<&Self> = self.labels().filter(|one| is_open(one) || is_open_now(one.label())).collect();
        if open.is_empty() { vec![self] } else { open }
    }

    /// The names of all labels with this verdict.
    pub fn labels_with(&self, verdict: Verdict) -> Vec<String> {
        let own = self.labels().filter(|one| one.verdict == verdict);
        own.map(|one| one.label().to_string()).collect()
    }

    /// Each class and its probability, for a cell of a table: `mass: 0.9300`; of a label among many the verdict too, `mass: 0.9300 suspected`.
    pub fn cells(&self) -> Vec<String> {
        let cell = |one: &Finding| format!("{}: {:.4}", one.label, one.probability.get());
        if !self.is_of_many() {
            return self.findings.iter().map(cell).collect();
        }
        let label =
            |one: &Self| format!("{}: {:.4} {}", one.label(), one.probability.get(), one.verdict.name());
        self.labels().map(label).collect()
    }

    /// The answer after a change of each label's own.
    pub fn changed(&self, change: impl Fn(&Self) -> Self) -> Self {
        let alone = |one: &Self| Self { others: Vec::new(), ..change(one) };
        Self::of_labels(self.labels().map(alone).collect()).unwrap_or_else(|| self.clone())
    }

    /// What the probability is of: the finding, the label, or the most probable class.
    pub fn label(&self) -> &str {
        let first = || self.findings.first().map_or("", |first| first.label.as_str());
        self.operating_point.as_ref().map_or_else(first, |point| point.label.as_str())
    }

    /// The operating point, if the verdict depends on it.
    pub fn threshold(&self) -> Option<&OperatingPoint> {
        self.operating_point.as_ref().filter(|_| !matches!(self.verdict, Verdict::Named | Verdict::Withheld))
    }

    /// The probability by which frames are compared: of the named class, or of the finding.
    pub fn score(&self) -> Probability {
        self.named().map_or(self.probability, |named| named.probability)
    }

    /// What [`Answer::score`] is of.
    pub fn scored_label(&self) -> &str {
        self.named().map_or(self.label(), |named| named.label.as_str())
    }

    /// The most probable class of a model that names kinds.
    fn named(&self) -> Option<&Finding> {
        let is_naming = self.operating_point.as_ref().is_some_and(|point| point.purpose == Purpose::Naming);
        self.findings.first().filter(|_| is_naming)
    }

    /// The answer at the user's threshold. "Not suspected" is said only if the card's operating point allows
    /// it.
    pub fn at(&self, threshold: Probability, curve: &[CurvePoint], reliability: &[ReliabilityBin]) -> Self {
        let Some(point) = self.threshold() else { return self.clone() };
        let operating_point = point.moved(threshold, curve);
        let (mut verdict, mut doubt) =
            operating_point.verdict(self.probability, self.set_holds_finding, reliability);
        if verdict == Verdict::NotSuspected && self.verdict != Verdict::NotSuspected {
            (verdict, doubt) = (Verdict::Unsure, self.doubt.or(Some(Doubt::MovedBelow)));
        }
        Self { verdict, doubt, operating_point: Some(operating_point), ..self.clone() }
    }

    /// The headline's label and probability: the named class, or the finding.
    pub fn headline(&self) -> (&str, Probability) {
        let named = self.findings.first().filter(|_| self.verdict == Verdict::Named);
        named.map_or((self.label(), self.probability), |named| (named.label.as_str(), named.probability))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Estimate;

    fn answer(p: f32) -> Answer {
        let probability = |value| Probability::new(value).unwrap();
        let whole = Estimate { value: 0.9, low: 0.8, high: 1.0 };
        let operating_point = OperatingPoint {
            label: "it".into(),
            threshold: probability(0.06),
            unsure_from: probability(0.02),
            unsure_to: probability(0.06),
            sensitivity: whole,
            specificity: whole,
            measured_on: "400 images".into(),
            prevalence: 0.2,
            purpose: Purpose::Screening,
            moved_from: None,
            rules_out_below: probability(0.1),
        };
        let (verdict, doubt) = operating_point.verdict(probability(p), false, &table());
        let findings = vec![Finding { label: "it".into(), probability: probability(p) }];
        let set = vec!["not it".to_string()];
        Answer {
            findings,
            probability: probability(p),
            verdict,
            doubt,
            set_holds_finding: false,
            operating_point: Some(operating_point),
            set,
            lesion_fraction: None,
            others: vec![],
        }
    }

    fn table() -> Vec<ReliabilityBin> {
        vec![
            ReliabilityBin { images: 1000, mean_probability: 0.02, share: 0.01 },
            ReliabilityBin { images: 200, mean_probability: 0.95, share: 0.9 },
        ]
    }

    #[test]
    fn a_moved_threshold_suspects_more_or_less_but_never_clears_more() {
        let moved = |p, to| answer(p).at(Probability::new(to).unwrap(), &[], &table());
        assert_eq!((answer(0.92).verdict, answer(0.01).verdict), (Verdict::Suspected, Verdict::NotSuspected));
        // A much higher threshold: what the card suspects becomes unsure and not "not suspected"; what was
        // unsure stays so.
        assert_eq!(moved(0.3, 0.97).verdict, Verdict::Unsure);
        assert_eq!(
            (moved(0.03, 0.97).verdict, moved(0.01, 0.97).verdict),
            (Verdict::Unsure, Verdict::NotSuspected)
        );
        // A lower threshold: more is suspected.
        assert_eq!(moved(0.05, 0.03).verdict, Verdict::Suspected);
        assert_eq!(moved(0.3, 0.97).operating_point.unwrap().moved_from, Probability::new(0.06));
        assert_eq!(moved(0.3, 0.06).operating_point.unwrap().moved_from, None);
    }

    #[test]
    fn suspected_labels_come_first_and_each_moves_by_its_own_threshold() {
        let named = |label: &str, p| {
            let mut one = answer(p);
            one.findings[0].label = label.into();
            one.operating_point.as_mut().unwrap().label = label.into();
            one
        };
        let unchecked = Answer { operating_point: None, verdict: Verdict::Withheld, ..named("raw", 0.99) };
        let all = Answer::of_labels(vec![named("low", 0.01), unchecked, named("high", 0.92)]).unwrap();
        let order = |all: &Answer| all.labels().map(|one| one.label().to_string()).collect::<Vec<_>>();
        assert_eq!(order(&all), ["high", "raw", "low"]);
        assert_eq!((all.about("low").unwrap().probability.get(), all.is_of_many()), (0.01, true));
        assert_eq!(all.about("gout"), None);
        let moved = all.changed(|one| {
            if one.label() == "high" {
                one.at(Probability::new(0.97).unwrap(), &[], &table())
            } else {
                one.clone()
            }
        });
        assert_eq!(order(&moved), ["high", "raw", "low"]);
        assert_eq!((all.verdict, moved.verdict), (Verdict::Suspected, Verdict::Unsure));
        assert!(moved.others.iter().all(|one| one.others.is_empty()));
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Answer>(&text).unwrap(), all);
        assert_eq!(Answer::of_labels(vec![]), None);
    }

    /// Labels by name and probability, each with its verdict.
    fn labels(all: &[(&str, f32, Verdict)]) -> Answer {
        let one = |(label, p, verdict): &(&str, f32, Verdict)| {
            let mut one = Answer { verdict: *verdict, ..answer(*p) };
            one.operating_point.as_mut().unwrap().label = (*label).into();
            one
        };
        Answer::of_labels(all.iter().map(one).collect()).unwrap()
    }

    #[test]
    fn the_frame_with_the_graver_verdict_stands_for_a_series_whatever_the_numbers() {
        use Verdict::{NotSuspected, Suspected, Unsure};
        let clear = labels(&[("effusion", 0.09, NotSuspected), ("hernia", 0.01, NotSuspected)]);
        let unsure = labels(&[("effusion", 0.08, NotSuspected), ("hernia", 0.06, Unsure)]);
        let found = labels(&[("effusion", 0.02, NotSuspected), ("hernia", 0.07, Suspected)]);
        assert_eq!((unsure.label(), unsure.overall()), ("hernia", Unsure));
        assert!(clear.standing() < unsure.standing() && unsure.standing() < found.standing());
        // A model with one answer goes by its number alone.
        let one = |p, verdict| Answer { verdict, ..answer(p) };
        assert!(one(0.02, Unsure).standing() < one(0.03, NotSuspected).standing());
    }

    #[test]
    fn of_an_earlier_image_each_label_is_told_that_was_or_is_in_question() {
        use Verdict::{NotSuspected, Suspected, Unsure};
        let names = |all: Vec<&Answer>| all.iter().map(|one| one.label().to_string()).collect::<Vec<_>>();
        let [mass, hernia, gout] = ["mass", "hernia", "gout"];
        let before =
            labels(&[(mass, 0.02, NotSuspected), (hernia, 0.05, Unsure), (gout, 0.01, NotSuspected)]);
        let now = labels(&[(mass, 0.3, Suspected), (hernia, 0.01, NotSuspected), (gout, 0.01, NotSuspected)]);
        assert_eq!(names(before.followed(Some(&now))), [hernia, mass]);
        assert_eq!(names(before.followed(None)), [hernia]);
        assert_eq!(names(now.followed(Some(&before))), [mass, hernia]);
        let clear = labels(&[(mass, 0.02, NotSuspected), (gout, 0.01, NotSuspected)]);
        assert_eq!(names(clear.followed(None)), [mass]);
    }
}
