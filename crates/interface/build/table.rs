//! Writes the table of the bundle's files, as Rust.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::{fs, io};

/// The table's source: every file with its compressed forms, ordered by path.
///
/// # Errors
/// Where the bundle cannot be read.
pub(crate) fn of(bundle: Option<&Path>) -> io::Result<String> {
    let mut paths = BTreeSet::new();
    if let Some(bundle) = bundle {
        collect(bundle, "", &mut paths)?;
    }
    let mut table = String::from("&[\n");
    if let Some(bundle) = bundle {
        let is_compressed = |path: &&String| path.ends_with(".br") || path.ends_with(".gz");
        for path in paths.iter().filter(|path| !is_compressed(path)) {
            table += &entry(bundle, path, &paths)?;
        }
    }
    Ok(table + "]\n")
}

fn entry(bundle: &Path, path: &str, paths: &BTreeSet<String>) -> io::Result<String> {
    let include = |path: &str| format!("include_bytes!({:?})", bundle.join(path).display().to_string());
    let compressed = |suffix: &str| {
        let path = format!("{path}{suffix}");
        if paths.contains(&path) { format!("Some({})", include(&path)) } else { "None".to_owned() }
    };
    let mut hasher = DefaultHasher::new();
    fs::read(bundle.join(path))?.hash(&mut hasher);
    Ok(format!(
        "File {{ path: {path:?}, plain: {}, brotli: {}, gzip: {}, tag: \"{:016x}\" }},\n",
        include(path),
        compressed(".br"),
        compressed(".gz"),
        hasher.finish()
    ))
}

fn collect(folder: &Path, prefix: &str, paths: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), paths)?;
        } else {
            paths.insert(path);
        }
    }
    Ok(())
}
