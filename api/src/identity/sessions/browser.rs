//! What a new session is called until its owner gives it a name: in words of our own, whatever the browser sent.

/// The first that matches counts: most browsers also claim to be others.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// `Firefox on Linux`, for a person to recognise.
pub(super) fn name(user_agent: Option<&str>) -> String {
    let sent = user_agent.unwrap_or_default();
    let known = |list: &[(&str, &'static str)]| {
        list.iter().find(|(mark, _)| sent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = known(&BROWSERS).unwrap_or("A browser");
    known(&SYSTEMS).map_or_else(|| browser.to_owned(), |system| format!("{browser} on {system}"))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn people_recognise_their_browser() {
        for (sent, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("<b>curl</b>/8.0", "A browser"),
        ] {
            assert_eq!(name(Some(sent)), expected);
        }
        assert_eq!(name(None), "A browser");
    }
}
