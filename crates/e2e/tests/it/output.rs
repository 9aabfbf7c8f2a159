//! Output of tests: seeds, measurements, evidence.

/// Prints a line.
#[expect(
    clippy::print_stderr,
    reason = "a run is repeated by its seed and documented by its measurements"
)]
pub(crate) fn print_line(line: impl std::fmt::Display) {
    eprintln!("{line}");
}

/// The number in an environment variable, or a default.
pub(crate) fn number_from_env(variable: &str, otherwise: impl FnOnce() -> u64) -> u64 {
    let given = testkit::environment(variable);
    given.map_or_else(otherwise, |text| {
        text.parse().expect("the variable is a number")
    })
}

/// The seed of the run: random, unless `DJIGBACHATS_TEST_SEED` sets it.
pub(crate) fn seed() -> u64 {
    let seed = number_from_env("DJIGBACHATS_TEST_SEED", || {
        u64::from(uuid::Uuid::new_v4().as_fields().0)
    });
    print_line(format_args!("DJIGBACHATS_TEST_SEED={seed}"));
    seed
}
