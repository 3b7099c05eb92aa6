//! Makes the interface from `web/` with npm, and a table of its files for the crate to hold.
//!
//! Everything happens in a copy below `OUT_DIR`; nothing is written beside the sources. Where the interface
//! cannot be made (no Node, no network), the table is empty, a warning says why, and the build goes on: the
//! server has a page for that. `BELLWETHER_INTERFACE` says otherwise: `skip` does not try, `require` fails.

#![expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

mod npm;
mod table;

use std::path::{Path, PathBuf};
use std::{env, fs};

/// What the interface is made from, below `web/`.
const SOURCES: [&str; 7] =
    ["index.html", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", ".npmrc", "src"];
/// More of it; may hold no file.
const FOLDERS: [&str; 2] = ["scripts", "public"];

fn main() {
    println!("cargo::rerun-if-env-changed=BELLWETHER_INTERFACE");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let web = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../web");
    let sources: Vec<_> = SOURCES.iter().chain(&FOLDERS).map(|name| (web.join(name), *name)).collect();
    for (path, _) in &sources {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let wish = env::var("BELLWETHER_INTERFACE").unwrap_or_default();
    let bundle = match wish.as_str() {
        "skip" => None,
        _ => match make(&sources, &out.join("web")) {
            Ok(bundle) => Some(bundle),
            Err(why) if wish == "require" => panic!("the web interface cannot be made: {why}"),
            Err(why) => {
                println!("cargo::warning=the web interface is left out: {why}");
                None
            }
        },
    };
    let table = table::of(bundle.as_deref()).expect("the bundle that was just made can be read");
    fs::write(out.join("files.rs"), table).expect("OUT_DIR can be written to");
}

/// Makes the bundle in a folder of its own, and says where it is.
fn make(sources: &[(PathBuf, &str)], work: &Path) -> Result<PathBuf, String> {
    npm::check_node()?;
    let copied = sources.iter().try_for_each(|(from, name)| {
        let to = work.join(name);
        if to.is_dir() {
            fs::remove_dir_all(&to)?;
        }
        copy(from, &to)
    });
    copied.map_err(|error| format!("its sources cannot be copied: {error}"))?;
    npm::install(work)?;
    npm::build(work)?;
    Ok(work.join("dist"))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        fs::create_dir_all(to.parent().expect("it lies in a folder"))?;
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    fs::read_dir(from)?.try_for_each(|entry| {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))
    })
}
