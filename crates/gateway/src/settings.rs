//! The settings of the gateway.

use std::net::SocketAddr;
use std::num::NonZeroU32;

use cloud_api::CloudApiSettings;
use serde::Deserialize;

use crate::web_address::{Origins, PublicUrl};

/// The settings of the gateway, other than those of its connections to Postgres and RabbitMQ.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The section `gateway`.
    pub gateway: GatewaySettings,
    /// Meta.
    pub cloud_api: CloudApiSettings,
}

/// 128 Mbit/s: the largest audience file is read in 4 seconds, and 1,000 bulk messages in 0.02.
const BODY_BYTES_PER_SECOND: NonZeroU32 = NonZeroU32::new(16_000_000).unwrap();

/// Settings of the section `gateway`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GatewaySettings {
    /// Address and port of the API. TLS is terminated before it.
    pub address: SocketAddr,
    /// The URL of the API for callers, when it is not its address. It is part of the API's description.
    pub public_url: Option<PublicUrl>,
    /// The origins whose pages may call the API from a browser, separated by commas; none when not set.
    pub cors_origins: Origins,
    /// Threads that handle requests; one for each core when not set.
    pub workers: Option<usize>,
    /// The greatest length of a JSON body, in bytes.
    pub max_json_bytes: usize,
    /// The greatest length of the JSON body of a bulk call, in bytes.
    pub max_bulk_json_bytes: usize,
    /// The greatest length of an uploaded file, in bytes. Meta accepts 100 MB for a document, 16 MB for a video and 5
    /// MB for an image; larger files are refused whatever this setting is.
    pub max_media_bytes: usize,
    /// How many calls may be in progress; further calls get 503.
    pub max_calls: usize,
    /// How many of them may be of one business; its further calls get 429.
    pub max_calls_per_business: usize,
    /// How many bytes of bodies, including files, may be in memory at a time; further calls get 503. Provide three
    /// times as much memory: buffers grow in steps, and messages and sealed files are made from the bodies.
    pub max_body_bytes_in_memory: usize,
    /// How many of them may be of one business; its further calls get 429. With less than the greatest length of an
    /// audience file (64 MiB), longer files cannot be imported.
    pub max_body_bytes_in_memory_per_business: usize,
    /// How many bytes of bodies per second are read of one business; a faster client is slowed down.
    pub max_body_bytes_per_second_per_business: NonZeroU32,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            cors_origins: Origins::default(),
            workers: None,
            max_json_bytes: 256 * 1024,
            // A thousand messages, each with the longest texts that a template takes.
            max_bulk_json_bytes: 4 * 1024 * 1024,
            // A receipt has some tens of kilobytes; a catalogue of this size still opens on a cheap phone.
            max_media_bytes: 16_000_000,
            max_calls: 10_000,
            max_calls_per_business: 256,
            max_body_bytes_in_memory: 256_000_000,
            max_body_bytes_in_memory_per_business: 80_000_000,
            max_body_bytes_per_second_per_business: BODY_BYTES_PER_SECOND,
        }
    }
}
