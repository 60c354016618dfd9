//! Number types whose invalid values cannot be represented.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A probability: 0 to 1, never NaN.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct Probability(f32);

impl Probability {
    /// `None` if `value` is outside 0 to 1 or NaN.
    pub fn new(value: f32) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// The value, 0 to 1.
    pub fn get(self) -> f32 {
        self.0
    }
}

/// The error for a number that is not a [`Probability`].
#[derive(Debug, thiserror::Error)]
#[error("{0} is not a probability: it must lie between 0 and 1")]
pub struct NotAProbability(f32);

impl TryFrom<f32> for Probability {
    type Error = NotAProbability;
    fn try_from(value: f32) -> Result<Self, NotAProbability> {
        Self::new(value).ok_or(NotAProbability(value))
    }
}

impl From<Probability> for f32 {
    fn from(value: Probability) -> f32 {
        value.0
    }
}

impl fmt::Display for Probability {
    /// Two decimals. Values that would round to 0 or 1 are shown as a bound, because no model is certain.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            p if p < 0.005 => write!(f, "< 0.01"),
            p if p >= 0.995 => write!(f, "> 0.99"),
            p => write!(f, "{p:.2}"),
        }
    }
}

/// An estimate with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}

impl fmt::Display for Estimate {
    /// The value and its interval in brackets: `0.939 (0.920 to 0.957)`; three decimals unless a precision is given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, low, high } = self;
        let digits = f.precision().unwrap_or(3);
        write!(f, "{value:.digits$} ({low:.digits$} to {high:.digits$})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_from_zero_to_one() {
        assert!(Probability::new(0.0).is_some() && Probability::new(1.0).is_some());
        for wrong in [-0.01, 1.01, f32::NAN, f32::INFINITY] {
            assert!(Probability::new(wrong).is_none(), "{wrong}");
        }
        assert!(serde_json::from_str::<Probability>("1.5").is_err());
    }

    #[test]
    fn an_estimate_is_shown_with_its_interval() {
        let estimate = Estimate { value: 0.93949, low: 0.92, high: 1.0 };
        assert_eq!(format!("{estimate}, {estimate:.1}"), "0.939 (0.920 to 1.000), 0.9 (0.9 to 1.0)");
    }

    #[test]
    fn certainty_is_shown_as_a_bound() {
        let shown = |p| Probability::new(p).unwrap().to_string();
        assert_eq!([shown(0.0), shown(0.5), shown(0.987), shown(1.0)], ["< 0.01", "0.50", "0.99", "> 0.99"]);
    }
}
