//! Sentences about a model's answer: plain, short, and never "all clear".

use super::{capital, count, list, number};
use crate::examination::{
    Answer, Doubt, MOST_MISSED, OperatingPoint, Purpose, ReliabilityBin, Verdict, bin_of,
};
use crate::metrics;
use crate::units::Probability;

/// Why a score is no verdict: the image was refused and a reader overruled the refusal, or nothing refused it.
const NOT_MADE_FOR_IT: &str = "the model is not made for this image";

/// The audience of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Clinicians, who read images.
    Clinician,
    /// Everyone else.
    Patient,
}

/// The headline of an answer.
pub fn heading(answer: &Answer, audience: Audience) -> String {
    let finding = answer.label();
    match (answer.verdict, audience) {
        (Verdict::Suspected, Audience::Clinician) if answer.is_of_many() => {
            format!("Suspected: {}", list(&answer.labels_with(Verdict::Suspected), "and"))
        }
        (Verdict::Suspected, Audience::Patient) if answer.is_of_many() => {
            format!("Signs of {} were found", list(&answer.labels_with(Verdict::Suspected), "and"))
        }
        (Verdict::Unsure, _) if answer.is_of_many() => {
            format!("Not sure about {}", list(&answer.labels_with(Verdict::Unsure), "and"))
        }
        (Verdict::Withheld, _) if !has_one_verdict(answer) => {
            format!("No verdict on {}", list(&answer.labels_with(Verdict::Withheld), "and"))
        }
        (Verdict::Withheld, _) if answer.operating_point.is_none() => {
            "A raw score, not checked on data".into()
        }
        (verdict, _) if answer.is_of_many() && verdict != Verdict::Withheld => {
            format!("{}: {finding}, {}", first_label(answer), answer.probability)
        }
        (Verdict::Suspected, Audience::Clinician) => format!("{} is suspected", capital(finding)),
        (Verdict::NotSuspected, Audience::Clinician) => format!("{} is not suspected", capital(finding)),
        (Verdict::Suspected, Audience::Patient) => format!("Signs of {finding} were found"),
        (Verdict::NotSuspected, Audience::Patient) => format!("No strong signs of {finding} found"),
        (Verdict::Unsure, _) => "Not sure".into(),
        (Verdict::Named, _) => named(answer),
        (Verdict::Withheld, _) => "A score without a verdict".into(),
    }
}

/// What the first of many labels is. Labels with a graver verdict stand before more probable ones, so it is the highest only where all have
/// the same.
fn first_label(answer: &Answer) -> String {
    let labels = number(answer.labels().count());
    format!("{} of {labels} labels", if has_one_verdict(answer) { "Highest" } else { "First" })
}

/// Whether all labels have the same verdict.
fn has_one_verdict(answer: &Answer) -> bool {
    answer.others.iter().all(|one| one.verdict == answer.verdict)
}

/// For instance `Monocyte, > 0.99 of eight kinds`.
fn named(answer: &Answer) -> String {
    answer.findings.first().map_or_else(String::new, |first| {
        format!("{}, {} of {} kinds", capital(&first.label), first.probability, number(answer.findings.len()))
    })
}

/// The answer in one line for lists: verdict and probability, or the named class.
pub fn line(answer: &Answer) -> String {
    let (finding, probability) = (answer.label(), answer.probability);
    match answer.verdict {
        Verdict::Suspected | Verdict::Unsure if answer.is_of_many() => {
            let listed = answer.labels().filter(|one| one.verdict == answer.verdict);
            let listed = listed.map(|one| format!("{} {}", one.label(), one.probability));
            let title = if answer.verdict == Verdict::Suspected { "Suspected" } else { "Not sure" };
            format!("{title}: {}", listed.collect::<Vec<_>>().join(", "))
        }
        _ if answer.is_of_many() => {
            format!("{}: {finding}, {probability}, {}", first_label(answer), verdict_of(answer))
        }
        Verdict::Named => named(answer),
        Verdict::Withheld if answer.operating_point.is_none() => {
            format!("No verdict: raw output {probability} for {finding}, not checked on data")
        }
        Verdict::Withheld => format!("No verdict: score {probability} for {finding}, {NOT_MADE_FOR_IT}"),
        Verdict::Unsure => format!("Not sure about {finding}, {probability}"),
        Verdict::Suspected | Verdict::NotSuspected => {
            format!("{}, {probability}", heading(answer, Audience::Clinician))
        }
    }
}

/// The answer of a case that was saved by a version before 0.2, in one line.
pub fn earlier_line(
    finding: &str,
    verdict: Verdict,
    (probability, threshold): (Probability, Probability),
    is_overruled: bool,
) -> String {
    let overruled = if is_overruled { ", refusal overruled" } else { "" };
    format!(
        "{}: {}, {probability} (suspected from {threshold} on){overruled}",
        capital(finding),
        verdict_name(verdict)
    )
}

/// The verdict in one or two words, to follow the finding.
pub fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Suspected => "suspected",
        Verdict::NotSuspected => "not suspected, which is not the same as absent",
        Verdict::Unsure => "not sure: to be taken as no answer",
        Verdict::Named => "named, nothing suspected",
        Verdict::Withheld => "no verdict: the model is not made for this image",
    }
}

/// As [`verdict_name`], and why an answer that was never checked on data has none.
pub fn verdict_of(answer: &Answer) -> &'static str {
    match answer.operating_point {
        None => "no verdict: the network's raw output, not checked on data",
        Some(_) => verdict_name(answer.verdict),
    }
}

/// An answer among earlier ones: finding, probability and verdict.
pub type Told = (String, Probability, &'static str);

/// An answer, or one label of it, to be told among earlier ones.
pub fn told(answer: &Answer) -> Told {
    (answer.label().into(), answer.probability, verdict_of(answer))
}

/// One label among many in one line: probability, verdict and threshold.
pub fn label_line(label: &Answer) -> String {
    let threshold =
        label.threshold().map_or(String::new(), |point| format!(" (suspected from {} on)", point.threshold));
    format!("{}: {}, {}{threshold}", capital(label.label()), label.probability, verdict_of(label))
}

/// What the verdict does not mean.
pub fn caveat(answer: &Answer, audience: Audience) -> String {
    match (answer.verdict, audience) {
        (Verdict::Withheld, _) if answer.operating_point.is_none() => {
            "Nobody has measured how often this number is right. Take it as no answer.".into()
        }
        (Verdict::Suspected, _) if answer.is_of_many() => {
            "The model found signs like those in images with these labels. It may be wrong, and a label that is not suspected is not the same as absent.".into()
        }
        (Verdict::Unsure, _) if answer.is_of_many() => {
            "The model cannot tell about these. Take that as no answer, not as something in between. A label that is not suspected is not the same as absent.".into()
        }
        (verdict, _) if answer.is_of_many() && verdict != Verdict::Withheld => {
            "The model suspects none of its labels. That is not the same as absent: it may have missed some, and it looks for nothing else.".into()
        }
        (Verdict::Suspected, _) => {
            "The model found signs like those in images with the finding. It may be wrong.".into()
        }
        (Verdict::NotSuspected, Audience::Clinician) => {
            "That is not the same as absent: the model may have missed it, and it looks for nothing else.".into()
        }
        (Verdict::NotSuspected, Audience::Patient) => {
            "This misses some, and it looks for nothing else.".into()
        }
        (Verdict::Unsure, _) => match answer.doubt {
            Some(doubt) => format!("{} Take this as no answer, not as something in between.", self::doubt(doubt)),
            None => "The model cannot tell. Take this as no answer, not as something in between.".into(),
        },
        (Verdict::Named, _) => {
            "The kind that the model takes it for; it knows no other kinds, and calls everything one of them.".into()
        }
        (Verdict::Withheld, _) => {
            "The model was asked although it is not made for this image. Nobody has measured what its score means on such an image.".into()
        }
    }
}

/// Why the verdict is unsure.
pub fn doubt(doubt: Doubt) -> String {
    match doubt {
        Doubt::NearThreshold => "The probability is too near the threshold.".into(),
        Doubt::SetHoldsFinding => {
            "The probability is low, but the answers that the model cannot tell apart hold the finding."
                .into()
        }
        Doubt::OftenThere { images, share } if share <= MOST_MISSED => format!(
            "The probability is low, and of {} with about the same one {:.0} in 100 had the finding, but the model's card does not allow \"not suspected\" here.",
            count(images, "image"),
            share * 100.0
        ),
        Doubt::OftenThere { images, share } => format!(
            "The probability is low, but of {} with about the same one, {:.0} in 100 had the finding; \"not suspected\" is said below {:.0} in 100 only.",
            count(images, "image"),
            share * 100.0,
            MOST_MISSED * 100.0
        ),
        Doubt::Unconfirmed => {
            "The probability is low, but nobody said whether patient and picture are what the model is for."
                .into()
        }
        Doubt::MovedBelow => {
            "It lies below the threshold that you chose, and not below the card's own.".into()
        }
        Doubt::FewImages { images: 0 } => {
            "The probability is low, but no image with about the same one was ever counted.".into()
        }
        Doubt::FewImages { images } => format!(
            "The probability is low, but only {} with about the same one {} counted, too few to know.",
            count(images, "image"),
            if images == 1 { "was" } else { "were" }
        ),
    }
}

/// The verdict's probability; if the verdict is named or withheld, also what the probability belongs to.
pub fn scored(answer: &Answer) -> String {
    let (label, _) = answer.headline();
    match answer.verdict {
        Verdict::Withheld => format!("Score for {label}"),
        _ => format!("Probability of {label}"),
    }
}

/// The most probable of more than two classes, unless the headline names it.
pub fn most_probable(answer: &Answer) -> Option<String> {
    let is_open = answer.findings.len() > 2 && answer.operating_point.is_some();
    let first = answer.findings.first().filter(|_| is_open)?;
    (answer.verdict != Verdict::Named).then(|| {
        format!(
            "Of its {} answers the model gives {} most: {}.",
            number(answer.findings.len()),
            first.label,
            first.probability
        )
    })
}

/// The classes of the prediction set; `None` if it has only one.
pub fn set(answer: &Answer) -> Option<String> {
    (answer.set.len() > 1 && answer.verdict != Verdict::Withheld).then(|| {
        format!(
            "It cannot tell apart {}: in nine of ten images like those it was tried on, the truth is among such answers.",
            list(&answer.set, "and")
        )
    })
}

/// The outlined fraction of the image, for models that segment.
pub fn outlined(answer: &Answer) -> Option<String> {
    let share = answer.lesion_fraction? * 100.0;
    Some(match share {
        0.0 => "The model outlined nothing; that is not the same as nothing being there.".into(),
        share => format!("The model outlined {share:.1} % of the image."),
    })
}

/// What the probability means: how many images with a similar one had the finding, with the 95 % interval.
/// `None` if the verdict does not depend on the probability, or if there were no such images.
pub fn meaning(answer: &Answer, reliability: &[ReliabilityBin]) -> Option<String> {
    let point = answer.threshold()?;
    let bin = bin_of(reliability, answer.probability)?;
    let hits = (bin.share * bin.images as f32).round() as usize;
    let range = metrics::wilson(hits, bin.images)?;
    let place = (answer.probability.get() * metrics::RELIABILITY_BINS as f32)
        .floor()
        .min(metrics::RELIABILITY_BINS as f32 - 1.0);
    let (from, to) =
        (place / metrics::RELIABILITY_BINS as f32, (place + 1.0) / metrics::RELIABILITY_BINS as f32);
    let few = if bin.images < crate::examination::FEWEST_IMAGES { ", too few to lean on" } else { "" };
    Some(format!(
        "Of {} with a probability from {} to {}, {hits} showed {}: {:.0} to {:.0} in 100 (95 % interval){few}. Counted on {}; for images from another clinic, age or machine it may not hold.",
        count(bin.images, "image"),
        from,
        to,
        point.label,
        (range.low * 100.0).floor(),
        (range.high * 100.0).ceil(),
        point.measured_on
    ))
}

/// The probability adjusted to the prevalence (0 to 1) among the user's patients; the model's own applies to
/// its test images.
pub fn at_prevalence(answer: &Answer, prevalence: f64) -> Option<String> {
    let point = answer.threshold()?;
    let there = Probability::new(metrics::at_prevalence(
        f64::from(answer.probability.get()),
        point.prevalence,
        prevalence,
    ) as f32)?;
    let in_hundred = |share: f64| format!("{:.0} of 100", (share * 100.0).round());
    let own = format!(
        "{} is right where {} have {}, as in {}.",
        answer.probability,
        in_hundred(point.prevalence),
        point.label,
        point.measured_on
    );
    let is_same = (point.prevalence - prevalence).abs() < 0.005;
    Some(if is_same {
        own
    } else {
        format!("{own} Where {} have it, the same picture means {there}.", in_hundred(prevalence))
    })
}

/// The operating point's purpose, with sensitivity and specificity.
pub fn purpose(point: &OperatingPoint) -> String {
    let moved = point.moved_from.map(|own| format!("moved by you from {own}, where the card has it"));
    let why = match point.purpose {
        _ if moved.is_some() => moved.as_deref().unwrap_or_default(),
        Purpose::Screening => "chosen to miss few (screening)",
        Purpose::RulingIn => "chosen to raise few false alarms (ruling in)",
        Purpose::Balanced => "chosen so that every error counts the same",
        Purpose::Naming => return "The model names kinds; it suspects nothing.".into(),
    };
    format!(
        "The threshold is {}, {why}: of images with {}, {:.0} in 100 lie at or above it; of those without, {:.0} in 100 lie below. Not sure between {} and {}.",
        point.threshold,
        point.label,
        point.sensitivity.value * 100.0,
        point.specificity.value * 100.0,
        point.unsure_from,
        point.unsure_to
    )
}

/// The threshold and where it was measured, in one line; `None` if the verdict does not depend on it.
pub fn threshold(answer: &Answer) -> Option<String> {
    let point = answer.threshold()?;
    Some(format!(
        "Suspected from a probability of {} on, not sure between {} and {}; measured on {}",
        point.threshold, point.unsure_from, point.unsure_to, point.measured_on
    ))
}

/// How many images with the finding the model called "not suspected" on its test images; without a label, of the one among many of which
/// they are most. `share`: 0 to 1.
pub fn missed(label: Option<&str>, share: f64) -> String {
    let label = label.unwrap_or("the label that it misses most often");
    format!("Of its test images with {label}, {:.1} in 100 were headed \"not suspected\".", share * 100.0)
}

/// The test data, in one line.
pub fn tried_on(tried_on: &str) -> String {
    format!("Tried on: {tried_on}")
}

/// What a clinician is to do next, for any verdict.
pub fn next_step(answer: &Answer) -> &'static str {
    match answer.overall() {
        Verdict::Suspected => {
            "Read the image yourself; confirm or reject with history, examination and, if needed, another image or test."
        }
        Verdict::NotSuspected => {
            "Read the image yourself; if the clinical picture points to it, this number does not outweigh it."
        }
        Verdict::Named => "Check the kind against the image yourself.",
        Verdict::Unsure | Verdict::Withheld => {
            "Read the image as if no computer had; consider another image or a second reader."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_labels_the_gravest_verdict_is_told_and_never_as_if_all_were_clear() {
        let readings: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/files/labels.json")).unwrap();
        let answer: Answer = serde_json::from_value(readings[0]["examination"]["answer"].clone()).unwrap();
        let only = |verdicts: &[Verdict]| {
            let alone = |one: &Answer| Answer { others: vec![], ..one.clone() };
            let kept = answer.labels().filter(|one| verdicts.contains(&one.verdict)).map(alone);
            // Of each verdict a second one, less probable.
            let second = |one: Answer| {
                let mut second = one.clone();
                second.probability = Probability::new(one.probability.get() / 2.0).unwrap();
                [one, second]
            };
            Answer::of_labels(kept.flat_map(second).collect()).unwrap()
        };
        let told = |verdicts| {
            let answer = only(verdicts);
            (heading(&answer, Audience::Patient), line(&answer), caveat(&answer, Audience::Patient))
        };
        let (heading, line, caveat) = told(&[Verdict::NotSuspected, Verdict::Withheld, Verdict::Unsure]);
        assert_eq!(
            (heading.as_str(), line.as_str()),
            ("Not sure about nodule and nodule", "Not sure: nodule 0.45, nodule 0.22")
        );
        assert!(caveat.starts_with("The model cannot tell about these."), "{caveat}");
        let (heading, line, caveat) = told(&[Verdict::NotSuspected, Verdict::Withheld]);
        assert_eq!(heading, "No verdict on fracture and fracture");
        assert!(line.starts_with("First of four labels: fracture, 0.62, no verdict"), "{line}");
        assert!(caveat.contains("Take it as no answer"), "{caveat}");
        let (heading, line, caveat) = told(&[Verdict::NotSuspected]);
        assert_eq!(heading, "Highest of two labels: hernia, 0.01");
        assert!(line.ends_with("not suspected, which is not the same as absent"), "{line}");
        assert!(caveat.contains("not the same as absent"), "{caveat}");
    }
}
