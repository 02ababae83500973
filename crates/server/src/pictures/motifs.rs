//! What is drawn.

use std::f32::consts::TAU;

use super::canvas::Canvas;
use super::random::Random;

/// Enough to reach the lightest level whatever lies behind.
const LIGHTEST: f32 = -64.0;

/// Draws one of the cover motifs.
pub(super) fn cover(canvas: &mut Canvas, random: &mut Random) {
    match random.below(5) {
        0 => hills(canvas, random),
        1 => rings(canvas, random),
        2 => bubbles(canvas, random),
        3 => ribbons(canvas, random),
        _ => petals(canvas, random),
    }
}

/// A sky with a sun, and ranges of hills that grow darker as they come nearer.
fn hills(canvas: &mut Canvas, random: &mut Random) {
    let (width, height, measure) = (canvas.width(), canvas.height(), canvas.measure());
    canvas.gradient(random.between(12.0, 22.0), 4.0);
    let sun = (random.between(0.2, 0.8) * width, random.between(0.24, 0.42) * height);
    let radius = random.between(0.09, 0.15) * measure;
    for halo in [2.4, 1.7, 1.0] {
        canvas.disc(sun.0, sun.1, radius * halo, if halo > 1.0 { -4.0 } else { -14.0 });
    }
    let ranges = 4 + random.below(2);
    for range in 0..ranges {
        let base = height * (0.46 + 0.5 * range as f32 / ranges as f32);
        let swings: Vec<(f32, f32, f32)> = [(1.1, 0.075), (2.3, 0.035), (5.1, 0.012)]
            .into_iter()
            .map(|(waves, swing): (f32, f32)| {
                let waves = waves * random.between(0.7, 1.4);
                (waves * TAU / width.max(measure * 1.4), swing * measure, random.between(0.0, TAU))
            })
            .collect();
        let line = |x: f32| {
            swings.iter().fold(base, |y, (waves, swing, phase)| y + swing * (x * waves + phase).sin())
        };
        canvas.ground(line, 10.0);
    }
}

/// Arches around a place at the lower edge.
fn rings(canvas: &mut Canvas, random: &mut Random) {
    let (width, height) = (canvas.width(), canvas.height());
    canvas.gradient(3.0, 14.0);
    let (x, y) = (random.between(0.1, 0.9) * width, random.between(0.85, 1.1) * height);
    let reach = width.hypot(height) * random.between(0.62, 0.8);
    let count = 5 + random.below(4);
    for ring in 0..count {
        let radius = reach * (1.0 - ring as f32 / count as f32).powf(1.15);
        canvas.disc(x, y, radius, 46.0 / count as f32);
    }
}

/// Discs of many sizes that float over each other.
fn bubbles(canvas: &mut Canvas, random: &mut Random) {
    let (width, height, measure) = (canvas.width(), canvas.height(), canvas.measure());
    canvas.gradient(random.between(4.0, 10.0), random.between(24.0, 34.0));
    for bubble in 0..7 + random.below(4) {
        let (x, y) = (random.between(0.0, 1.0) * width, random.between(0.0, 1.0) * height);
        let radius = measure * random.between(0.08, 0.42);
        let delta = random.between(5.0, 11.0) * if bubble % 3 == 0 { -1.0 } else { 1.0 };
        canvas.disc(x, y, radius, delta);
    }
}

/// Leaning bands, and a disc behind them.
fn ribbons(canvas: &mut Canvas, random: &mut Random) {
    let (width, height, measure) = (canvas.width(), canvas.height(), canvas.measure());
    canvas.gradient(random.between(6.0, 12.0), random.between(26.0, 36.0));
    let (x, y) = (random.between(0.25, 0.75) * width, random.between(0.3, 0.6) * height);
    canvas.disc(x, y, measure * random.between(0.22, 0.36), -9.0);
    let lean = height * random.between(0.35, 0.7) * if random.below(2) == 0 { 1.0 } else { -1.0 };
    for ribbon in 0..6 {
        let left = random.between(-0.35, 1.05) * width;
        let thickness = measure * random.between(0.05, 0.3);
        canvas.band(left, thickness, lean, if ribbon % 3 == 2 { -6.0 } else { 8.0 });
    }
}

/// A flower of discs.
fn petals(canvas: &mut Canvas, random: &mut Random) {
    let (width, height, measure) = (canvas.width(), canvas.height(), canvas.measure());
    canvas.gradient(random.between(2.0, 8.0), random.between(16.0, 24.0));
    let (x, y) = (random.between(0.3, 0.7) * width, random.between(0.4, 0.6) * height);
    let count = 5 + random.below(4);
    let reach = measure * random.between(0.22, 0.34);
    let turn = random.between(0.0, TAU);
    for petal in 0..count {
        let angle = turn + TAU * petal as f32 / count as f32;
        canvas.disc(x + reach * angle.cos(), y + reach * angle.sin(), reach * 0.95, 7.0);
    }
    canvas.disc(x, y, reach * 0.42, LIGHTEST);
    let (far_x, far_y) = (width - x, height * random.between(0.0, 0.25));
    canvas.ring(far_x, far_y, measure * 0.18, measure * 0.26, 4.0);
}

/// A bust before a gradient with a disc or an arch.
pub(super) fn avatar(canvas: &mut Canvas, random: &mut Random) {
    let side = canvas.measure();
    canvas.gradient(random.between(14.0, 24.0), random.between(34.0, 46.0));
    let (x, y) = (random.between(0.1, 0.9) * side, random.between(0.1, 0.5) * side);
    canvas.disc(x, y, side * random.between(0.3, 0.5), 6.0);
    if random.below(2) == 0 {
        canvas.ring(side - x, y + side * 0.2, side * 0.3, side * random.between(0.34, 0.4), 5.0);
    }
    let head = random.between(0.165, 0.195) * side;
    let middle = side * random.between(0.49, 0.51);
    canvas.disc(middle, side * 0.39, head, LIGHTEST);
    canvas.disc(middle, side * random.between(1.0, 1.05), side * random.between(0.38, 0.43), LIGHTEST);
}

/// A magnifier: a ring and a handle.
pub(super) fn magnifier(canvas: &mut Canvas) {
    let scale = canvas.measure() / 48.0;
    let (centre, radius, stroke) = (20.5 * scale, 12.0 * scale, 2.2 * scale);
    let (from, to) = (30.2 * scale, 39.5 * scale);
    canvas.ink(|x, y| {
        let ring = ((x - centre).hypot(y - centre) - radius).abs() - stroke;
        // The handle lies on the diagonal, with round ends.
        let along = f32::midpoint(x, y).clamp(from, to);
        let handle = (x - along).hypot(y - along) - stroke;
        ring.min(handle)
    });
}
