//! Checkpoints 存证点: where the chain stood, signed. The chain alone does not show that its end was cut off; a checkpoint
//! that somebody else kept does.

use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use futures_util::future::{Either, select};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{self, CheckpointRow, Head};
use crate::clock::{Clock, Timestamp};
use crate::error::{Code, Failure};
use crate::ids::JournalId;
use crate::store::{Db, Store, Tx, meta};

/// A checkpoint comes after so many positions,
const POSITIONS: i64 = 1000;
/// or after so long, when something was placed.
const SECONDS: i64 = 60;
/// How often that is looked at.
const POLL: Duration = Duration::from_secs(1);

/// Signs and verifies; implemented by the keeper of the service's keys.
pub trait Sign: Send + Sync + 'static {
    /// Signs with the newest key; returns the key's id and the signature.
    ///
    /// # Errors
    /// No key to sign with.
    fn sign(&self, bytes: &[u8]) -> Result<(String, Vec<u8>), Failure>;

    /// Whether the key of this id (also a retired one) made the signature over these bytes.
    fn verify(&self, kid: &str, bytes: &[u8], signature: &[u8]) -> bool;
}

/// Where the chain stood at an instant, signed with the service's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checkpoint {
    /// How many rows had a position.
    #[schema(minimum = 1, example = 48_211)]
    pub position: i64,
    /// The hash of the row at this position: SHA-256, 64 hexadecimal digits.
    #[schema(max_length = 64, pattern = "^[0-9a-f]{64}$")]
    pub hash: String,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Which key signed it.
    #[schema(max_length = 200)]
    pub kid: String,
    /// The signature over [`Checkpoint::text`], base64url without padding.
    #[schema(max_length = 2000, pattern = "^[A-Za-z0-9_-]+$")]
    pub signature: String,
}

impl Checkpoint {
    /// What is signed: four lines of UTF-8, each ended by a line feed.
    pub fn text(&self) -> String {
        text(self.position, &self.hash, self.signed_at)
    }

    /// Whether the service's key signed it.
    pub fn is_genuine(&self, signer: &dyn Sign) -> bool {
        let signature = BASE64URL_NOPAD.decode(self.signature.as_bytes());
        signature.is_ok_and(|signature| signer.verify(&self.kid, self.text().as_bytes(), &signature))
    }

    /// Checkpoints that somebody kept: one JSON object a line, as [`Checkpoints`] writes and the API answers them.
    ///
    /// # Errors
    /// A file that cannot be read, or holds something else.
    pub fn read_file(path: &Path) -> Result<Vec<Self>, Failure> {
        let wrong =
            |why: &dyn std::fmt::Display| Failure::Internal(format!("checkpoints in {}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|e| wrong(&e))?;
        let checkpoints = serde_json::Deserializer::from_str(&text).into_iter::<Self>();
        checkpoints.collect::<Result<_, _>>().map_err(|e| wrong(&e))
    }
}

fn text(position: i64, hash: &str, signed_at: Timestamp) -> String {
    format!("gcrm journal checkpoint v1\nposition {position}\nhash {hash}\nsigned {signed_at}\n")
}

impl From<CheckpointRow> for Checkpoint {
    fn from(row: CheckpointRow) -> Self {
        let CheckpointRow { position, hash, signed_at, kid, signature } = row;
        Self { position, hash, signed_at, kid, signature }
    }
}

/// The newest checkpoint; none before the first.
///
/// # Errors
/// The database being away.
pub fn newest(db: &mut impl Db) -> Result<Option<Checkpoint>, Failure> {
    Ok(store::newest_checkpoint(db)?.map(Checkpoint::from))
}

/// Names the journal in its database.
const JOURNAL: &str = "journal";

/// The file in `folder` for the checkpoints of this database's journal; none before its first.
///
/// # Errors
/// The database being away.
pub async fn kept_in(folder: &Path, store: &Store) -> Result<Option<PathBuf>, Failure> {
    let id = store.read(|db| meta::get(db, JOURNAL)).await?;
    Ok(id.map(|id| folder.join(format!("{id}.jsonl"))))
}

/// The same, made ready to be written; names the journal where it has no name yet.
///
/// # Errors
/// A folder that cannot be made; the database being away.
pub async fn keep_in(folder: &Path, store: &Store) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::internal(format!("journal.checkpoints {}: {error}", folder.display())))?;
    if let Some(file) = kept_in(folder, store).await? {
        return Ok(file);
    }
    let id = JournalId::new().to_string();
    let name = move |tx: &mut Tx<'_>| {
        meta::put(tx, JOURNAL, &id);
        Ok(tx.unrecorded("what a database says about itself", ()))
    };
    match store.write(name).await {
        // Another instance was first.
        Err(failure) if failure.code() != Code::Conflict => return Err(failure),
        _ => {}
    }
    kept_in(folder, store).await?.ok_or_else(|| Failure::internal("the journal has no name"))
}

/// Writes checkpoints.
#[derive(Clone)]
pub struct Checkpoints {
    signer: Arc<dyn Sign>,
    clock: Clock,
    file: Option<PathBuf>,
}

impl Checkpoints {
    /// With `file`, every checkpoint is also appended there, one JSON object a line; keep it where whoever may write to the
    /// database may not.
    pub fn new(signer: Arc<dyn Sign>, clock: Clock, file: Option<PathBuf>) -> Self {
        Self { signer, clock, file }
    }

    /// A checkpoint of the chain's present end, new or the one there is; none while the journal is empty.
    ///
    /// # Errors
    /// No key to sign with; the file cannot be written; the database being away.
    pub async fn write(&self, store: &Store) -> Result<Option<Checkpoint>, Failure> {
        let (head, newest) = ends(store).await?;
        match (head, newest) {
            (Some(head), Some(newest)) if newest.position == head.position => Ok(Some(newest)),
            (Some(head), _) if head.position > 0 => self.sign(store, head).await.map(Some),
            _ => Ok(None),
        }
    }

    /// A checkpoint if one is due: 1000 positions after the last, or 60 s after it when something was placed.
    ///
    /// # Errors
    /// As [`Checkpoints::write`].
    pub async fn step(&self, store: &Store) -> Result<Option<Checkpoint>, Failure> {
        let (Some(head), newest) = ends(store).await? else { return Ok(None) };
        let due = match &newest {
            None => head.position > 0,
            Some(newest) => {
                let placed = head.position.saturating_sub(newest.position);
                let old = self.clock.now() >= newest.signed_at.plus(TimeDelta::seconds(SECONDS));
                placed >= POSITIONS || (placed > 0 && old)
            }
        };
        if due { self.sign(store, head).await.map(Some) } else { Ok(None) }
    }

    /// Works until `shutdown` is ready.
    pub async fn run(self, store: Store, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        if let Err(failure) = self.catch_up(&store).await {
            tracing::error!(%failure, "the newest checkpoint could not be kept outside the database");
        }
        loop {
            if let Err(failure) = self.step(&store).await {
                tracing::error!(%failure, "no checkpoint could be written");
            }
            let wait = pin!(tokio::time::sleep(POLL));
            match select(shutdown.as_mut(), wait).await {
                Either::Left(_) => return,
                Either::Right(_) => {}
            }
        }
    }

    async fn sign(&self, store: &Store, head: Head) -> Result<Checkpoint, Failure> {
        let signed_at = self.clock.now();
        let (kid, signature) = self.signer.sign(text(head.position, &head.hash, signed_at).as_bytes())?;
        let signature = BASE64URL_NOPAD.encode(&signature);
        let row = CheckpointRow { position: head.position, hash: head.hash, signed_at, kid, signature };
        let written = row.clone();
        let write = store.write(move |tx| {
            store::insert_checkpoint(tx, written.clone());
            Ok(tx.unrecorded("a checkpoint is about the journal, not in it", ()))
        });
        match write.await {
            Ok(()) => {}
            // Another instance was first.
            Err(failure) if failure.code() == Code::Conflict => {
                let (_, newest) = ends(store).await?;
                return newest.ok_or(failure);
            }
            Err(failure) => return Err(failure),
        }
        let checkpoint = Checkpoint::from(row);
        self.append(checkpoint.clone()).await?;
        Ok(checkpoint)
    }

    /// Appends the newest checkpoint, where the file lacks it.
    async fn catch_up(&self, store: &Store) -> Result<(), Failure> {
        let Some(newest) = store.read(|db| newest(db)).await? else { return Ok(()) };
        let kept = match self.file.as_deref().filter(|file| file.exists()) {
            Some(file) => Checkpoint::read_file(file)?,
            None => Vec::new(),
        };
        if kept.contains(&newest) { Ok(()) } else { self.append(newest).await }
    }

    async fn append(&self, checkpoint: Checkpoint) -> Result<(), Failure> {
        let Some(path) = self.file.clone() else { return Ok(()) };
        let append = move || -> std::io::Result<()> {
            let mut line = serde_json::to_vec(&checkpoint)?;
            line.push(b'\n');
            let mut file = std::fs::File::options().create(true).append(true).open(path)?;
            file.write_all(&line)?;
            file.sync_data()
        };
        let appended = tokio::task::spawn_blocking(append).await.map_err(Failure::internal)?;
        appended.map_err(|error| Failure::Internal(format!("checkpoint file: {error}")))
    }
}

async fn ends(store: &Store) -> Result<(Option<Head>, Option<Checkpoint>), Failure> {
    store.read(|db| Ok((store::head(db)?, newest(db)?))).await
}
