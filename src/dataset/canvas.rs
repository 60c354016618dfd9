//! The tools of all drawings: a canvas, seeded random numbers and smooth random fields. Nothing is taken from
//! real images.

/// Red, green and blue, 0 to 1.
pub(super) type Colour = [f32; 3];

/// A colour from 8-bit values.
pub(super) const fn rgb(red: u8, green: u8, blue: u8) -> Colour {
    [red as f32 / 255.0, green as f32 / 255.0, blue as f32 / 255.0]
}

/// Linear interpolation between two colours: the first at 0, the second at 1.
pub(super) fn mix([a, b, c]: Colour, [d, e, f]: Colour, share: f32) -> Colour {
    let share = share.clamp(0.0, 1.0);
    let between = |from: f32, to: f32| from + (to - from) * share;
    [between(a, d), between(b, e), between(c, f)]
}

/// A colour seen through a filter of thickness `strength`.
pub(super) fn stain([a, b, c]: Colour, [d, e, f]: Colour, strength: f32) -> Colour {
    let strength = strength.max(0.0);
    [a * d.powf(strength), b * e.powf(strength), c * f.powf(strength)]
}

/// A colour, scaled by a light intensity.
pub(super) fn lit(colour: Colour, light: f32) -> Colour {
    colour.map(|value| value * light)
}

/// Smoothstep: 0 up to `from`, 1 from `to` on; falling if `from` is larger.
pub(super) fn ramp(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A bell curve of width 1, with the value 1 at 0.
pub(super) fn bell(x: f32) -> f32 {
    (-x * x).exp()
}

/// Normalised distance of `(x, y)` from the centre of an ellipse: 1 at its edge.
pub(super) fn ellipse(x: f32, y: f32, width: f32, height: f32) -> f32 {
    (x / width).hypot(y / height)
}

/// Rotates a point about the origin.
pub(super) fn turn(x: f32, y: f32, angle: f32) -> (f32, f32) {
    let (sin, cos) = angle.sin_cos();
    (x * cos + y * sin, y * cos - x * sin)
}

/// A seeded random generator (splitmix64: Steele, Lea, Flood 2014), the same on every machine.
pub(super) struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        scramble(self.0)
    }

    /// Uniform between `from` and `to`.
    pub fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * unit(self.next())
    }

    /// -1 or 1.
    pub fn side(&mut self) -> f32 {
        if self.next() & 1 == 0 { -1.0 } else { 1.0 }
    }

    /// A new random field.
    pub fn field(&mut self) -> Field {
        Field(self.next())
    }
}

/// Value noise: a random value at every integer point, smooth in between.
#[derive(Clone, Copy)]
pub(super) struct Field(u64);

impl Field {
    /// The value at an integer point, 0 to 1.
    fn corner(self, x: i32, y: i32) -> f32 {
        let place = (u64::from(x as u32) << 32) | u64::from(y as u32);
        unit(scramble(self.0 ^ scramble(place.wrapping_add(GOLDEN))))
    }

    /// The smooth value at any point, -1 to 1.
    pub fn wave(self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (ramp(0.0, 1.0, x - left), ramp(0.0, 1.0, y - top));
        let row = |j: i32| {
            let (from, to) = (self.corner(left as i32, j), self.corner(left as i32 + 1, j));
            from + (to - from) * across
        };
        let (above, below) = (row(top as i32), row(top as i32 + 1));
        (above + (below - above) * down) * 2.0 - 1.0
    }

    /// Fractal noise: octaves of half the size and half the strength each; about -1 to 1.
    pub fn clouds(self, x: f32, y: f32, octaves: u32) -> f32 {
        let (mut sum, mut strength, mut scale) = (0.0, 0.8, 1.0);
        for octave in 0..octaves {
            sum += strength * Self(self.0.wrapping_add(u64::from(octave))).wave(x * scale, y * scale);
            strength *= 0.5;
            scale *= 2.0;
        }
        sum
    }

    /// White noise, -1 to 1, independent for each pixel.
    pub fn grain(self, x: f32, y: f32) -> f32 {
        self.corner(x as i32, y as i32) * 2.0 - 1.0
    }

    /// Irregularity of a shape's edge as a function of the direction of `(x, y)` from its centre, without a
    /// seam.
    pub fn wobble(self, x: f32, y: f32, times: f32) -> f32 {
        let length = x.hypot(y).max(1e-6);
        self.clouds(x / length * times + 40.0, y / length * times + 40.0, 3)
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn scramble(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// From 0 up to, but not including, 1, with as many bits as fit an `f32`.
fn unit(bits: u64) -> f32 {
    (bits >> 40) as f32 / (1u64 << 24) as f32
}

/// A finished drawing.
pub(super) struct Canvas {
    width: u32,
    height: u32,
    /// Three bytes for each pixel, row by row.
    rgb: Vec<u8>,
}

impl Canvas {
    /// Paints each pixel; `colour` gets its column and row.
    pub fn paint(width: u32, height: u32, colour: impl Fn(f32, f32) -> Colour) -> Self {
        let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x as f32, y as f32)));
        let rgb = places.flat_map(|(x, y)| colour(x, y).map(byte)).collect();
        Self { width, height, rgb }
    }

    /// Paints each pixel in grey.
    pub fn paint_grey(width: u32, height: u32, light: impl Fn(f32, f32) -> f32) -> Self {
        Self::paint(width, height, |x, y| [light(x, y); 3])
    }

    /// Encodes as BMP, which needs no compression code: 24 bits for each pixel, bottom row first, each row
    /// padded to a multiple of four bytes.
    pub fn bmp(&self) -> Vec<u8> {
        const HEADER: u32 = 54;
        let row = self.width * 3;
        let padding = (4 - row % 4) % 4;
        let mut file = Vec::from(*b"BM");
        let fields = [HEADER + (row + padding) * self.height, 0, HEADER, 40, self.width, self.height];
        file.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
        // One plane, 24 bits, no compression; the remaining fields may be 0.
        file.extend([1, 0, 24, 0]);
        file.extend([0; 24]);
        for pixels in self.rgb.chunks(row.max(1) as usize).rev() {
            file.extend(pixels.chunks(3).flat_map(|pixel| pixel.iter().rev()));
            file.extend((0..padding).map(|_| 0));
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_read_as_it_was_painted() {
        let colour = |x: f32, y: f32| [x / 10.0, y / 10.0, if x > y { 1.0 } else { 0.0 }];
        // A width whose rows need padding.
        let canvas = Canvas::paint(7, 5, colour);
        let read = ::image::load_from_memory(&canvas.bmp()).unwrap().to_rgb8();
        assert_eq!((read.width(), read.height()), (7, 5));
        assert_eq!(read.into_raw(), canvas.rgb);
    }

    #[test]
    fn fields_are_smooth_and_chance_is_even() {
        let mut chance = Chance::new(5);
        let field = chance.field();
        for step in 0..400 {
            let x = step as f32 * 0.173 - 20.0;
            let change = field.wave(x + 0.01, 3.3) - field.wave(x, 3.3);
            assert!(change.abs() < 0.04, "{change} at {x}");
        }
        let mean = (0..1000).map(|_| chance.between(2.0, 4.0)).sum::<f32>() / 1000.0;
        assert!((mean - 3.0).abs() < 0.06, "{mean}");
    }
}
