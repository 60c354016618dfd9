//! A red blood cell of a smear, cut out on black, with and without a malaria parasite.

use crate::dataset::canvas::{
    Canvas, Chance, Colour, Field, bell, ellipse, lit, mix, ramp, rgb, stain, turn,
};
use std::f32::consts::{PI, TAU};

const SIDE: u32 = 128;
/// Segmentation works in this many steps across the picture, which makes the cell's edge ragged.
const STEPS: f32 = 48.0;
const CELL: Colour = rgb(215, 156, 152);
const RIM: Colour = rgb(222, 176, 150);

/// A young parasite: a thin ring with a dark dot.
struct Ring {
    middle: (f32, f32),
    radius: f32,
    /// Position of the dot.
    dot: (f32, f32),
    edge: Field,
}

/// Without a parasite.
pub(super) fn empty(seed: u64) -> Canvas {
    let mut chance = Chance::new(seed);
    draw(&mut chance, None)
}

/// With a parasite.
pub(super) fn infected(seed: u64) -> Canvas {
    let mut chance = Chance::new(seed);
    let (angle, far) = (chance.between(0.0, TAU), chance.between(0.15, 0.45));
    let middle = (angle.cos() * far, angle.sin() * far);
    let (radius, at) = (chance.between(0.17, 0.22), chance.between(0.0, TAU));
    let dot = (middle.0 + at.cos() * radius, middle.1 + at.sin() * radius);
    let ring = Ring { middle, radius, dot, edge: chance.field() };
    draw(&mut chance, Some(ring))
}

fn draw(chance: &mut Chance, parasite: Option<Ring>) -> Canvas {
    let (edge, tone, fine) = (chance.field(), chance.field(), chance.field());
    let (squeeze, angle) = (chance.between(0.9, 1.0), chance.between(0.0, PI));
    // 1 at the cell's edge.
    let size = |x: f32, y: f32| {
        let (u, v) = turn(x, y, angle);
        ellipse(u, v, 1.0, squeeze) / (0.97 + 0.13 * edge.wobble(x, y, 1.3))
    };
    Canvas::paint(SIDE, SIDE, |column, row| {
        let place = |pixel: f32| (pixel + 0.5) / SIDE as f32 * 2.0 - 1.0;
        let step = |at: f32| ((at * STEPS / 2.0).floor() + 0.5) * 2.0 / STEPS;
        let (x, y) = (place(column), place(row));
        if size(step(x), step(y)) > 1.0 {
            return [0.0; 3];
        }
        let far = size(x, y);
        let light = 1.0 + 0.05 * tone.clouds(x * 1.2, y * 1.2, 3) + 0.06 * bell(far / 0.5)
            - 0.1 * ramp(0.85, 1.0, far)
            + 0.012 * fine.wave(column * 0.6, row * 0.6);
        let cell = mix(CELL, RIM, 0.8 * ramp(0.72, 1.0, far));
        let colour = parasite.as_ref().map_or(cell, |ring| ring.over(cell, x, y));
        lit(colour, light)
    })
}

impl Ring {
    fn over(&self, cell: Colour, x: f32, y: f32) -> Colour {
        let (dx, dy) = (x - self.middle.0, y - self.middle.1);
        let far = dx.hypot(dy);
        let line = bell((far - self.radius * (1.0 + 0.15 * self.edge.wobble(dx, dy, 1.0))) / 0.05);
        let body = stain(cell, rgb(205, 190, 225), 0.75 * line + 0.5 * bell(far / (self.radius * 1.6)));
        let dot = bell((x - self.dot.0).hypot(y - self.dot.1) / 0.085);
        stain(body, rgb(150, 60, 140), 1.15 * ramp(0.25, 0.85, dot))
    }
}
