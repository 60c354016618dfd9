//! Small pieces of English that several floors put into their sentences.

/// The first letter in upper case.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// So many of them.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `a`, `a and b`, `a, b and c`; `joint` stands before the last.
pub fn list(words: &[String], joint: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {joint} {last}", first.join(", ")),
    }
}

/// Small numbers as words, as in "one of eight kinds".
pub fn number(number: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    WORDS.get(number).map_or_else(|| number.to_string(), |word| (*word).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_numbers_read_as_people_say_them() {
        let words = |list: &[&str]| list.iter().map(|word| word.to_string()).collect::<Vec<_>>();
        assert_eq!(list(&words(&[]), "and"), "");
        assert_eq!(list(&words(&["a"]), "and"), "a");
        assert_eq!(list(&words(&["a", "b", "c"]), "or"), "a, b or c");
        assert_eq!([number(8), number(40)], ["eight".to_string(), "40".to_string()]);
        assert_eq!([count(1, "image"), count(2, "image")], ["1 image", "2 images"]);
        assert_eq!([capital("öffnung"), capital("")], ["Öffnung", ""]);
    }
}
