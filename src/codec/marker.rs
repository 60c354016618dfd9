//! The segments that JPEG, JPEG-LS and JPEG 2000 streams are made of (T.81, annex B).

/// What stands in the segment whose length stands at `from`; `None` where it is cut off.
pub(super) fn segment(bytes: &[u8], from: usize) -> Option<&[u8]> {
    let length = bytes.get(from..from + 2)?.iter().fold(0, |n, b| n << 8 | usize::from(*b));
    bytes.get(from + 2..from + length.max(2))
}

/// The next marker that satisfies `is_marker`, and where the bytes behind it begin.
pub(super) fn next(bytes: &[u8], from: usize, is_marker: impl Fn(u8) -> bool) -> Option<(u8, usize)> {
    let rest = bytes.get(from..)?;
    let at = rest.windows(2).position(|two| matches!(two, [0xff, marker] if is_marker(*marker)))?;
    Some((*rest.get(at + 1)?, from + at + 2))
}
