//! The binary under test and how it is told its settings.

use std::path::PathBuf;

/// The environment variable of a setting.
pub(super) fn variable(key: &str) -> String {
    format!("DJIGBACHATS__{}", key.to_uppercase().replace('.', "__"))
}

/// The binary beside the test that runs.
pub(super) fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let built = test
        .ancestors()
        .nth(2)
        .expect("tests are built in target/<profile>/deps");
    let binary = built.join("djigbachats");
    assert!(
        binary.exists(),
        "{} is not there: `cargo build --bins` makes it, and scripts/test does so by itself",
        binary.display()
    );
    binary
}
