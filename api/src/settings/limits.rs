//! Request rates (catalogue P7).

use serde::Deserialize;
use std::num::NonZeroU32;

/// `[limits]`: sustained rates a minute, and how many may come at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Unknown callers, for each IPv4 address or IPv6 /64.
    pub anonymous_per_minute: NonZeroU32,
    /// …at once.
    pub anonymous_burst: NonZeroU32,
    /// Unknown callers, for each IPv4 /24 or IPv6 /48.
    pub anonymous_network_per_minute: NonZeroU32,
    /// …at once.
    pub anonymous_network_burst: NonZeroU32,
    /// Visits to the sign-in pages and OAuth endpoints, for each IPv4 address or IPv6 /64.
    pub visitor_per_minute: NonZeroU32,
    /// …at once.
    pub visitor_burst: NonZeroU32,
    /// The same, for each IPv4 /24 or IPv6 /48.
    pub visitor_network_per_minute: NonZeroU32,
    /// …at once.
    pub visitor_network_burst: NonZeroU32,
    /// Each member or API client.
    pub principal_per_minute: NonZeroU32,
    /// …at once.
    pub principal_burst: NonZeroU32,
    /// Each organization.
    pub tenant_per_minute: NonZeroU32,
    /// …at once.
    pub tenant_burst: NonZeroU32,
    /// Uploads, for each member: so many in an hour, and so many at once.
    pub upload_per_hour: NonZeroU32,
    /// Questions to insurers, for each member or API client, in an hour.
    pub eligibility_per_hour: NonZeroU32,
    /// …at once.
    pub eligibility_burst: NonZeroU32,
    /// Attempts to sign in, for each IPv4 address or IPv6 /64.
    pub sign_in_per_minute: NonZeroU32,
    /// …at once.
    pub sign_in_burst: NonZeroU32,
    /// Attempts to sign in, for each IPv4 /24 or IPv6 /48.
    pub sign_in_network_per_minute: NonZeroU32,
    /// …at once.
    pub sign_in_network_burst: NonZeroU32,
    /// Requests that end in a mail (registrations, forgotten passwords), for each IPv4 address or IPv6 /64: so many in an
    /// hour, and so many at once.
    pub mail_per_hour: NonZeroU32,
    /// The same for each IPv4 /24 or IPv6 /48.
    pub mail_network_per_hour: NonZeroU32,
}

const fn count(value: u32) -> NonZeroU32 {
    match NonZeroU32::new(value) {
        Some(value) => value,
        None => NonZeroU32::MIN,
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            anonymous_per_minute: count(60),
            anonymous_burst: count(20),
            anonymous_network_per_minute: count(1200),
            anonymous_network_burst: count(400),
            visitor_per_minute: count(300),
            visitor_burst: count(60),
            visitor_network_per_minute: count(6000),
            visitor_network_burst: count(1200),
            principal_per_minute: count(600),
            principal_burst: count(100),
            tenant_per_minute: count(6000),
            tenant_burst: count(1000),
            upload_per_hour: count(20),
            eligibility_per_hour: count(30),
            eligibility_burst: count(5),
            sign_in_per_minute: count(20),
            sign_in_burst: count(5),
            sign_in_network_per_minute: count(100),
            sign_in_network_burst: count(25),
            mail_per_hour: count(20),
            mail_network_per_hour: count(200),
        }
    }
}
