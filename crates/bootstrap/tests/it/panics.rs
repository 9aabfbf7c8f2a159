//! Panics, in the log and in the metrics.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bootstrap::logs::{Format, LogLayer};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_panic_is_logged_with_its_place_and_counted_and_tells_no_number() {
    let lines = Lines::default();
    let layer = LogLayer::new(Format::Json, Box::new(lines.clone()));
    tracing::subscriber::set_global_default(Registry::default().with(layer)).unwrap();
    bootstrap::panics::install_hook();
    let panicked = std::thread::spawn(|| panic!("no contact {}", "+22670123456")).join();
    assert!(panicked.is_err());
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("panics.rs:") && text.contains("no contact"),
        "{text}"
    );
    assert!(!text.contains("70123456"), "{text}");
    let metrics = prometheus::TextEncoder::new()
        .encode_to_string(&prometheus::gather())
        .unwrap();
    assert!(metrics.contains("djigbachats_bootstrap_panics_total 1"));
}
