//! The web interface as it was made from `web/`: files to be served, and nothing that serves them.
//!
//! A crate of its own, so that a change of the interface compiles this and links the server again, and a
//! change of the server never asks npm. Without npm there are no files; see `build/main.rs`.

/// A file of the interface.
#[derive(Clone, Copy)]
pub struct File {
    /// Its path below `/app/`, such as `assets/index-3f1c9a2b.js`.
    pub path: &'static str,
    /// What it holds.
    pub plain: &'static [u8],
    /// The same, compressed with Brotli, where that is smaller.
    pub brotli: Option<&'static [u8]>,
    /// The same, compressed with gzip, where that is smaller.
    pub gzip: Option<&'static [u8]>,
    /// Changes with what it holds; 16 hexadecimal digits.
    pub tag: &'static str,
}

impl File {
    /// Whether its name changes with what it holds, so that it may be kept for ever.
    #[must_use]
    pub fn is_immutable(&self) -> bool {
        self.path.starts_with("assets/")
    }

    /// Its media type.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self.path.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "json" => "application/json",
            "webmanifest" => "application/manifest+json",
            "txt" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }
}

/// Every file, ordered by path.
static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The file at a path below `/app/`.
#[must_use]
pub fn file(path: &str) -> Option<&'static File> {
    FILES.binary_search_by(|file| file.path.cmp(path)).ok().map(|index| &FILES[index])
}

/// The page that every address of the interface shows; none where the interface was left out.
#[must_use]
pub fn index() -> Option<&'static File> {
    file("index.html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_by_its_path() {
        for known in FILES {
            assert_eq!(file(known.path).map(|found| found.tag), Some(known.tag), "{}", known.path);
        }
        assert!(file("../Cargo.toml").is_none());
    }

    #[test]
    fn compressed_forms_are_smaller() {
        for file in FILES {
            let forms = [file.brotli, file.gzip];
            assert!(forms.iter().flatten().all(|form| form.len() < file.plain.len()), "{}", file.path);
        }
    }

    #[test]
    fn files_have_a_media_type() {
        for file in FILES {
            assert_ne!(file.content_type(), "application/octet-stream", "{}", file.path);
        }
    }
}
