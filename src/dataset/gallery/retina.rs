//! A fundus image of 28 x 28 pixels, as in the model's training data.

use crate::dataset::canvas::{Canvas, Chance, Colour, Field, bell, lit, mix, ramp, rgb, stain};

const SIDE: u32 = 28;
/// Samples along each side of a pixel, whose mean is the pixel's value.
const FINER: u8 = 8;

struct Eye {
    ground: Colour,
    /// Position of the optic disc; the macula is on its other side.
    disc: (f32, f32),
    side: f32,
    tone: Field,
    vessel: Field,
}

/// Without any finding.
pub(super) fn empty(seed: u64) -> Canvas {
    let mut chance = Chance::new(seed);
    let side = chance.side();
    let eye = Eye {
        ground: mix(rgb(160, 86, 45), rgb(140, 92, 50), chance.between(0.0, 1.0)),
        disc: (side * chance.between(0.0, 0.2), chance.between(-0.06, 0.06)),
        side,
        tone: chance.field(),
        vessel: chance.field(),
    };
    let grain = chance.field();
    Canvas::paint(SIDE, SIDE, |column, row| {
        let place = |pixel: f32, part: u8| {
            let inside = (f32::from(part) + 0.5) / f32::from(FINER);
            (pixel + inside) / SIDE as f32 * 2.0 - 1.0
        };
        let parts = (0..FINER).flat_map(|i| (0..FINER).map(move |j| (i, j)));
        let colours = parts.map(|(i, j)| eye.colour(place(column, i), place(row, j)));
        let sum = colours.fold([0.0; 3], |[a, b, c], [d, e, f]| [a + d, b + e, c + f]);
        let share = 1.0 / f32::from(FINER).powi(2);
        let [red, green, blue] = lit(sum, share * (1.0 + 0.05 * grain.wave(column * 0.6, row * 0.6)));
        // The camera's black is not quite black.
        [red, green + 0.012, blue + 0.03]
    })
}

impl Eye {
    fn colour(&self, x: f32, y: f32) -> Colour {
        let far = x.hypot(y);
        let glare = 0.3 * bell((far - 0.9) / 0.05) * ramp(-0.6, 0.8, self.tone.wave(x * 1.2 + 9.0, y * 1.2));
        let shade = 0.4 * self.tone.clouds(x * 1.3, y * 1.3, 2);
        let ground = lit(self.ground, 1.1 - 0.5 * far * far + shade + glare);
        let (dx, dy) = ((x - self.disc.0) * self.side, y - self.disc.1);
        let macula = 0.7 * bell((dx + 0.5).hypot(dy - 0.06) / 0.24);
        let ground = stain(ground, rgb(150, 120, 110), 1.2 * macula);
        // Two arcs of vessels leave the disc and close around the macula.
        let bow = 0.42 * (1.0 - bell(dx / 0.35)) * ramp(0.3, -0.3, dx) + 0.1 * dx.abs();
        let line = bell((dy.abs() - bow + 0.05 * self.vessel.wave(x * 4.0, y * 4.0)) / 0.03);
        let vessels = 0.56 * line * ramp(0.0, 0.1, dx.hypot(dy));
        let ground = stain(ground, rgb(160, 90, 90), vessels);
        let from_disc = dx.hypot(dy * 0.9);
        let disc = mix(ground, rgb(255, 225, 160), 0.75 * bell(from_disc / 0.15));
        lit(mix(disc, rgb(255, 215, 150), 0.4 * bell(from_disc / 0.45)), ramp(0.96, 0.84, far))
    }
}
