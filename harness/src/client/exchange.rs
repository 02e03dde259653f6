//! Evidence: what was sent and what came, with credentials removed, and replayable.

use super::{Answer, ClientError, Request, Target};
use std::fmt;

/// How much of a body is kept as evidence, in characters.
const BODY_KEPT: usize = 2000;

/// One request and what came of it. Credentials are removed when it is made, so it can't print them.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// `POST /v1/patients HTTP/1.1` and the fields.
    pub request: String,
    /// The status line, the fields and the body, or why there was no answer.
    pub answer: String,
    /// The same request as a command; `$TOKEN` and `$COOKIE` stand for credentials. Empty when curl can't express it.
    pub curl: String,
    /// The request's id, if the answer named one.
    pub request_id: Option<uuid::Uuid>,
}

impl Exchange {
    pub(super) fn of(request: &Request, target: &Target, outcome: &Result<Answer, ClientError>) -> Self {
        Self {
            request: redacted(&told(request, target)),
            answer: redacted(&answered(outcome)),
            curl: redacted(&curl(request, target)),
            request_id: outcome.as_ref().ok().and_then(Answer::request_id),
        }
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.request.trim_end())?;
        writeln!(f, "---")?;
        writeln!(f, "{}", self.answer.trim_end())?;
        if !self.curl.is_empty() {
            writeln!(f, "--- again with\n{}", self.curl)?;
        }
        Ok(())
    }
}

fn told(request: &Request, target: &Target) -> String {
    if let Some(raw) = &request.raw {
        let text = String::from_utf8_lossy(raw);
        let lines: Vec<String> = text.lines().map(hide_credentials).collect();
        return short(&lines.join("\n"));
    }
    let host = request.host.as_deref().unwrap_or(&target.host);
    let mut told = format!("{} {} HTTP/1.1\nhost: {host}\n", request.method, request.target);
    for (name, value) in &request.headers {
        told += &hide_credentials(&format!("{name}: {}", short(&String::from_utf8_lossy(value))));
        told.push('\n');
    }
    format!("{told}\n{}", short(&String::from_utf8_lossy(&request.body)))
}

fn answered(outcome: &Result<Answer, ClientError>) -> String {
    match outcome {
        Err(error) => error.to_string(),
        Ok(answer) => {
            let fields: String = answer
                .headers
                .iter()
                .map(|(name, value)| hide_credentials(&format!("{name}: {value}")) + "\n")
                .collect();
            format!("HTTP/1.1 {}\n{fields}\n{}", answer.status, short(&answer.text()))
        }
    }
}

fn curl(request: &Request, target: &Target) -> String {
    if request.raw.is_some() {
        return String::new();
    }
    let to = if request.to_operations { target.operations } else { target.public };
    let mut words = vec![
        "curl --cacert \"$CA\"".to_owned(),
        format!("--connect-to {}:443:{to}", target.host),
        format!("-X {}", quoted(&request.method)),
    ];
    for (name, value) in &request.headers {
        let value = String::from_utf8_lossy(value);
        if name.eq_ignore_ascii_case("authorization") {
            words.push("-H \"Authorization: Bearer $TOKEN\"".into());
        } else if name.eq_ignore_ascii_case("cookie") {
            words.push("-H \"Cookie: $COOKIE\"".into());
        } else {
            words.push(format!("-H {}", quoted(&format!("{name}: {}", short(&value)))));
        }
    }
    if !request.body.is_empty() {
        words.push(format!("--data-binary {}", quoted(&short(&String::from_utf8_lossy(&request.body)))));
    }
    words.push(quoted(&format!("https://{}{}", target.host, request.target)));
    words.join(" ")
}

fn hide_credentials(line: &str) -> String {
    match line.split_once(':') {
        Some((name, value))
            if ["authorization", "cookie", "set-cookie", "dpop"]
                .iter()
                .any(|it| name.eq_ignore_ascii_case(it)) =>
        {
            let scheme = value.split_whitespace().next().filter(|s| s.len() < 10).unwrap_or_default();
            format!("{name}: {scheme} [REDACTED]")
        }
        _ => line.to_owned(),
    }
}

/// Fields of forms and addresses that open something.
const SECRET_FIELDS: [&str; 13] = [
    "password=",
    "new_password=",
    "code=",
    "code_verifier=",
    "refresh_token=",
    "client_assertion=",
    "token=",
    "csrf=",
    "transaction=",
    "\"refresh_token\":\"",
    "\"access_token\":\"",
    "\"client_secret\":\"",
    "\"password\":\"",
];

/// What API keys and webhooks' secrets begin with.
const SECRET_PREFIXES: [&str; 2] = ["ck_live_", "whsec_"];
/// Fewer characters after it are no secret, but somebody who speaks of one.
const SECRET_LENGTH: usize = 16;

/// The text without the credentials that it may quote.
pub(crate) fn redacted(text: &str) -> String {
    let named = hide_fields(&hide_tokens(text));
    SECRET_PREFIXES.iter().fold(named, |text, prefix| hide_after(&text, prefix))
}

/// Removes whatever begins with the prefix, wherever it stands.
fn hide_after(text: &str, prefix: &str) -> String {
    let mut parts = text.split(prefix);
    let mut hidden = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_ascii_alphanumeric() || "+/=_-".contains(c)));
        let (secret, after) = part.split_at(end.unwrap_or(part.len()));
        hidden += prefix;
        hidden += if secret.len() < SECRET_LENGTH { secret } else { "[REDACTED]" };
        hidden += after;
    }
    hidden
}

/// Removes the values of secret fields in a form or an address.
fn hide_fields(text: &str) -> String {
    let starts_field = |at: usize| {
        text.get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|c| matches!(c, '&' | '?' | '\n' | '\'' | '{' | ','))
    };
    let mut hidden = String::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let found = SECRET_FIELDS
            .iter()
            .filter_map(|name| {
                let place = rest
                    .match_indices(name)
                    .map(|(place, _)| place)
                    .find(|place| starts_field(at + place))?;
                Some((place, name.len()))
            })
            .min();
        let Some((place, length)) = found else {
            hidden.push_str(rest);
            break;
        };
        let value = at + place + length;
        hidden.push_str(text.get(at..value).unwrap_or_default());
        hidden.push_str("[REDACTED]");
        let tail = text.get(value..).unwrap_or_default();
        at = value + tail.find(['&', ' ', '\n', '\'', '"']).unwrap_or(tail.len());
    }
    hidden
}

/// Removes every JWT, wherever it stands: in a query, a body, a cookie of another name.
fn hide_tokens(text: &str) -> String {
    let mut hidden = String::new();
    let mut rest = text;
    // Every JWT's header is a JSON object, and `{"` is `eyJ` in base64url.
    while let Some(at) = rest.find("eyJ") {
        let (before, token) = rest.split_at(at);
        let end =
            token.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(token.len());
        let (token, after) = token.split_at(end);
        hidden.push_str(before);
        hidden.push_str(if token.contains('.') { "[REDACTED]" } else { token });
        rest = after;
    }
    hidden + rest
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn short(text: &str) -> String {
    if text.chars().count() <= BODY_KEPT {
        return text.to_owned();
    }
    let head: String = text.chars().take(BODY_KEPT).collect();
    format!("{head}… ({} bytes in all)", text.len())
}

#[cfg(test)]
mod tests {
    use super::{hide_credentials, hide_fields, hide_tokens, redacted};

    #[test]
    fn keys_are_hidden_by_what_they_begin_with() {
        let key = "ck_live_00112233445566778899aabbccddeeff";
        assert_eq!(redacted(&format!(r#"{{"key":"{key}","x":1}}"#)), r#"{"key":"ck_live_[REDACTED]","x":1}"#);
        assert_eq!(redacted("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw="), "whsec_[REDACTED]");
        assert_eq!(redacted("a key begins with ck_live_ here"), "a key begins with ck_live_ here");
    }

    #[test]
    fn secret_members_are_hidden() {
        assert_eq!(
            redacted(r#"{"email":"a@b","password":"hunter2","client_secret":"s"}"#),
            r#"{"email":"a@b","password":"[REDACTED]","client_secret":"[REDACTED]"}"#
        );
        assert_eq!(redacted("token=x&new_password=y"), "token=[REDACTED]&new_password=[REDACTED]");
    }

    #[test]
    fn tokens_are_hidden_wherever_they_stand() {
        let query = "GET /v1/me?access_token=eyJhbGciOiJub25lIn0.eyJz.c2ln&x=1";
        assert_eq!(hide_tokens(query), "GET /v1/me?access_token=[REDACTED]&x=1");
        assert_eq!(hide_tokens("eyJust a word"), "eyJust a word");
    }

    #[test]
    fn secret_fields_are_hidden_and_others_are_not() {
        assert_eq!(
            hide_fields("email=a%40b&password=secret&transaction=x"),
            "email=a%40b&password=[REDACTED]&transaction=[REDACTED]"
        );
        assert_eq!(
            hide_fields("location: https://app/cb?code=c0de&state=s"),
            "location: https://app/cb?code=[REDACTED]&state=s"
        );
        assert_eq!(hide_fields("barcode=1&x=2"), "barcode=1&x=2");
    }

    #[test]
    fn credentials_do_not_reach_the_evidence() {
        assert_eq!(
            hide_credentials("Authorization: Bearer eyJ.secret.x"),
            "Authorization: Bearer [REDACTED]"
        );
        assert_eq!(hide_credentials("cookie: session=verysecretvalue"), "cookie:  [REDACTED]");
        assert_eq!(hide_credentials("accept: */*"), "accept: */*");
    }
}
