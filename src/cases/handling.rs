//! While a case is worked on: who has it, special procedures that stop the clocks, the one extension.

use super::Cases;
use super::asked::{Assignment, Extension, Nothing, Resumption, Suspension};
use super::clocks::{self, to_code};
use super::model::ClockKind;
use super::open::Open;
use super::possible::extendable_until;
use super::store::PauseRow;
use super::words::{Outcome, REASONS, both, non_empty};
use super::workflow::Action;
use crate::access::{Call, Permission};
use crate::calendar::{CalendarError, PauseReason, Term};
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{AccountId, CaseId, DepartmentId, PauseId};
use crate::journal::Event;
use crate::store::Tx;

/// Answers whether an account works on the cases of a department; the accounts room's, injected. Who may only read them
/// does not.
pub type WorksIn = dyn Fn(&mut Tx<'_>, AccountId, DepartmentId) -> Result<bool, Failure> + Send + Sync;

impl Cases {
    /// Takes a case that nobody has 领取.
    ///
    /// # Errors
    /// 409 `assigned_to_another`; 404, 403, 412, 409 `wrong_stage`.
    pub fn claim(&self, tx: &mut Tx<'_>, call: &Call, id: CaseId, expected: Option<i64>, _: &Nothing) -> Outcome {
        let (mut open, _) = self.take_up(tx, call, id, Action::Claim, expected)?;
        let me = call.actor.account().ok_or_else(|| Failure::refused(Code::Forbidden))?;
        open.row.assignee_id = Some(me);
        self.lay_down(tx, call, open, &Event::CaseAssigned { assignee: Some(me) }, call.now)
    }

    /// Gives the case to somebody of its department 分派, or back to the department.
    ///
    /// # Errors
    /// 409 `assignee_elsewhere`; 404, 403, 412, 409 `wrong_stage`.
    pub fn assign(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        expected: Option<i64>,
        input: &Assignment,
        works_in: &WorksIn,
    ) -> Outcome {
        let (mut open, _) = self.take_up(tx, call, id, Action::Assign, expected)?;
        if let Some(assignee) = input.assignee
            && !works_in(tx, assignee, open.row.department_id)?
        {
            return Err(Failure::refused(Code::AssigneeElsewhere));
        }
        open.row.assignee_id = input.assignee;
        self.lay_down(tx, call, open, &Event::CaseAssigned { assignee: input.assignee }, call.now)
    }

    /// Stops promise and statutory clocks for a special procedure 中止 (Licensing Law art. 45).
    ///
    /// # Errors
    /// 409 `suspended`, `wrong_stage`; 400 for a first day before acceptance or in the future, and for a special procedure
    /// without the time that it needs; 403 for a past day without `case:backdate`.
    pub fn suspend(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        expected: Option<i64>,
        input: &Suspension,
    ) -> Outcome {
        let (mut open, _) = self.take_up(tx, call, id, Action::Suspend, expected)?;
        if input.reason == PauseReason::Correction {
            return Err(Failure::field("/reason", "not_here", "use the correction notice"));
        }
        let (first_day, expected_days) = both(first_paused_day(call, &open, input), expected_days(input))?;
        let pause = PauseRow {
            id: PauseId::new(),
            case_id: id,
            reason: to_code(&input.reason)?,
            first_day,
            last_day: None,
            expected_days,
            created_at: call.now,
            ended_at: None,
        };
        let event = Event::CaseSuspended { pause: pause.id, reason: pause.reason.clone(), first_day, expected_days };
        open.pauses.push(pause);
        open.row.suspended = true;
        open.compute(call.now)?;
        self.lay_down(tx, call, open, &event, call.now)
    }

    /// Lets the clocks run again 恢复; the last paused day is the day before, unless another is named.
    ///
    /// # Errors
    /// 409 `not_suspended`; 400 for a last day after today or before the first. An earlier day than yesterday is free to
    /// name: it shortens the pause, in the applicant's favour.
    pub fn resume(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        expected: Option<i64>,
        input: &Resumption,
    ) -> Outcome {
        let (mut open, _) = self.take_up(tx, call, id, Action::Resume, expected)?;
        let today = open.timing.day(call.now);
        let pause = open.open_pause().ok_or_else(|| Failure::refused(Code::NotSuspended))?;
        let refused = |error: CalendarError| Failure::field("/lastPausedDay", "range", error.to_string());
        let last_day = clocks::last_day(pause, today, input.last_paused_day).map_err(refused)?;
        pause.last_day = Some(last_day);
        pause.ended_at = Some(call.now);
        let pause = pause.id;
        open.row.suspended = false;
        open.compute(call.now)?;
        let due_at = clocks::nearest(&open.clocks, &open.pauses, &open.timing)?;
        let event = Event::CaseResumed { pause, last_day, due_at };
        self.lay_down(tx, call, open, &event, call.now)
    }

    /// Extends promise and statutory clocks, once, before the statutory clock is due (Licensing Law art. 42).
    ///
    /// # Errors
    /// 409 `not_extendable`, `already_extended`, `term_over`, `wrong_stage`; 400 for more than the item allows.
    pub fn extend(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        expected: Option<i64>,
        input: &Extension,
    ) -> Outcome {
        let (mut open, _) = self.take_up(tx, call, id, Action::Extend, expected)?;
        let by = extension(&open, input)?;
        let words = non_empty("/reasons", &input.reasons)?;
        let due_at = lengthen(&mut open, by, call)?;
        let reasons = self.keep(tx, call, id, REASONS, words)?;
        let event =
            Event::TermExtended { value: i64::from(by.value()), unit: by.unit().as_str().to_owned(), reasons, due_at };
        self.lay_down(tx, call, open, &event, call.now)
    }
}

fn first_paused_day(call: &Call, open: &Open, input: &Suspension) -> Result<chrono::NaiveDate, Failure> {
    let today = open.timing.day(call.now);
    let day = input.first_paused_day.unwrap_or(today);
    let accepted = open.row.accepted_at.map_or(today, |at| open.timing.day(at));
    if day > today || day < accepted {
        let detail = "firstPausedDay lies between the day of acceptance and today";
        return Err(Failure::field("/firstPausedDay", "range", detail));
    }
    if day < today {
        call.require_in(Permission::CaseBackdate, open.row.department_id)?;
    }
    Ok(day)
}

/// The time announced; of a special procedure the applicant must be told one (Licensing Law art. 45).
fn expected_days(input: &Suspension) -> Result<Option<i64>, Failure> {
    if input.expected_days.is_none() && input.reason.is_special_procedure() {
        let detail = "say how many working days the procedure needs: the applicant must be told";
        return Err(Failure::field("/expectedDays", "required", detail));
    }
    Ok(input.expected_days)
}

fn extension(open: &Open, input: &Extension) -> Result<Term, Failure> {
    let allowed = open.item.item.extension.ok_or_else(|| Failure::refused(Code::NotExtendable))?;
    let by = input.by.unwrap_or(allowed);
    if by.unit() != allowed.unit() || by.value() > allowed.value() || by.value() == 0 {
        let detail = format!("at most {} {}", allowed.value(), allowed.unit());
        return Err(Failure::field("/by", "range", detail));
    }
    Ok(by)
}

/// Lengthens promise and statutory clocks; gives the nearest of their due instants (the earliest possible, while they
/// stand still).
fn lengthen(open: &mut Open, by: Term, call: &Call) -> Result<Timestamp, Failure> {
    let statutory = extendable_until(open, call.now)?;
    open.compute(call.now)?;
    let running: Vec<_> =
        [ClockKind::Promise, ClockKind::Statutory].into_iter().filter(|kind| open.running(*kind).is_some()).collect();
    let (pauses, timing) = (open.pauses.clone(), open.timing.clone());
    let mut nearest = clocks::never();
    for clock in open.clocks.iter_mut().filter(|c| running.contains(&c.kind) && c.stopped_at.is_none()) {
        let mut spec = clocks::spec(clock, &pauses, &timing)?;
        spec.extend(by, call.now.utc(), statutory.utc()).map_err(refusal)?;
        clock.extension = Some(i64::from(by.value()));
        clocks::compute(clock, &pauses, &timing, call.now)?;
        nearest = nearest.min(clock.due_at);
    }
    Ok(nearest)
}

fn refusal(error: CalendarError) -> Failure {
    match error {
        CalendarError::AlreadyExtended => Failure::refused(Code::AlreadyExtended),
        CalendarError::AlreadyDue(_) => Failure::refused(Code::TermOver),
        other => Failure::field("/by", "unit", other.to_string()),
    }
}
