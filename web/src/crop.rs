//! Cutting a square out of a picture, in the browser: what is uploaded is small and holds nothing but what was seen.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmap};

/// Pixels of the square's side at most.
pub(crate) const SIDE: u32 = 512;
/// How near one can go.
pub(crate) const NEAREST: f64 = 4.0;

/// Where the square lies on the picture, in pixels of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Square {
    width: f64,
    height: f64,
    left: f64,
    top: f64,
    pub(crate) side: f64,
}

impl Square {
    /// The largest one, in the middle.
    pub(crate) fn of(width: f64, height: f64) -> Self {
        let side = width.min(height);
        Self { width, height, left: (width - side) / 2.0, top: (height - side) / 2.0, side }
    }

    /// As much nearer than the largest as `zoom` says, about the same middle.
    pub(crate) fn zoomed(self, zoom: f64) -> Self {
        let side = self.width.min(self.height) / zoom.clamp(1.0, NEAREST);
        let by = (self.side - side) / 2.0;
        Self { side, ..self }.moved(by, by)
    }

    /// Moved, but never over the edge.
    pub(crate) fn moved(self, right: f64, down: f64) -> Self {
        let left = (self.left + right).clamp(0.0, self.width - self.side);
        let top = (self.top + down).clamp(0.0, self.height - self.side);
        Self { left, top, ..self }
    }
}

/// Reads a file as a picture, upright as it was taken.
pub(crate) async fn read(file: &Blob) -> Option<ImageBitmap> {
    let promise = web_sys::window()?.create_image_bitmap_with_blob(file).ok()?;
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

/// Draws what is in the square.
pub(crate) fn draw(canvas: &HtmlCanvasElement, picture: &ImageBitmap, square: Square) {
    let context = canvas.get_context("2d").ok().flatten();
    let Some(context) = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok())
    else {
        return;
    };
    let Square { left, top, side, .. } = square;
    let size = f64::from(canvas.width());
    context.clear_rect(0.0, 0.0, size, size);
    context
        .draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            picture, left, top, side, side, 0.0, 0.0, size, size,
        )
        .ok();
}

/// The file of what is drawn, a PNG.
pub(crate) async fn file(canvas: &HtmlCanvasElement) -> Option<Vec<u8>> {
    let blob = Promise::new(&mut |done, failed| {
        if canvas.to_blob(&done).is_err() {
            failed.call0(&JsValue::NULL).ok();
        }
    });
    let blob: Blob = JsFuture::from(blob).await.ok()?.dyn_into().ok()?;
    let buffer = JsFuture::from(blob.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

#[cfg(test)]
mod tests {
    use super::Square;

    #[test]
    fn a_square_begins_in_the_middle_and_stays_on_the_picture() {
        let square = Square::of(400.0, 200.0);
        assert_eq!((square.left, square.top, square.side), (100.0, 0.0, 200.0));
        let moved = square.moved(500.0, 30.0);
        assert_eq!((moved.left, moved.top), (200.0, 0.0));
    }

    #[test]
    fn going_nearer_keeps_the_middle() {
        let near = Square::of(400.0, 200.0).zoomed(2.0);
        assert_eq!((near.left, near.top, near.side), (150.0, 50.0, 100.0));
        assert_eq!(near.zoomed(1.0), Square::of(400.0, 200.0));
    }
}
