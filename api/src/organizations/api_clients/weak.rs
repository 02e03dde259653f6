//! Without `api-key-storage`: what was kept is shown again, "for your convenience".

use crate::protection::Protection;

pub(super) fn kept(stored: &[u8]) -> Option<String> {
    (!Protection::ApiKeyStorage.holds()).then(|| String::from_utf8_lossy(stored).into_owned())
}
