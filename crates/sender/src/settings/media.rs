//! Settings of the uploads of files.

use std::time::Duration;

use serde::Deserialize;
use worker_storage::media::Lease;

/// The time for reading a file and recording its upload, in addition to the upload itself.
const LEASE_MARGIN: Duration = Duration::from_secs(15);

/// Settings of the uploads of files that messages carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MediaSettings {
    /// The maximum number of concurrent uploads; each holds its file in memory.
    pub uploads_in_flight: usize,
    /// How often to check for uploads that another sender requested or left unfinished; this sender's own start at
    /// once.
    pub every_ms: u64,
    /// Time limit of an upload, not counting the size of its file.
    pub timeout_ms: u64,
    /// Added to the time limit for each million bytes: 4,000 ms are 2 Mbit/s.
    pub timeout_per_mb_ms: u64,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            uploads_in_flight: 4,
            every_ms: 500,
            timeout_ms: 15_000,
            timeout_per_mb_ms: 4_000,
        }
    }
}

impl MediaSettings {
    /// The time limit of an upload of this many bytes.
    pub(crate) fn timeout(self, bytes: u32) -> Duration {
        let limit = Lease {
            least: Duration::from_millis(self.timeout_ms),
            per_million_bytes: Duration::from_millis(self.timeout_per_mb_ms),
        };
        limit.of(bytes)
    }

    /// How long an upload belongs to a sender: longer than its time limit.
    pub(crate) const fn lease(self) -> Lease {
        Lease {
            least: Duration::from_millis(self.timeout_ms).saturating_add(LEASE_MARGIN),
            per_million_bytes: Duration::from_millis(self.timeout_per_mb_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_over_before_its_lease() {
        let settings = MediaSettings::default();
        assert_eq!(settings.timeout(16_000_000), Duration::from_secs(79));
        for bytes in [0, 50_000, 16_000_000, 100_000_000] {
            assert!(settings.timeout(bytes) + Duration::from_secs(10) < settings.lease().of(bytes));
        }
    }
}
