//! The reports that are written into files.

use super::{Report, standards::Shelf};
use clap::Args;
use std::{
    error::Error,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};
use url::Url;

/// Which reports to write, and where.
#[derive(Args, Debug, Default)]
pub struct Wanted {
    /// Write the report as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write it as JUnit's XML: every attack is a test case.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write it as SARIF 2.1.0, for code scanning: every attack that is not HELD is a result.
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Write it as Markdown, for the summary of a job.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write it as one HTML page, for people.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Where docs/protections is served, for links in the reports.
    #[arg(long, value_name = "URL", value_parser = web_address)]
    book: Option<Url>,
}

fn web_address(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("{error}"))?;
    if matches!(url.scheme(), "https" | "http") { Ok(url) } else { Err("it is no web address".into()) }
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Json,
    Junit,
    Sarif,
    Markdown,
    Html,
}

/// The files, open and empty.
#[derive(Debug)]
pub struct Files {
    files: Vec<(Format, PathBuf, File)>,
    shelf: Shelf,
}

impl Files {
    /// Opens and empties every file, so that a run of minutes does not end at one that can't be written, and what an
    /// earlier run left there is not taken for this one's.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn open(wanted: Wanted) -> Result<Self, String> {
        let paths = [
            (Format::Json, wanted.json),
            (Format::Junit, wanted.junit),
            (Format::Sarif, wanted.sarif),
            (Format::Markdown, wanted.markdown),
            (Format::Html, wanted.html),
        ];
        let mut files: Vec<(Format, PathBuf, File)> = Vec::new();
        for (format, path) in paths {
            let Some(path) = path else { continue };
            if files.iter().any(|(_, other, _)| *other == path) {
                return Err(format!("{} is named for two reports.", path.display()));
            }
            let file = File::create(&path).map_err(|error| unwritable(&path, &error))?;
            files.push((format, path, file));
        }
        Ok(Self { files, shelf: Shelf { served: wanted.book } })
    }

    /// Writes them.
    ///
    /// # Errors
    /// A sentence that names the first file that is not whole; the others are written all the same.
    pub fn write(self, report: &Report) -> Result<(), String> {
        let shelf = self.shelf;
        let written = self.files.into_iter().map(|(format, path, mut file)| {
            let text = text(report, format, &shelf).map_err(|error| unwritable(&path, &*error))?;
            file.write_all(text.as_bytes()).map_err(|error| unwritable(&path, &error))
        });
        // Every one is tried before the first failure is told.
        written.collect::<Vec<_>>().into_iter().collect()
    }
}

fn text(report: &Report, format: Format, shelf: &Shelf) -> Result<String, Box<dyn Error>> {
    Ok(match format {
        Format::Json => format!("{:#}\n", report.to_json()),
        Format::Junit => report.to_junit()?,
        Format::Sarif => format!("{:#}\n", report.to_sarif(shelf)),
        Format::Markdown => report.to_markdown(shelf)?,
        Format::Html => report.to_html(shelf)?,
    })
}

fn unwritable(path: &Path, error: &dyn Error) -> String {
    format!("The report can't be written to {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::{Files, Wanted};
    use crate::{
        arena::TemporaryDirectory,
        report::sample::{self, PASSWORD, TOKEN},
    };
    use std::path::Path;

    fn all_in(folder: &Path) -> Wanted {
        let file = |name| Some(folder.join(name));
        Wanted {
            json: file("json"),
            junit: file("junit"),
            sarif: file("sarif"),
            markdown: file("markdown"),
            html: file("html"),
            book: None,
        }
    }

    #[tokio::test]
    async fn no_report_has_a_credential() {
        let folder = TemporaryDirectory::new().unwrap();
        let files = Files::open(all_in(folder.path())).unwrap();
        files.write(&sample::report().await.unwrap()).unwrap();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains("access_token=") && text.contains("REDACTED"), "{path:?}: {text}");
            let password = PASSWORD.replace(' ', "%20");
            let signature = TOKEN.rsplit('.').next().unwrap();
            for secret in [TOKEN, signature, PASSWORD, &password] {
                assert!(!text.contains(secret), "{path:?} tells {secret}: {text}");
            }
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_is_known_before_the_run() {
        let wanted = Wanted { html: Some("/nonexistent/report.html".into()), ..Wanted::default() };
        let sentence = Files::open(wanted).unwrap_err();
        assert!(
            sentence.starts_with("The report can't be written to /nonexistent/report.html: "),
            "{sentence}"
        );
    }

    #[test]
    fn an_earlier_report_does_not_outlive_the_start() {
        let folder = TemporaryDirectory::new().unwrap();
        let path = folder.path().join("json");
        std::fs::write(&path, "HELD").unwrap();
        Files::open(all_in(folder.path())).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    }

    #[test]
    fn two_reports_have_two_files() {
        let folder = TemporaryDirectory::new().unwrap();
        let wanted = Wanted { html: Some(folder.path().join("json")), ..all_in(folder.path()) };
        assert!(Files::open(wanted).unwrap_err().ends_with("is named for two reports."));
    }
}
