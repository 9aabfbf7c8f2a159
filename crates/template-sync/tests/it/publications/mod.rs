//! Publications with a real database and the simulated Meta.

mod accepted;
mod fixture;
mod interrupted;
mod limits;
mod order;
mod refused;
mod sample_files;
