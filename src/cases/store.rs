//! The room's own SQL. Every query of cases starts from [`visible`].

use diesel::dsl::{exists, select};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::{Channel, ClockKind, Disclosure, MaterialState};
use super::workflow::Stage;
use crate::access::{Principal, Scope, Units};
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{AccountId, CaseId, ClockId, CustomerId, DepartmentId, EvaluationId, PauseId, ServiceItemId, TextId};
use crate::journal::Audience;
use crate::store::schema::{
    case_contents, case_materials, case_texts, cases, clock_rungs, clocks, evaluations, number_blocks, pauses,
};
use crate::store::{Bulk, Db, MultiBackend, Tx, bulk_row};

/// A case's row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cases, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct CaseRow {
    pub(crate) id: CaseId,
    pub(crate) number: Option<String>,
    pub(crate) version: i64,
    pub(crate) stage: Stage,
    pub(crate) item_id: ServiceItemId,
    pub(crate) item_code: String,
    pub(crate) jurisdiction: String,
    pub(crate) agency_id: DepartmentId,
    pub(crate) department_id: DepartmentId,
    pub(crate) assignee_id: Option<AccountId>,
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) submitted_by: String,
    pub(crate) disclosure: Disclosure,
    pub(crate) channel: Channel,
    pub(crate) source: String,
    pub(crate) external_ref: Option<String>,
    pub(crate) received_at: Timestamp,
    pub(crate) accepted_at: Option<Timestamp>,
    pub(crate) decided_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) outcome: Option<String>,
    pub(crate) on_time: Option<bool>,
    pub(crate) due_at: Timestamp,
    pub(crate) suspended: bool,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
    pub(crate) address: Option<String>,
    pub(crate) district: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A clock's row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = clocks, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct ClockRow {
    pub(crate) id: ClockId,
    pub(crate) case_id: CaseId,
    pub(crate) kind: ClockKind,
    pub(crate) budget: i64,
    pub(crate) unit: String,
    pub(crate) extension: Option<i64>,
    pub(crate) started_at: Timestamp,
    pub(crate) due_on: chrono::NaiveDate,
    pub(crate) due_at: Timestamp,
    pub(crate) provisional: bool,
    pub(crate) stopped_at: Option<Timestamp>,
    pub(crate) next_rung_at: Timestamp,
}

/// A pause's row.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = pauses, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct PauseRow {
    pub(crate) id: PauseId,
    pub(crate) case_id: CaseId,
    pub(crate) reason: String,
    pub(crate) first_day: chrono::NaiveDate,
    pub(crate) last_day: Option<chrono::NaiveDate>,
    pub(crate) expected_days: Option<i64>,
    pub(crate) created_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

/// A material's row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_materials, treat_none_as_default_value = false)]
pub(crate) struct MaterialRow {
    pub(crate) case_id: CaseId,
    pub(crate) code: String,
    pub(crate) state: MaterialState,
    pub(crate) updated_at: Timestamp,
}

/// What was filed, sealed.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_contents, treat_none_as_default_value = false)]
pub(crate) struct ContentRow {
    pub(crate) case_id: CaseId,
    pub(crate) form: String,
    pub(crate) applicant: String,
}

/// A text's row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_texts, treat_none_as_default_value = false)]
pub(crate) struct TextRow {
    pub(crate) id: TextId,
    pub(crate) case_id: CaseId,
    pub(crate) kind: String,
    pub(crate) audience: Audience,
    pub(crate) author: String,
    pub(crate) body: Option<String>,
    pub(crate) digest: String,
    pub(crate) created_at: Timestamp,
}

bulk_row!(CaseRow: cases (id, number, version, stage, item_id, item_code, jurisdiction, agency_id, department_id, assignee_id, customer_id, submitted_by, disclosure, channel, source, external_ref, received_at, accepted_at, decided_at, ended_at, outcome, on_time, due_at, suspended, latitude, longitude, address, district, created_at, updated_at));
bulk_row!(ContentRow: case_contents (case_id, form, applicant));
bulk_row!(MaterialRow: case_materials (case_id, code, state, updated_at));
bulk_row!(ClockRow: clocks (id, case_id, kind, budget, unit, extension, started_at, due_on, due_at, provisional, stopped_at, next_rung_at));

/// An evaluation's row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = evaluations, treat_none_as_default_value = false)]
pub(crate) struct EvaluationRow {
    pub(crate) id: EvaluationId,
    pub(crate) case_id: CaseId,
    pub(crate) ending: i64,
    pub(crate) level: i64,
    pub(crate) comment_id: Option<TextId>,
    pub(crate) channel: String,
    pub(crate) created_at: Timestamp,
}

/// The kind of text that is written at will, and so without end.
pub(crate) const NOTE: &str = "note";

/// A predicate over cases.
pub(crate) type Predicate = Box<dyn BoxableExpression<cases::table, MultiBackend, SqlType = Bool>>;

/// Whether a case was ever handed in: only then has it a number. A draft never was, nor was one that was withdrawn.
pub(crate) type HandedIn = diesel::dsl::IsNotNull<cases::number>;

/// The cases that were handed in.
pub(crate) fn handed_in() -> HandedIn {
    cases::number.is_not_null()
}

/// The one predicate of row scope: list, count, search and single read start from it. What was never handed in is its
/// author's alone, whoever that is and whatever else they may read: nobody else sees it, be it about them.
pub(crate) fn visible(scope: &Scope) -> Predicate {
    let mut seen = mine(scope);
    if let Some(customer) = scope.own.and_then(|own| own.customer) {
        // `customer_id` is null for unknown applicants: the two halves keep the predicate two-valued.
        let of = cases::customer_id.is_not_null().and(cases::customer_id.assume_not_null().eq(customer));
        seen = Box::new(seen.or(handed_in().and(of)));
    }
    match &scope.units {
        Units::All if scope.principal == Principal::System => Box::new(cases::id.eq(cases::id)),
        Units::All => Box::new(seen.or(handed_in())),
        Units::Some(units) if units.is_empty() => seen,
        Units::Some(units) => Box::new(seen.or(handed_in().and(cases::department_id.eq_any(units.clone())))),
    }
}

/// What the caller wrote: what they never handed in, and the rest where the scope covers one's own.
fn mine(scope: &Scope) -> Predicate {
    let by_me = cases::submitted_by.eq(scope.principal.to_string());
    match (scope.principal, scope.own) {
        // Whoever is not known is everybody.
        (Principal::Anonymous, _) => Box::new(cases::id.ne(cases::id)),
        (_, Some(_)) => Box::new(by_me),
        (_, None) => Box::new(by_me.and(cases::number.is_null())),
    }
}

/// One case, if the scope lets the caller know of it.
pub(crate) fn find(db: &mut impl Db, scope: &Scope, id: CaseId) -> Result<CaseRow, Failure> {
    let query = cases::table.filter(cases::id.eq(id)).filter(visible(scope)).select(CaseRow::as_select());
    query.first(db.conn()?).optional()?.ok_or_else(Failure::not_found)
}

/// One case by its number, if the scope lets the caller know of it.
pub(crate) fn find_by_number(db: &mut impl Db, scope: &Scope, number: &str) -> Result<CaseRow, Failure> {
    let query = cases::table.filter(cases::number.eq(number)).filter(visible(scope)).select(CaseRow::as_select());
    query.first(db.conn()?).optional()?.ok_or_else(Failure::not_found)
}

/// Where each case of a foreign source stands, by its number there.
pub(crate) fn find_external(db: &mut impl Db, source: &str) -> Result<Vec<(String, CaseId, Stage)>, Failure> {
    let rows: Vec<(Option<String>, CaseId, Stage)> = cases::table
        .filter(cases::source.eq(source))
        .select((cases::external_ref, cases::id, cases::stage))
        .load(db.conn()?)?;
    Ok(rows.into_iter().filter_map(|(number, id, stage)| number.map(|n| (n, id, stage))).collect())
}

/// Replaces the row if nobody else has: compare and swap on the version.
pub(crate) fn replace(tx: &mut Tx<'_>, row: &CaseRow, read_version: i64) -> Result<(), Failure> {
    let target = cases::table.filter(cases::id.eq(row.id)).filter(cases::version.eq(read_version));
    match diesel::update(target).set(row).execute(tx.conn()?)? {
        1 => Ok(()),
        _ => Err(Failure::refused(Code::Conflict)),
    }
}

pub(crate) fn insert_case(tx: &mut Tx<'_>, row: CaseRow) {
    tx.insert(Bulk::of(row));
}

pub(crate) fn insert_content(tx: &mut Tx<'_>, row: ContentRow) {
    tx.insert(Bulk::of(row));
}

pub(crate) fn replace_content(tx: &mut Tx<'_>, row: &ContentRow) -> Result<(), Failure> {
    let target = case_contents::table.filter(case_contents::case_id.eq(row.case_id));
    let set = (case_contents::form.eq(&row.form), case_contents::applicant.eq(&row.applicant));
    diesel::update(target).set(set).execute(tx.conn()?)?;
    Ok(())
}

pub(crate) fn content(db: &mut impl Db, id: CaseId) -> Result<ContentRow, Failure> {
    Ok(case_contents::table.find(id).select(ContentRow::as_select()).first(db.conn()?)?)
}

pub(crate) fn insert_materials(tx: &mut Tx<'_>, rows: Vec<MaterialRow>) {
    if !rows.is_empty() {
        tx.insert(Bulk::all(rows));
    }
}

/// Puts these in the place of all materials that the case has.
pub(crate) fn replace_materials(tx: &mut Tx<'_>, case: CaseId, rows: Vec<MaterialRow>) -> Result<(), Failure> {
    diesel::delete(case_materials::table.filter(case_materials::case_id.eq(case))).execute(tx.conn()?)?;
    insert_materials(tx, rows);
    Ok(())
}

pub(crate) fn set_material(tx: &mut Tx<'_>, row: &MaterialRow) -> Result<(), Failure> {
    let target = case_materials::table.find((row.case_id, row.code.clone()));
    let set = (case_materials::state.eq(row.state), case_materials::updated_at.eq(row.updated_at));
    if diesel::update(target).set(set).execute(tx.conn()?)? == 0 {
        insert_materials(tx, vec![row.clone()]);
    }
    Ok(())
}

pub(crate) fn materials(db: &mut impl Db, id: CaseId) -> Result<Vec<MaterialRow>, Failure> {
    let query = case_materials::table.filter(case_materials::case_id.eq(id)).order(case_materials::code);
    Ok(query.select(MaterialRow::as_select()).load(db.conn()?)?)
}

pub(crate) fn insert_clock(tx: &mut Tx<'_>, row: ClockRow) {
    tx.insert(Bulk::of(row));
}

pub(crate) fn replace_clock(tx: &mut Tx<'_>, row: &ClockRow) -> Result<(), Failure> {
    diesel::update(clocks::table.find(row.id)).set(row).execute(tx.conn()?)?;
    Ok(())
}

/// Moves the sweeper's next look at a clock, if nobody has changed it.
pub(crate) fn move_rung(tx: &mut Tx<'_>, clock: &ClockRow, next: Timestamp) -> Result<(), Failure> {
    let target = clocks::table.find(clock.id).filter(clocks::next_rung_at.eq(clock.next_rung_at));
    match diesel::update(target).set(clocks::next_rung_at.eq(next)).execute(tx.conn()?)? {
        1 => Ok(()),
        _ => Err(Failure::refused(Code::Conflict)),
    }
}

pub(crate) fn clocks_of(db: &mut impl Db, id: CaseId) -> Result<Vec<ClockRow>, Failure> {
    let query = clocks::table.filter(clocks::case_id.eq(id)).order(clocks::id);
    Ok(query.select(ClockRow::as_select()).load(db.conn()?)?)
}

/// Cases with a clock that the sweeper has to look at, the most overdue first.
pub(crate) fn cases_to_sweep(db: &mut impl Db, now: Timestamp, most: i64) -> Result<Vec<CaseId>, Failure> {
    let query = clocks::table.filter(clocks::next_rung_at.le(now)).order((clocks::next_rung_at, clocks::id));
    let mut ids: Vec<CaseId> = query.limit(most).select(clocks::case_id).load(db.conn()?)?;
    let mut seen = std::collections::BTreeSet::new();
    ids.retain(|id| seen.insert(*id));
    Ok(ids)
}

/// Cases with a running clock that was computed without knowing a year's holidays, or whose last days a later notice
/// may have moved, from `after` on.
pub(crate) fn cases_with_provisional_clocks(
    db: &mut impl Db,
    after: Option<CaseId>,
    most: i64,
) -> Result<Vec<CaseId>, Failure> {
    let mut query = clocks::table
        .filter(clocks::provisional.eq(true))
        .filter(clocks::stopped_at.is_null())
        .select(clocks::case_id)
        .distinct()
        .order(clocks::case_id)
        .limit(most)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(clocks::case_id.gt(after));
    }
    Ok(query.load(db.conn()?)?)
}

/// Whether this rung of this clock has fired.
pub(crate) fn rung_fired(db: &mut impl Db, clock: ClockId, rung: &str) -> Result<bool, Failure> {
    let fired = clock_rungs::table.find((clock, rung.to_owned()));
    Ok(select(exists(fired)).get_result(db.conn()?)?)
}

pub(crate) fn insert_rung(tx: &mut Tx<'_>, clock: ClockId, rung: &'static str, fired_at: Timestamp) {
    let row = (clock_rungs::clock_id.eq(clock), clock_rungs::rung.eq(rung), clock_rungs::fired_at.eq(fired_at));
    tx.insert(diesel::insert_into(clock_rungs::table).values(row));
}

pub(crate) fn insert_pause(tx: &mut Tx<'_>, row: PauseRow) {
    tx.insert(diesel::insert_into(pauses::table).values(row));
}

pub(crate) fn replace_pause(tx: &mut Tx<'_>, row: &PauseRow) -> Result<(), Failure> {
    diesel::update(pauses::table.find(row.id)).set(row).execute(tx.conn()?)?;
    Ok(())
}

pub(crate) fn pauses_of(db: &mut impl Db, id: CaseId) -> Result<Vec<PauseRow>, Failure> {
    let query = pauses::table.filter(pauses::case_id.eq(id)).order(pauses::id);
    Ok(query.select(PauseRow::as_select()).load(db.conn()?)?)
}

pub(crate) fn insert_text(tx: &mut Tx<'_>, row: TextRow) {
    tx.insert(diesel::insert_into(case_texts::table).values(row));
}

/// One text of a case.
pub(crate) fn text(db: &mut impl Db, case: CaseId, id: TextId) -> Result<Option<TextRow>, Failure> {
    let query = case_texts::table.find(id).filter(case_texts::case_id.eq(case));
    Ok(query.select(TextRow::as_select()).first(db.conn()?).optional()?)
}

/// The texts of a case in the order they were written, without those for an audience: all that the steps said, of which
/// the life cycle allows few, and the newest `most` notes.
pub(crate) fn texts_of(
    db: &mut impl Db,
    case: CaseId,
    without: Option<Audience>,
    most: i64,
) -> Result<Vec<TextRow>, Failure> {
    let of_case = case_texts::table.filter(case_texts::case_id.eq(case));
    let mut said = of_case.filter(case_texts::kind.ne(NOTE)).select(TextRow::as_select()).into_boxed();
    let mut notes = of_case.filter(case_texts::kind.eq(NOTE)).select(TextRow::as_select()).into_boxed();
    if let Some(audience) = without {
        said = said.filter(case_texts::audience.ne(audience));
        notes = notes.filter(case_texts::audience.ne(audience));
    }
    let mut texts: Vec<TextRow> = said.load(db.conn()?)?;
    let newest = notes.order((case_texts::created_at.desc(), case_texts::id.desc())).limit(most);
    texts.extend(newest.load::<TextRow>(db.conn()?)?);
    texts.sort_by_key(|text| (text.created_at, text.id));
    Ok(texts)
}

pub(crate) fn insert_evaluation(tx: &mut Tx<'_>, row: EvaluationRow) {
    tx.insert(diesel::insert_into(evaluations::table).values(row));
}

pub(crate) fn evaluations_of(db: &mut impl Db, id: CaseId) -> Result<Vec<EvaluationRow>, Failure> {
    let query = evaluations::table.filter(evaluations::case_id.eq(id)).order(evaluations::ending);
    Ok(query.select(EvaluationRow::as_select()).load(db.conn()?)?)
}

/// Reserves `count` numbers and gives the first of them.
pub(crate) fn reserve_numbers(tx: &mut Tx<'_>, region: &str, year: i64, count: i64) -> Result<i64, Failure> {
    let row = number_blocks::table.find((region.to_owned(), year));
    let taken =
        diesel::update(row.clone()).set(number_blocks::next.eq(number_blocks::next + count)).execute(tx.conn()?)?;
    if taken == 1 {
        let next: i64 = row.select(number_blocks::next).first(tx.conn()?)?;
        return Ok(next.saturating_sub(count));
    }
    let first = (
        number_blocks::region.eq(region.to_owned()),
        number_blocks::year.eq(year),
        number_blocks::next.eq(count.saturating_add(1)),
    );
    tx.insert(diesel::insert_into(number_blocks::table).values(first));
    Ok(1)
}
