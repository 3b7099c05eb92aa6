//! The demo's folder.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A fresh folder that is removed, with all that is in it, when this is dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn make() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("bellwether-demo-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the system's folder for such things; there is nobody to tell.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
