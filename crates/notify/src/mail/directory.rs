//! Mails as files, for development and tests: `<delivery>.eml`, whole or not there at all.
//!
//! A delivery that is sent again replaces its file, as its receiver would recognise it by its id.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs;
use tokio::io::AsyncWriteExt;

use super::check::CheckError;
use super::letter::Letter;
use crate::Outcome;

/// A directory that mails are written into. It is made where it is missing.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
}

impl Directory {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Writes a mail.
    pub(super) async fn send(&self, letter: &Letter) -> Outcome {
        let name = format!("{}.eml", letter.delivery);
        match self.write(&name, &letter.bytes).await {
            Ok(()) => Outcome::delivered(&format!("written to {name}")),
            Err(error) => Outcome::retry(&format!("cannot write {name}: {error}")),
        }
    }

    /// Writes a file and takes it away again.
    pub(super) async fn check(&self) -> Result<String, CheckError> {
        let probe = "bellwether-check.eml";
        let written = async {
            self.write(probe, b"").await?;
            fs::remove_file(self.path.join(probe)).await
        };
        match written.await {
            Ok(()) => Ok(format!("mails are written into {}", self.path.display())),
            Err(error) => Err(CheckError {
                reason: format!("cannot write into {}: {error}", self.path.display()),
                advice: "Name a directory in mail.url (file:DIR) in which this user may write.",
            }),
        }
    }

    /// Under another name first, so that whoever watches the directory never sees half a mail.
    async fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.path).await?;
        let unfinished = self.path.join(format!(".{name}.part"));
        write_through(&unfinished, bytes).await?;
        fs::rename(&unfinished, self.path.join(name)).await
    }
}

async fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path).await?;
    file.write_all(bytes).await?;
    file.sync_all().await
}
