//! Proposed text for findings and impression. The user edits it; it never says that nothing is there.

use super::{Measurement, Reading};
use crate::examination::Verdict;
use crate::messages::{self, Audience, report};

/// Proposed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What was found and measured, one paragraph each.
    pub findings: String,
    /// The conclusion.
    pub impression: String,
}

/// Drafts text from the models' answers and the user's measurements.
pub fn draft(readings: &[Reading], measurements: &[Measurement]) -> Draft {
    let measured = measurements.iter().map(|one| format!("{}: {}.", one.name(), one.words()));
    let findings: Vec<_> = readings.iter().map(finding).chain(measured).collect();
    let mut impression: Vec<_> = readings.iter().map(impression).collect();
    impression.push(report::TO_CONFIRM.into());
    Draft { findings: findings.join("\n"), impression: impression.join("\n") }
}

fn finding(reading: &Reading) -> String {
    let examination = &reading.examination;
    let model = report::model(&reading.model_title, &examination.model.version);
    let mut said = match &examination.answer {
        Some(answer) => vec![
            format!("{model}: {}.", messages::line(answer)),
            messages::caveat(answer, Audience::Clinician),
        ],
        None => vec![report::gave_no_answer(&model, &messages::reason(examination))],
    };
    if examination.is_out_of_scope() {
        said.push(messages::reason(examination));
    }
    if let Some(answer) = &examination.answer {
        if answer.is_of_many() {
            said.extend(answer.labels().map(|label| format!("{}.", messages::label_line(label))));
        } else {
            said.extend(messages::threshold(answer).map(|threshold| format!("{threshold}.")));
            said.extend(messages::set(answer));
        }
        said.push(format!("{}.", messages::tried_on(&reading.model_tried_on)));
    }
    said.extend(examination.concerns.iter().map(messages::concern));
    said.join(" ")
}

fn impression(reading: &Reading) -> String {
    let Some(answer) = &reading.examination.answer else {
        return report::NO_ANSWER.into();
    };
    let order =
        [Verdict::Suspected, Verdict::Unsure, Verdict::NotSuspected, Verdict::Named, Verdict::Withheld];
    let said = order.into_iter().filter_map(|verdict| {
        let labels = answer.labels_with(verdict);
        let finding = messages::list(&labels, "and");
        (!labels.is_empty()).then(|| match verdict {
            Verdict::Suspected => report::suspected(&finding),
            Verdict::NotSuspected => report::not_suspected(&finding),
            Verdict::Unsure => report::unsure(&finding),
            Verdict::Named => report::named(&messages::line(answer)),
            Verdict::Withheld if reading.examination.is_out_of_scope() => report::OUT_OF_SCOPE.into(),
            Verdict::Withheld => report::unchecked(&finding),
        })
    });
    said.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_draft_is_careful_whatever_was_found() {
        for (reading, expected) in sample().unwrap().readings.iter().zip([
            "Pneumonia is suspected, 0.93. The model found signs",
            "That is not the same as absent",
            "Take this as no answer",
            "gave no answer. No model here knows this kind of picture",
            "No verdict: score 0.93 for pneumonia, the model is not made for this image",
            "Monocyte, 0.93 of three kinds",
        ]) {
            let Draft { findings, impression } = draft(std::slice::from_ref(reading), &[]);
            assert!(findings.contains(expected), "{findings}");
            let all = format!("{findings} {impression}").to_lowercase();
            for word in ["all clear", "healthy", "normal", "unremarkable", "no finding"] {
                assert!(!all.contains(word), "{word} in {all}");
            }
            assert!(impression.contains("To be confirmed or rejected"), "{impression}");
        }
    }

    #[test]
    fn a_draft_tells_each_label_and_what_was_never_checked() {
        let report = crate::report::labelled().unwrap();
        let [of_labels, raw] = report.readings.as_slice() else { panic!("two readings") };
        let Draft { findings, impression } = draft(std::slice::from_ref(of_labels), &[]);
        for expected in [
            "Suspected: effusion 0.93, mass 0.71.",
            "Mass: 0.71, suspected (suspected from 0.41 on).",
            "Fracture: 0.62, no verdict: the network's raw output, not checked on data.",
            "Nodule: 0.45, not sure",
            "This model's probabilities have not been checked on data for fracture",
        ] {
            assert!(findings.contains(expected), "{expected} in {findings}");
        }
        for expected in [
            "Suspected by the model: effusion and mass.",
            "The model cannot tell about nodule",
            "Not suspected by the model: hernia. That is not the same as absent",
            "Not checked on data, so without a verdict: fracture",
        ] {
            assert!(impression.contains(expected), "{expected} in {impression}");
        }
        let Draft { findings, impression } = draft(std::slice::from_ref(raw), &[]);
        assert!(
            findings.contains("No verdict: raw output 0.80 for mass, not checked on data."),
            "{findings}"
        );
        assert!(findings.contains("This model's probabilities have not been checked on data."), "{findings}");
        assert!(impression.contains("Not checked on data, so without a verdict: mass"), "{impression}");
    }

    #[test]
    fn a_draft_names_what_was_measured_and_where_it_holds() {
        let report = sample().unwrap();
        let Draft { findings, .. } = draft(&report.readings, &report.measurements);
        assert!(
            findings.contains("nodule: 23.4 mm at the detector, larger than in the patient."),
            "{findings}"
        );
        assert!(findings.contains("Ellipse: 120.0 mm²; mean 41.5, SD 3.2, 30.0 to 55.0 HU."), "{findings}");
    }
}
