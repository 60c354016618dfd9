//! A face in front of a wall with a window: a picture that no model knows.

use crate::dataset::canvas::{Canvas, Chance, Colour, bell, ellipse, lit, mix, ramp, rgb};

const WIDTH: u32 = 400;
const HEIGHT: u32 = 300;
const WALL: Colour = rgb(150, 172, 160);
const SKY: Colour = rgb(205, 225, 240);
const FRAME: Colour = rgb(240, 238, 230);
const HAIR: Colour = rgb(70, 48, 36);
const SKIN: Colour = rgb(224, 178, 148);
const SHIRT: Colour = rgb(60, 90, 140);

/// `x` runs from -0.67 to 0.67, `y` from -0.5 (top) to 0.5 (bottom); the face is in the centre.
pub(super) fn draw(seed: u64) -> Canvas {
    let mut chance = Chance::new(seed);
    let (tone, grain) = (chance.field(), chance.field());
    let tilt = chance.between(-0.1, 0.1);
    Canvas::paint(WIDTH, HEIGHT, |column, row| {
        let place = |pixel: f32, size: u32| (pixel + 0.5 - size as f32 / 2.0) / HEIGHT as f32;
        let (x, y) = (place(column, WIDTH), place(row, HEIGHT));
        let colour = person(room(x, y), x + tilt * y, y);
        lit(colour, 1.0 + 0.05 * tone.clouds(x * 4.0, y * 4.0, 3) + 0.02 * grain.grain(column, row))
    })
}

fn room(x: f32, y: f32) -> Colour {
    // Distance outside a window, along its sides.
    let pane = (x - 0.45).abs().max((y + 0.15).abs() * 0.8);
    let bars = ((x - 0.45).abs()).min((y + 0.15).abs());
    let window = mix(SKY, FRAME, ramp(0.012, 0.009, bars));
    let framed = mix(FRAME, window, ramp(0.142, 0.138, pane));
    mix(WALL, framed, ramp(0.164, 0.16, pane))
}

fn person(behind: Colour, x: f32, y: f32) -> Colour {
    let shape = |outside: f32| ramp(1.015, 0.985, outside);
    let aside = x.abs();
    let shirt = mix(behind, SHIRT, shape(ellipse(x, y - 0.62, 0.42, 0.26)));
    let neck = mix(shirt, lit(SKIN, 0.85), shape(ellipse(x, y - 0.3, 0.09, 0.14)));
    let hair = mix(neck, HAIR, shape(ellipse(x, y + 0.07, 0.235, 0.27)));
    let shade = 1.08 - 0.25 * ellipse(x + 0.05, y, 0.3, 0.4).powi(2);
    let face = mix(hair, lit(SKIN, shade), shape(ellipse(x, y - 0.02, 0.19, 0.25)));
    let eye = (aside - 0.08, y + 0.03);
    let white = mix(face, FRAME, shape(ellipse(eye.0, eye.1, 0.04, 0.022)));
    let iris = mix(white, rgb(70, 90, 80), shape(ellipse(eye.0, eye.1, 0.019, 0.019)));
    let brow =
        mix(iris, HAIR, bell((y + 0.085 + (aside - 0.08).powi(2) * 3.0) / 0.009) * shape(eye.0.abs() / 0.05));
    let nose = mix(brow, lit(SKIN, 0.75), 0.6 * shape(ellipse(x, y - 0.06, 0.025, 0.03)));
    let smile = bell((y - 0.135 + x * x * 2.0) / 0.01) * ramp(0.085, 0.07, aside);
    mix(nose, rgb(160, 70, 70), smile)
}
