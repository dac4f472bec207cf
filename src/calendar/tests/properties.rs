//! The computation against the slow and simple reading of the rules.

use proptest::prelude::*;

use super::oracle::{CN, Oracle, Sample, US};
use super::*;

#[derive(Debug, Clone, Copy)]
enum Country {
    China,
    California,
}

impl Country {
    fn parts(self) -> (&'static WorkCalendar, &'static Oracle, Tz) {
        match self {
            Self::China => (cn(), &CN, SHANGHAI),
            Self::California => (us(), &US, LOS_ANGELES),
        }
    }
}

fn country() -> impl Strategy<Value = Country> {
    prop_oneof![Just(Country::China), Just(Country::California)]
}

/// Any minute from 2014 (not loaded) to 2028 (not loaded).
fn start() -> impl Strategy<Value = DateTime<Utc>> {
    let first = instant("2014-06-01T00:00:00Z");
    (0..14 * 365 * 24 * 60_i64).prop_map(move |minute| first + TimeDelta::minutes(minute))
}

/// Pauses from ten days before the start on, 0 to 30 days long; they often overlap.
fn sample(unit: TermUnit, most: u32) -> impl Strategy<Value = Sample> {
    let pauses = prop::collection::vec((-10..60_i64, 0..30_i64), 0..5);
    (start(), 0..=most, prop::option::of(0..=most), pauses).prop_map(move |(start, budget, extension, pauses)| {
        let pauses = pauses.into_iter().map(|(offset, length)| {
            let first = start.date_naive() + TimeDelta::days(offset);
            (first, first + TimeDelta::days(length - 1))
        });
        Sample { unit, budget, extension, start, pauses: pauses.collect() }
    })
}

fn sample_in_days() -> impl Strategy<Value = Sample> {
    prop_oneof![
        sample(TermUnit::WorkingDay, 60),
        sample(TermUnit::WorkingDay, 3),
        sample(TermUnit::NaturalDay, 90),
        sample(TermUnit::NaturalDay, 3),
        sample(TermUnit::Month, 14),
    ]
}

const ANY_DAY: NaiveDate = NaiveDate::MIN;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_term_in_days_ends_where_counting_day_by_day_ends(country in country(), sample in sample_in_days()) {
        let (calendar, oracle, tz) = country.parts();
        let due = sample.clock().due(calendar, tz, ANY_DAY).unwrap();
        prop_assert_eq!((due.due_on, due.provisional), oracle.due_on(&sample, tz));
        prop_assert_eq!(local_date(due.due_at, tz), due.due_on.succ_opt().unwrap());
        prop_assert_eq!(local_date(due.due_at - TimeDelta::microseconds(1), tz), due.due_on);
    }

    #[test]
    fn every_pause_or_extension_only_moves_the_end_later(country in country(), sample in sample_in_days(), more in (0..60_i64, 0..20_i64)) {
        let (calendar, _, tz) = country.parts();
        let due = |sample: &Sample| sample.clock().due(calendar, tz, ANY_DAY).unwrap().due_at;
        let mut longer = sample.clone();
        let first = sample.start.date_naive() + TimeDelta::days(more.0);
        longer.pauses.push((first, first + TimeDelta::days(more.1)));
        prop_assert!(due(&longer) >= due(&sample));
        let mut extended = sample.clone();
        extended.extension = Some(sample.extension.unwrap_or(0) + 1);
        prop_assert!(due(&extended) >= due(&sample));
    }

    #[test]
    fn a_clock_that_is_paused_in_time_is_never_overdue(country in country(), sample in sample_in_days(), days in 0..200_i64) {
        let (calendar, _, tz) = country.parts();
        let mut clock = sample.clock();
        let due = clock.due(calendar, tz, ANY_DAY).unwrap();
        clock.pauses_mut().pause(due.due_on, PauseReason::Hearing).unwrap();
        let now = due.due_at + TimeDelta::days(days);
        prop_assert_ne!(clock.light(now, calendar, tz).unwrap(), Light::Red);
        // Resuming takes the days in for good: due as it was computed for the last paused day.
        let today = local_date(now, tz);
        let while_paused = clock.due(calendar, tz, today).unwrap();
        clock.pauses_mut().resume(today, Some(today)).unwrap();
        prop_assert_eq!(clock.due(calendar, tz, ANY_DAY).unwrap(), while_paused);
    }

    #[test]
    fn working_days_are_counted_and_added_alike(country in country(), start in start(), count in 0..400_u32) {
        let (calendar, oracle, _) = country.parts();
        let date = start.date_naive();
        let end = calendar.add_working_days(date, count).unwrap();
        prop_assert_eq!(calendar.working_days_between(date, end), i64::from(count));
        let walked = date.iter_days().skip(1).take_while(|day| *day <= end).filter(|day| oracle.works(*day)).count();
        prop_assert_eq!(walked, count as usize);
        prop_assert!(count == 0 || calendar.is_working_day(end));
        prop_assert_eq!(calendar.is_working_day(date), oracle.works(date));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn the_light_turns_where_counting_day_by_day_turns(country in country(), sample in sample_in_days()) {
        let (calendar, oracle, tz) = country.parts();
        let clock = sample.clock();
        let day0 = local_date(sample.start, tz);
        let (last, _) = oracle.due_on(&sample, tz);
        for date in day0.iter_days().take_while(|date| *date <= last + TimeDelta::days(2)) {
            let (counted, working) = oracle.left(&sample, date, last);
            let expected = if date > last {
                Light::Red
            } else if counted * 10 <= sample.length(tz) * 3 || working <= 1 {
                Light::Yellow
            } else {
                Light::Green
            };
            let begin = start_of_local_day(date, tz).unwrap().max(sample.start);
            let end = next_local_midnight(date, tz).unwrap() - TimeDelta::microseconds(1);
            for now in [begin, end] {
                prop_assert_eq!(clock.light(now, calendar, tz).unwrap(), expected, "{}", now);
            }
            if date <= last {
                prop_assert_eq!(clock.time_left(end, calendar, tz).unwrap().value, counted);
            }
        }
    }

    #[test]
    fn a_term_in_hours_ends_where_counting_minute_by_minute_ends(country in country(), sample in sample(TermUnit::Hour, 60)) {
        let (calendar, _, tz) = country.parts();
        let schedule = sample.clock().schedule(calendar, tz, ANY_DAY).unwrap();
        prop_assert_eq!(schedule.due.due_at, sample.after_minutes(sample.total() * 60, tz));
        // 70 % of an hour are 42 minutes.
        prop_assert_eq!(schedule.warn_at, sample.after_minutes(sample.total() * 42, tz));
        prop_assert!(!schedule.due.provisional);
    }
}
