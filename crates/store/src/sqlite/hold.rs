//! One process at a time: a lock on a file beside the database.
//!
//! SQLite lets several processes write to one file in turns, so nothing else keeps two services from evaluating the same
//! alerts on one database, each with ticks that the other never sees. The kernel gives the lock back however its process
//! ends. The file itself stays: to remove it would let two processes lock two files of one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::OpenError;

/// What the lock's file is called: as the database, with this behind it, like the files that SQLite puts there.
const ENDING: &str = "-lock";
/// A process id has fewer digits.
const PID_BYTES: u64 = 16;

/// A database that is held alone, until all clones of this are dropped or one is let go.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    file: Arc<Mutex<Option<File>>>,
}

impl Hold {
    /// Holds the database at `path`, which is there.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let beside = beside(path)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        super::file::private_file(&mut options);
        let held = |file| Self { file: Arc::new(Mutex::new(file)) };
        let mut file = match options.open(&beside) {
            Ok(file) => file,
            Err(error) if is_no_fault_of_ours(error.kind()) => {
                tracing::warn!(file = %beside.display(), %error, "nothing keeps a second process from this database");
                return Ok(held(None));
            }
            Err(error) => return Err(error.into()),
        };
        match file.try_lock() {
            Ok(()) => {
                // Who has it, for whoever is refused. Whether that can be written matters to nobody else.
                let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
                Ok(held(Some(file)))
            }
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { by: holder(&mut file), file: beside }),
            Err(TryLockError::Error(error)) => {
                tracing::warn!(file = %beside.display(), %error, "nothing keeps a second process from this database");
                Ok(held(None))
            }
        }
    }

    /// Lets another process have it.
    pub(super) fn let_go(&self) {
        drop(self.file.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// The file of the lock. Whichever way leads to a database, through links too, it is one file.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let mut beside = path.canonicalize()?.into_os_string();
    beside.push(ENDING);
    Ok(beside.into())
}

/// A database must be served also from a disk on which there is no room for one more file at present.
fn is_no_fault_of_ours(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem)
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(PID_BYTES).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
