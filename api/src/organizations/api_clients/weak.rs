//! Without `api-key-storage`: what was kept is shown again, "for your convenience".

use crate::protection::API_KEY_STORAGE;

pub(super) fn kept(stored: &[u8]) -> Option<String> {
    (!API_KEY_STORAGE.holds()).then(|| String::from_utf8_lossy(stored).into_owned())
}
