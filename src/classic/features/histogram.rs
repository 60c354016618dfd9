//! How bright an image is, and in which colours: histograms (Swain and Ballard 1991) and moments (Stricker and Orengo 1995).

use crate::classic::Square;

/// Bins of each histogram.
const BINS: usize = 16;

/// Of grey, and of colour images also of red, green, blue, hue and saturation: the share of pixels in each of 16 bins, then mean, standard
/// deviation and the cube root of the third moment. 19 numbers of a grey image, 114 of one in colour.
pub fn histogram(square: &Square) -> Vec<f32> {
    let mut planes = vec![square.grey()];
    if square.channels == 3 {
        let channel =
            |c: usize| square.values.iter().skip(c).step_by(3).map(|v| f32::from(*v) / 255.0).collect();
        let rgb: [Vec<f32>; 3] = std::array::from_fn(channel);
        let [red, green, blue] = &rgb;
        let pixels = red.iter().zip(green).zip(blue).map(|((r, g), b)| hue_and_saturation(*r, *g, *b));
        let (hue, saturation): (Vec<f32>, Vec<f32>) = pixels.unzip();
        planes.extend(rgb);
        planes.extend([hue, saturation]);
    }
    planes.iter().flat_map(|plane| shares(plane).into_iter().chain(moments(plane))).collect()
}

fn shares(plane: &[f32]) -> Vec<f32> {
    let mut counts = vec![0f32; BINS];
    for value in plane {
        if let Some(count) = counts.get_mut(((value * BINS as f32) as usize).min(BINS - 1)) {
            *count += 1.0;
        }
    }
    counts.into_iter().map(|count| count / plane.len().max(1) as f32).collect()
}

fn moments(plane: &[f32]) -> [f32; 3] {
    let mean_of =
        |of: &dyn Fn(f32) -> f32| plane.iter().map(|v| of(*v)).sum::<f32>() / plane.len().max(1) as f32;
    let mean = mean_of(&|v| v);
    [mean, mean_of(&|v| (v - mean).powi(2)).sqrt(), mean_of(&|v| (v - mean).powi(3)).cbrt()]
}

/// Hue around the circle and saturation, each 0 to 1 (Smith 1978). The hue of grey is 0.
fn hue_and_saturation(r: f32, g: f32, b: f32) -> (f32, f32) {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let range = most - least;
    if range <= 0.0 {
        return (0.0, 0.0);
    }
    let sixth = match most {
        m if m == r => ((g - b) / range).rem_euclid(6.0),
        m if m == g => (b - r) / range + 2.0,
        _ => (r - g) / range + 4.0,
    };
    (sixth / 6.0, range / most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::Squares;

    #[test]
    fn half_black_half_white_has_two_bins_and_known_moments() {
        let mut squares = Squares::new(28, 1);
        squares.push(&(0..28 * 28).map(|at| (at % 2) as f32).collect::<Vec<_>>());
        let found = histogram(&squares.get(0));
        assert!(found.len() == 19 && found[0] == 0.5 && found[15] == 0.5 && found[1] == 0.0);
        assert!((found[16] - 0.5).abs() < 1e-5 && (found[17] - 0.5).abs() < 1e-5 && found[18].abs() < 0.01);
    }

    #[test]
    fn colours_have_the_hue_of_the_circle() {
        assert_eq!(hue_and_saturation(1.0, 0.0, 0.0), (0.0, 1.0));
        assert_eq!(hue_and_saturation(0.0, 0.5, 0.0), (2.0 / 6.0, 1.0));
        assert_eq!(hue_and_saturation(0.5, 0.5, 1.0), (4.0 / 6.0, 0.5));
        assert_eq!(hue_and_saturation(0.3, 0.3, 0.3), (0.0, 0.0));
        let mut squares = Squares::new(28, 3);
        squares.push(&[1.0, 0.0, 1.0].repeat(28 * 28));
        let found = histogram(&squares.get(0));
        assert!(found.len() == 114 && found[4 * 19 + 13] == 1.0, "{found:?}");
    }
}
