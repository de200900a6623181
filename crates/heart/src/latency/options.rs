//! What `heart latency` is asked for.

use std::path::PathBuf;

use heart_event::Name;
use heart_link::Protocol;

use super::fetch::Address;
use crate::load::protocol;

/// What `heart latency` was asked for.
#[derive(Clone, Debug, clap::Args)]
pub struct LatencyOptions {
    /// The renderer's pages, as its key http.listen says.
    #[arg(long, default_value = "http://127.0.0.1:9462", conflicts_with = "broker",
        value_name = "http://HOST[:PORT]", value_parser = Address::parse)]
    pub renderer: Address,
    /// Seconds that are measured (1 to 3600); SIGINT ends it earlier.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: u64,
    /// Draw a histogram of each hop, on a logarithmic axis, into this PNG.
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
    /// Print one line of JSON instead of the table.
    #[arg(long)]
    pub json: bool,
    /// Without a renderer: join a site at this broker as a reader and measure the way to here.
    #[arg(long, requires = "site", value_name = "mqtt://HOST[:PORT]")]
    pub broker: Option<String>,
    /// The site, with --broker.
    #[arg(long, requires = "broker")]
    pub site: Option<Name>,
    /// Our own name there: the user name, or else latency-PID. Brokers with an ACL want the name
    /// of a user that may read.
    #[arg(long, requires = "broker")]
    pub node: Option<Name>,
    /// auto, 5 or 3.1.1.
    #[arg(long, default_value = "auto", requires = "broker", value_parser = protocol)]
    pub protocol: Protocol,
    /// User name, together with --password-file.
    #[arg(long, requires_all = ["password_file", "broker"])]
    pub username: Option<String>,
    /// File that holds the password.
    #[arg(long, requires = "username")]
    pub password_file: Option<PathBuf>,
}
