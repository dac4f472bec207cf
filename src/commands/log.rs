//! The log: what happened, with ids and codes, never with words about people.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings};

/// Starts the log, on standard error. From now on a panic is logged, too, instead of printed as it is.
pub(super) fn start(settings: &Settings) {
    let level = settings.log.level.word();
    let filter = EnvFilter::new(format!("{level},actix_server=warn,mio=warn"));
    let ansi = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(ansi).with_writer(std::io::stderr);
    match settings.log.format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Text => log.with_target(false).init(),
    }
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let words = panic.payload().downcast_ref::<&str>().copied();
        let words = words.or_else(|| panic.payload().downcast_ref::<String>().map(String::as_str));
        panicked(&location, words.unwrap_or_default());
    }));
}

/// A defect is found by where it is. What it says may quote what it was working on, and so stays out of the log of an
/// installation that others can reach, which has no debug level.
fn panicked(location: &str, words: &str) {
    tracing::error!(location, "a thread panicked");
    tracing::debug!(location, words, "a thread panicked");
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_logged_by_its_place_and_its_words_only_for_debugging() {
        let logged = |level: &str| {
            let written = Written::default();
            let writer = written.clone();
            let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(level)).json();
            let log = log.with_writer(move || writer.clone()).finish();
            tracing::subscriber::with_default(log, || panicked("src/x.rs:1:2", "canary of somebody's form"));
            let bytes = written.0.lock().unwrap().clone();
            String::from_utf8(bytes).unwrap()
        };
        let info = logged("info");
        assert!(info.contains("src/x.rs:1:2") && !info.contains("canary"), "{info}");
        assert!(logged("debug").contains("canary"));
    }
}
