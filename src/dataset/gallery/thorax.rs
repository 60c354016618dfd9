//! A frontal radiograph of a child's chest. `x` runs from -0.5 to 0.5 across the film, `y` from 0 (top) to 1
//! (bottom).

use crate::dataset::canvas::{Canvas, Chance, Field, bell, ellipse, ramp};

const SIDE: u32 = 400;

/// Both lungs full of air.
pub(super) fn clear(seed: u64) -> Canvas {
    draw(seed, false)
}

/// With an opacity in one lung.
pub(super) fn patch(seed: u64) -> Canvas {
    draw(seed, true)
}

struct Thorax {
    /// Top of the lungs, height of the diaphragm, and half of the lungs' width.
    top: f32,
    dome: f32,
    half: f32,
    soft: Field,
    vessel: Field,
    /// Centre of the opacity, and its edge.
    patch: Option<((f32, f32), Field)>,
}

fn draw(seed: u64, has_patch: bool) -> Canvas {
    let mut chance = Chance::new(seed);
    let (tilt, grain) = (chance.between(-0.03, 0.03), chance.field());
    let thorax = Thorax {
        top: chance.between(0.17, 0.21),
        dome: chance.between(0.7, 0.75),
        half: chance.between(0.36, 0.385),
        soft: chance.field(),
        vessel: chance.field(),
        patch: has_patch.then(|| {
            let middle = (-chance.between(0.16, 0.22), chance.between(0.48, 0.6));
            (middle, chance.field())
        }),
    };
    Canvas::paint_grey(SIDE, SIDE, |column, row| {
        let (x, y) = ((column + 0.5) / SIDE as f32 - 0.5, (row + 0.5) / SIDE as f32);
        let dense = thorax.dense(x + tilt * (y - 0.5), y);
        let noise = 0.012 * grain.wave(column * 0.8, row * 0.8) + 0.008 * grain.grain(column, row);
        ((dense.max(0.0) * 1.03).powf(0.95) + noise).clamp(0.02, 0.97)
    })
}

impl Thorax {
    /// Brightness of a point, by how much the rays are attenuated.
    fn dense(&self, x: f32, y: f32) -> f32 {
        let aside = x.abs();
        // 1 at the lungs' outer edge.
        let shell = ellipse(aside, y - 0.62, self.half, 0.62 - self.top);
        let heart = ellipse(x + 0.25 * (y - 0.6) - 0.045, y - 0.58, 0.15, 0.2);
        let heart = ramp(1.22, 0.82, heart + 0.05 * self.soft.wave(x * 5.0, y * 5.0));
        let middle = 0.055 + 0.02 * ramp(0.5, 0.2, y) + 0.02 * self.soft.wave(x * 6.0, y * 6.0);
        let dome = self.dome + 0.04 * ramp(-0.08, 0.08, x) - 0.02 + 1.44 * (aside - 0.17).powi(2);
        let lung = ramp(1.02, 0.9, shell)
            * ramp(middle - 0.01, middle + 0.045, aside)
            * ramp(dome + 0.02, dome - 0.035, y);
        let air = lung * (1.0 - 0.88 * heart);
        self.trunk(aside, y) + 0.1 * ramp(dome - 0.01, dome + 0.02, y) * ramp(0.4, 0.34, aside)
            - (0.42 + 0.06 * self.soft.clouds(x * 5.0, y * 5.0, 2)) * air
            + self.vessels(x, y) * air
            + spine(x, y)
            + ribs(aside, y) * ramp(1.1, 1.02, shell)
            + 0.05 * bell((shell - 1.03) / 0.035) * ramp(0.2, 0.3, y) * ramp(0.85, 0.7, y)
            + shoulder(aside, y)
            + self.opacity(x, y) * lung * (1.0 - 0.7 * heart)
            + 0.035 * self.soft.clouds(x * 6.0 + 30.0, y * 6.0, 4)
    }

    /// Trunk, neck and arms without their contents, and the hila.
    fn trunk(&self, aside: f32, y: f32) -> f32 {
        let half = 0.4 + 0.05 * y - 0.02 * ramp(0.1, 0.4, y);
        let slope = ramp(0.03, 0.22, y - 0.02 - 0.25 * (aside - 0.14).max(0.0));
        let trunk = ramp(half + 0.03, half - 0.01, aside) * (0.15 + 0.85 * slope);
        let arm = bell((aside - 0.46 - 0.1 * (y - 0.3)) / 0.07) * ramp(0.05, 0.2, y) * ramp(0.75, 0.4, y);
        let neck = ramp(0.17, 0.1, aside) * ramp(0.25, 0.05, y);
        let body = 0.62 * trunk.max(0.95 * neck).max(0.55 * arm) * (1.0 - 0.12 * ramp(0.25, 0.45, aside));
        let root = bell((aside - 0.09).hypot(y - 0.47) / 0.07);
        body + 0.13 * root * (0.7 + 0.3 * self.vessel.clouds(aside * 18.0, y * 18.0, 2))
    }

    /// Vessels, which spread from the hilum.
    fn vessels(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = (x.abs() - 0.09, y - 0.47);
        let far = dx.hypot(dy);
        let side = if x < 0.0 { -20.0 } else { 20.0 };
        let line = self.vessel.clouds(dy.atan2(dx) * 3.0 + side, far * 5.0, 3);
        0.13 * bell(line / 0.08) * ramp(0.3, 0.05, far)
    }

    fn opacity(&self, x: f32, y: f32) -> f32 {
        self.patch.map_or(0.0, |((left, top), edge)| {
            let far = ellipse(x - left, y - top, 0.17, 0.2) + 0.5 * edge.clouds(x * 8.0, y * 8.0, 3);
            0.42 * ramp(1.25, 0.2, far) * (0.8 + 0.2 * edge.clouds(x * 20.0, y * 20.0, 2))
        })
    }
}

/// Vertebrae, and the dark trachea in front of them.
fn spine(x: f32, y: f32) -> f32 {
    let part = (y * 17.0).fract();
    let vertebra = 0.75 + 0.25 * ramp(0.0, 0.2, part) * ramp(1.0, 0.8, part);
    0.13 * bell(x / 0.045) * vertebra - 0.1 * bell(x / 0.022) * ramp(0.48, 0.3, y)
}

/// Posterior ribs slope outwards, anterior ribs inwards.
fn ribs(aside: f32, y: f32) -> f32 {
    let u = aside / 0.38;
    let rib = |number: u8| {
        let from = 0.155 + 0.068 * f32::from(number);
        let back = y - (from + 0.02 - 0.03 * (1.0 - (1.0 - u).powi(2)) + 0.144 * u.powi(3));
        let behind = 0.75 * bell(back / 0.0125) + 0.35 * bell((back.abs() - 0.012) / 0.004);
        let front = 0.5 * bell((y - from - 0.19 + 0.1575 * u * u) / 0.013) * ramp(0.14, 0.22, aside);
        front.max(behind * ramp(0.04, 0.08, aside))
    };
    let all = (0..9).map(rib).fold(0.0, f32::max);
    let cage = ramp(1.2, 0.9, ellipse(aside, y - 0.55, 0.42, 0.5));
    0.15 * all * ramp(0.1, 0.16, y) * ramp(0.98, 0.8, y) * cage
}

/// Clavicle and humeral head.
fn shoulder(aside: f32, y: f32) -> f32 {
    let collar = y - (0.165 - 0.1 * (aside - 0.05) + 0.25 * (aside - 0.2).powi(2));
    0.17 * bell(collar / 0.016) * ramp(0.03, 0.06, aside) * ramp(0.36, 0.32, aside)
        + 0.07 * ramp(1.1, 0.8, ellipse(aside - 0.43, y - 0.15, 0.06, 0.07))
}
