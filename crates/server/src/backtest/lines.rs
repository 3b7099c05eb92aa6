//! Input files as lines of bytes, plain or zstd-compressed, told apart by their first bytes.
//!
//! One buffer serves all lines of a file, and a line has a greatest length, so that a file that is no
//! text at all ends in a fault and not in the machine's memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::fault::{LineFault, Place};

/// The first bytes of every zstd frame (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Bytes read from a file at a time.
const BLOCK_BYTES: usize = 256 * 1024;

/// An input file that can be read from its start, several times over.
#[derive(Debug, Clone)]
pub(super) struct Source {
    path: PathBuf,
    name: Arc<str>,
    /// What it holds, where it is a pipe that was to be read more than once.
    kept: Option<Arc<[u8]>>,
}

impl Source {
    /// The file at a path; nothing is opened yet.
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), name: path.display().to_string().into(), kept: None }
    }

    /// Makes sure that it can be read more than once: a pipe is taken into memory, as it stands.
    pub(super) fn keep(&mut self) -> anyhow::Result<()> {
        let file = self.file()?;
        let is_file = file.metadata().with_context(|| format!("{}: cannot be read", self.name))?.is_file();
        if !is_file && self.kept.is_none() {
            let mut content = Vec::new();
            let mut file = file;
            file.read_to_end(&mut content).with_context(|| format!("{}: cannot be read", self.name))?;
            self.kept = Some(content.into());
        }
        Ok(())
    }

    /// The file's lines from its start; one longer than `most` bytes is a fault.
    pub(super) fn lines(&self, most: usize) -> anyhow::Result<Lines> {
        let content: Box<dyn Read> = match &self.kept {
            Some(content) => Box::new(io::Cursor::new(Arc::clone(content))),
            None => Box::new(self.file()?),
        };
        let reader = decompressed(content).with_context(|| format!("{}: cannot be read", self.name))?;
        Ok(Lines { reader, line: Vec::new(), most, place: Place { file: Arc::clone(&self.name), line: 0 } })
    }

    fn file(&self) -> anyhow::Result<File> {
        File::open(&self.path).with_context(|| format!("{}: cannot be opened", self.name))
    }
}

fn decompressed(mut content: Box<dyn Read>) -> io::Result<Box<dyn BufRead>> {
    let mut first = Vec::with_capacity(ZSTD_MAGIC.len());
    content.by_ref().take(ZSTD_MAGIC.len() as u64).read_to_end(&mut first)?;
    let is_zstd = first == ZSTD_MAGIC;
    let whole = BufReader::with_capacity(BLOCK_BYTES, io::Cursor::new(first).chain(content));
    if is_zstd {
        let plain = zstd::Decoder::with_buffer(whole)?;
        Ok(Box::new(BufReader::with_capacity(BLOCK_BYTES, plain)))
    } else {
        Ok(Box::new(whole))
    }
}

/// The lines of one file, one at a time.
pub(super) struct Lines {
    reader: Box<dyn BufRead>,
    line: Vec<u8>,
    most: usize,
    place: Place,
}

impl Lines {
    /// The next line, without its end; absent after the last.
    ///
    /// # Errors
    /// Where the file cannot be read on, or a line is longer than any line that is read here.
    pub(super) fn read(&mut self) -> Result<Option<&[u8]>, LineFault> {
        self.line.clear();
        self.place.line += 1;
        let most = u64::try_from(self.most).unwrap_or(u64::MAX).saturating_add(2);
        let read = (&mut self.reader).take(most).read_until(b'\n', &mut self.line);
        read.map_err(|error| self.place.fault(format_args!("cannot be read: {error}")))?;
        if self.line.is_empty() {
            return Ok(None);
        }
        let line = without_end(&self.line);
        if line.len() > self.most {
            return Err(self.place.fault(format_args!("is longer than {} bytes", self.most)));
        }
        Ok(Some(line))
    }

    /// The line read last.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// A fault in the line read last.
    pub(super) fn fault(&self, what: impl std::fmt::Display) -> LineFault {
        self.place.fault(what)
    }
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
