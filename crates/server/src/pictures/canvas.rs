//! A field of levels and the shapes that change it.

use std::ops::Range;

use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter};

use super::colour::{LEVELS, Ramp};
use super::{Drawn, EncodingError};

/// A field of levels, each an index into a ramp.
#[derive(Debug)]
pub(super) struct Canvas {
    width: usize,
    height: usize,
    levels: Vec<u8>,
}

/// The darkest level.
const MOST: i16 = LEVELS as i16 - 1;

/// Shapes count in 64ths of the ramp, whatever the number of levels.
const STEP: f32 = LEVELS as f32 / 64.0;

impl Canvas {
    /// A field of level 0.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, levels: vec![0; width * height] }
    }

    pub(super) fn width(&self) -> f32 {
        self.width as f32
    }

    pub(super) fn height(&self) -> f32 {
        self.height as f32
    }

    /// The shorter side: the measure of shapes.
    pub(super) fn measure(&self) -> f32 {
        self.width.min(self.height) as f32
    }

    /// Fills the field from one step at the top to another at the bottom.
    pub(super) fn gradient(&mut self, top: f32, bottom: f32) {
        let height = self.height();
        let (top, bottom) = (top * STEP, bottom * STEP);
        for (row, levels) in self.levels.chunks_exact_mut(self.width).enumerate() {
            let way = (row as f32 + 0.5) / height;
            levels.fill((top + (bottom - top) * way).round().clamp(0.0, f32::from(MOST)) as u8);
        }
    }

    /// Adds `delta` steps to a disc.
    pub(super) fn disc(&mut self, x: f32, y: f32, radius: f32, delta: f32) {
        let rows = self.rows(y - radius, y + radius);
        for row in rows {
            let distance = row as f32 + 0.5 - y;
            let half = (radius * radius - distance * distance).max(0.0).sqrt();
            self.span(row, x - half, x + half, delta);
        }
    }

    /// Adds `delta` steps to the ring between two radii.
    pub(super) fn ring(&mut self, x: f32, y: f32, inner: f32, outer: f32, delta: f32) {
        self.disc(x, y, outer, delta);
        self.disc(x, y, inner, -delta);
    }

    /// Adds `delta` steps to a band that runs from bottom to top and leans to the right by `lean`.
    pub(super) fn band(&mut self, x: f32, width: f32, lean: f32, delta: f32) {
        let height = self.height();
        for row in 0..self.height {
            let shift = lean * (1.0 - (row as f32 + 0.5) / height);
            self.span(row, x + shift, x + shift + width, delta);
        }
    }

    /// Adds `delta` steps to everything under a line, given by its height at every column.
    pub(super) fn ground(&mut self, line: impl Fn(f32) -> f32, delta: f32) {
        let edge: Vec<f32> = (0..self.width).map(|column| line(column as f32 + 0.5)).collect();
        let (highest, lowest) =
            edge.iter().fold((f32::MAX, f32::MIN), |(low, high), y| (low.min(*y), high.max(*y)));
        let mixed = self.rows(highest, lowest + 1.0);
        for row in mixed.clone() {
            let y = row as f32 + 1.0;
            for (level, edge) in self.row(row).iter_mut().zip(&edge) {
                let covered = (y - edge).clamp(0.0, 1.0);
                *level = shifted(*level, levels(delta * covered));
            }
        }
        for row in mixed.end..self.height {
            add(self.row(row), levels(delta));
        }
    }

    /// Sets every level from a distance: full inside, fading over one pixel, nothing outside.
    pub(super) fn ink(&mut self, distance: impl Fn(f32, f32) -> f32) {
        for row in 0..self.height {
            for column in 0..self.width {
                let covered = (0.5 - distance(column as f32 + 0.5, row as f32 + 0.5)).clamp(0.0, 1.0);
                self.levels[row * self.width + column] = (covered * f32::from(MOST)).round() as u8;
            }
        }
    }

    /// The picture as a PNG in the colours of a ramp.
    pub(super) fn encode(&self, ramp: &Ramp) -> Drawn {
        self.write(&ramp.palette, None)
    }

    /// The picture as a PNG in one colour, level 0 transparent and the last level opaque.
    pub(super) fn encode_ink(&self, ink: [u8; 3]) -> Drawn {
        let opacity: Vec<u8> = (0..LEVELS).map(|level| (level * 255 / (LEVELS - 1)) as u8).collect();
        self.write(&ink.repeat(LEVELS), Some(opacity))
    }

    fn write(&self, palette: &[u8], opacity: Option<Vec<u8>>) -> Result<Vec<u8>, EncodingError> {
        let mut bytes = Vec::with_capacity(16 * 1024);
        let mut encoder = Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_palette(palette);
        if let Some(opacity) = opacity {
            encoder.set_trns(opacity);
        }
        // Along a row the levels hardly change: their differences are long runs of zeros, which even a low
        // level of compression makes small.
        encoder.set_deflate_compression(DeflateCompression::Level(3));
        encoder.set_filter(Filter::Sub);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.levels)?;
        writer.finish()?;
        Ok(bytes)
    }

    /// The rows that a shape between two heights touches.
    fn rows(&self, top: f32, bottom: f32) -> Range<usize> {
        let clamp = |y: f32| y.clamp(0.0, self.height()) as usize;
        clamp(top.floor())..clamp(bottom.ceil())
    }

    fn row(&mut self, row: usize) -> &mut [u8] {
        &mut self.levels[row * self.width..(row + 1) * self.width]
    }

    /// Adds `delta` steps from one place of a row to another; the pixels at the ends get their share.
    fn span(&mut self, row: usize, from: f32, to: f32, delta: f32) {
        let (from, to) = (from.clamp(0.0, self.width()), to.clamp(0.0, self.width()));
        if to <= from {
            return;
        }
        let (first, last) = (from.floor() as usize, to.floor() as usize);
        let pixels = self.row(row);
        if first == last {
            return share(pixels, first, delta * (to - from));
        }
        share(pixels, first, delta * (1.0 - from.fract()));
        add(&mut pixels[first + 1..last], levels(delta));
        share(pixels, last, delta * to.fract());
    }
}

/// Adds a part of a step to one pixel, if the row has it.
fn share(row: &mut [u8], column: usize, delta: f32) {
    if let Some(level) = row.get_mut(column) {
        *level = shifted(*level, levels(delta));
    }
}

fn add(row: &mut [u8], delta: i16) {
    for level in row {
        *level = shifted(*level, delta);
    }
}

/// The whole levels that are nearest to so many steps.
fn levels(steps: f32) -> i16 {
    (steps * STEP).round() as i16
}

fn shifted(level: u8, delta: i16) -> u8 {
    (i16::from(level) + delta).clamp(0, MOST) as u8
}
