//! An axial slice of a head as in T1-weighted MRI: bright scalp, dark skull, grey brain with sulci, dark
//! ventricles.

use crate::dataset::canvas::{Canvas, Chance, Field, bell, ellipse, ramp};

const SIDE: u32 = 320;

/// Without a mass.
pub(super) fn empty(seed: u64) -> Canvas {
    draw(seed, None)
}

/// With a large mass: a bright rim, a dark core, and oedema around it.
pub(super) fn large_mass(seed: u64) -> Canvas {
    draw(seed, Some(0.088))
}

/// With a small mass.
pub(super) fn small_mass(seed: u64) -> Canvas {
    draw(seed, Some(0.035))
}

/// A mass and its position. Lengths are relative to the side of the picture.
struct Mass {
    middle: (f32, f32),
    radius: f32,
    edge: Field,
    /// The side of the head, -1 or 1.
    side: f32,
}

struct Head {
    /// Half of the width and half of the length.
    half: (f32, f32),
    outline: Field,
    fold: Field,
    tone: Field,
    mass: Option<Mass>,
}

/// `radius`: the mass's, or `None` without a mass.
fn draw(seed: u64, radius: Option<f32>) -> Canvas {
    let mut chance = Chance::new(seed);
    let tilt = chance.between(-0.05, 0.05);
    let grain = chance.field();
    let head = Head {
        half: (chance.between(0.31, 0.34), chance.between(0.39, 0.42)),
        outline: chance.field(),
        fold: chance.field(),
        tone: chance.field(),
        mass: radius.map(|radius| {
            let side = chance.side();
            let middle = (side * chance.between(0.13, 0.17), chance.between(-0.12, 0.1));
            Mass { middle, radius, side, edge: chance.field() }
        }),
    };
    Canvas::paint_grey(SIDE, SIDE, |column, row| {
        let (x, y) = ((column + 0.5) / SIDE as f32 - 0.5, (row + 0.5) / SIDE as f32 - 0.5);
        let light = 0.85 * head.light(x + tilt * y, y - tilt * x + 0.01);
        let noise = 0.022 * grain.wave(column * 0.8, row * 0.8) + 0.008 * grain.grain(column + 900.0, row);
        (light + noise * (0.4 + light)).max(0.004)
    })
}

impl Head {
    fn light(&self, x: f32, y: f32) -> f32 {
        // Narrower in front, which is at the top.
        let far = ellipse(x / (1.0 + 0.18 * y), y, self.half.0, self.half.1)
            * (1.0 + 0.012 * self.outline.wobble(x, y, 1.0));
        let fat = 0.62 + 0.2 * self.tone.clouds(x * 9.0, y * 9.0, 2);
        let scalp = fat * ramp(1.0, 0.985, far) * ramp(0.925, 0.94, far);
        let marrow = 0.1 * bell((far - 0.905) / 0.015);
        let brain = ramp(0.875, 0.86, far);
        let inside = if brain > 0.0 { self.brain(x, y, (0.86 - far) / 0.86).max(0.02) } else { 0.0 };
        scalp + marrow + inside * brain
    }

    /// The brightness of the brain. `depth`: below the surface, 1 in the centre.
    fn brain(&self, x: f32, y: f32, depth: f32) -> f32 {
        let (bark, furrow) = self.folds(x, y, depth);
        let white = 0.49 - 0.12 * bark - 0.24 * furrow - 0.12 * ramp(0.03, 0.0, depth)
            + 0.03 * self.tone.clouds(x * 8.0 + 60.0, y * 8.0, 3)
            - 0.07 * bell(ellipse(x.abs() - 0.085, y, 0.04, 0.09));
        // A mass shifts the midline.
        let push = self
            .mass
            .as_ref()
            .map_or(0.0, |mass| mass.side * 0.018 * ramp(0.25, 0.0, (y - mass.middle.1).abs()));
        let moved = x - push;
        let front = ellipse(moved.abs() - 0.03 - 0.22 * (-y - 0.05).max(0.0), y + 0.075, 0.017, 0.085);
        let back = ellipse(moved.abs() - 0.04 - 0.42 * (y - 0.06).max(0.0), y - 0.11, 0.017, 0.075);
        let third = ellipse(moved, y - 0.02, 0.0063, 0.04);
        let fluid = ramp(1.15, 0.85, front.min(back)).max(ramp(1.2, 0.8, third));
        let halves = (x - 0.6 * push + 0.004 * self.outline.wave(y * 20.0, 3.0)) / 0.006;
        let light = white + (0.13 - white) * fluid - 0.22 * bell(halves) * ramp(0.02, 0.14, y.abs());
        self.mass.as_ref().map_or(light, |mass| mass.over(light, x, y, self.tone))
    }

    /// How much a point belongs to the cortex, and how much to a sulcus.
    fn folds(&self, x: f32, y: f32, depth: f32) -> (f32, f32) {
        let angle = (y / self.half.1).atan2(x / self.half.0);
        let wave = (angle * 15.0 + 2.6 * self.fold.clouds(x * 11.0, y * 11.0, 2)).sin();
        let reach = 0.2 + 0.12 * self.outline.wobble(x, y, 4.0);
        let bark = (bell(wave / 0.55) * ramp(reach * 1.4, reach * 0.8, depth)).max(ramp(0.09, 0.04, depth));
        (bark, bell(wave / 0.16) * ramp(reach, reach * 0.3, depth))
    }
}

impl Mass {
    fn over(&self, brain: f32, x: f32, y: f32, tone: Field) -> f32 {
        let (dx, dy) = (x - self.middle.0, y - self.middle.1);
        let rim = self.radius * (1.0 + 0.18 * self.edge.wobble(dx, dy, 1.5));
        let far = dx.hypot(dy);
        let swelling = ramp(rim * 2.1, rim * 1.1, far + 0.02 * tone.wave(x * 14.0, y * 14.0));
        let around = brain - 0.13 * swelling;
        let core = ramp(rim * 0.75, rim * 0.45, far + 0.01 * self.edge.clouds(x * 40.0, y * 40.0, 2));
        let mass = 0.86 + 0.12 * self.edge.clouds(x * 30.0, y * 30.0, 3) - 0.5 * core;
        around + (mass - around) * ramp(rim + 0.006, rim - 0.006, far)
    }
}
