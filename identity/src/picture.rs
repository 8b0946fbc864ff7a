//! Pictures of people: whatever somebody sends becomes a small square PNG made here, so nothing but pixels of it is ever served.
//!
//! What is sent is not to be trusted: its format is read from its first bytes, its size before its pixels, and decoding gets no
//! more memory than an honest picture needs.

use std::{fmt, io::Cursor, sync::Arc};

use image::{
    DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, ImageResult, Limits, imageops::FilterType,
};
use mesh_core::error::{Error, Result};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

/// How pictures are served.
pub(crate) const MEDIA_TYPE: &str = "image/png";

/// What a file may have.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// What each side of a sent picture may have.
const MOST_PIXELS: u32 = 1_024;
/// What decoding may take: a picture of that size in the deepest format, and room to work.
const MOST_MEMORY: u64 = 32 * 1024 * 1024;
/// What each side of a kept picture has at most.
const SIDE: u32 = 256;
/// How many pictures are worked on at a time; each is some milliseconds of a processor.
const SEATS: usize = 2;
/// Bytes of the hash that tell one picture from another.
const TAG: usize = 12;

/// A square PNG without anything but pixels.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Changes with the content.
    pub(crate) etag: String,
    pub(crate) content: Vec<u8>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Picture({}, {} bytes)", self.etag, self.content.len())
    }
}

/// Where pictures are made, a few at a time and off the threads that answer calls.
#[derive(Clone, Debug)]
pub(crate) struct Studio(Arc<Semaphore>);

impl Default for Studio {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(SEATS)))
    }
}

impl Studio {
    /// The picture in a file somebody sent.
    pub(crate) async fn develop(&self, field: &'static str, file: Vec<u8>) -> Result<Picture> {
        if file.len() > MOST_BYTES {
            return Err(Error::invalid(field, "is larger than 2 MB; send a smaller one"));
        }
        let seat = self.0.clone().acquire_owned().await.map_err(Error::internal)?;
        let work = move || {
            let _seat = seat;
            develop(file)
        };
        let made = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
        made.map_err(|_| {
            Error::invalid(field, "is no PNG, JPEG or WebP of at most 1024 × 1024 pixels; send another one")
        })
    }
}

fn develop(file: Vec<u8>) -> ImageResult<Picture> {
    let whole = decode(file)?;
    let side = SIDE.min(whole.width()).min(whole.height());
    let square = whole.resize_to_fill(side, side, FilterType::CatmullRom);
    let mut content = Vec::new();
    // Eight bits a colour and no profile: what screens show.
    square.into_rgba8().write_to(&mut Cursor::new(&mut content), ImageFormat::Png)?;
    let etag = hex::encode(&Sha256::digest(&content)[..TAG]);
    Ok(Picture { etag, content })
}

/// The pixels of a file, upright.
fn decode(file: Vec<u8>) -> ImageResult<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let upright = decoder.orientation()?;
    let mut whole = DynamicImage::from_decoder(decoder)?;
    whole.apply_orientation(upright);
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, GenericImageView as _, ImageFormat, Rgba, RgbaImage};

    use super::develop;

    /// Left half red, right half blue.
    fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let colour = |x| if x < width / 2 { Rgba([255, 0, 0, 255]) } else { Rgba([0, 0, 255, 255]) };
        let picture = DynamicImage::from(RgbaImage::from_fn(width, height, |x, _| colour(x))).into_rgb8();
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).expect("encodes");
        bytes
    }

    fn developed(file: Vec<u8>) -> DynamicImage {
        let picture = develop(file).expect("a picture");
        image::load_from_memory_with_format(&picture.content, ImageFormat::Png).expect("a PNG")
    }

    #[test]
    fn every_format_becomes_a_square_of_at_most_256_pixels_cut_from_the_middle() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let made = developed(file(1_024, 600, format));
            assert_eq!(made.dimensions(), (256, 256), "{format:?}");
            let (left, right) = (made.get_pixel(10, 128), made.get_pixel(245, 128));
            assert!(left[0] > 200 && left[2] < 60 && right[2] > 200 && right[0] < 60, "{format:?}");
        }
        assert_eq!(developed(file(40, 90, ImageFormat::Png)).dimensions(), (40, 40), "nothing is blown up");
    }

    #[test]
    fn the_tag_follows_the_pixels() {
        let tag = |file| develop(file).expect("a picture").etag;
        assert_eq!(tag(file(64, 64, ImageFormat::Png)), tag(file(64, 64, ImageFormat::WebP)));
        assert_ne!(tag(file(64, 64, ImageFormat::Png)), tag(file(64, 60, ImageFormat::Png)));
    }

    #[test]
    fn nothing_of_the_file_but_its_pixels_is_kept() {
        let mut sent = file(64, 64, ImageFormat::Png);
        // A text chunk right after the header, as editors write them: length, type, text, checksum.
        let chunk = [&[0, 0, 0, 12][..], b"tEXt", b"Place\0Zurich", &[0xc2, 0x54, 0x9d, 0x1f]].concat();
        sent.splice(33..33, chunk);
        let Ok(picture) = develop(sent) else { panic!("the chunk hinders nobody") };
        assert!(!picture.content.windows(6).any(|bytes| bytes == b"Zurich"));
    }

    #[test]
    fn what_is_no_picture_too_large_or_a_bomb_is_refused() {
        let mut bomb = file(64, 64, ImageFormat::Png);
        // A header that promises 60,000 × 60,000 pixels.
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let mut cut = file(64, 64, ImageFormat::Jpeg);
        cut.truncate(30);
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec();
        let gif = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
        for sent in [vec![], svg, gif, cut, bomb, file(1_025, 10, ImageFormat::Png)] {
            assert!(develop(sent).is_err());
        }
    }
}
