//! The binary under test and the environment variables of its settings.

use std::path::PathBuf;

/// The environment variable of a setting.
pub(super) fn variable(key: &str) -> String {
    format!("DJIGBACHATS__{}", key.to_uppercase().replace('.', "__"))
}

/// The binary of the same build as the running program: in the same folder, or, for a test, one folder up.
pub(super) fn binary() -> PathBuf {
    let program = std::env::current_exe().expect("a running program has a path");
    let mut folders = program.ancestors().skip(1).take(2);
    folders
        .find_map(|folder| {
            let binary = folder.join("djigbachats");
            binary.is_file().then_some(binary)
        })
        .unwrap_or_else(|| {
            panic!(
                "no djigbachats binary near {}: run `cargo build --bins` or scripts/test",
                program.display()
            )
        })
}
