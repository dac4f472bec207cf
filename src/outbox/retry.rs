//! When a message is tried again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use chrono::TimeDelta;

use crate::config::Deliveries;
use crate::ids::DeliveryId;

/// The longest pause, before jitter.
const LONGEST: Duration = Duration::from_secs(12 * 3600);

/// How often a message is tried, and how soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Tries before it is given up.
    pub tries: u32,
    /// Pause before the second try.
    pub first: Duration,
}

/// What follows a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another try after this pause.
    After(TimeDelta),
    /// None: the message is dead.
    Never,
}

impl Retry {
    /// What follows the `failed`-th failed try (from 1): each pause is three times the one before, twelve hours at most,
    /// and up to a quarter longer, differently for each message.
    pub fn after(&self, id: DeliveryId, failed: i64) -> Next {
        let failed = u32::try_from(failed).unwrap_or(u32::MAX);
        if failed >= self.tries {
            return Next::Never;
        }
        let factor = 3_u32.saturating_pow(failed.saturating_sub(1));
        let pause = self.first.saturating_mul(factor).min(LONGEST);
        let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        let jitter = millis.saturating_mul(spread(id, failed)) / 4_000;
        let whole = i64::try_from(millis.saturating_add(jitter)).unwrap_or(i64::MAX);
        Next::After(TimeDelta::milliseconds(whole))
    }
}

impl From<&Deliveries> for Retry {
    fn from(settings: &Deliveries) -> Self {
        Self { tries: settings.tries, first: settings.first_retry }
    }
}

/// 0 to 999, as random as the id.
fn spread(id: DeliveryId, failed: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    (id, failed).hash(&mut hasher);
    hasher.finish() % 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1, 3, 9, 27, 81, 243, 720 minutes (729 would be more than twelve hours), and up to a quarter more.
    #[test]
    fn pauses_triple_up_to_twelve_hours_and_the_eighth_failure_is_the_last() {
        let retry = Retry { tries: 8, first: Duration::from_secs(60) };
        let id = DeliveryId::new();
        for (failed, minutes) in (1..).zip([1, 3, 9, 27, 81, 243, 720]) {
            let Next::After(pause) = retry.after(id, failed) else { panic!("given up after {failed}") };
            let least = TimeDelta::minutes(minutes);
            assert!(least <= pause && pause < least * 5 / 4, "{failed}: {pause}");
        }
        assert_eq!(retry.after(id, 8), Next::Never);
    }

    #[test]
    fn messages_that_failed_together_do_not_come_back_together() {
        let retry = Retry { tries: 8, first: Duration::from_secs(3600) };
        let pauses: std::collections::BTreeSet<_> = (0..100)
            .map(|_| match retry.after(DeliveryId::new(), 1) {
                Next::After(pause) => pause.num_milliseconds(),
                Next::Never => panic!("given up at once"),
            })
            .collect();
        // 100 draws of 1000 values: fewer than 60 different ones has a chance below one in a billion.
        assert!(pauses.len() > 60, "{}", pauses.len());
    }
}
