//! The slow and simple reading of the rules: one day, or one minute, after the other, from the JSON files themselves.

use std::collections::HashSet;

use chrono::Datelike;

use super::*;

pub(super) struct Oracle {
    days_off: HashSet<NaiveDate>,
    make_ups: HashSet<NaiveDate>,
    years: HashSet<i32>,
}

pub(super) static CN: LazyLock<Oracle> =
    LazyLock::new(|| Oracle::read(include_str!("../../../config/calendars/cn.json")));
pub(super) static US: LazyLock<Oracle> =
    LazyLock::new(|| Oracle::read(include_str!("../../../config/calendars/us.json")));

/// One case: a clock without open pause.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) unit: TermUnit,
    pub(super) budget: u32,
    pub(super) extension: Option<u32>,
    pub(super) start: DateTime<Utc>,
    pub(super) pauses: Vec<(NaiveDate, NaiveDate)>,
}

impl Oracle {
    fn read(json: &str) -> Self {
        let file: serde_json::Value = serde_json::from_str(json).unwrap();
        let mut oracle = Self { days_off: HashSet::new(), make_ups: HashSet::new(), years: HashSet::new() };
        for (year, lists) in file["years"].as_object().unwrap() {
            oracle.years.insert(year.parse().unwrap());
            oracle.days_off.extend(lists["days_off"].as_array().unwrap().iter().map(|d| day(d.as_str().unwrap())));
            oracle
                .make_ups
                .extend(lists["make_up_workdays"].as_array().unwrap().iter().map(|d| day(d.as_str().unwrap())));
        }
        oracle
    }

    pub(super) fn works(&self, date: NaiveDate) -> bool {
        let weekday = date.weekday().number_from_monday() <= 5;
        (weekday && !self.days_off.contains(&date)) || self.make_ups.contains(&date)
    }

    fn counts(&self, unit: TermUnit, date: NaiveDate) -> bool {
        unit != TermUnit::WorkingDay || self.works(date)
    }

    /// Last day and whether it is provisional, of a term in days.
    pub(super) fn due_on(&self, sample: &Sample, tz: Tz) -> (NaiveDate, bool) {
        let total = sample.total();
        let day0 = local_date(sample.start, tz);
        let mut length = i64::from(total);
        if sample.unit == TermUnit::Month {
            length = (months_after(day0, total) - day0).num_days();
        }
        let (mut date, mut counted) = (day0, 0);
        let mut asked = HashSet::new();
        // The notice of a year may move the last days of December before it.
        let mut ask = |date: NaiveDate| {
            asked.extend([date.year(), (date + TimeDelta::days(7)).year()]);
        };
        while counted < length {
            date = date.succ_opt().unwrap();
            if sample.unit == TermUnit::WorkingDay {
                ask(date);
            }
            if self.counts(sample.unit, date) && !sample.pauses_on(date) {
                counted += 1;
            }
        }
        let rolls = total > 0 || sample.pauses_on(date);
        if rolls {
            ask(date);
        }
        while sample.pauses_on(date) || (rolls && !self.works(date)) {
            date = date.succ_opt().unwrap();
            ask(date);
        }
        (date, asked.iter().any(|year| !self.years.contains(year)))
    }

    /// What is left after `today`, through `last`: counted days, and working days.
    pub(super) fn left(&self, sample: &Sample, today: NaiveDate, last: NaiveDate) -> (i64, i64) {
        let (mut counted, mut working) = (0, 0);
        for date in today.iter_days().skip(1).take_while(|date| *date <= last) {
            if !sample.pauses_on(date) {
                counted += i64::from(self.counts(sample.unit, date));
                working += i64::from(self.works(date));
            }
        }
        (counted, working)
    }
}

impl Sample {
    pub(super) fn total(&self) -> u32 {
        self.budget + self.extension.unwrap_or(0)
    }

    pub(super) fn pauses_on(&self, date: NaiveDate) -> bool {
        self.pauses.iter().any(|(first, last)| *first <= date && date <= *last)
    }

    /// The whole budget in days of its own counting.
    pub(super) fn length(&self, tz: Tz) -> i64 {
        let day0 = local_date(self.start, tz);
        match self.unit {
            TermUnit::Month => (months_after(day0, self.total()) - day0).num_days(),
            _ => i64::from(self.total()),
        }
    }

    /// The minute at which `minutes` have passed outside the paused days, minute by minute.
    pub(super) fn after_minutes(&self, minutes: u32, tz: Tz) -> DateTime<Utc> {
        let (mut now, mut run) = (self.start, 0);
        loop {
            if run == minutes && (run > 0 || !self.pauses_on(local_date(now, tz))) {
                return now;
            }
            run += u32::from(!self.pauses_on(local_date(now, tz)));
            now += TimeDelta::minutes(1);
        }
    }

    pub(super) fn clock(&self) -> ClockSpec {
        let mut ledger = PauseLedger::default();
        for (first, last) in &self.pauses {
            ledger.add(Pause::closed(*first, *last, PauseReason::Other).unwrap()).unwrap();
        }
        let extension = self.extension.map(|value| Term::new(value, self.unit).unwrap());
        ClockSpec::new(Term::new(self.budget, self.unit).unwrap(), self.start)
            .with_extension(extension)
            .unwrap()
            .with_pauses(ledger)
    }
}

/// The same day number `count` months on, or the last day of that month.
fn months_after(date: NaiveDate, count: u32) -> NaiveDate {
    let month0 = date.month0() + count;
    let (year, month) = (date.year() + (month0 / 12) as i32, month0 % 12 + 1);
    (1..=date.day()).rev().find_map(|number| NaiveDate::from_ymd_opt(year, month, number)).unwrap()
}
