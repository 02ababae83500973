//! The colours of a picture.

use super::random::Random;

/// How many levels a picture has: enough that a gradient shows no bands.
pub(super) const LEVELS: usize = 192;

/// Colours from light to dark, and on the way from one hue to a neighbouring one.
#[derive(Debug)]
pub(super) struct Ramp {
    /// Red, green, blue of every level.
    pub(super) palette: Vec<u8>,
}

impl Ramp {
    /// Chooses the colours of a picture.
    pub(super) fn new(random: &mut Random) -> Self {
        let hue = random.between(0.0, 360.0);
        let turn = random.between(35.0, 110.0) * if random.below(2) == 0 { 1.0 } else { -1.0 };
        let chroma = random.between(0.09, 0.14);
        let darkest = random.between(0.34, 0.46);
        let colour = |level: usize| {
            let way = level as f32 / (LEVELS - 1) as f32;
            // Light and dark ends are paler than the middle, as in a hazy sky.
            let strength = 0.35 + 0.65 * (std::f32::consts::PI * way.powf(0.8)).sin();
            to_rgb(0.965 - (0.965 - darkest) * way, chroma * strength, hue + turn * way)
        };
        Self { palette: (0..LEVELS).flat_map(colour).collect() }
    }
}

/// From lightness, chroma and hue of the Oklab colour space, in which equal steps look equal, to sRGB.
fn to_rgb(lightness: f32, chroma: f32, hue: f32) -> [u8; 3] {
    let (sine, cosine) = hue.to_radians().sin_cos();
    let (a, b) = (chroma * cosine, chroma * sine);
    let long = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let medium = (lightness - 0.105_561_35 * a - 0.063_854_17 * b).powi(3);
    let short = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    [
        4.076_741_7 * long - 3.307_711_6 * medium + 0.230_969_94 * short,
        -1.268_438 * long + 2.609_757_4 * medium - 0.341_319_38 * short,
        -0.004_196_086_3 * long - 0.703_418_6 * medium + 1.707_614_7 * short,
    ]
    .map(to_byte)
}

/// From linear light to the byte that stands for it.
fn to_byte(linear: f32) -> u8 {
    let light = linear.clamp(0.0, 1.0);
    let encoded = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (encoded * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours() {
        assert_eq!(to_rgb(1.0, 0.0, 0.0), [255, 255, 255]);
        assert_eq!(to_rgb(0.0, 0.0, 0.0), [0, 0, 0]);
        // Pure red and pure blue of sRGB.
        assert_eq!(to_rgb(0.627_955, 0.257_683, 29.233_9), [255, 0, 0]);
        assert_eq!(to_rgb(0.452_014, 0.313_214, 264.052), [0, 0, 255]);
    }

    #[test]
    fn a_ramp_goes_from_light_to_dark() {
        for seed in 0..50 {
            let ramp = Ramp::new(&mut Random::new(seed));
            let sum = |level: usize| {
                ramp.palette[3 * level..3 * level + 3].iter().map(|c| u32::from(*c)).sum::<u32>()
            };
            assert!(sum(LEVELS - 1) + 150 < sum(0), "seed {seed}");
        }
    }
}
