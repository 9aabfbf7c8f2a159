//! Compiles `proto-schemas` with protox, so that no system protoc is needed.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto-schemas");
    let files = ["djigbachats/v1/jobs.proto", "djigbachats/v1/events.proto"];
    println!("cargo:rerun-if-changed={}", schemas.display());
    let descriptors = protox::compile(files, [&schemas])?;
    prost_build::Config::new().compile_fds(descriptors)?;
    Ok(())
}
