//! Checkpoints 存证点: where the chain stood, signed. The chain alone does not show that its end was cut off; a checkpoint
//! that somebody else kept does.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use futures_util::future::{Either, select};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{self, CheckpointRow, Head};
use super::{kept, name};
use crate::clock::{Clock, Timestamp};
use crate::error::{Code, Failure};
use crate::ids::JournalId;
use crate::store::{Db, Store};

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
    /// Which journal's: every database has one of its own.
    pub journal: JournalId,
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
    pub(super) fn of(journal: JournalId, row: CheckpointRow) -> Self {
        let CheckpointRow { position, hash, signed_at, kid, signature } = row;
        Self { journal, position, hash, signed_at, kid, signature }
    }

    /// What is signed: five lines of UTF-8, each ended by a line feed.
    pub fn text(&self) -> String {
        text(self.journal, self.position, &self.hash, self.signed_at)
    }

    /// Whether the service's key signed it.
    pub fn is_genuine(&self, signer: &dyn Sign) -> bool {
        let signature = BASE64URL_NOPAD.decode(self.signature.as_bytes());
        signature.is_ok_and(|signature| signer.verify(&self.kid, self.text().as_bytes(), &signature))
    }
}

fn text(journal: JournalId, position: i64, hash: &str, signed_at: Timestamp) -> String {
    format!("gcrm journal checkpoint v1\njournal {journal}\nposition {position}\nhash {hash}\nsigned {signed_at}\n")
}

/// The newest checkpoint; none before the first.
///
/// # Errors
/// The database being away.
pub fn newest(db: &mut impl Db) -> Result<Option<Checkpoint>, Failure> {
    let Some(row) = store::newest_checkpoint(db)? else { return Ok(None) };
    // Read after it: whoever wrote a checkpoint had named the journal before.
    let journal = name::name(db)?.ok_or_else(|| Failure::internal("a journal with checkpoints has lost its name"))?;
    Ok(Some(Checkpoint::of(journal, row)))
}

/// Writes checkpoints.
#[derive(Clone)]
pub struct Checkpoints {
    signer: Arc<dyn Sign>,
    clock: Clock,
    folder: Option<PathBuf>,
}

impl Checkpoints {
    /// With `folder`, every checkpoint is also appended to the journal's file there ([`Kept`](super::Kept)); keep it where
    /// whoever may write to the database may not.
    pub fn new(signer: Arc<dyn Sign>, clock: Clock, folder: Option<PathBuf>) -> Self {
        Self { signer, clock, folder }
    }

    /// A checkpoint of the chain's present end, new or the one there is; none while the journal is empty.
    ///
    /// # Errors
    /// No key to sign with; the folder cannot be written to; the database being away. A checkpoint that is only in the
    /// database by then is kept by the next call, or by [`Checkpoints::run`].
    pub async fn write(&self, store: &Store) -> Result<Option<Checkpoint>, Failure> {
        let (head, newest) = ends(store).await?;
        match (head, newest) {
            (Some(head), Some(newest)) if newest.position == head.position => self.keep(newest).await.map(Some),
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
        let mut kept = None;
        loop {
            if let Err(failure) = self.step(&store).await {
                tracing::error!(%failure, "no checkpoint could be written");
            }
            match self.catch_up(&store, kept).await {
                Ok(position) => kept = position,
                Err(failure) => {
                    tracing::error!(%failure, "the newest checkpoint could not be kept outside the database");
                }
            }
            let wait = pin!(tokio::time::sleep(POLL));
            match select(shutdown.as_mut(), wait).await {
                Either::Left(_) => return,
                Either::Right(_) => {}
            }
        }
    }

    async fn sign(&self, store: &Store, head: Head) -> Result<Checkpoint, Failure> {
        let (journal, signed_at) = (name::given(store).await?, self.clock.now());
        let text = text(journal, head.position, &head.hash, signed_at);
        let (kid, signature) = self.signer.sign(text.as_bytes())?;
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
        self.keep(Checkpoint::of(journal, row)).await
    }

    /// Keeps the newest checkpoint, whose position is not `kept` yet: what another instance signed, or what could not be
    /// kept when it was signed. Gives the position that is kept now.
    async fn catch_up(&self, store: &Store, kept: Option<i64>) -> Result<Option<i64>, Failure> {
        match store.read(|db| newest(db)).await? {
            Some(newest) if Some(newest.position) != kept => {
                self.keep(newest).await.map(|checkpoint| Some(checkpoint.position))
            }
            _ => Ok(kept),
        }
    }

    async fn keep(&self, checkpoint: Checkpoint) -> Result<Checkpoint, Failure> {
        let Some(folder) = self.folder.clone() else { return Ok(checkpoint) };
        let keep = move || kept::keep(&folder, &checkpoint).map(|()| checkpoint);
        tokio::task::spawn_blocking(keep).await.map_err(Failure::internal)?
    }
}

async fn ends(store: &Store) -> Result<(Option<Head>, Option<Checkpoint>), Failure> {
    store.read(|db| Ok((store::head(db)?, newest(db)?))).await
}
