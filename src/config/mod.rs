//! Settings 配置: read once at start, all problems at once, unsafe ones refused.
//!
//! Who enters: `main`, through [`Settings::load`]. Always true: every setting stands, commented, in
//! `config/default.toml`; one that does not stand there is refused; a secret is never printed; nothing else in the crate
//! reads the environment.

mod proxies;
mod read;
mod reader;
mod safety;
mod settings;
mod sources;
mod url;

pub use proxies::{Proxies, network};
pub use reader::ConfigError;
pub use settings::{Database, Deliveries, Filing, Keys, Log, LogFormat, LogLevel, Mail, MailBackend, Server, Settings};
pub use settings::{Smtp, SmtpLogin, SmtpTls, Tokens, Workers};
pub use sources::Sources;
pub use url::{BadUrl, PublicUrl};

/// The defaults, with a comment on each.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");
