//! Pictures that the server draws itself: covers and avatars of items that bring none, and the icons of
//! suggestions.
//!
//! A picture is a ramp of colours and a field of levels into it: a vertical gradient on which shapes add or
//! take away levels, so that what overlaps looks translucent. Levels are spread along rows, which is what
//! makes the PNG small and fast to write. The same seed always gives the same picture.

mod canvas;
mod colour;
mod motifs;
mod random;

use canvas::Canvas;
use colour::Ramp;
use random::Random;

pub use png::EncodingError;

/// The bytes of a PNG file. Encoding fails only for a picture that no PNG can hold.
pub type Drawn = Result<Vec<u8>, EncodingError>;

/// The longest side of a drawn picture; longer ones are cut to it.
pub const MOST_SIDE: u32 = 4_096;

/// The side of a suggestion's icon.
pub const ICON_SIDE: u32 = 48;

/// Draws the cover of this seed.
pub fn cover(seed: u64, width: u32, height: u32) -> Drawn {
    let mut random = Random::new(seed);
    let ramp = Ramp::new(&mut random);
    let mut canvas = Canvas::new(side(width), side(height));
    motifs::cover(&mut canvas, &mut random);
    canvas.encode(&ramp)
}

/// Draws the square avatar of this seed: a bust in the colours of the seed.
pub fn avatar(seed: u64, size: u32) -> Drawn {
    let mut random = Random::new(seed ^ 0x61_7661_7461_7273);
    let ramp = Ramp::new(&mut random);
    let mut canvas = Canvas::new(side(size), side(size));
    motifs::avatar(&mut canvas, &mut random);
    canvas.encode(&ramp)
}

/// Draws the icon of a suggestion, 48 × 48 with a transparent ground: a magnifier, dark on light or, for the
/// night, light on dark.
pub fn suggest_icon(night: bool) -> Drawn {
    let ink = if night { [0xa6, 0xad, 0xb8] } else { [0x7c, 0x83, 0x8f] };
    let side = ICON_SIDE as usize;
    let mut canvas = Canvas::new(side, side);
    motifs::magnifier(&mut canvas);
    canvas.encode_ink(ink)
}

fn side(length: u32) -> usize {
    length.clamp(1, MOST_SIDE) as usize
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::collections::HashSet;
    use std::io::Cursor;

    use super::*;

    /// Decodes a picture to RGBA, with its sides.
    fn decode(png: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut decoder = png::Decoder::new(Cursor::new(png));
        decoder
            .set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        pixels.truncate(info.buffer_size());
        (info.width, info.height, pixels)
    }

    #[test]
    fn pictures_have_their_size() {
        for (width, height) in [(1, 1), (7, 3), (720, 480), (1280, 720), (720, 1280)] {
            let (w, h, pixels) = decode(&cover(5, width, height).unwrap());
            assert_eq!((w, h, pixels.len()), (width, height, (4 * width * height) as usize));
        }
        for size in [1, 96, 300] {
            assert_eq!(decode(&avatar(5, size).unwrap()).0, size);
        }
        assert_eq!(decode(&cover(5, 0, 9_000).unwrap()).1, MOST_SIDE);
    }

    #[test]
    fn a_seed_is_a_picture() {
        let covers: Vec<Vec<u8>> = (0..60).map(|seed| cover(seed, 120, 80).unwrap()).collect();
        assert_eq!(covers, (0..60).map(|seed| cover(seed, 120, 80).unwrap()).collect::<Vec<_>>());
        assert_eq!(covers.iter().collect::<HashSet<_>>().len(), 60);
        let avatars: HashSet<Vec<u8>> = (0..60).map(|seed| avatar(seed, 96).unwrap()).collect();
        assert_eq!(avatars.len(), 60);
    }

    #[test]
    fn covers_are_small_and_have_contrast() {
        for seed in 0..20 {
            let png = cover(seed, 1280, 720).unwrap();
            assert!(png.len() <= 30_000, "seed {seed}: {} bytes", png.len());
            let (_, _, pixels) = decode(&png);
            let brightness = pixels.chunks(4).map(|pixel| u32::from(pixel[1]));
            let (darkest, lightest) = brightness.fold((255, 0), |(low, high), b| (low.min(b), high.max(b)));
            assert!(40 < lightest - darkest, "seed {seed} is flat");
        }
    }

    #[test]
    fn icons_are_transparent_around_a_glyph() {
        let (day, night) = (suggest_icon(false).unwrap(), suggest_icon(true).unwrap());
        assert_ne!(day, night);
        for icon in [day, night] {
            let (width, height, pixels) = decode(&icon);
            assert_eq!((width, height), (48, 48));
            assert_eq!(pixels[3], 0, "the corner is transparent");
            assert!(pixels.chunks(4).any(|pixel| pixel[3] == 255), "something is drawn");
        }
    }
}
