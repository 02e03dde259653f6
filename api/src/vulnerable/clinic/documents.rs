//! Weak: what a document is.

const GUESSES: [(&str, &str); 6] = [
    (".html", "text/html"),
    (".svg", "image/svg+xml"),
    (".pdf", "application/pdf"),
    (".png", "image/png"),
    (".jpg", "image/jpeg"),
    (".dcm", "application/dicom"),
];

/// The end of the name says what a file is.
pub(crate) fn by_extension(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    let guess = GUESSES.into_iter().find(|(extension, _)| lower.ends_with(extension));
    guess.map_or("application/octet-stream", |(_, media_type)| media_type)
}

/// Whatever was stored as a type that can be guessed is served as it.
pub(crate) fn served_as(stored: &str) -> Option<&'static str> {
    GUESSES.into_iter().map(|(_, media_type)| media_type).find(|media_type| *media_type == stored)
}
