//! Removes from a case, before it leaves the page, what could reveal a birth date, and texts that a header
//! should not have.

use super::{Case, TEXT_LIMIT};
use crate::examination::{Examination, Reason};
use crate::scope::{Contradiction, HeaderFacts, Stated};

impl Case {
    /// The case with ages in completed years (completed months below two years). A header's age may be exact
    /// to the day, which together with the study date reveals the birth date. Header texts lose control
    /// characters and are cut to half of [`TEXT_LIMIT`].
    pub fn redacted(mut self) -> Self {
        let Examination { header, age, reason, .. } = &mut self.reading.examination;
        if let Some(Stated::Header(years) | Stated::User(years)) = age {
            *years = completed(*years);
        }
        if let Some(HeaderFacts { modality, body_part, view, image_type, age_years, .. }) = header {
            [modality, body_part, view, image_type].into_iter().for_each(tidy);
            *age_years = age_years.map(completed);
        }
        if let Reason::Header { contradiction, .. } = reason {
            match contradiction {
                Contradiction::Age { years, .. } => *years = years.map(completed),
                Contradiction::Modality { said, .. }
                | Contradiction::BodyPart { said, .. }
                | Contradiction::View { said, .. } => tidy(said),
                Contradiction::Kind { .. } | Contradiction::NoHeader => {}
            }
        }
        for statistics in self.measurements.iter_mut().filter_map(|one| one.statistics.as_mut()) {
            tidy(&mut statistics.unit);
        }
        self
    }
}

/// Completed years. Below two years, the middle of the completed month, so that rounding cannot reach another
/// month.
fn completed(years: f32) -> f32 {
    if years < 2.0 { ((years * 12.0).floor() + 0.5) / 12.0 } else { years.floor() }
}

fn tidy(text: &mut String) {
    // Half of the limit, because a browser counts some characters as two.
    *text = text.chars().filter(|c| !c.is_control()).take(TEXT_LIMIT / 2).collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::tests::sample;
    use crate::scope::Ages;

    #[test]
    fn no_age_tells_the_day_of_birth() {
        let mut case = sample();
        let examination = &mut case.reading.examination;
        examination.header.as_mut().unwrap().age_years = Some(75.26);
        examination.age = Some(Stated::Header(75.26));
        let ages = Ages { from: 1, to: 5, words: "a child".into() };
        let contradiction = Contradiction::Age { years: Some(1.44), ages };
        examination.reason = Reason::Header { contradiction, kind: "a film".into(), is_nobodys: false };
        let examination = case.redacted().reading.examination;
        assert_eq!(examination.header.unwrap().age_years, Some(75.0));
        assert_eq!(examination.age, Some(Stated::Header(75.0)));
        let Reason::Header { contradiction: Contradiction::Age { years: Some(years), .. }, .. } =
            examination.reason
        else {
            panic!("the reason changed its kind");
        };
        // 17 months, also after rounding again.
        assert_eq!((years * 12.0).floor(), 17.0);
        assert_eq!(completed(years), years);
    }

    #[test]
    fn a_strange_header_does_not_keep_a_case_from_being_kept() {
        let mut case = sample();
        case.reading.examination.header.as_mut().unwrap().image_type = "ORIGINAL\u{0}".repeat(1000);
        case.measurements[1].statistics.as_mut().unwrap().unit = "H\u{1b}U".into();
        assert!(case.check().is_err());
        let case = case.redacted();
        assert_eq!(case.check(), Ok(()));
        assert_eq!(case.measurements[1].statistics.as_ref().unwrap().unit, "HU");
    }
}
