//! The pictures of the listings: drawings of what kind of thing it is, each in a place, a tilt and a shade of its
//! own, a few kilobytes each.

use tiny_skia::{Color, FillRule, LineCap, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use super::item::Item;
use super::wares::WARES;

/// Width and height, in pixels.
const SIZE: u32 = 240;
/// The colour behind what no list knows.
const COLOUR: &str = "#5c677d";

/// The picture of an item, as PNG.
pub(super) fn png(item: &Item) -> Vec<u8> {
    let leaf = item.categories.first().map_or("", |(id, _)| id);
    let ware = WARES.iter().find(|ware| ware.leaf.0 == leaf);
    // Ids and titles of two items are never the same.
    let seed = seed(&format!("{} {}", item.id, item.title));
    let drawn = Pixmap::new(SIZE, SIZE).and_then(|mut picture| {
        background(&mut picture, shade(ware.map_or(COLOUR, |ware| ware.colour), seed), seed)?;
        let tilt = f32::from(u8::try_from(seed % 17).unwrap_or(0)) - 8.0;
        let place = Transform::from_rotate_at(tilt, 120.0, 120.0);
        thing(&mut picture, leaf, place, seed)?;
        picture.encode_png().ok()
    });
    drawn.unwrap_or_default()
}

/// A number of a text: FNV-1a.
fn seed(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A colour as `#rrggbb`, somewhat lighter or darker.
fn shade(colour: &str, seed: u64) -> Color {
    let part = |at: usize| u8::from_str_radix(colour.get(at..at + 2).unwrap_or("80"), 16).unwrap_or(128);
    let light = 0.85 + f32::from(u8::try_from(seed >> 8 & 31).unwrap_or(0)) / 100.0;
    let part = |at| (f32::from(part(at)) / 255.0 * light).min(1.0);
    Color::from_rgba(part(1), part(3), part(5), 1.0).unwrap_or(Color::BLACK)
}

fn paint(colour: Color) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(colour);
    paint
}

/// A wall, a table, and a round light behind what is sold.
fn background(picture: &mut Pixmap, colour: Color, seed: u64) -> Option<()> {
    picture.fill(colour);
    let mut light = Color::WHITE;
    light.set_alpha(0.16);
    let x = 70.0 + f32::from(u8::try_from(seed >> 16 & 127).unwrap_or(0)) * 0.8;
    let round = PathBuilder::from_circle(x, 100.0, 92.0)?;
    picture.fill_path(&round, &paint(light), FillRule::Winding, Transform::identity(), None);
    let mut table = Color::BLACK;
    table.set_alpha(0.22);
    let table_top = Rect::from_xywh(0.0, 178.0, 240.0, 62.0)?;
    picture.fill_rect(table_top, &paint(table), Transform::identity(), None);
    Some(())
}

/// What a thing is drawn of: outlines that are filled, and lines.
#[derive(Default)]
struct Drawing {
    filled: Vec<Path>,
    lines: PathBuilder,
}

impl Drawing {
    fn rect(&mut self, x: f32, y: f32, width: f32, height: f32) {
        self.filled.extend(Rect::from_xywh(x, y, width, height).map(PathBuilder::from_rect));
    }

    fn circle(&mut self, x: f32, y: f32, radius: f32) {
        self.filled.extend(PathBuilder::from_circle(x, y, radius));
    }

    fn ring(&mut self, x: f32, y: f32, radius: f32) {
        self.lines.push_circle(x, y, radius);
    }

    fn line(&mut self, points: &[(f32, f32)]) {
        for (index, (x, y)) in points.iter().enumerate() {
            if index == 0 { self.lines.move_to(*x, *y) } else { self.lines.line_to(*x, *y) }
        }
    }
}

fn thing(picture: &mut Pixmap, leaf: &str, place: Transform, seed: u64) -> Option<()> {
    let mut drawing = Drawing::default();
    match leaf {
        // Bicycles.
        "177831" => {
            drawing.ring(72.0, 148.0, 38.0);
            drawing.ring(170.0, 148.0, 38.0);
            drawing.line(&[(72.0, 148.0), (100.0, 96.0), (152.0, 96.0), (116.0, 148.0), (72.0, 148.0)]);
            drawing.line(&[(116.0, 148.0), (94.0, 84.0), (82.0, 84.0), (108.0, 84.0)]);
            drawing.line(&[(170.0, 148.0), (150.0, 80.0), (168.0, 74.0)]);
        }
        // Cameras, on film and digital ones.
        "15230" | "31388" => {
            drawing.rect(48.0, 92.0, 144.0, 84.0);
            drawing.rect(96.0, 74.0, 48.0, 22.0);
            drawing.rect(60.0, 82.0, 22.0, 12.0);
            drawing.ring(120.0, 134.0, 32.0);
            drawing.ring(120.0, 134.0, 18.0);
        }
        // Lenses, and watches with a strap.
        "3323" => {
            drawing.circle(120.0, 124.0, 64.0);
            drawing.ring(120.0, 124.0, 46.0);
            drawing.ring(120.0, 124.0, 26.0);
            drawing.ring(120.0, 124.0, 8.0);
        }
        "31387" => {
            drawing.rect(98.0, 40.0, 44.0, 160.0);
            drawing.circle(120.0, 120.0, 50.0);
            drawing.ring(120.0, 120.0, 40.0);
            drawing.line(&[(120.0, 92.0), (120.0, 120.0), (140.0, 132.0)]);
        }
        // Seats.
        "54235" | "38208" => {
            let width = if leaf == "54235" { 76.0 } else { 144.0 };
            drawing.rect(120.0 - width / 2.0, 64.0, width, 62.0);
            drawing.rect(110.0 - width / 2.0, 120.0, width + 20.0, 30.0);
            drawing.line(&[(114.0 - width / 2.0, 150.0), (114.0 - width / 2.0, 184.0)]);
            drawing.line(&[(126.0 + width / 2.0, 150.0), (126.0 + width / 2.0, 184.0)]);
        }
        // Telephones, computers and consoles.
        "9355" => {
            drawing.rect(84.0, 48.0, 72.0, 140.0);
            drawing.line(&[(96.0, 64.0), (144.0, 64.0), (144.0, 168.0), (96.0, 168.0), (96.0, 64.0)]);
        }
        "177" | "139971" => {
            drawing.rect(64.0, 66.0, 112.0, 78.0);
            drawing.rect(46.0, 150.0, 148.0, 18.0);
            drawing.line(&[(78.0, 80.0), (162.0, 80.0), (162.0, 130.0), (78.0, 130.0), (78.0, 80.0)]);
        }
        // Guitars.
        "33034" => {
            drawing.circle(120.0, 154.0, 40.0);
            drawing.circle(120.0, 116.0, 28.0);
            drawing.rect(113.0, 30.0, 14.0, 90.0);
            drawing.rect(106.0, 24.0, 28.0, 18.0);
            drawing.ring(120.0, 140.0, 13.0);
        }
        // A brick, and for everything else a box that has as many labels as its number says.
        "19006" => {
            drawing.rect(56.0, 100.0, 128.0, 72.0);
            for x in [66.0, 104.0, 142.0] {
                drawing.rect(x, 82.0, 32.0, 20.0);
            }
        }
        _ => {
            drawing.rect(58.0, 74.0, 124.0, 106.0);
            drawing.line(&[(58.0, 104.0), (182.0, 104.0)]);
            for label in 0..=u8::try_from(seed % 4).unwrap_or(0) {
                let x = 74.0 + 26.0 * f32::from(label);
                drawing.line(&[(x, 126.0), (x + 12.0, 126.0), (x + 12.0, 150.0), (x, 150.0), (x, 126.0)]);
            }
        }
    }
    let (fill, ink) =
        (paint(Color::from_rgba8(250, 247, 240, 255)), paint(Color::from_rgba8(43, 45, 66, 255)));
    let is_filled = !drawing.filled.is_empty();
    for path in &drawing.filled {
        picture.fill_path(path, &fill, FillRule::Winding, place, None);
    }
    let stroke = Stroke { width: 6.0, line_cap: LineCap::Round, ..Stroke::default() };
    let lines = drawing.lines.finish();
    if let Some(lines) = lines {
        picture.stroke_path(&lines, if is_filled { &ink } else { &fill }, &stroke, place, None);
    }
    Some(())
}

/// Text as it stands between tags.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}
