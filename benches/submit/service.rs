//! The service as a process: started with its defaults in a folder of its own, killed when it is not needed any more. One
//! setting is another: a few citizens file for all, so the bound on their filings, which are counted as ever, is high.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::Outcome;
use crate::http::{Connection, get};
use crate::options::foreign_settings;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running service.
pub struct Service {
    child: Child,
    /// Where it listens.
    pub port: u16,
}

impl Service {
    /// Starts it and waits until it is ready. Keys, mails and the log stay in `folder`.
    pub fn start(runtime: &Runtime, binary: &Path, folder: &Path, database: &str) -> Outcome<Self> {
        let port = free_port()?;
        let log = folder.join("service.log");
        let mut command = Command::new(binary);
        foreign_settings().iter().for_each(|name| {
            command.env_remove(name);
        });
        let child = command
            .arg("serve")
            .current_dir(folder)
            .env("DATABASE_URL", database)
            .env("GCRM__SERVER__BIND", format!("127.0.0.1:{port}"))
            .env("GCRM__SERVER__PUBLIC_URL", format!("http://127.0.0.1:{port}"))
            .env("GCRM__FILING__PER_ACCOUNT", "1000000")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .map_err(|why| format!("{}: {why}", binary.display()))?;
        let mut service = Self { child, port };
        service.wait_until_ready(runtime, &log)?;
        Ok(service)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn wait_until_ready(&mut self, runtime: &Runtime, log: &PathBuf) -> Outcome<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the service ended at once ({status}): {}", end_of(log)).into());
            }
            if runtime.block_on(is_ready(self.port)) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("the service is not ready after {PATIENCE:?}: {}", end_of(log)).into())
    }
}

impl Drop for Service {
    /// Killed, not asked: what it was given is on disk, and what it put off was counted.
    fn drop(&mut self) {
        if self.child.kill().is_ok() {
            let _ = self.child.wait();
        }
    }
}

async fn is_ready(port: u16) -> bool {
    let Ok(mut connection) = Connection::open(port).await else { return false };
    connection.exchange(&get("/health/ready")).await.is_ok_and(|answer| answer.is_success())
}

fn free_port() -> Outcome<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn end_of(log: &PathBuf) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(5)..).unwrap_or_default().join("; ")
}
