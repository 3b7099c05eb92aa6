//! The picture of a price over time.
//!
//! A line on nothing, in colours that stand on white and on black alike: mail programs put either behind it.
//! It holds no text. What its ends mean stands beside it in the mail, where it can be read aloud and enlarged.

use bellwether_model::product::PricePoint;
use bellwether_model::{Price, Timestamp};
use png::{ColorType, Compression, Encoder};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use tiny_skia::{
    ColorU8, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Point, PremultipliedColorU8,
    Stroke, StrokeDash, Transform,
};

/// Pixels of the picture: twice those that it is shown at, for sharp screens.
const WIDTH: u16 = 880;
const HEIGHT: u16 = 280;
/// Pixels that stay free at the edges, so that the line and its last point are whole.
const EDGE: f32 = 14.0;
const LINE_WIDTH: f32 = 5.0;
const POINT_RADIUS: f32 = 10.0;
const BLUE: ColorU8 = ColorU8::from_rgba(0x3b, 0x7d, 0xe8, 255);
/// Of the level.
const ORANGE: ColorU8 = ColorU8::from_rgba(0xd9, 0x7a, 0x12, 255);
const GREY: ColorU8 = ColorU8::from_rgba(128, 140, 155, 150);
/// The opacity of the area below the line, where it is strongest.
const SHADE: u8 = 70;

/// The picture as a PNG, with a level across it where there is one; nothing where there are fewer than two
/// instants.
pub(super) fn png(points: &[PricePoint], level: Option<Price>) -> Option<Vec<u8>> {
    let extent = Extent::of(points, level)?;
    let places: Vec<Point> = points.iter().map(|point| extent.place(point)).collect::<Option<_>>()?;
    let (line, area) = paths(&places)?;
    let mut pixels = Pixmap::new(u32::from(WIDTH), u32::from(HEIGHT))?;
    let plain = Transform::identity();
    shade(&mut pixels, &area);
    for height in [EDGE, f32::from(HEIGHT) - EDGE] {
        let dash = StrokeDash::new(vec![6.0, 8.0], 0.0);
        let stroke = Stroke { width: 2.0, dash, ..Stroke::default() };
        pixels.stroke_path(&ruler(height)?, &paint(GREY), &stroke, plain, None);
    }
    if let Some(level) = level {
        let dash = StrokeDash::new(vec![18.0, 10.0], 0.0);
        let stroke = Stroke { width: 4.0, dash, ..Stroke::default() };
        pixels.stroke_path(&ruler(extent.height_of(level)?)?, &paint(ORANGE), &stroke, plain, None);
    }
    let (line_cap, line_join) = (LineCap::Round, LineJoin::Round);
    let stroke = Stroke { width: LINE_WIDTH, line_cap, line_join, ..Stroke::default() };
    pixels.stroke_path(&line, &paint(BLUE), &stroke, plain, None);
    let last = places.last()?;
    let point = PathBuilder::from_circle(last.x, last.y, POINT_RADIUS)?;
    pixels.fill_path(&point, &paint(BLUE), FillRule::Winding, plain, None);
    encoded(pixels)
}

/// The picture as a file. A quick compression does: most of it is nothing.
fn encoded(pixels: Pixmap) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, pixels.width(), pixels.height());
    encoder.set_color(ColorType::Rgba);
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels.take_demultiplied()).ok()?;
    writer.finish().ok()?;
    Some(file)
}

/// What the picture reaches over: time to the right, price upwards.
struct Extent {
    first: Timestamp,
    /// Microseconds.
    length: Decimal,
    low: Decimal,
    height: Decimal,
}

impl Extent {
    fn of(points: &[PricePoint], level: Option<Price>) -> Option<Self> {
        let (first, last) = (points.first()?.time, points.last()?.time);
        let length = Decimal::from(last.micros_since(first));
        let prices = points.iter().map(|point| point.price).chain(level);
        let low = prices.clone().min()?.to_decimal();
        let height = prices.max()?.to_decimal() - low;
        (length > Decimal::ZERO).then_some(Self { first, length, low, height })
    }

    /// Where a point stands.
    fn place(&self, point: &PricePoint) -> Option<Point> {
        let since = Decimal::from(point.time.micros_since(self.first));
        let right = since.checked_div(self.length)?.to_f32()?;
        Some(Point::from_xy(EDGE + right * (f32::from(WIDTH) - 2.0 * EDGE), self.height_of(point.price)?))
    }

    /// How far from the top a price stands; one that never moved in the middle.
    fn height_of(&self, price: Price) -> Option<f32> {
        let up = (price.to_decimal() - self.low).checked_div(self.height);
        let up = up.map_or(Some(0.5), |up| up.to_f32())?;
        Some(EDGE + (1.0 - up) * (f32::from(HEIGHT) - 2.0 * EDGE))
    }
}

/// The line through all points, and the area below it.
fn paths(places: &[Point]) -> Option<(Path, Path)> {
    let (first, last) = (places.first()?, places.last()?);
    let along = || {
        let mut path = PathBuilder::new();
        path.move_to(first.x, first.y);
        places.iter().skip(1).for_each(|place| path.line_to(place.x, place.y));
        path
    };
    let mut area = along();
    area.line_to(last.x, f32::from(HEIGHT));
    area.line_to(first.x, f32::from(HEIGHT));
    area.close();
    Some((along().finish()?, area.finish()?))
}

fn ruler(height: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.move_to(EDGE, height);
    path.line_to(f32::from(WIDTH) - EDGE, height);
    path.finish()
}

fn paint(color: ColorU8) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(color.red(), color.green(), color.blue(), color.alpha());
    paint
}

/// Fills an area of an empty picture with blue that fades out downwards.
///
/// The library's own gradient takes as long as all the rest together: so the area is filled with one colour, which
/// is thinned row by row. Its edge is rough, and lies below the line.
fn shade(pixels: &mut Pixmap, area: &Path) {
    let fill = Paint { anti_alias: false, ..paint(BLUE) };
    pixels.fill_path(area, &fill, FillRule::Winding, Transform::identity(), None);
    for (row, pixels) in (0..HEIGHT).zip(pixels.pixels_mut().chunks_exact_mut(usize::from(WIDTH))) {
        let thin = thinned(SHADE - u8::try_from(row * u16::from(SHADE) / HEIGHT).unwrap_or(SHADE));
        pixels.iter_mut().filter(|pixel| pixel.alpha() > 0).for_each(|pixel| *pixel = thin);
    }
}

/// Blue of an opacity.
fn thinned(alpha: u8) -> PremultipliedColorU8 {
    ColorU8::from_rgba(BLUE.red(), BLUE.green(), BLUE.blue(), alpha).premultiply()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(prices: &[&str]) -> Vec<PricePoint> {
        let point = |(day, price): (i64, &&str)| PricePoint {
            time: Timestamp::from_micros(day * 86_400_000_000),
            price: price.parse().unwrap(),
        };
        (0..).zip(prices).map(point).collect()
    }

    fn drawn(prices: &[&str]) -> Pixmap {
        Pixmap::decode_png(&png(&points(prices), None).unwrap()).unwrap()
    }

    /// Whether the line is there: the only thing that lets nothing through.
    fn is_line(pixels: &Pixmap, right: f32, up: f32) -> bool {
        let place = |part: f32, whole: u16| EDGE + part * (f32::from(whole) - 2.0 * EDGE);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the picture")]
        let (x, y) = (place(right, WIDTH) as u32, place(1.0 - up, HEIGHT) as u32);
        pixels.pixel(x, y).unwrap().alpha() == 255
    }

    #[test]
    fn the_line_goes_where_the_prices_went() {
        let pixels = drawn(&["10", "30", "20"]);
        assert_eq!((pixels.width(), pixels.height()), (880, 280));
        for (right, up) in [(0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (1.0, 0.5)] {
            assert!(is_line(&pixels, right, up), "at {right}, {up}");
        }
        for (right, up) in [(0.0, 1.0), (0.25, 0.2), (0.5, 0.5), (0.25, 0.9)] {
            assert!(!is_line(&pixels, right, up), "at {right}, {up}");
        }
    }

    #[test]
    fn a_level_is_drawn_across_and_counts_for_the_extent() {
        let level = Some("40".parse().unwrap());
        let pixels = Pixmap::decode_png(&png(&points(&["10", "20"]), level).unwrap()).unwrap();
        let orange = |pixel: &PremultipliedColorU8| {
            let color = pixel.demultiply();
            (color.red(), color.green(), color.blue(), color.alpha()) == (0xd9, 0x7a, 0x12, 255)
        };
        let rows: Vec<usize> = pixels
            .pixels()
            .chunks_exact(usize::from(WIDTH))
            .enumerate()
            .filter(|(_, row)| row.iter().filter(|pixel| orange(pixel)).count() > usize::from(WIDTH) / 2)
            .map(|(row, _)| row)
            .collect();
        assert!(!rows.is_empty() && rows.iter().all(|row| (10..20).contains(row)), "at the top: {rows:?}");
        assert!(is_line(&pixels, 0.0, 0.0) && is_line(&pixels, 1.0, 1.0 / 3.0));
    }

    #[test]
    fn a_price_that_never_moved_is_a_line_in_the_middle() {
        let pixels = drawn(&["10", "10"]);
        assert!(is_line(&pixels, 0.5, 0.5));
    }

    #[test]
    fn a_picture_needs_two_instants() {
        assert_eq!(png(&points(&[]), None), None);
        assert_eq!(png(&points(&["10"]), None), None);
        let mut same = points(&["10", "11"]);
        same[1].time = same[0].time;
        assert_eq!(png(&same, None), None);
    }

    #[test]
    fn prices_of_any_size_are_drawn() {
        let apart = ["0.0000000000000000000000000001", "9999999999999999999999999999"];
        assert!(png(&points(&apart), None).is_some());
        let year: Vec<String> = (0..365u32).map(|day| (1_000 + day * 37 % 211).to_string()).collect();
        let year: Vec<&str> = year.iter().map(String::as_str).collect();
        assert!(png(&points(&year), None).is_some_and(|png| png.len() < 60_000));
    }
}
