//! Palettes in segments (PS3.3, C.7.9.2): runs of entries, straight lines between entries, and copies of earlier segments.

/// The entries of a palette. `words`: the segmented data, 16 bits each; `bits`: of an entry, 8 or 16, which is also the size of what a
/// segment is made of; `length`: how many entries there are to be. Nothing where the data break off or make no sense.
pub(super) fn expand(words: &[u16], bits: u8, length: usize) -> Option<Vec<u16>> {
    let (data, unit): (Vec<u16>, usize) = match bits {
        8 => (words.iter().flat_map(|pair| pair.to_le_bytes().map(u16::from)).collect(), 1),
        16 => (words.to_vec(), 2),
        _ => return None,
    };
    let mut entries = Vec::new();
    let mut at = 0;
    while entries.len() < length {
        let (opcode, count) = (*data.get(at)?, usize::from(*data.get(at + 1)?));
        if opcode != 2 {
            at = segment(&data, at, &mut entries)?;
            continue;
        }
        // How far into the data the copied segments begin, in bytes: four of them, the lowest first.
        let offset = data.get(at + 2..at + 2 + 4 / unit)?;
        let offset = offset.iter().rev().fold(0, |sum, part| sum << (8 * unit) | usize::from(*part));
        let mut from = offset / unit;
        for _ in 0..count {
            if entries.len() >= length {
                break;
            }
            from = segment(&data, from, &mut entries)?;
        }
        at += 2 + 4 / unit;
    }
    entries.truncate(length);
    Some(entries)
}

/// Adds the entries of the discrete or linear segment at `at`, and gives where the next one begins. A copy within a copy is forbidden.
fn segment(data: &[u16], at: usize, entries: &mut Vec<u16>) -> Option<usize> {
    let (opcode, count) = (*data.get(at)?, usize::from(*data.get(at + 1)?));
    match opcode {
        // One without entries would be read for nothing, perhaps very often.
        0 | 1 if count == 0 => None,
        0 => {
            entries.extend(data.get(at + 2..at + 2 + count)?);
            Some(at + 2 + count)
        }
        1 => {
            // From the entry before, which is not repeated, to the last of the line.
            let (first, last) = (f64::from(*entries.last()?), f64::from(*data.get(at + 2)?));
            let entry = |n: usize| first + (last - first) * n as f64 / count as f64;
            entries.extend((1..=count).map(|n| entry(n).round_ties_even() as u16));
            Some(at + 3)
        }
        _ => None,
    }
}
