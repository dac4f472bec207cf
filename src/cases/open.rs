//! A case taken up to be changed, and laid down again: every verb is between the two.

use std::sync::Arc;

use super::Cases;
use super::clocks::{self, Timing};
use super::model::ClockKind;
use super::possible;
use super::shown::CaseSummary;
use super::store::{self, CaseRow, ClockRow, PauseRow};
use super::workflow::{Action, Stage, Step, next};
use crate::access::{Call, Permission, Place, Scope};
use crate::calendar::PauseReason;
use crate::catalogue::{DecidedBy, Published};
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{CaseId, CustomerId, DepartmentId};
use crate::journal::{Entry, Event, Subjects};
use crate::store::{Db, Recorded, Tx};

/// A case with everything a step may touch.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) row: CaseRow,
    pub(super) clocks: Vec<ClockRow>,
    pub(super) pauses: Vec<PauseRow>,
    pub(super) item: Arc<Published>,
    pub(super) timing: Timing,
    read_version: i64,
    known_clocks: Vec<ClockRow>,
    known_pauses: Vec<PauseRow>,
}

impl Open {
    /// The running clock of a kind.
    pub(super) fn running(&mut self, kind: ClockKind) -> Option<&mut ClockRow> {
        self.clocks.iter_mut().find(|c| c.kind == kind && c.stopped_at.is_none())
    }

    /// Stops the running clocks of these kinds.
    pub(super) fn stop(&mut self, kinds: &[ClockKind], at: Timestamp) {
        for clock in self.clocks.iter_mut().filter(|c| kinds.contains(&c.kind)) {
            clocks::stop(clock, at);
        }
    }

    /// Starts a clock, where the item gives a budget.
    pub(super) fn start(
        &mut self,
        kind: ClockKind,
        budget: Option<crate::calendar::Term>,
        at: Timestamp,
    ) -> Result<(), Failure> {
        if let Some(budget) = budget {
            self.clocks.push(clocks::start(self.row.id, kind, budget, at, &self.pauses, &self.timing)?);
        }
        Ok(())
    }

    /// Starts promise and statutory clocks.
    pub(super) fn start_main_clocks(&mut self, at: Timestamp) -> Result<(), Failure> {
        let item = self.item.clone();
        self.start(ClockKind::Promise, item.item.promised.as_ref().map(|l| l.term), at)?;
        self.start(ClockKind::Statutory, item.item.statutory.as_ref().map(|l| l.term), at)
    }

    /// Derives all running clocks anew.
    pub(super) fn compute(&mut self, as_of: Timestamp) -> Result<(), Failure> {
        let (pauses, timing) = (&self.pauses, &self.timing);
        self.clocks
            .iter_mut()
            .filter(|c| c.stopped_at.is_none())
            .try_for_each(|c| clocks::compute(c, pauses, timing, as_of))
    }

    /// The open pause of a special procedure.
    pub(super) fn open_pause(&mut self) -> Option<&mut PauseRow> {
        self.pauses.iter_mut().find(|p| p.last_day.is_none() && !is_correction(p))
    }

    /// Whether a special procedure is under way.
    pub(super) fn is_suspended(&self) -> bool {
        self.pauses.iter().any(|p| p.last_day.is_none() && !is_correction(p))
    }

    /// Ends the open pauses of these: their last day is the day before. Gives whether there was one.
    pub(super) fn end_pauses(&mut self, which: fn(&PauseRow) -> bool, at: Timestamp) -> Result<bool, Failure> {
        let (today, mut ended) = (self.timing.day(at), false);
        for pause in self.pauses.iter_mut().filter(|p| p.last_day.is_none() && which(p)) {
            pause.last_day = Some(clocks::last_day(pause, today, None)?);
            pause.ended_at = Some(at);
            ended = true;
        }
        Ok(ended)
    }

    /// The case is over: everything stops, nothing stands still any longer, and whether the promise was kept is known.
    pub(super) fn end(&mut self, stage: Stage, at: Timestamp) -> Result<(), Failure> {
        self.settle_promise(at)?;
        if self.end_pauses(|_| true, at)? {
            // What stood still was not over: its last day is at least today.
            self.compute(at)?;
        }
        self.stop(ClockKind::ALL, at);
        self.row.stage = stage;
        self.row.ended_at = Some(at);
        self.row.suspended = false;
        Ok(())
    }

    /// Writes down whether the promise (or, without one, the law's term) was kept, once.
    pub(super) fn settle_promise(&mut self, at: Timestamp) -> Result<(), Failure> {
        if self.row.on_time.is_none() {
            let of = |kind| self.clocks.iter().rfind(|c: &&ClockRow| c.kind == kind);
            let clock = of(ClockKind::Promise).or_else(|| of(ClockKind::Statutory));
            self.row.on_time = clock.map(|c| clocks::kept(c, &self.pauses, &self.timing, at)).transpose()?;
        }
        Ok(())
    }

    /// When a step counts: now, or the past instant stated by a caller who may; never before what happened last.
    pub(super) fn effective(&self, call: &Call, stated: Option<Timestamp>) -> Result<Timestamp, Failure> {
        effective(call, stated, self.row.department_id, Some(self.latest()?))
    }

    /// When the latest fact of the case counted: receipt, acceptance, notice, supplement, suspension, resumption,
    /// decision, delivery.
    fn latest(&self) -> Result<Timestamp, Failure> {
        let mut facts = vec![self.row.received_at];
        facts.extend(self.row.accepted_at.into_iter().chain(self.row.decided_at));
        facts.extend(self.clocks.iter().flat_map(|c| [Some(c.started_at), c.stopped_at]).flatten());
        for pause in &self.pauses {
            facts.extend(self.timing.pause_facts(pause, is_correction(pause))?);
        }
        Ok(facts.into_iter().max().unwrap_or(self.row.received_at))
    }

    /// The clocks as they are now count as written.
    pub(super) fn remember_clocks(&mut self) {
        self.known_clocks = self.clocks.clone();
    }

    /// What a journal row of this case is about.
    pub(super) fn subjects(&self) -> Subjects {
        subjects(&self.row)
    }
}

/// What a journal row of a case is about. What was never handed in is its author's alone: until then no fact names the
/// agency, whose systems follow what is theirs, nor the customer, who is written to.
pub(super) fn subjects(row: &CaseRow) -> Subjects {
    let handed_in = row.number.is_some();
    Subjects {
        case: Some(row.id),
        customer: row.customer_id.filter(|_| handed_in),
        agency: handed_in.then_some(row.agency_id),
        other: None,
    }
}

/// Whether a pause is the waiting for a correction, not a special procedure.
pub(super) fn is_correction(pause: &PauseRow) -> bool {
    clocks::from_code::<PauseReason>(&pause.reason) == Ok(PauseReason::Correction)
}

/// Where a case stands for a permission with this scope.
pub(super) fn place(scope: &Scope, row: &CaseRow) -> Place {
    Place::In { department: row.department_id, own: owns(scope, row) }
}

/// Whether the case is the caller's own with this scope: their request, or one they handed in.
pub(super) fn owns(scope: &Scope, row: &CaseRow) -> bool {
    scope.own.is_some_and(|own| is_own(own.principal, own.customer, row))
}

fn is_own(principal: crate::access::Principal, customer: Option<CustomerId>, row: &CaseRow) -> bool {
    row.submitted_by == principal.to_string() || (customer.is_some() && customer == row.customer_id)
}

impl Cases {
    /// Takes up a case to do `action` now: visible, permitted, in the expected version, and possible as it is.
    pub(super) fn take_up(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        action: Action,
        expected: Option<i64>,
    ) -> Result<(Open, &'static Step), Failure> {
        self.take_up_at(tx, call, id, action, expected, None)
    }

    /// Takes up a case to do `action`, at a past instant if one is stated. The case is taken as the law has it by then: what
    /// follows from a lapse is drawn first, if the sweeper has not been here yet.
    pub(super) fn take_up_at(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        action: Action,
        expected: Option<i64>,
        stated: Option<Timestamp>,
    ) -> Result<(Open, &'static Step), Failure> {
        let row = store::find(tx, &call.actor.scope(Permission::CaseRead), id)?;
        let version = check_version(&row, expected);
        let open = self.open(tx, row)?;
        let open = self.by_law(tx, call.now, open, stated.unwrap_or(call.now), action)?;
        if let Some(step) = next(open.row.stage, action) {
            permitted(call, needs(call, step, &open), &open.row)?;
        }
        version?;
        let step = next(open.row.stage, action).ok_or_else(|| wrong_stage(&open.row, action))?;
        possible::check(step, &open, call, false)?;
        Ok((open, step))
    }

    /// A case with its clocks, pauses and item.
    pub(super) fn open(&self, db: &mut impl Db, row: CaseRow) -> Result<Open, Failure> {
        let clocks = store::clocks_of(db, row.id)?;
        let pauses = store::pauses_of(db, row.id)?;
        let item = self.items.by_id(row.item_id).ok_or_else(|| Failure::internal("a case of an unknown item"))?;
        let timing = self.timing(&item)?;
        Ok(Open {
            read_version: row.version,
            known_clocks: clocks.clone(),
            known_pauses: pauses.clone(),
            row,
            clocks,
            pauses,
            item,
            timing,
        })
    }

    /// The calendar and time zone of an item's jurisdiction.
    pub(super) fn timing(&self, item: &Published) -> Result<Timing, Failure> {
        let code = item.jurisdiction.calendar.as_str();
        let calendar = self.calendars.get(code).ok_or_else(|| Failure::internal(format!("no calendar {code}")))?;
        Ok(Timing { calendar: calendar.clone(), tz: item.jurisdiction.time_zone, entry_days: self.entry_days })
    }

    /// Lays the case down: one version on, clocks and pauses written, the fact recorded.
    pub(super) fn lay_down(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        open: Open,
        event: &Event,
        effective_at: Timestamp,
    ) -> Result<Recorded<CaseSummary>, Failure> {
        let row = self.save(tx, call, &open)?;
        let entry = Entry::new(event, &call.author(), open.subjects(), effective_at, call.now)?;
        Ok(tx.record(entry, self.summary(call, &row)))
    }

    /// Writes row, clocks and pauses; the fact is still to be recorded.
    fn save(&self, tx: &mut Tx<'_>, call: &Call, open: &Open) -> Result<CaseRow, Failure> {
        let mut row = open.row.clone();
        row.version = open.read_version.saturating_add(1);
        row.updated_at = call.now;
        row.due_at = clocks::nearest(&open.clocks, &open.pauses, &open.timing)?;
        // First of all: the row lock puts the journal's order right.
        store::replace(tx, &row, open.read_version)?;
        for clock in &open.clocks {
            match open.known_clocks.iter().find(|known| known.id == clock.id) {
                None => store::insert_clock(tx, clock.clone()),
                Some(known) if same(known, clock) => {}
                Some(_) => store::replace_clock(tx, clock)?,
            }
        }
        for pause in &open.pauses {
            match open.known_pauses.iter().find(|known| known.id == pause.id) {
                None => store::insert_pause(tx, pause.clone()),
                Some(known) if known == pause => {}
                Some(_) => store::replace_pause(tx, pause)?,
            }
        }
        Ok(row)
    }
}

fn same(a: &ClockRow, b: &ClockRow) -> bool {
    (a.due_at, a.stopped_at, a.next_rung_at, a.extension, a.provisional)
        == (b.due_at, b.stopped_at, b.next_rung_at, b.extension, b.provisional)
}

/// Who may do the step, with what the item says about deciding. A draft is its author's alone: whoever may begin one may
/// also take it back.
pub(super) fn needs(call: &Call, step: &Step, open: &Open) -> Permission {
    let reached = || within_reach(call, step.needs, &open.row).is_ok();
    match (step.action, open.item.item.decided_by) {
        (Action::Decide, DecidedBy::Supervisor) => Permission::CaseApprove,
        (Action::Withdraw, _) if step.from == Stage::Draft && !reached() => Permission::CaseCreate,
        _ => step.needs,
    }
}

/// Whether the caller may do with this case what needs this permission, and has said why where that is asked for.
pub(super) fn permitted(call: &Call, permission: Permission, row: &CaseRow) -> Result<(), Failure> {
    call.require(permission)?;
    within_reach(call, permission, row)?;
    call.explain(permission, place(&call.actor.scope(permission), row))
}

/// Whether the permission reaches this case; a reason is asked for only when something is done.
pub(super) fn within_reach(call: &Call, permission: Permission, row: &CaseRow) -> Result<(), Failure> {
    if permission == Permission::CaseEvaluate && row.customer_id.is_some() && call.actor.customer().is_none() {
        // The one evaluation is the named applicant's, whoever handed the case in for them.
        return Err(Failure::refused_with(Code::Forbidden, vec![("permission", permission.to_string())]));
    }
    let scope = call.actor.scope(permission);
    if owns(&scope, row) || scope.units.contain(row.department_id) {
        return Ok(());
    }
    Err(Failure::refused_with(Code::OutOfReach, vec![("permission", permission.to_string())]))
}

/// Compares the version the caller has seen.
pub(super) fn check_version(row: &CaseRow, expected: Option<i64>) -> Result<(), Failure> {
    match expected {
        Some(version) if version != row.version => {
            Err(Failure::refused_with(Code::Stale, vec![("version", row.version.to_string())]))
        }
        _ => Ok(()),
    }
}

/// The stage does not allow the step.
pub(super) fn wrong_stage(row: &CaseRow, action: Action) -> Failure {
    let params = vec![("stage", row.stage.to_string()), ("action", action.to_string())];
    Failure::refused_with(Code::WrongStage, params)
}

/// When a step counts: now, or the past instant stated by a caller who may.
pub(super) fn effective(
    call: &Call,
    stated: Option<Timestamp>,
    department: DepartmentId,
    not_before: Option<Timestamp>,
) -> Result<Timestamp, Failure> {
    let Some(at) = stated else { return Ok(call.now) };
    call.require_in(Permission::CaseBackdate, department)?;
    if at > call.now {
        return Err(Failure::field("/effectiveAt", "in_future", "effectiveAt must not be in the future"));
    }
    if not_before.is_some_and(|earliest| at < earliest) {
        let detail = "effectiveAt must not be before the latest fact of the case";
        return Err(Failure::field("/effectiveAt", "before_latest_fact", detail));
    }
    Ok(at)
}
