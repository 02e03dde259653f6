//! A QR code as an `svg` element: no image file, no script, nothing fetched.

use super::FactorError;
use qrcode::{EcLevel, QrCode, render::svg::Color};
use zeroize::Zeroizing;

/// The width in pixels at which a phone reads it from a screen without trouble.
const WIDTH: u32 = 240;

/// Black on white whatever the page's colours: many readers do not know the inverse.
pub(super) fn svg(text: &str) -> Result<Zeroizing<String>, FactorError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|_| FactorError::Unusable("too long for a QR code"))?;
    let document = Zeroizing::new(code.render::<Color<'_>>().min_dimensions(WIDTH, WIDTH).build());
    // Without the XML declaration, which an element inside HTML must not have.
    let element = document.find("<svg ").and_then(|start| document.get(start..));
    element
        .map(|element| Zeroizing::new(element.to_owned()))
        .ok_or(FactorError::Unusable("the QR code is no picture"))
}
