//! A skin lesion in a dermatoscope's view.

use crate::dataset::canvas::{
    Canvas, Chance, Colour, Field, bell, ellipse, lit, mix, ramp, rgb, stain, turn,
};
use std::f32::consts::PI;

const WIDTH: u32 = 400;
const HEIGHT: u32 = 300;

/// The features that distinguish kinds of lesions. Lengths are relative to the width of the picture.
struct Spot {
    skin: Colour,
    /// Colour where the pigment is lightest and where it is darkest.
    pale: Colour,
    dark: Colour,
    radius: f32,
    /// Irregularity and softness of the edge.
    irregular: f32,
    soft: f32,
    /// Unevenness of the pigment, 0 to 1, with a blue-white veil.
    uneven: f32,
    /// Visibility of the pigment network, and of the dots.
    net: f32,
    dots: f32,
    hairs: usize,
    /// Darkness of the corners.
    vignette: f32,
}

/// A naevus: evenly brown and round, with a soft edge.
pub(super) fn naevus(seed: u64) -> Canvas {
    let mut chance = Chance::new(seed);
    let spot = Spot {
        skin: rgb(238, 178, 165),
        pale: rgb(185, 110, 80),
        dark: rgb(105, 55, 42),
        radius: chance.between(0.24, 0.29),
        irregular: 0.14,
        soft: 0.13,
        uneven: 0.25,
        net: 0.35,
        dots: 0.0,
        hairs: 2,
        vignette: 0.22,
    };
    draw(&mut chance, &spot)
}

/// A textbook melanoma: irregular in shape, edge and colour.
pub(super) fn melanoma(seed: u64) -> Canvas {
    let mut chance = Chance::new(seed);
    let spot = Spot {
        skin: rgb(225, 180, 185),
        pale: rgb(160, 95, 75),
        dark: rgb(45, 28, 40),
        radius: chance.between(0.25, 0.29),
        irregular: 0.3,
        soft: 0.05,
        uneven: 1.0,
        net: 0.45,
        dots: 0.5,
        hairs: 2,
        vignette: 0.35,
    };
    draw(&mut chance, &spot)
}

/// A haemangioma: cherry red, with a sharp edge.
pub(super) fn vascular(seed: u64) -> Canvas {
    let mut chance = Chance::new(seed);
    let spot = Spot {
        skin: rgb(238, 180, 180),
        pale: rgb(190, 40, 90),
        dark: rgb(150, 20, 70),
        radius: chance.between(0.16, 0.2),
        irregular: 0.12,
        soft: 0.04,
        uneven: 0.5,
        net: 0.0,
        dots: 0.0,
        hairs: 1,
        vignette: 0.25,
    };
    draw(&mut chance, &spot)
}

/// The random fields of one picture.
struct Fields {
    edge: Field,
    tone: Field,
    skin: Field,
    fine: Field,
    net: Field,
}

/// A hair: a point on it, its direction, and its curvature.
struct Hair {
    place: (f32, f32),
    angle: f32,
    bend: f32,
}

fn draw(chance: &mut Chance, spot: &Spot) -> Canvas {
    let fields = Fields {
        edge: chance.field(),
        tone: chance.field(),
        skin: chance.field(),
        fine: chance.field(),
        net: chance.field(),
    };
    let (angle, squeeze) = (chance.between(0.0, PI), chance.between(0.75, 0.95));
    let middle = (chance.between(-0.05, 0.05), chance.between(-0.04, 0.04));
    let hair = |_| Hair {
        place: (chance.between(-0.6, 0.6), chance.between(-0.4, 0.4)),
        angle: chance.between(0.0, PI),
        bend: chance.between(-0.8, 0.8),
    };
    let hairs: Vec<Hair> = (0..spot.hairs).map(hair).collect();
    let darkest = (chance.between(-0.12, 0.12), chance.between(-0.12, 0.12));
    Canvas::paint(WIDTH, HEIGHT, |column, row| {
        let x = (column + 0.5) / WIDTH as f32 - 0.5;
        let y = (row + 0.5 - HEIGHT as f32 / 2.0) / WIDTH as f32;
        let (u, v) = turn(x - middle.0, y - middle.1, angle);
        let skin = skin(spot.skin, fields.skin, x, y);
        let colour = spot.over(skin, (u, v / squeeze), darkest, &fields);
        let colour = hairs.iter().fold(colour, |colour, hair| hair.over(colour, x, y));
        let light = 1.0 - spot.vignette * ramp(0.25, 0.68, x.hypot(y))
            + 0.02 * fields.fine.wave(column * 0.5, row * 0.5)
            + 0.012 * fields.fine.grain(column, row);
        lit(colour, light)
    })
}

/// Mottled skin with fine lines.
fn skin(colour: Colour, field: Field, x: f32, y: f32) -> Colour {
    let mottled = stain(colour, rgb(235, 200, 190), 0.35 + 0.5 * field.clouds(x * 5.0, y * 5.0, 4));
    stain(mottled, rgb(245, 225, 225), 0.5 + 0.9 * field.clouds(x * 26.0 + 7.0, y * 26.0, 3))
}

impl Spot {
    /// The skin with the lesion, at a point relative to its centre.
    fn over(&self, skin: Colour, (u, v): (f32, f32), darkest: (f32, f32), fields: &Fields) -> Colour {
        let far = ellipse(u, v, self.radius, self.radius);
        let rim = 1.0
            + self.irregular * fields.edge.wobble(u, v, 1.4)
            + 0.4 * self.irregular * fields.edge.clouds(u * 22.0, v * 22.0, 3);
        let inside = ramp(rim + self.soft * 1.6, rim - self.soft * 1.6, far);
        if inside <= 0.0 {
            return skin;
        }
        let centre = bell((u - darkest.0).hypot(v - darkest.1) / (self.radius * 0.8));
        let patch = fields.tone.clouds(u * 7.0, v * 7.0, 4);
        let depth = 0.25 + 0.6 * centre + (0.25 + 0.55 * self.uneven) * patch;
        let pigment = mix(self.pale, self.dark, depth);
        let veil = 0.6 * self.uneven.powi(2) * ramp(0.1, 0.5, fields.edge.clouds(u * 5.0 + 30.0, v * 5.0, 2));
        let lines = self.net * bell(fields.net.clouds(u * 34.0, v * 34.0, 2) / 0.22);
        let dots = self.dots * ramp(0.55, 0.75, fields.net.wave(u * 40.0 + 50.0, v * 40.0));
        let colour = stain(mix(pigment, rgb(120, 120, 150), veil), rgb(190, 150, 140), lines + dots * 1.5);
        let light = 1.0 + 0.06 * fields.fine.clouds(u * 60.0, v * 60.0, 3);
        mix(skin, lit(colour, light), inside)
    }
}

impl Hair {
    fn over(&self, colour: Colour, x: f32, y: f32) -> Colour {
        let (along, across) = turn(x - self.place.0, y - self.place.1, self.angle);
        let line = bell((across - self.bend * along * along) / 0.0035) * ramp(0.34, 0.28, along.abs());
        stain(colour, rgb(90, 60, 55), 0.9 * line)
    }
}
