//! The replay: every row through the real verbs, as one stream of events in time order, taken in windows of at most 64.
//! The events of a window are of different cases and under way at once, so they commit in any order: the journal has the
//! facts of each case in time order, and those of different cases only from one window to the next; within one,
//! `effectiveAt` may go back. Interrupted, it goes on where it stopped: what a row's case has already been through is read
//! off its stage.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;

use super::rows::{Ending, Row};
use crate::access::{Actor, Call};
use crate::cases::Cases;
use crate::cases::asked::{Done, Termination};
use crate::cases::model::{Intent, NewCase};
use crate::cases::workflow::Stage;
use crate::clock::{Clock, Timestamp};
use crate::error::Failure;
use crate::ids::{CaseId, DepartmentId};
use crate::localized::Lang;
use crate::store::{Store, Tx};

/// The source that the cases name.
pub const SOURCE: &str = "la311";
/// Why the bureaus' officers file for others.
const REASON: &str = "replay of published requests";
/// How many events of different cases are under way at once: without them no two share a commit.
const AT_ONCE: usize = 64;

/// One thing that happened to one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Happening {
    at: Timestamp,
    kind: Kind,
    row: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Received,
    Accepted,
    Ended,
}

/// Who acts for a bureau.
#[derive(Clone)]
pub struct Bureau {
    /// The department.
    pub department: DepartmentId,
    /// Its officer.
    pub officer: Arc<Actor>,
}

/// Everything the replay needs.
pub struct Replay {
    /// The database.
    pub store: Store,
    /// The room.
    pub cases: Cases,
    /// Now.
    pub clock: Clock,
    /// By the code of the row's owner.
    pub bureaus: BTreeMap<String, Bureau>,
    /// The jurisdiction's code.
    pub jurisdiction: String,
    /// The rows.
    pub rows: Arc<Vec<Row>>,
}

/// Where each row's case stands.
type Standing = BTreeMap<String, (CaseId, Stage)>;

impl Replay {
    /// Replays what is left; `progress` is told how many events are done, of how many. Gives how many rows have their
    /// case.
    ///
    /// # Errors
    /// A verb that refuses a row (a defect: every row fits the workflow), or the database being away.
    pub async fn run(&self, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<usize, Failure> {
        let cases = self.cases.clone();
        let known = self.store.read(move |db| cases.standing(db, SOURCE)).await?;
        let mut standing: Standing = known.into_iter().map(|(number, id, stage)| (number, (id, stage))).collect();
        let stream = stream(&self.rows);
        let left: Vec<Happening> = stream.iter().copied().filter(|h| self.is_left(h, &standing)).collect();
        let mut done = stream.len().saturating_sub(left.len());
        let mut rest = left.as_slice();
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(batch_len(rest));
            for outcome in join_all(batch.iter().map(|h| self.happen(h, &standing))).await {
                let (number, id, stage) = outcome?;
                standing.insert(number, (id, stage));
            }
            done = done.saturating_add(batch.len());
            progress(done, stream.len());
            rest = after;
        }
        Ok(standing.len())
    }

    fn is_left(&self, happening: &Happening, standing: &Standing) -> bool {
        let stage = self.rows.get(happening.row).and_then(|r| standing.get(&r.number)).map(|(_, stage)| *stage);
        match happening.kind {
            Kind::Received => stage.is_none(),
            Kind::Accepted => stage.is_none_or(|s| s == Stage::Submitted),
            Kind::Ended => stage.is_none_or(|s| !s.is_end()),
        }
    }

    async fn happen(&self, happening: &Happening, standing: &Standing) -> Result<(String, CaseId, Stage), Failure> {
        let row = self.rows.get(happening.row).ok_or_else(|| Failure::internal("no such row"))?;
        let bureau = self.bureaus.get(&row.owner);
        let bureau = bureau.ok_or_else(|| Failure::internal(format!("row {}: no bureau {}", row.number, row.owner)))?;
        let call = Call::new(bureau.officer.clone(), self.clock.now()).with(None, Some(REASON.to_owned()));
        let found = standing.get(&row.number).map(|(id, _)| *id);
        let id = found.ok_or_else(|| Failure::internal(format!("row {}: not received yet", row.number)));
        let (id, stage) = match (happening.kind, row.ended) {
            (Kind::Received, _) => (self.receive(call, row, bureau).await?, Stage::Submitted),
            (Kind::Accepted, _) => (self.accept(call, id?, happening.at).await?, Stage::InProgress),
            (Kind::Ended, Some((ending, at))) => self.end(call, id?, ending, at).await?,
            (Kind::Ended, None) => return Err(Failure::internal("an open row does not end")),
        };
        Ok((row.number.clone(), id, stage))
    }

    async fn receive(&self, call: Call, row: &Row, bureau: &Bureau) -> Result<CaseId, Failure> {
        let input = NewCase {
            jurisdiction: self.jurisdiction.clone(),
            service_item: row.service_item.clone(),
            intent: Intent::Submit,
            disclosure: Some(row.disclosure),
            customer: None,
            form: serde_json::Value::Object(serde_json::Map::new()),
            materials: Vec::new(),
            channel: row.channel,
            location: Some(row.location.clone()),
            source: Some(SOURCE.to_owned()),
            external_ref: Some(row.number.clone()),
            department: Some(bureau.department),
            effective_at: Some(row.created_at),
        };
        let prepared = self.cases.prepare(&call, Lang::En, input, Default::default()).await?;
        let cases = self.cases.clone();
        let submitted = self.store.write(move |tx| cases.insert(tx, &call, &prepared)).await?;
        Ok(submitted.id)
    }

    async fn accept(&self, call: Call, id: CaseId, at: Timestamp) -> Result<CaseId, Failure> {
        let cases = self.cases.clone();
        let done = Done { effective_at: Some(at) };
        let changed = self.store.write(move |tx| cases.accept(tx, &call, id, None, &done)).await?;
        Ok(changed.id)
    }

    async fn end(&self, call: Call, id: CaseId, ending: Ending, at: Timestamp) -> Result<(CaseId, Stage), Failure> {
        let cases = self.cases.clone();
        let verb = move |tx: &mut Tx<'_>| match ending {
            Ending::Closed => cases.close(tx, &call, id, None, &Done { effective_at: Some(at) }),
            Ending::Withdrawn => cases.withdraw(tx, &call, id, None, &Done { effective_at: Some(at) }),
            Ending::Referred => {
                let referral = "Referred out by the bureau; the published data does not say where to.".to_owned();
                cases.terminate(tx, &call, id, None, &Termination { referral, effective_at: Some(at) })
            }
        };
        let changed = self.store.write(verb).await?;
        let stage = match ending {
            Ending::Closed => Stage::Closed,
            Ending::Withdrawn => Stage::Withdrawn,
            Ending::Referred => Stage::Terminated,
        };
        Ok((changed.id, stage))
    }
}

/// All events in time order; at the same instant, receipt before acceptance before the end.
fn stream(rows: &[Row]) -> Vec<Happening> {
    let mut stream = Vec::with_capacity(rows.len().saturating_mul(3));
    for (i, row) in rows.iter().enumerate() {
        stream.push(Happening { at: row.created_at, kind: Kind::Received, row: i });
        stream.push(Happening { at: row.created_at, kind: Kind::Accepted, row: i });
        if let Some((_, at)) = row.ended {
            stream.push(Happening { at, kind: Kind::Ended, row: i });
        }
    }
    stream.sort_unstable();
    stream
}

/// How many of the next events may be under way at once: never two of the same case.
fn batch_len(rest: &[Happening]) -> usize {
    let mut seen = std::collections::BTreeSet::new();
    rest.iter().take(AT_ONCE).take_while(|h| seen.insert(h.row)).count()
}
