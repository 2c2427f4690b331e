//! Pixels: a figure as PNG, with the letters of DejaVu Sans, which is part of the program.

use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use plotters::{
    prelude::*,
    style::{FontStyle, register_font},
};

use super::{Area, Drawn};

/// Makes the embedded font known as `sans-serif`, once.
pub(super) fn letters() -> Result<()> {
    static KNOWN: OnceLock<bool> = OnceLock::new();
    let register =
        || register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular()).is_ok();
    if *KNOWN.get_or_init(register) { Ok(()) } else { Err(anyhow!("the embedded font is damaged")) }
}

/// The bytes of a PNG that `draw` fills.
pub(super) fn png(
    (width, height): (u32, u32),
    draw: impl FnOnce(&Area<BitMapBackend<'_>>) -> Drawn<BitMapBackend<'static>>,
) -> Result<Vec<u8>> {
    letters()?;
    let mut pixels = vec![0; 3 * (width * height) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        draw(&area).map_err(|error| anyhow!("a figure cannot be drawn: {error}"))?;
        area.present().map_err(|error| anyhow!("a figure cannot be drawn: {error}"))?;
    }
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, width, height);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}
