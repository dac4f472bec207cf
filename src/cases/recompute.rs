//! Due days computed anew, when a calendar has learned a year, or a year that it knew was amended 调整.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

use super::Cases;
use super::clocks;
use super::open::Open;
use super::store::{self, ClockRow, Running};
use super::sweep::{BATCH, BREACH, Patience, Sweeper, find_any, is_away};
use crate::access::Call;
use crate::calendar::Calendars;
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::CaseId;
use crate::journal::{Entry, Event};
use crate::store::{Recorded, Tx, meta};

/// Where the database keeps which calendars its due days were computed with.
const CALENDARS: &str = "calendars";
/// How often a case is taken again that somebody else changes at the same time.
const TRIES: u32 = 10;

/// What came of computing anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recomputed {
    /// Cases whose clocks changed.
    pub changed: usize,
    /// Cases that could not be written now: they are to be tried again.
    pub missed: usize,
}

impl Sweeper {
    /// Computes running clocks anew: all of them when the calendars are not those that it was done with last, else those
    /// that are provisional. To be run at start, before the first [`step`](Sweeper::step): what that draws from a due day
    /// cannot be taken back.
    ///
    /// # Errors
    /// The database being away.
    pub async fn recompute(&self) -> Result<Recomputed, Failure> {
        let now = of(&self.cases.calendars);
        let before = self.store.read(|db| meta::get(db, CALENDARS)).await?;
        let which = if before.as_ref() == Some(&now) { Running::Provisional } else { Running::All };
        let recomputed = self.recompute_all(which).await?;
        if which == Running::All && recomputed.missed == 0 {
            let keep = move |tx: &mut Tx<'_>| {
                meta::replace(tx, CALENDARS, &now)?;
                Ok(tx.unrecorded("each clock that changed has its own fact", ()))
            };
            match self.store.write(keep).await {
                // Another instance that starts at the same time has written down what it computed with.
                Err(failure) if failure.code() == Code::Conflict => {}
                kept => kept?,
            }
        }
        Ok(recomputed)
    }

    async fn recompute_all(&self, which: Running) -> Result<Recomputed, Failure> {
        let (mut after, mut done, mut patience) = (None, Recomputed::default(), Patience::default());
        loop {
            let ids = self.store.read(move |db| store::cases_with_running_clocks(db, which, after, BATCH)).await?;
            let Some(last) = ids.last().copied() else { return Ok(done) };
            after = Some(last);
            for id in ids {
                let recomputed = self.recompute_one(id).await;
                // What does not read now will not read later: only what stands in the way for a while is missed.
                let missed = recomputed.as_ref().is_err_and(|f| f.code() == Code::Conflict || is_away(f));
                done.missed = done.missed.saturating_add(usize::from(missed));
                let changed = patience.bear(id, recomputed)?.unwrap_or(false);
                done.changed = done.changed.saturating_add(usize::from(changed));
            }
        }
    }

    /// Whether a case changed. One that somebody else changes at the same time is taken again.
    async fn recompute_one(&self, id: CaseId) -> Result<bool, Failure> {
        let mut tries = 1_u32;
        loop {
            let (cases, now) = (self.cases.clone(), self.clock.now());
            match self.store.write(move |tx| cases.recompute(tx, id, now)).await {
                Err(failure) if failure.code() == Code::Conflict && tries < TRIES => tries = tries.saturating_add(1),
                recomputed => return recomputed,
            }
        }
    }
}

/// The calendars in short: the same for the same days, whatever files they came from.
fn of(calendars: &Calendars) -> String {
    let mut days = String::new();
    for calendar in calendars.iter() {
        let (weekend, years): (Vec<_>, Vec<_>) = (calendar.weekend().collect(), calendar.years().collect());
        let (off, worked): (Vec<_>, Vec<_>) = (calendar.days_off().collect(), calendar.make_up_workdays().collect());
        days.push_str(&format!("{} {weekend:?} {years:?} {off:?} {worked:?}\n", calendar.code()));
    }
    HEXLOWER.encode(digest(&SHA256, days.as_bytes()).as_ref())
}

impl Cases {
    fn recompute(&self, tx: &mut Tx<'_>, id: CaseId, now: Timestamp) -> Result<Recorded<bool>, Failure> {
        let call = Call::system(now);
        let row = find_any(tx, &call, id)?;
        let mut open = self.open(tx, row)?;
        let anew = open.learn(now)?;
        let news = |clock: &ClockRow| Event::ClockRecomputed { kind: clock.kind.to_string(), due_at: clock.due_at };
        let mut news: Vec<Event> = anew.iter().map(news).collect();
        let Some(last) = news.pop() else {
            return Ok(tx.unrecorded("nothing changed", false));
        };
        let entries = news.iter().map(|event| Entry::new(event, &call.author(), open.subjects(), now, now));
        let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
        let laid_down = self.lay_down(tx, &call, open, &last, now)?;
        for clock in anew.iter().filter(|clock| clock.due_at > now) {
            // Whatever was told of the day that was computed before: the term is not over yet.
            store::forget_rung(tx, clock.id, BREACH)?;
        }
        entries.into_iter().for_each(|entry| tx.fact(entry));
        Ok(laid_down.map(|_| true))
    }
}

impl Open {
    /// Computes the running clocks anew; gives those that the calendars have changed. A day that stays and is final now is
    /// news, too. The day of a clock that stands still moves with every day, whatever the calendar: of it only being final
    /// is news.
    fn learn(&mut self, now: Timestamp) -> Result<Vec<ClockRow>, Failure> {
        let (pauses, timing) = (&self.pauses, &self.timing);
        let mut changed = Vec::new();
        for clock in self.clocks.iter_mut().filter(|c| c.stopped_at.is_none()) {
            let mut anew = clock.clone();
            clocks::compute(&mut anew, pauses, timing, now)?;
            let is_news = if clocks::stands_still(&anew, pauses, timing)? {
                clock.provisional && !anew.provisional
            } else {
                (anew.due_at, anew.provisional) != (clock.due_at, clock.provisional)
            };
            if is_news {
                changed.push(anew.clone());
                *clock = anew;
            }
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use super::*;
    use crate::calendar::WorkCalendar;

    #[test]
    fn calendars_are_the_same_by_their_days_alone() {
        let with = |name: &str, day: &str| {
            let mut calendars = Calendars::embedded().unwrap();
            let file = format!(
                r#"{{ "calendar": "x", "name": {{ "en": "{name}" }}, "weekend": ["sunday"],
                     "years": {{ "2026": {{ "days_off": ["{day}"], "make_up_workdays": [] }} }} }}"#
            );
            calendars.insert(WorkCalendar::from_json(&file).unwrap());
            of(&calendars)
        };
        assert_eq!(with("One", "2026-05-01"), with("Another", "2026-05-01"));
        assert_ne!(with("One", "2026-05-01"), with("One", "2026-05-04"));
        assert_ne!(with("One", "2026-05-01"), of(&Calendars::embedded().unwrap()));
    }
}
