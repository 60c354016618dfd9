//! The user's measurements after template 1501, with the coordinates in the image if there is one to refer
//! to.

use super::codes::{self, Code};
use super::content::{Image, Item, Value};
use super::uid;
use crate::messages::report;
use crate::report::{Measurement, MeasurementKind, Statistics};
use crate::viewing::Point;

/// The measurement group of the report's measurement number `index`.
pub(super) fn group<'a>(
    of: &'a Measurement,
    index: usize,
    image: Option<Image<'a>>,
    identity: &str,
) -> Item<'a> {
    let mut content = tracking(of.name(), uid(&format!("measurement {index}"), identity));
    let concept = match of.kind {
        MeasurementKind::Distance => codes::LENGTH,
        MeasurementKind::Angle => codes::ANGLE,
        MeasurementKind::Ellipse | MeasurementKind::Rectangle => codes::AREA,
    };
    let placed = |item: Item<'a>| match (image, shape(of)) {
        (Some(image), Some((kind, points))) => item.inferred_from(kind, points, image),
        _ => item,
    };
    content.push(placed(Item::contains(concept, Value::Number(of.value, codes::unit(&of.unit)))));
    for (derivation, value) in of.statistics.iter().flat_map(values) {
        let unit = of.statistics.as_ref().map_or("", |statistics| &statistics.unit);
        let concept = if unit == "HU" { codes::ATTENUATION } else { codes::PIXEL_VALUE };
        let derivation = Item::contains(codes::DERIVATION, Value::Code(derivation)).modifier();
        content
            .push(placed(Item::contains(concept, Value::Number(value, codes::unit(unit))).with(derivation)));
    }
    if of.at_detector {
        let text = report::MAGNIFIED;
        content.push(Item::text(codes::COMMENT, text));
    }
    Item::heading(codes::GROUP, Some("1501"), content)
}

/// Tracking identifier (for humans) and tracking unique identifier of a group.
pub(super) fn tracking<'a>(name: String, uid: String) -> Vec<Item<'a>> {
    let name = Item::text(codes::TRACKING_ID, name);
    let uid = Item::contains(codes::TRACKING_UID, Value::Uid(uid));
    vec![name.context(), uid.context()]
}

fn values(of: &Statistics) -> [(Code<'static>, f64); 4] {
    [
        (codes::MEAN, of.mean),
        (codes::DEVIATION, of.deviation),
        (codes::MINIMUM, of.min),
        (codes::MAXIMUM, of.max),
    ]
}

/// Graphic type and points of spatial coordinates (PS3.3 C.18.6). They count from the upper left corner of
/// the image, as [`Point`] does. `None` if points are missing.
fn shape(of: &Measurement) -> Option<(&'static str, Vec<Point>)> {
    match (of.kind, of.points.as_slice()) {
        (MeasurementKind::Distance, points @ [_, _]) => Some(("POLYLINE", points.to_vec())),
        (MeasurementKind::Angle, points @ [_, _, _]) => Some(("POLYLINE", points.to_vec())),
        (MeasurementKind::Rectangle, [a, b]) => {
            let corners = [(a.x, a.y), (b.x, a.y), (b.x, b.y), (a.x, b.y), (a.x, a.y)];
            Some(("POLYLINE", corners.map(|(x, y)| Point { x, y }).to_vec()))
        }
        (MeasurementKind::Ellipse, [a, b]) => {
            let (x, y) = ((a.x + b.x) / 2.0, (a.y + b.y) / 2.0);
            let across = [Point { x: a.x, y }, Point { x: b.x, y }];
            let down = [Point { x, y: a.y }, Point { x, y: b.y }];
            // The ends of the major axis come first.
            let is_wide = (a.x - b.x).abs() >= (a.y - b.y).abs();
            let axes = if is_wide { [across, down] } else { [down, across] };
            Some(("ELLIPSE", axes.concat()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn an_ellipse_is_its_longer_axis_and_its_shorter_one_and_a_rectangle_is_closed() {
        let measurements = sample().unwrap().measurements;
        let flat = |of: &Measurement| {
            let (kind, points) = shape(of).unwrap();
            (kind, points.iter().map(|p| (p.x, p.y)).collect::<Vec<_>>())
        };
        let ellipse = vec![(10.0, 20.0), (50.0, 20.0), (30.0, 10.0), (30.0, 30.0)];
        assert_eq!(flat(&measurements[2]), ("ELLIPSE", ellipse));
        let rectangle = vec![(10.0, 10.0), (50.0, 10.0), (50.0, 30.0), (10.0, 30.0), (10.0, 10.0)];
        assert_eq!(flat(&measurements[3]), ("POLYLINE", rectangle));
        let cut = Measurement { points: vec![], ..measurements[0].clone() };
        assert!(shape(&cut).is_none());
    }
}
