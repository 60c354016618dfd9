//! Dates and times for display.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The day of a date or time that starts with `YYYY-MM-DD`: `26 Nov 2026`. Any other text is returned
/// unchanged.
pub fn day(text: &str) -> String {
    let read = || {
        let mut parts = text.get(..10)?.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
        let day = day.parse::<u8>().ok()?;
        Some(format!("{day} {month} {year}"))
    };
    read().unwrap_or_else(|| text.into())
}

/// An RFC 3339 time to the minute: `26 Nov 2026, 09:30 UTC`. Any other text is returned unchanged.
pub fn minute(text: &str) -> String {
    let read = || {
        let time = text.get(11..16).filter(|time| time.as_bytes().get(2) == Some(&b':'))?;
        text.ends_with('Z').then(|| format!("{}, {time} UTC", day(text)))
    };
    read().unwrap_or_else(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_said_as_people_say_them() {
        assert_eq!(day("2026-11-06T09:30:05.123Z"), "6 Nov 2026");
        assert_eq!(day("2025-01-31"), "31 Jan 2025");
        assert_eq!(minute("2026-11-26T09:30:05.123Z"), "26 Nov 2026, 09:30 UTC");
        for odd in ["", "yesterday", "2026-13-01", "ünderstood"] {
            assert_eq!([day(odd), minute(odd)], [odd, odd]);
        }
    }
}
