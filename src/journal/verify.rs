//! Verification: recomputes the chain from its first row, in bounded memory, and names the first row that was changed,
//! removed, inserted or cut off.

use std::collections::VecDeque;

use super::checkpoint::{Checkpoint, Sign};
use super::name;
use super::store::{self, Head, Row};
use crate::error::Failure;
use crate::ids::JournalId;
use crate::store::{Db, Store, text_enum};

/// Rows in memory at once.
const CHUNK: i64 = 2000;

text_enum! {
    /// What is wrong with the journal.
    pub enum ProblemKind {
        /// The row is not what was hashed: a column, its position or its hash was changed.
        Altered = "altered",
        /// A row was removed.
        Missing = "missing",
        /// A row that the ledger never placed.
        Inserted = "inserted",
        /// The end of the journal was cut off.
        Cut = "cut",
        /// The chain is consistent in itself, but not with a checkpoint: it was computed anew from some row on.
        Rewritten = "rewritten",
        /// The head row does not fit the last row.
        Head = "head",
        /// A checkpoint that the service's key did not sign for this journal.
        Checkpoint = "checkpoint",
    }
}

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing.
    pub kind: ProblemKind,
    /// At which position; none for a row without one.
    pub position: Option<i64>,
    /// Which row, if it is there.
    pub id: Option<String>,
    /// A sentence.
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(position) = self.position {
            write!(f, " at position {position}")?;
        }
        if let Some(id) = &self.id {
            write!(f, " ({id})")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// What was verified, and the first problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many rows with a position were found good.
    pub rows: i64,
    /// How many rows have no position yet: the ledger has not seen them, nothing vouches for them.
    pub unplaced: i64,
    /// How many checkpoints were found good, kept ones included.
    pub checkpoints: i64,
    /// The first problem; none: all is well.
    pub first_problem: Option<Problem>,
}

impl Report {
    /// Whether all is well.
    pub fn ok(&self) -> bool {
        self.first_problem.is_none()
    }
}

/// Recomputes the chain. `kept` are checkpoints from outside the database, in any order: only they show that the end was
/// cut off together with the checkpoints in it. The service may go on working meanwhile.
///
/// # Errors
/// The database being away. Whatever is wrong with the journal is no error but in the report.
pub async fn verify(store: &Store, kept: &[Checkpoint], signer: &dyn Sign) -> Result<Report, Failure> {
    let mut kept = kept.to_vec();
    kept.sort_by_key(|checkpoint| checkpoint.position);
    let mut walk = Walk {
        signer,
        journal: None,
        last: Head { position: 0, hash: String::new() },
        kept: kept.into(),
        report: Report { rows: 0, unplaced: 0, checkpoints: 0, first_problem: None },
    };
    let below = store.read(|db| store::below_first(db)).await?;
    let mut problem =
        below.map(|(position, id)| problem(ProblemKind::Inserted, position, Some(id), "positions begin with 1"));
    while problem.is_none() {
        let after = walk.last.position;
        let chunk = store.read(move |db| Chunk::read(db, after)).await?;
        if chunk.rows.is_empty() {
            problem = walk.end(&chunk)?;
            break;
        }
        problem = walk.chunk(&chunk)?;
    }
    let (unplaced, _, hashed) = store.read(|db| store::waiting(db)).await?;
    let hashed = hashed.map(|row| problem_of(ProblemKind::Altered, &row, None, "a row without position has a hash"));
    let mut report = walk.report;
    report.unplaced = unplaced;
    report.first_problem = problem.or(hashed);
    Ok(report)
}

/// Some rows, with the head as it was before they were read: every row up to it must be among them.
struct Chunk {
    head: Option<Head>,
    rows: Vec<Row>,
    checkpoints: Vec<Checkpoint>,
    journal: JournalId,
}

impl Chunk {
    fn read(db: &mut impl Db, after: i64) -> Result<Self, Failure> {
        // In this order: whatever the head or a checkpoint knows of was committed before the rows are read, and the name
        // before the first checkpoint.
        let head = store::head(db)?;
        let checkpoints = store::checkpoints_after(db, after, CHUNK)?.into_iter();
        // Without a name it gets one that no checkpoint was signed for.
        let journal = name::name(db)?.unwrap_or_else(JournalId::new);
        let checkpoints = checkpoints.map(|row| Checkpoint::of(journal, row)).collect();
        let rows = store::placed_after(db, after, CHUNK)?;
        Ok(Self { head, rows, checkpoints, journal })
    }
}

struct Walk<'s> {
    signer: &'s dyn Sign,
    /// As the database says.
    journal: Option<JournalId>,
    last: Head,
    kept: VecDeque<Checkpoint>,
    report: Report,
}

type Found = Result<Option<Problem>, Failure>;

impl Walk<'_> {
    fn chunk(&mut self, chunk: &Chunk) -> Found {
        self.journal = Some(chunk.journal);
        let mut stored = chunk.checkpoints.iter().peekable();
        for (i, row) in chunk.rows.iter().enumerate() {
            if let Some(problem) = self.row(row, chunk, chunk.rows.get(i.saturating_add(1)))? {
                return Ok(Some(problem));
            }
            while let Some(checkpoint) = stored.next_if(|c| c.position <= self.last.position) {
                if let Some(problem) = self.checkpoint(checkpoint, row) {
                    return Ok(Some(problem));
                }
            }
            while self.kept.front().is_some_and(|c| c.position <= self.last.position) {
                let kept = self.kept.pop_front();
                if let Some(problem) = kept.and_then(|checkpoint| self.checkpoint(&checkpoint, row)) {
                    return Ok(Some(problem));
                }
            }
        }
        Ok(None)
    }

    fn next(&self) -> i64 {
        self.last.position.saturating_add(1)
    }

    fn missing(&self) -> Problem {
        problem(ProblemKind::Missing, Some(self.next()), None, "the row was removed")
    }

    fn row(&mut self, row: &Row, chunk: &Chunk, following: Option<&Row>) -> Found {
        let position = self.next();
        let hash = row.hash_after(&self.last.hash, position)?;
        if row.position != Some(position) || row.hash.as_ref() != Some(&hash) {
            // A good row may be newer than the head that was read; this one is not good.
            if chunk.head.as_ref().is_some_and(|head| head.position < position) {
                let what = "the head does not know of this row";
                return Ok(Some(problem_of(ProblemKind::Inserted, row, row.position, what)));
            }
            if row.position != Some(position) {
                return Ok(Some(self.missing()));
            }
            return self.diagnose(row, following).map(Some);
        }
        self.last = Head { position, hash };
        self.report.rows = position;
        Ok(None)
    }

    /// Why a row does not follow: it was put in, or one before it taken out, and the rest moved; or it was changed.
    fn diagnose(&self, row: &Row, following: Option<&Row>) -> Result<Problem, Failure> {
        let position = self.next();
        if let (Some(following), Some(hash)) = (following, &row.hash) {
            if following.hash == Some(following.hash_after(&self.last.hash, position)?) {
                let what = "the row was put in, and those after it moved";
                return Ok(problem_of(ProblemKind::Inserted, row, Some(position), what));
            }
            let before = position.saturating_add(2);
            if following.hash == Some(following.hash_after(hash, before)?) {
                let what = "the row was removed, and those after it moved";
                return Ok(problem(ProblemKind::Missing, Some(position), None, what));
            }
        }
        Ok(problem_of(ProblemKind::Altered, row, Some(position), "the row is not what was hashed"))
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint, row: &Row) -> Option<Problem> {
        if let Some(problem) = self.forged(checkpoint) {
            return Some(problem);
        }
        if checkpoint.position == self.last.position && checkpoint.hash != self.last.hash {
            let what = "a signed checkpoint names another hash: rows up to here were rewritten";
            return Some(problem_of(ProblemKind::Rewritten, row, checkpoint.position.into(), what));
        }
        self.report.checkpoints = self.report.checkpoints.saturating_add(1);
        None
    }

    fn forged(&self, checkpoint: &Checkpoint) -> Option<Problem> {
        let ours = self.journal == Some(checkpoint.journal) && checkpoint.is_genuine(self.signer);
        let (forged, at) = (checkpoint.position < 1 || !ours, Some(checkpoint.position));
        let what = "the service's key did not sign this checkpoint for this journal";
        forged.then(|| problem(ProblemKind::Checkpoint, at, None, what))
    }

    /// No row comes after the last: neither the head nor a checkpoint may know of one.
    fn end(&mut self, chunk: &Chunk) -> Found {
        self.journal = Some(chunk.journal);
        let Some(head) = &chunk.head else {
            return Ok(Some(problem(ProblemKind::Head, None, None, "the head row was removed")));
        };
        let cut = |what| Some(problem(ProblemKind::Cut, Some(self.next()), None, what));
        if head.position > self.last.position {
            return Ok(cut("the head knows of this row"));
        }
        if let Some(checkpoint) = chunk.checkpoints.iter().chain(&self.kept).next() {
            return Ok(self.forged(checkpoint).or_else(|| cut("a signed checkpoint knows of this row")));
        }
        if head.position < self.last.position {
            let at = head.position.saturating_add(1);
            return Ok(Some(problem(ProblemKind::Inserted, Some(at), None, "the head does not know of this row")));
        }
        if head.hash != self.last.hash {
            return Ok(Some(problem(ProblemKind::Head, Some(head.position), None, "the head names another hash")));
        }
        Ok(None)
    }
}

fn problem(kind: ProblemKind, position: Option<i64>, id: Option<String>, what: &str) -> Problem {
    Problem { kind, position, id, what: what.to_owned() }
}

fn problem_of(kind: ProblemKind, row: &Row, position: Option<i64>, what: &str) -> Problem {
    problem(kind, position, Some(row.id.clone()), what)
}
