//! From mouse wheel events to frames: one notch is one frame.

/// CSS pixels for one frame on a touchpad, which has no notches. A mouse's notch is this many, or 120.
const NOTCH: f64 = 100.0;
/// Lines of a notch, for devices that count lines.
const LINES: f64 = 3.0;
/// Below this many CSS pixels an event comes from a touchpad, even if its `wheelDelta` equals a notch's. A
/// mouse's notch is shorter only if the page is zoomed to more than 200 %.
const LEAST_NOTCH: f64 = 45.0;
/// `wheelDelta` of a notch in all browsers, independent of the page's zoom.
const WHEEL_DELTA: f64 = 120.0;

/// A wheel event.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WheelInput {
    /// `deltaY`; positive when scrolling down.
    pub delta: f64,
    /// `deltaMode`: 0 for CSS pixels, 1 for lines, 2 for pages.
    pub mode: u32,
    /// `wheelDelta`, positive when scrolling up; 0 in browsers without it.
    pub wheel_delta: f64,
}

/// State of a wheel: the movement of a touchpad that has not reached the next frame yet.
#[derive(Clone, Debug, Default)]
pub struct Wheel {
    rest: f64,
}

impl Wheel {
    /// Number of frames to move; negative for backwards.
    pub fn frames(&mut self, turn: WheelInput) -> i64 {
        let size = turn.delta.abs();
        if !(size > 0.0 && size.is_finite()) {
            return 0;
        }
        // On a change of direction the remainder is dropped; otherwise it would cancel the first frame.
        if self.rest * turn.delta < 0.0 {
            self.rest = 0.0;
        }
        match notches(turn, size) {
            Some(notches) => {
                self.rest = 0.0;
                (notches.round().clamp(1.0, 1e6) * turn.delta.signum()) as i64
            }
            None => {
                self.rest += turn.delta;
                let frames = (self.rest / NOTCH).trunc();
                self.rest -= frames * NOTCH;
                frames as i64
            }
        }
    }
}

/// Number of notches of an event; `None` if it comes from a touchpad.
fn notches(turn: WheelInput, size: f64) -> Option<f64> {
    let is_whole = |size: f64, step: f64| size > 0.0 && (size % step).abs() < 1e-6;
    match turn.mode {
        1 => Some(size / LINES),
        2 => Some(size),
        // Checked first, because a notch has fewer pixels on a zoomed page.
        _ if is_whole(turn.wheel_delta.abs(), WHEEL_DELTA) && size >= LEAST_NOTCH => {
            Some(turn.wheel_delta.abs() / WHEEL_DELTA)
        }
        _ if size >= NOTCH => Some(size / if is_whole(size, WHEEL_DELTA) { WHEEL_DELTA } else { NOTCH }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Total frames after `times` equal events.
    fn turned(turn: WheelInput, times: usize) -> i64 {
        let mut wheel = Wheel::default();
        (0..times).map(|_| wheel.frames(turn)).sum()
    }

    #[test]
    fn one_notch_is_one_frame_whatever_a_device_counts() {
        let turn = |delta, mode, wheel_delta| WheelInput { delta, mode, wheel_delta };
        for (notch, name) in [
            (turn(100.0, 0, 0.0), "100 pixels"),
            (turn(120.0, 0, 0.0), "120 pixels"),
            (turn(100.0, 0, -120.0), "a browser that tells notches"),
            (turn(66.7, 0, -120.0), "the same on a page at 150 %"),
            (turn(3.0, 1, 0.0), "three lines"),
            (turn(1.0, 1, 0.0), "one line, where a user chose that"),
            (turn(1.0, 2, 0.0), "a page"),
        ] {
            for times in 1..=12 {
                let back = WheelInput { delta: -notch.delta, wheel_delta: -notch.wheel_delta, ..notch };
                assert_eq!(turned(notch, times), times as i64, "{name}");
                assert_eq!(turned(back, times), -(times as i64), "{name}, back");
            }
        }
        // Several notches in one event.
        assert_eq!(turned(turn(300.0, 0, -360.0), 1), 3);
        assert_eq!(turned(turn(360.0, 0, 0.0), 1), 3);
    }

    #[test]
    fn a_touchpad_gathers_its_small_turns_and_a_change_of_direction_begins_anew() {
        let small = |delta| WheelInput { delta, mode: 0, wheel_delta: -3.0 * delta };
        assert_eq!(turned(small(4.0), 24), 0);
        assert_eq!(turned(small(4.0), 25), 1);
        let mut wheel = Wheel::default();
        let frames: Vec<i64> = [60.0, -60.0, -50.0, 99.0]
            .map(|delta| wheel.frames(WheelInput { delta, ..WheelInput::default() }))
            .into();
        assert_eq!(frames, [0, 0, -1, 0]);
        assert_eq!(wheel.frames(WheelInput { delta: f64::NAN, ..WheelInput::default() }), 0);
    }

    proptest! {
        #[test]
        fn small_turns_are_neither_lost_nor_counted_twice(deltas in proptest::collection::vec(0.1f64..30.0, 1..200)) {
            let mut wheel = Wheel::default();
            let frames: i64 = deltas.iter().map(|delta| wheel.frames(WheelInput { delta: *delta, ..WheelInput::default() })).sum();
            let all: f64 = deltas.iter().sum();
            prop_assert!((frames as f64 - all / NOTCH).abs() <= 1.0 + 1e-9, "{frames} frames of {all}");
        }
    }
}
