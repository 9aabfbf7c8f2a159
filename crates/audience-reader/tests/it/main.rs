//! Files as shops send them, valid and broken.
#![cfg(test)]

mod cells;
mod columns;
mod files;
mod records;
mod sample_file;
mod seen;
