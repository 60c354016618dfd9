//! Parsing of RFC 3339 times for formats that write them differently.

use super::Error;

/// Date, time of day and offset from UTC, as digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// `YYYYMMDD`.
    pub date: String,
    /// `HHMMSS`.
    pub time: String,
    /// `+HHMM` or `-HHMM`.
    pub offset: String,
}

impl Moment {
    /// Parses times such as `2026-01-31T09:30:00.123+01:00`; fractions of a second are dropped.
    ///
    /// # Errors
    /// Fails if `text` is not RFC 3339.
    pub fn read(text: &str) -> Result<Self, Error> {
        Self::parse(text).ok_or_else(|| Error::Moment(text.into()))
    }

    fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once('T')?;
        let (time, rest) = rest.split_at_checked(8)?;
        let zone = match rest.strip_prefix('.') {
            Some(parts) => parts.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => rest,
        };
        let zone = if zone == "Z" { "+00:00" } else { zone };
        let offset = zone.strip_prefix(['+', '-']).and_then(|digits| shaped(digits, "dd:dd"))?;
        let sign = zone.get(..1)?;
        let is_possible = is_date(date)
            && time.get(..2)? < "24"
            && time.get(3..5)? < "60"
            && time.get(6..)? <= "60"
            && offset.as_str() < "2400";
        let time = shaped(time, "dd:dd:dd")?;
        is_possible.then(|| Self { date: date.replace('-', ""), time, offset: format!("{sign}{offset}") })
    }
}

/// Whether a text is a date `YYYY-MM-DD`. Headers may hold anything.
pub(super) fn is_date(text: &str) -> bool {
    let month_and_day = |text: &str| {
        let (month, day) = text.get(5..)?.split_once('-')?;
        Some(("01"..="12").contains(&month) && ("01"..="31").contains(&day))
    };
    shaped(text, "dddd-dd-dd").is_some() && month_and_day(text) == Some(true)
}

/// The digits of a text that has exactly this shape, in which `d` stands for a digit.
fn shaped(text: &str, shape: &str) -> Option<String> {
    let fits = |(c, s): (char, char)| if s == 'd' { c.is_ascii_digit() } else { c == s };
    let is_so = text.len() == shape.len() && text.chars().zip(shape.chars()).all(fits);
    is_so.then(|| text.chars().filter(char::is_ascii_digit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_taken_apart_and_nonsense_is_refused() {
        let read = |text| Moment::read(text).ok().map(|m| format!("{} {} {}", m.date, m.time, m.offset));
        assert_eq!(read("2026-01-31T09:30:05Z").unwrap(), "20260131 093005 +0000");
        assert_eq!(read("2026-01-31T09:30:05.123-05:30").unwrap(), "20260131 093005 -0530");
        let wrong = [
            "",
            "T",
            "2026-01-31",
            "2026-01-31T09:30:05",
            "2026-13-31T09:30:05Z",
            "2026-01-31T24:30:05Z",
            "2026-01-31T09:60:05Z",
            "2026-01-31 09:30:05Z",
            "2026-01-31T09:30:05+1:00",
            "2026-01-31T09:3ü:05Z",
        ];
        for text in wrong {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
