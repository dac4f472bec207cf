//! Between submission and work: acceptance, refusal, the one correction notice, what the applicant hands in after it.

use super::Cases;
use super::admission::{form_errors, unknown_materials};
use super::asked::{CorrectionNotice, Done, Rejection, Supplement};
use super::clocks::to_code;
use super::materials::missing;
use super::model::{ClockKind, MaterialState, RejectionKind};
use super::number::CaseNumber;
use super::open::{Open, is_correction};
use super::store::{self, MaterialRow, PauseRow};
use super::words::{APPEAL_ROUTE, NOTICE, Outcome, REASONS, REFERRAL, both, non_empty, optional};
use super::workflow::{Action, Stage};
use crate::access::{Call, Permission};
use crate::calendar::PauseReason;
use crate::catalogue::{AfterCorrection, ClockStart};
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{CaseId, PauseId};
use crate::journal::Event;
use crate::localized::Lang;
use crate::store::Tx;

impl Cases {
    /// Accepts a case 受理: the intake clock stops; promise and statutory clocks start, where the item counts from
    /// acceptance or dispatch (the acceptance of a work order is its dispatch to the department).
    ///
    /// # Errors
    /// 404, 403, 412, 409 `wrong_stage`.
    pub fn accept(&self, tx: &mut Tx<'_>, call: &Call, id: CaseId, expected: Option<i64>, input: &Done) -> Outcome {
        let (mut open, _) = self.take_up_at(tx, call, id, Action::Accept, expected, input.effective_at)?;
        let at = open.effective(call, input.effective_at)?;
        open.stop(&[ClockKind::Intake], at);
        open.take_on(at)?;
        self.lay_down(tx, call, open, &Event::CaseAccepted { deemed: false }, at)
    }

    /// Refuses to accept 不予受理, by kind.
    ///
    /// # Errors
    /// 404, 403, 412, 409 `wrong_stage`; 400 where the kind needs a referral (a duplicate the number of a case), or the way
    /// of appeal.
    pub fn reject(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        expected: Option<i64>,
        input: &Rejection,
    ) -> Outcome {
        let (mut open, step) = self.take_up_at(tx, call, id, Action::Reject, expected, input.effective_at)?;
        let at = open.effective(call, input.effective_at)?;
        let further = both(referral(tx, call, id, input), appeal_route(&open, input));
        let (words, (referral, route)) = both(non_empty("/reasons", &input.reasons), further)?;
        let appeal_route = route.map(|words| self.keep(tx, call, id, APPEAL_ROUTE, words)).transpose()?;
        let referral = referral.map(|referral| self.keep(tx, call, id, REFERRAL, &referral)).transpose()?;
        let reasons = self.keep(tx, call, id, REASONS, words)?;
        open.end(step.to, at)?;
        let event = Event::CaseRejected { kind: input.kind.to_string(), reasons, referral, appeal_route };
        self.lay_down(tx, call, open, &event, at)
    }

    /// Tells the applicant, once, everything that is missing 一次性告知. The intake clock stops; the applicant's own term
    /// starts, where the item has one.
    ///
    /// # Errors
    /// 404, 403, 412; 409 `wrong_stage`, `already_corrected`, `nobody_to_ask` of an anonymous case; 400 for unknown materials
    /// or when nothing is asked for.
    pub fn request_correction(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        expected: Option<i64>,
        input: &CorrectionNotice,
    ) -> Outcome {
        let stated = input.effective_at;
        let (mut open, step) = self.take_up_at(tx, call, id, Action::RequestCorrection, expected, stated)?;
        let at = open.effective(call, stated)?;
        let asked = self.ask_for(tx, call, &open, &input.materials);
        let (words, asked) = both(non_empty("/notice", &input.notice), asked)?;
        let notice = self.keep(tx, call, id, NOTICE, words)?;
        open.wait_for_applicant(at)?;
        open.row.stage = step.to;
        let due_at = open.running(ClockKind::Correction).map(|c| c.due_at);
        let event = Event::CorrectionRequested { missing: asked, notice, due_at };
        self.lay_down(tx, call, open, &event, at)
    }

    /// Marks the asked-for materials as missing; gives all that are missing now.
    fn ask_for(&self, tx: &mut Tx<'_>, call: &Call, open: &Open, codes: &[String]) -> Result<Vec<String>, Failure> {
        let errors = unknown_materials(&open.item, codes);
        if !errors.is_empty() {
            return Err(Failure::Invalid(errors));
        }
        for code in codes {
            let row = MaterialRow {
                case_id: open.row.id,
                code: code.clone(),
                state: MaterialState::Missing,
                updated_at: call.now,
            };
            store::set_material(tx, &row)?;
        }
        Ok(missing(&store::materials(tx, open.row.id)?))
    }

    /// Takes what the applicant hands in 补正: the correction clock stops, the intake clock goes on (or starts anew).
    ///
    /// # Errors
    /// 404, 403, 412, 409 `wrong_stage`; 400 when nothing is handed in, or the form does not hold after the merge, in `lang`.
    pub fn supplement(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        lang: Lang,
        id: CaseId,
        expected: Option<i64>,
        input: &Supplement,
    ) -> Outcome {
        let stated = input.effective_at;
        let (mut open, step) = self.take_up_at(tx, call, id, Action::Supplement, expected, stated)?;
        if input.materials.is_empty() && input.form.is_none() {
            return Err(Failure::field("/materials", "required", "hand in a material or an answer"));
        }
        let at = open.effective(call, stated)?;
        let missing = self.receive(tx, call, lang, &open, input)?;
        open.stop(&[ClockKind::Correction], at);
        open.go_on(at)?;
        open.row.stage = step.to;
        let channel = input.channel.map(|c| c.to_string());
        let event = Event::CaseSupplemented { received: input.materials.clone(), missing, channel };
        self.lay_down(tx, call, open, &event, at)
    }

    fn receive(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        lang: Lang,
        open: &Open,
        input: &Supplement,
    ) -> Result<Vec<String>, Failure> {
        let mut errors = unknown_materials(&open.item, &input.materials);
        if let Some(form) = &input.form {
            let whole = self.merge_form(tx, open.row.id, form)?;
            errors.extend(form_errors(&open.item, &whole, lang));
        }
        if !errors.is_empty() {
            return Err(Failure::Invalid(errors));
        }
        for code in &input.materials {
            let row = MaterialRow {
                case_id: open.row.id,
                code: code.clone(),
                state: MaterialState::Received,
                updated_at: call.now,
            };
            store::set_material(tx, &row)?;
        }
        Ok(missing(&store::materials(tx, open.row.id)?))
    }
}

impl Open {
    /// Taken on for work: promise and statutory clocks start, where the item does not count from receipt.
    pub(super) fn take_on(&mut self, at: Timestamp) -> Result<(), Failure> {
        if self.item.item.clock_starts_from != ClockStart::Receipt {
            self.start_main_clocks(at)?;
        }
        self.row.stage = Stage::InProgress;
        self.row.accepted_at = Some(at);
        Ok(())
    }

    /// `resume`: the clocks that run stand still from the day after the notice; `restart`: they end, and new ones begin
    /// with the supplement.
    fn wait_for_applicant(&mut self, at: Timestamp) -> Result<(), Failure> {
        let first_day = self.timing.day(at).succ_opt().ok_or_else(|| Failure::internal("no day after the notice"))?;
        self.pauses.push(PauseRow {
            id: PauseId::new(),
            case_id: self.row.id,
            reason: to_code(&PauseReason::Correction)?,
            first_day,
            last_day: None,
            expected_days: None,
            created_at: at,
            ended_at: None,
        });
        if self.item.item.after_correction == AfterCorrection::Restart {
            self.stop(&[ClockKind::Intake, ClockKind::Promise, ClockKind::Statutory], at);
        }
        self.compute(at)?;
        let budget = self.item.item.correction;
        self.start(ClockKind::Correction, budget, at)
    }

    /// Ends the waiting: its last day is the day before the supplement.
    fn go_on(&mut self, at: Timestamp) -> Result<(), Failure> {
        self.end_pauses(is_correction, at)?;
        self.compute(at)?;
        if self.item.item.after_correction == AfterCorrection::Restart {
            let budget = self.item.item.intake;
            self.start(ClockKind::Intake, budget, at)?;
            if self.item.item.clock_starts_from == ClockStart::Receipt {
                self.start_main_clocks(at)?;
            }
        }
        Ok(())
    }
}

fn referral(tx: &mut Tx<'_>, call: &Call, id: CaseId, input: &Rejection) -> Result<Option<String>, Failure> {
    match (&input.referral, input.kind) {
        (Some(number), RejectionKind::Duplicate) => duplicated(tx, call, id, number).map(Some),
        (Some(words), _) => non_empty("/referral", words).map(|words| Some(words.to_owned())),
        (None, kind) if !kind.needs_referral() => Ok(None),
        (None, kind) => {
            let detail = format!("{kind} needs a referral: the competent body, the right route, or the case's number");
            Err(Failure::field("/referral", "required", detail))
        }
    }
}

/// The way of appeal, where one is told.
fn appeal_route<'i>(open: &Open, input: &'i Rejection) -> Result<Option<&'i str>, Failure> {
    if input.appeal_route.is_none() && input.kind.needs_appeal_route(open.item.item.finish) {
        return Err(Failure::field("/appealRoute", "required", "this refusal needs the way of appeal"));
    }
    optional("/appealRoute", &input.appeal_route)
}

/// The number of the case that this one duplicates: another one, that the caller can see.
fn duplicated(tx: &mut Tx<'_>, call: &Call, id: CaseId, number: &str) -> Result<String, Failure> {
    let number = CaseNumber::parse(number).map_err(|e| Failure::field("/referral", e.code(), e.to_string()))?;
    match store::find_by_number(tx, &call.actor.scope(Permission::CaseRead), &number.to_string()) {
        Ok(row) if row.id != id => Ok(number.to_string()),
        Ok(_) => Err(Failure::field("/referral", "same_case", "name another case: this is the one being refused")),
        Err(failure) if failure.code() == Code::NotFound => {
            Err(Failure::field("/referral", "unknown_case", "name a case that exists and that you can see"))
        }
        Err(failure) => Err(failure),
    }
}
