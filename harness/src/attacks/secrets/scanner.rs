//! Looking for secrets in bytes, as gitleaks and its like do: by the shapes that real ones have.

/// What a finding looks like, without the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Which rule found it.
    pub(super) rule: &'static str,
    /// The secret. Reports must not print it.
    pub(super) secret: String,
}

/// Fakes that may stand in source code begin with one of these.
const FAKES: [&str; 2] = ["FAKE_", "fake-"];

/// Well-known prefixes of issued credentials, and how many letters and digits follow at least.
const ISSUED: [(&str, &str, usize); 9] = [
    ("aws-access-key", "AKIA", 16),
    ("github-token", "ghp_", 36),
    ("github-token", "github_pat_", 40),
    ("gitlab-token", "glpat-", 20),
    ("slack-token", "xoxb-", 20),
    ("stripe-key", "sk_live_", 20),
    ("google-api-key", "AIza", 35),
    ("npm-token", "npm_", 36),
    ("vault-token", "hvs.", 24),
];

/// Names that are given to secrets; after them a quoted value is looked at.
const NAMES: [&str; 8] =
    ["secret", "password", "passwd", "api_key", "apikey", "access_token", "private_key", "client_secret"];

/// Everything that looks like a secret. `shipped`: in what is shipped, fakes count too.
pub(super) fn scan(bytes: &[u8], shipped: bool) -> Vec<Found> {
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    private_keys(&text, &mut found);
    issued(&text, &mut found);
    tokens(&text, &mut found);
    assignments(&text, &mut found);
    found.retain(|found| shipped || !FAKES.iter().any(|fake| found.secret.starts_with(fake)));
    found
}

fn run(text: &str, more: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || more.contains(*c)).collect()
}

/// A PEM key with a body. The markers alone stand in every library that reads PEM.
fn private_keys(text: &str, found: &mut Vec<Found>) {
    let marker = concat!("PRIVATE", " KEY-----");
    for (at, _) in text.match_indices(marker) {
        let after = text.get(at + marker.len()..).unwrap_or_default();
        let body = run(after.trim_start_matches(['\r', '\n', ' ', '+', '\\']), "+/=");
        if body.len() >= 40 {
            found.push(Found { rule: "private-key", secret: body });
        }
    }
}

fn issued(text: &str, found: &mut Vec<Found>) {
    for (rule, prefix, least) in ISSUED {
        for (at, _) in text.match_indices(prefix) {
            let starts_word = text.get(..at).and_then(|before| before.chars().next_back());
            let body = run(text.get(at + prefix.len()..).unwrap_or_default(), "_-");
            if body.len() >= least && !starts_word.is_some_and(|c| c.is_ascii_alphanumeric()) && busy(&body) {
                found.push(Found { rule, secret: format!("{prefix}{body}") });
            }
        }
    }
}

/// A signed token: three base64url pieces, the first of which is a JSON object.
fn tokens(text: &str, found: &mut Vec<Found>) {
    for (at, _) in text.match_indices("eyJ") {
        let token = run(text.get(at..).unwrap_or_default(), "_-.");
        let pieces: Vec<&str> = token.split('.').collect();
        if let [header, claims, signature, ..] = pieces.as_slice()
            && header.len() > 16
            && claims.len() > 16
            && signature.len() > 20
        {
            found.push(Found { rule: "signed-token", secret: token });
        }
    }
}

/// `password = "…"`, `JWT_SECRET="…"`, `"api_key": "…"`: a quoted value that is no placeholder.
fn assignments(text: &str, found: &mut Vec<Found>) {
    let lower = text.to_ascii_lowercase();
    for name in NAMES {
        for (at, _) in lower.match_indices(name) {
            let after = text.get(at + name.len()..).unwrap_or_default();
            let after = after.strip_prefix('"').unwrap_or(after).trim_start_matches(' ');
            let Some(after) = after.strip_prefix(['=', ':']) else { continue };
            let after = after.trim_start_matches(' ');
            let Some(value) = after.strip_prefix('"').or_else(|| after.strip_prefix("\\\"")) else {
                continue;
            };
            let value = run(value, "_-+/=.!$%&*#@");
            if value.len() >= 8 && (busy(&value) || FAKES.iter().any(|fake| value.starts_with(fake))) {
                found.push(Found { rule: "assigned-secret", secret: value });
            }
        }
    }
}

/// Whether a text is as mixed as random ones are: words and placeholders are not.
fn busy(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let mut distinct: Vec<u8> = text.bytes().collect();
    distinct.sort_unstable();
    distinct.dedup();
    digits >= 2 && letters >= 4 && distinct.len() >= 8 && distinct.len() * 3 >= text.len().min(48)
}

#[cfg(test)]
mod tests {
    use super::scan;

    fn rules(text: &str) -> Vec<&'static str> {
        scan(text.as_bytes(), false).into_iter().map(|found| found.rule).collect()
    }

    #[test]
    fn real_shapes_are_found() {
        let key = format!("-----BEGIN {} KEY-----\n{}", "PRIVATE", "Ab3".repeat(20));
        assert_eq!(rules(&key), ["private-key"]);
        assert_eq!(rules(&format!("x {}{}", "AK", "IA2E0A8F3B244C9986")), ["aws-access-key"]);
        assert_eq!(rules(&format!("DB_PASS{}=\"k3Jx9vQ2mZ8w\"", "WORD")), ["assigned-secret"]);
        let token = format!("ey{}.{}.{}", "Jhbad0123456789ab", "eyJzdWIiOiIxMjM0NTY", "Kq3".repeat(12));
        assert!(rules(&token).contains(&"signed-token"));
    }

    #[test]
    fn fakes_and_words_are_not() {
        let fake = format!("JWT_SEC{}=\"FAKE_changeme\"", "RET");
        assert_eq!(rules(&fake), Vec::<&str>::new());
        assert_eq!(scan(fake.as_bytes(), true).len(), 1);
        assert_eq!(rules("let password = \"placeholder\";"), Vec::<&str>::new());
        assert_eq!(rules("-----BEGIN PRIVATE KEY-----\" is looked for"), Vec::<&str>::new());
    }
}
