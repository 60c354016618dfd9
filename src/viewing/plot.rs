//! Lines over a common axis, drawn as SVG: told apart by dashes and marks as well as by colour. The same drawing is shown and saved.

use std::fmt::Write;

/// Points of one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is, for the legend and the table.
    pub name: String,
    /// Places along both axes; those that are no numbers are left out.
    pub points: Vec<(f64, f64)>,
    /// Lines of a group have one colour and one mark.
    pub group: usize,
    /// Whether it is dashed.
    pub is_dashed: bool,
}

/// A plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// What the vertical axis shows.
    pub title: String,
    /// What the horizontal axis shows.
    pub across: String,
    /// The lines.
    pub series: Vec<Series>,
    /// Ends of the vertical axis; `None`: as the points need.
    pub range: Option<(f64, f64)>,
    /// Whether the vertical axis counts powers of ten; values of 0 and less are then left out.
    pub is_logarithmic: bool,
}

/// Size of the drawing, in its own units, and the room around the field.
const SIZE: (f64, f64) = (480.0, 300.0);
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const BELOW: f64 = 40.0;
/// Height of a legend's row, and lines in a row.
const ROW: f64 = 18.0;
const COLUMNS: usize = 2;
/// Seen on light and on dark paper.
const COLOURS: [&str; 6] = ["#2a7fc0", "#d9700f", "#1f9d78", "#9467c9", "#cc4b79", "#8c8a1a"];
/// Of lines with more points than this, only some have marks.
const MOST_MARKS: usize = 40;
/// Values written along an axis.
const TICKS: usize = 5;

impl Plot {
    /// The drawing, a whole SVG file. It is decoration to a screen reader, which reads the table.
    pub fn svg(&self) -> String {
        let (top, (width, height)) = (self.top(), self.size());
        let field = (LEFT, top, width - LEFT - RIGHT, height - top - BELOW);
        let (x, y) = (self.range_across(), self.range_down());
        let place = |(a, b): (f64, f64)| {
            let share = |value: f64, (least, most): (f64, f64)| (value - least) / (most - least).max(1e-12);
            let (u, v) = (share(a, x), share(self.scaled(b), y).clamp(0.0, 1.0));
            (field.0 + u * field.2, field.1 + (1.0 - v) * field.3)
        };
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"currentColor\">"
        );
        self.draw_axes(&mut svg, field, (x, y), height);
        for (number, series) in self.series.iter().enumerate() {
            draw_series(&mut svg, series, &self.seen(series).map(place).collect::<Vec<_>>());
            let column = (number % COLUMNS) as f64 * (width / COLUMNS as f64);
            draw_legend(&mut svg, series, (column + 8.0, 14.0 + (number / COLUMNS) as f64 * ROW));
        }
        svg.push_str("</svg>");
        svg
    }

    /// The drawing as a file of its own, `scale` times as large as its units, with `ink` for text and axes: not every program draws one
    /// without a size.
    pub fn file(&self, ink: &str, scale: f64) -> String {
        let (width, height) = self.size();
        let size = format!("<svg width=\"{}\" height=\"{}\" ", width * scale, height * scale);
        self.svg().replace("currentColor", ink).replacen("<svg ", &size, 1)
    }

    /// Width and height of the drawing, in its own units.
    pub fn size(&self) -> (f64, f64) {
        (SIZE.0, SIZE.1 + self.top())
    }

    /// The room that the legend takes above the field.
    fn top(&self) -> f64 {
        12.0 + ROW * self.series.len().div_ceil(COLUMNS) as f64
    }

    /// Where a place along the horizontal axis lies, in the drawing's units from its left.
    pub fn column(&self, x: f64) -> f64 {
        let (least, most) = self.range_across();
        LEFT + (x - least) / (most - least).max(1e-12) * (SIZE.0 - LEFT - RIGHT)
    }

    /// The points as a table: a row for each place along the horizontal axis, a column for each line.
    pub fn rows(&self) -> Vec<(f64, Vec<Option<f64>>)> {
        let mut places: Vec<f64> =
            self.series.iter().flat_map(|series| series.points.iter().map(|(x, _)| *x)).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        let at = |x: f64| {
            let value =
                |series: &Series| series.points.iter().find(|point| point.0 == x).map(|point| point.1);
            self.series.iter().map(value).collect()
        };
        places.into_iter().map(|x| (x, at(x))).collect()
    }

    /// The same table as comma-separated values.
    pub fn csv(&self) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let names = self.series.iter().map(|series| quoted(&series.name));
        let mut lines =
            vec![std::iter::once(quoted(&self.across)).chain(names).collect::<Vec<_>>().join(",")];
        for (x, values) in self.rows() {
            let cells = values.iter().map(|value| value.map_or_else(String::new, |value| value.to_string()));
            lines.push(std::iter::once(x.to_string()).chain(cells).collect::<Vec<_>>().join(","));
        }
        lines.join("\n") + "\n"
    }

    fn scaled(&self, value: f64) -> f64 {
        if self.is_logarithmic { value.log10() } else { value }
    }

    /// The points that can be drawn.
    fn seen<'a>(&self, series: &'a Series) -> impl Iterator<Item = (f64, f64)> + use<'a> {
        let is_logarithmic = self.is_logarithmic;
        let is_seen =
            move |(x, y): &(f64, f64)| x.is_finite() && y.is_finite() && (!is_logarithmic || *y > 0.0);
        series.points.iter().copied().filter(is_seen)
    }

    fn range_across(&self) -> (f64, f64) {
        ends(self.series.iter().flat_map(|series| self.seen(series)).map(|(x, _)| x))
    }

    fn range_down(&self) -> (f64, f64) {
        if let Some(range) = self.range {
            return range;
        }
        let values = self.series.iter().flat_map(|series| self.seen(series)).map(|(_, y)| self.scaled(y));
        let (least, most) = ends(values);
        let least = if self.is_logarithmic { least } else { least.min(0.0) };
        (least, most + 0.05 * (most - least))
    }

    fn draw_axes(
        &self,
        svg: &mut String,
        (left, top, width, height): (f64, f64, f64, f64),
        (x, y): ((f64, f64), (f64, f64)),
        below: f64,
    ) {
        for tick in 0..=TICKS {
            let share = tick as f64 / TICKS as f64;
            let line = top + (1.0 - share) * height;
            let value = y.0 + share * (y.1 - y.0);
            let value = if self.is_logarithmic { 10f64.powf(value) } else { value };
            put(
                svg,
                format_args!(
                    "<line x1=\"{left}\" x2=\"{}\" y1=\"{line:.1}\" y2=\"{line:.1}\" stroke=\"currentColor\" stroke-opacity=\"0.2\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                    left + width,
                    left - 6.0,
                    line + 4.0,
                    short(value)
                ),
            );
            let column = left + share * width;
            put(
                svg,
                format_args!(
                    "<text x=\"{column:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                    top + height + 16.0,
                    short(x.0 + share * (x.1 - x.0))
                ),
            );
        }
        put(
            svg,
            format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                left + width / 2.0,
                below - 6.0,
                escaped(&self.across)
            ),
        );
    }
}

/// Writing into memory cannot fail.
fn put(svg: &mut String, text: std::fmt::Arguments) {
    svg.write_fmt(text).ok();
}

fn colour(series: &Series) -> &'static str {
    COLOURS.get(series.group % COLOURS.len()).copied().unwrap_or("currentColor")
}

fn dashes(series: &Series) -> &'static str {
    if series.is_dashed { "6 4" } else { "none" }
}

fn draw_series(svg: &mut String, series: &Series, points: &[(f64, f64)]) {
    let places: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    put(
        svg,
        format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>",
            places.join(" "),
            colour(series),
            dashes(series)
        ),
    );
    let step = if points.len() > MOST_MARKS { points.len() / 8 } else { 1 };
    points.iter().step_by(step).for_each(|point| mark(svg, series, *point));
}

/// A disc, a square, a triangle or a diamond, by the line's group.
fn mark(svg: &mut String, series: &Series, (x, y): (f64, f64)) {
    let colour = colour(series);
    let corners: &[(f64, f64)] = match series.group % 4 {
        0 => {
            return put(
                svg,
                format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>"),
            );
        }
        1 => &[(-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)],
        2 => &[(0.0, -4.5), (4.0, 3.0), (-4.0, 3.0)],
        _ => &[(0.0, -4.5), (4.5, 0.0), (0.0, 4.5), (-4.5, 0.0)],
    };
    let corners: Vec<String> =
        corners.iter().map(|(across, down)| format!("{:.1},{:.1}", x + across, y + down)).collect();
    put(svg, format_args!("<polygon points=\"{}\" fill=\"{colour}\"/>", corners.join(" ")));
}

fn draw_legend(svg: &mut String, series: &Series, (x, y): (f64, f64)) {
    put(
        svg,
        format_args!(
            "<line x1=\"{x}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>",
            x + 30.0,
            colour(series),
            dashes(series)
        ),
    );
    mark(svg, series, (x + 15.0, y));
    put(svg, format_args!("<text x=\"{}\" y=\"{}\">{}</text>", x + 36.0, y + 4.0, escaped(&series.name)));
}

/// The least and the most of some numbers, never the same.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (least, most) =
        values.fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)));
    match (least, most) {
        (least, most) if least > most => (0.0, 1.0),
        (least, most) if most - least < 1e-12 => (least - 0.5, most + 0.5),
        ends => ends,
    }
}

/// A number in few digits.
fn short(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => return format!("{value:.0e}"),
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> Plot {
        let series = |name: &str, points: &[(f64, f64)], is_dashed| Series {
            name: name.into(),
            points: points.to_vec(),
            group: 0,
            is_dashed,
        };
        Plot {
            title: "loss".into(),
            across: "epoch".into(),
            series: vec![
                series("a <b>", &[(1.0, 0.5), (2.0, 0.25), (3.0, f64::NAN)], false),
                series("c", &[(2.0, 0.75)], true),
            ],
            range: None,
            is_logarithmic: false,
        }
    }

    #[test]
    fn a_drawing_is_one_file_with_every_line_told_apart_without_colour() {
        let svg = plot().svg();
        assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>") && !svg.contains("NaN"));
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.contains("stroke-dasharray=\"none\"") && svg.contains("stroke-dasharray=\"6 4\""));
        assert!(svg.contains("a &lt;b&gt;") && !svg.contains("a <b>"));
    }

    #[test]
    fn the_table_holds_every_point() {
        assert_eq!(plot().csv(), "\"epoch\",\"a <b>\",\"c\"\n1,0.5,\n2,0.25,0.75\n3,NaN,\n");
        assert_eq!(plot().rows()[1], (2.0, vec![Some(0.25), Some(0.75)]));
    }

    #[test]
    fn a_place_is_found_again_and_long_lines_have_some_marks() {
        let mut plot = plot();
        // A point without a value takes no place.
        assert_eq!((plot.column(1.0), plot.column(2.0)), (LEFT, SIZE.0 - RIGHT));
        plot.series.truncate(1);
        plot.series[0].points = (0..200).map(|at| (f64::from(at), 1.0)).collect();
        // Eight on the line, one in the legend.
        assert_eq!(plot.svg().matches("<circle").count(), 9);
        let file = plot.file("#000", 2.0);
        assert!(file.starts_with("<svg width=\"960\" height=") && !file.contains("currentColor"));
    }

    #[test]
    fn nothing_and_one_point_can_be_drawn() {
        let mut empty = plot();
        empty.series.clear();
        assert!(empty.svg().contains(">1<"));
        let mut one = plot();
        one.series.remove(0);
        one.is_logarithmic = true;
        assert!(one.svg().contains("<circle"));
        assert_eq!(
            [short(0.0), short(0.5), short(12.0), short(1234.0), short(0.001)],
            ["0", "0.5", "12", "1234", "1e-3"]
        );
    }
}
