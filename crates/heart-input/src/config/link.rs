//! The `[link]` table: read and at once checked by heart-link, so that what is wrong with it is
//! told at the place where it was written.

use heart_link::LinkOptions;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<LinkOptions, D::Error> {
    let options = LinkOptions::deserialize(deserializer)?;
    options.validate().map_err(D::Error::custom)?;
    Ok(options)
}
