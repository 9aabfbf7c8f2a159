//! What a test tells the one who reads its output: seeds, measurements, evidence.

/// Writes a line.
#[expect(
    clippy::print_stderr,
    reason = "a run is repeated by its seed, and believed by its evidence"
)]
pub(crate) fn say(line: impl std::fmt::Display) {
    eprintln!("{line}");
}

/// The number in a variable of the environment, or another one.
pub(crate) fn number_from(variable: &str, otherwise: impl FnOnce() -> u64) -> u64 {
    let given = testkit::environment(variable);
    given.map_or_else(otherwise, |text| {
        text.parse().expect("the variable is a number")
    })
}

/// The seed of the run: another one each time, unless `DJIGBACHATS_TEST_SEED` repeats one.
pub(crate) fn seed() -> u64 {
    let seed = number_from("DJIGBACHATS_TEST_SEED", || {
        u64::from(uuid::Uuid::new_v4().as_fields().0)
    });
    say(format_args!("DJIGBACHATS_TEST_SEED={seed}"));
    seed
}
