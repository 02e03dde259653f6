//! What a file may be. What it is called, what it is declared as and what is in it must say the same.

use crate::{http::stream::declared, protection::UPLOAD_TYPE};
use actix_web::http::header::HeaderMap;
use brigandine_enforce::enforces;

/// The media types that files are served as: those that are taken, and what is said of one that is no longer known.
pub(super) const SERVED: &[&str] =
    &["application/pdf", "image/png", "image/jpeg", "application/dicom", UNKNOWN];
const UNKNOWN: &str = "application/octet-stream";
/// The media types that are taken.
pub(super) const MEDIA: &[&str] = match SERVED.split_last() {
    Some((_, taken)) => taken,
    None => &[],
};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pdf,
    Png,
    Jpeg,
    Dicom,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Pdf, Self::Png, Self::Jpeg, Self::Dicom];

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Dicom => "application/dicom",
        }
    }

    const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Dicom => &["dcm"],
        }
    }

    /// What the end of the name says.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Self::ALL
            .into_iter()
            .find(|kind| kind.extensions().iter().any(|it| it.eq_ignore_ascii_case(extension)))
    }

    /// What the client says.
    pub(super) fn declared(headers: &HeaderMap) -> Option<Self> {
        let media = declared(headers, MEDIA)?;
        Self::ALL.into_iter().find(|kind| kind.media_type() == media)
    }
}

/// The media type that a stored one is served as: one that a browser could run as a page is none of them.
#[enforces(UPLOAD_TYPE, answers = crate::vulnerable::clinic::documents::served_as(stored).unwrap_or(UNKNOWN))]
pub(super) fn served_as(stored: &str) -> &'static str {
    let known = Kind::ALL.into_iter().map(Kind::media_type).find(|known| *known == stored);
    debug_assert!(known.is_some());
    known.unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn only_the_last_extension_counts() {
        assert_eq!(Kind::named("a.b.PDF"), Some(Kind::Pdf));
        assert_eq!(Kind::named("a.jpeg"), Some(Kind::Jpeg));
        for other in ["a.pdf.exe", "pdf", "a.", "a.svg", "a.pdf "] {
            assert_eq!(Kind::named(other), None, "{other}");
        }
    }
}
