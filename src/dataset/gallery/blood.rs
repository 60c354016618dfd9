//! A stained blood smear: one white blood cell among red ones.

use crate::dataset::canvas::{Canvas, Chance, Colour, Field, bell, ellipse, mix, ramp, rgb, stain};
use std::f32::consts::TAU;

const SIDE: u32 = 226;
const GROUND: Colour = rgb(255, 228, 203);
const RED_CELL: Colour = rgb(209, 190, 206);
const NUCLEUS: Colour = rgb(78, 32, 155);
/// Maximum number of red cells on a picture, and attempts to place one.
const MOST_CELLS: usize = 16;
const TRIES: usize = 400;

/// A circle: centre and radius.
type Disc = (f32, f32, f32);

/// The features that distinguish kinds of white blood cells. Lengths inside the cell are relative to its
/// radius.
struct White {
    /// Radius, relative to the side of the picture.
    radius: f32,
    /// Irregularity of the edge.
    wobble: f32,
    /// Circles that merge to the nucleus, and the distance at which they merge.
    lobes: Vec<Disc>,
    reach: f32,
    /// Colour of the cytoplasm, and the strength of its stain.
    plasm: Colour,
    depth: f32,
    /// Colour of the granules.
    grains: Colour,
    grainy: f32,
    /// Vacuoles in the cytoplasm.
    vacuoles: Vec<Disc>,
}

/// A nucleus with four lobes along an arc, and pale pink cytoplasm with fine granules.
pub(super) fn neutrophil(seed: u64) -> Canvas {
    let mut chance = Chance::new(seed);
    let first = chance.between(0.0, TAU);
    let lobe = |i: u8| {
        let angle = first + f32::from(i) * 1.15;
        (angle.cos() * 0.38 + 0.05, angle.sin() * 0.38, chance.between(0.24, 0.30))
    };
    let lobes = (0..4).map(lobe).collect();
    let white = White {
        radius: 0.185,
        wobble: 0.05,
        lobes,
        reach: 0.04,
        plasm: rgb(226, 190, 215),
        depth: 0.75,
        grains: rgb(190, 120, 170),
        grainy: 0.4,
        vacuoles: Vec::new(),
    };
    draw(&mut chance, &white)
}

/// A small cell, nearly filled by its round nucleus.
pub(super) fn lymphocyte(seed: u64) -> Canvas {
    let mut chance = Chance::new(seed);
    let white = White {
        radius: 0.145,
        wobble: 0.07,
        lobes: vec![(chance.between(-0.05, 0.05), chance.between(-0.05, 0.05), 0.86)],
        reach: 0.02,
        plasm: rgb(150, 150, 215),
        depth: 0.9,
        grains: rgb(120, 110, 190),
        grainy: 0.16,
        vacuoles: Vec::new(),
    };
    draw(&mut chance, &white)
}

/// A large cell with a kidney-shaped nucleus and grey-blue cytoplasm with vacuoles.
pub(super) fn monocyte(seed: u64) -> Canvas {
    let mut chance = Chance::new(seed);
    let first = chance.between(0.0, TAU);
    let lobe = |i: u8| {
        let angle = first + f32::from(i) * 0.62;
        (angle.cos() * 0.32, angle.sin() * 0.32, chance.between(0.36, 0.42))
    };
    let lobes = (0..5).map(lobe).collect();
    let hole = |_| {
        let angle = first + 3.6 + chance.between(-1.2, 1.2);
        let far = chance.between(0.55, 0.85);
        (angle.cos() * far, angle.sin() * far, chance.between(0.05, 0.1))
    };
    let vacuoles = (0..6).map(hole).collect();
    let white = White {
        radius: 0.225,
        wobble: 0.1,
        lobes,
        reach: 0.08,
        plasm: rgb(170, 150, 205),
        depth: 0.95,
        grains: rgb(150, 110, 180),
        grainy: 0.35,
        vacuoles,
    };
    draw(&mut chance, &white)
}

fn draw(chance: &mut Chance, white: &White) -> Canvas {
    let (edge, tone, shade, grain) = (chance.field(), chance.field(), chance.field(), chance.field());
    let red = red_cells(chance, white.radius);
    let pixel = 1.2 / SIDE as f32;
    Canvas::paint(SIDE, SIDE, |column, row| {
        let (x, y) = ((column + 0.5) / SIDE as f32, (row + 0.5) / SIDE as f32);
        let mut colour = red.iter().fold(GROUND, |colour, cell| cell.over(colour, x, y, pixel));
        let (x, y) = ((x - 0.5) / white.radius, (y - 0.5) / white.radius);
        let (far, pixel) = (x.hypot(y), pixel / white.radius);
        let rim = 1.0 + white.wobble * edge.wobble(x, y, 1.2);
        let inside = ramp(rim + pixel, rim - pixel, far);
        if inside > 0.0 {
            let border = bell((far - rim) / 0.08);
            colour = mix(colour, white.colour((x, y), border, pixel, [tone, shade, grain]), inside);
        }
        let light = 1.0 + 0.02 * grain.wave(column * 0.7, row * 0.7) + 0.012 * grain.grain(column, row);
        colour.map(|value| value * light)
    })
}

impl White {
    /// The colour at a point inside the cell; `border` is 1 at its edge.
    fn colour(
        &self,
        (x, y): (f32, f32),
        border: f32,
        pixel: f32,
        [tone, shade, grain]: [Field; 3],
    ) -> Colour {
        let depth = self.depth * (1.0 + 0.25 * tone.clouds(x * 3.0, y * 3.0, 3) + 0.25 * border);
        let grains = ramp(0.15, 0.6, grain.clouds(x * 11.0, y * 11.0, 2));
        let mut body = stain(stain(GROUND, self.plasm, depth), self.grains, self.grainy * grains);
        for (left, top, radius) in &self.vacuoles {
            let hole = ramp(radius + pixel, radius - pixel, (x - left).hypot(y - top));
            body = mix(body, GROUND, 0.75 * hole);
        }
        // Circles merge where the sum of their contributions exceeds one (a smooth minimum of distances).
        let add = |(left, top, radius): &Disc| ((radius - (x - left).hypot(y - top)) / self.reach).exp();
        let outside = -self.lobes.iter().map(add).sum::<f32>().max(1e-20).ln() * self.reach;
        let outside = outside + 0.03 * shade.clouds(x * 4.0, y * 4.0, 2);
        let chromatin = 1.0 + 0.3 * shade.clouds(x * 6.0 + 5.0, y * 6.0, 3);
        mix(body, stain(GROUND, NUCLEUS, chromatin), ramp(1.2 * pixel, -1.2 * pixel, outside))
    }
}

/// A red cell from above, thinner in its centre.
struct Red {
    place: Disc,
    pallor: f32,
    depth: f32,
    texture: Field,
}

/// Red cells that leave the centre of the picture free and hardly overlap.
fn red_cells(chance: &mut Chance, free: f32) -> Vec<Red> {
    let mut cells: Vec<Red> = Vec::new();
    for _ in 0..TRIES {
        let place = (chance.between(-0.05, 1.05), chance.between(-0.05, 1.05), chance.between(0.09, 0.12));
        let far = |(x, y, _): Disc| (place.0 - x).hypot(place.1 - y);
        let is_in_the_way = far((0.5, 0.5, 0.0)) < free + place.2 * 0.95
            || cells.iter().any(|other| far(other.place) < (other.place.2 + place.2) * 0.88);
        if !is_in_the_way && cells.len() < MOST_CELLS {
            let (pallor, texture) = (chance.between(0.3, 0.95), chance.field());
            cells.push(Red { place, pallor, texture, depth: chance.between(0.8, 1.25) });
        }
    }
    cells
}

impl Red {
    /// The background, seen through the cell.
    fn over(&self, behind: Colour, x: f32, y: f32, pixel: f32) -> Colour {
        let (left, top, radius) = self.place;
        let (dx, dy) = (x - left, y - top);
        if ellipse(dx, dy, radius, radius) > 1.4 {
            return behind;
        }
        let rim = radius * (1.0 + 0.13 * self.texture.wobble(dx, dy, 0.9));
        let far = dx.hypot(dy);
        let q = far / rim;
        let thick = 1.0 - self.pallor * ramp(0.62, 0.28, q)
            + 0.3 * bell((q - 0.92) / 0.09)
            + 0.12 * self.texture.clouds(x * 14.0, y * 14.0, 2);
        stain(behind, RED_CELL, ramp(rim + pixel, rim - pixel, far) * thick * self.depth)
    }
}
