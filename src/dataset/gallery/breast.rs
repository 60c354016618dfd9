//! An ultrasound image of a breast: layers of skin, fat, gland and muscle, with speckle.

use crate::dataset::canvas::{Canvas, Chance, Field, bell, ellipse, ramp};

const WIDTH: u32 = 420;
const HEIGHT: u32 = 336;

/// A lesion of the gland.
#[derive(Clone, Copy, PartialEq)]
enum Lesion {
    /// Smooth, wider than tall, with posterior enhancement: filled with fluid.
    Smooth,
    /// Irregular, taller than wide, with a posterior shadow.
    Ragged,
}

/// Without a lesion.
pub(super) fn empty(seed: u64) -> Canvas {
    draw(seed, None)
}

/// With a cyst, the simplest benign lesion.
pub(super) fn cyst(seed: u64) -> Canvas {
    draw(seed, Some(Lesion::Smooth))
}

/// With a lesion that has the signs of malignancy.
pub(super) fn ragged(seed: u64) -> Canvas {
    draw(seed, Some(Lesion::Ragged))
}

/// The layers: their depth, curvature and texture.
struct Layers {
    fat: f32,
    muscle: f32,
    tilt: f32,
    warp: Field,
    streak: Field,
    tissue: Field,
}

/// A lesion and its position, relative to the picture.
struct Placed {
    kind: Lesion,
    middle: (f32, f32),
    radius: (f32, f32),
    edge: Field,
}

fn draw(seed: u64, lesion: Option<Lesion>) -> Canvas {
    let mut chance = Chance::new(seed);
    let speckle = (chance.field(), chance.field());
    let layers = Layers {
        fat: chance.between(0.2, 0.26),
        muscle: chance.between(0.62, 0.7),
        tilt: chance.between(-0.08, 0.08),
        warp: chance.field(),
        streak: chance.field(),
        tissue: chance.field(),
    };
    let middle = (chance.between(0.42, 0.58), chance.between(0.3, 0.36));
    let lesion = lesion.map(|kind| {
        let tall = if kind == Lesion::Smooth { (0.07, 0.09) } else { (0.12, 0.15) };
        let radius = (chance.between(0.11, 0.135), chance.between(tall.0, tall.1));
        Placed { kind, middle, radius, edge: chance.field() }
    });
    Canvas::paint_grey(WIDTH, HEIGHT, |column, row| {
        let (x, y) = ((column + 0.5) / WIDTH as f32, (row + 0.5) / HEIGHT as f32);
        let tissue = layers.echo(x, y);
        let echo = lesion.as_ref().map_or(tissue, |lesion| lesion.over(tissue, x, y, layers.tissue));
        0.8 * (echo.max(0.0) * (0.55 + 0.5 * speckled(speckle, x * 62.0, y * 110.0))).powf(0.9)
    })
}

/// Speckle: the magnitude of a sum of random phasors.
fn speckled((one, other): (Field, Field), x: f32, y: f32) -> f32 {
    let part = |field: Field| field.wave(x, y) + 0.35 * field.wave(x * 2.1, y * 2.1 + 5.0);
    1.35 * part(one).hypot(part(other))
}

impl Layers {
    /// Echo intensity at a point, without speckle.
    fn echo(&self, x: f32, y: f32) -> f32 {
        let Self { warp, streak, tissue, .. } = self;
        let depth = y + self.tilt * (x - 0.5) + 0.035 * warp.clouds(x * 2.2, y * 1.5, 2);
        let wall = bell(streak.clouds(x * 5.0 + 20.0, depth * 16.0, 3) / 0.11);
        let fat = 0.3
            + 0.1 * tissue.clouds(x * 6.0, depth * 12.0, 3)
            + 0.4 * wall * (0.6 + 0.4 * tissue.wave(x * 9.0, depth * 9.0));
        let strand = bell(streak.clouds(x * 4.0, depth * 26.0, 3) / 0.12);
        let gland = 0.46 + 0.2 * tissue.clouds(x * 7.0 + 9.0, depth * 24.0, 4) + 0.3 * strand;
        let fibre = bell(streak.clouds(x * 1.8 + 3.0, depth * 30.0, 3) / 0.07);
        let muscle = 0.24 + 0.1 * tissue.clouds(x * 5.0, depth * 40.0, 3) + 0.4 * fibre;
        let below_fat = ramp(self.fat - 0.04, self.fat + 0.06, depth + 0.02 * warp.clouds(x * 8.0, 5.0, 2));
        let below_gland = ramp(self.muscle - 0.02, self.muscle + 0.03, depth);
        let upper = fat + (gland - fat) * below_fat;
        let sheath = bell((depth - self.muscle) / 0.012) * (0.25 + 0.25 * streak.wave(x * 6.0, 1.0));
        let skin = 0.45 * bell((depth - 0.035) / 0.022);
        let echo = (upper + (muscle - upper) * below_gland + sheath).max(0.0) + skin;
        // Deeper echoes are weaker, and attenuation varies between columns.
        echo * (1.05 - 0.62 * ramp(0.35, 1.0, y)) * (1.0 + 0.25 * warp.wave(x * 7.0, 0.3))
    }
}

impl Placed {
    /// The tissue's echo with the lesion.
    fn over(&self, tissue: f32, x: f32, y: f32, texture: Field) -> f32 {
        let (dx, dy) = ((x - self.middle.0) / self.radius.0, (y - self.middle.1) / self.radius.1);
        let far = ellipse(dx, dy, 1.0, 1.0);
        let column = ramp(1.15, 0.45, dx.abs() + 0.12 * self.edge.clouds(x * 9.0, y * 1.5, 2));
        let below = ramp(0.1, 0.9, dy) * column;
        let (rim, soft, dark, around) = match self.kind {
            Lesion::Smooth => {
                let rim = 1.0 + 0.06 * self.edge.wobble(dx, dy, 1.0);
                let through = tissue * (1.0 + 0.75 * below * ramp(3.5, 1.0, dy));
                (rim, 0.07, 0.03, through + 0.2 * bell((far - rim - 0.1) / 0.1))
            }
            Lesion::Ragged => {
                let rim = 1.0 + 0.35 * self.edge.wobble(dx, dy, 2.0);
                let halo = 0.22 * bell((far - rim - 0.25) / 0.25) * ramp(0.6, -0.4, dy);
                (rim, 0.16, 0.12, tissue * (1.0 - 0.75 * below) + halo)
            }
        };
        let inside = ramp(rim + soft, rim - soft, far);
        let lesion = dark * (1.0 + 0.5 * texture.clouds(x * 20.0, y * 20.0, 3));
        around + (lesion - around) * inside
    }
}
