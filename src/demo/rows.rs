//! The rows of the demonstration: 10,000 real service requests taken by the City of Los Angeles on 1–3 January 2020
//! (MyLA311 open data, public domain), kept compressed in the binary.

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use flate2::read::GzDecoder;
use serde::Deserialize;

use crate::calendar::local_to_utc;
use crate::cases::model::{Channel, Disclosure, Location};
use crate::clock::Timestamp;
use crate::error::Failure;

/// `requests.csv`, as the city published it, compressed.
const ROWS: &[u8] = include_bytes!("../../config/demo/requests.csv.gz");

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// `Closed`.
    Closed,
    /// `Cancelled`: taken back.
    Withdrawn,
    /// `Referred Out`: ended, with a referral.
    Referred,
}

/// What is unusual about a row; it is taken over all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unusual {
    /// Its status is `Closed`, and no closing date is given: it stays open.
    ClosedWithoutDate,
    /// No position.
    MissingLocation,
    /// No council district.
    MissingDivision,
}

impl Unusual {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ClosedWithoutDate, Self::MissingLocation, Self::MissingDivision];

    /// The reason in the report.
    pub fn reason(self) -> &'static str {
        match self {
            Self::ClosedWithoutDate => "closed_without_closing_date",
            Self::MissingLocation => "missing_location",
            Self::MissingDivision => "missing_division",
        }
    }
}

/// One request.
#[derive(Clone, Debug)]
pub struct Row {
    /// The city's number.
    pub number: String,
    /// The service item's code: the request type's name.
    pub service_item: String,
    /// The department's code.
    pub owner: String,
    /// When it was received.
    pub created_at: Timestamp,
    /// How and when it ended; none: it is open.
    pub ended: Option<(Ending, Timestamp)>,
    /// The way it came in.
    pub channel: Channel,
    /// Anonymous or not disclosed.
    pub disclosure: Disclosure,
    /// Where.
    pub location: Location,
    /// What is unusual about it.
    pub unusual: Vec<Unusual>,
}

#[derive(Deserialize)]
struct Raw {
    srnumber: String,
    requesttype: String,
    status: String,
    createddate: String,
    closeddate: String,
    requestsource: String,
    owner: String,
    anonymous: String,
    latitude: String,
    longitude: String,
    address: String,
    cd: String,
}

/// Reads all rows; local times are those of `tz`.
///
/// # Errors
/// A row that does not read, by its number: the file is part of the binary, so this is a defect.
pub fn read(tz: Tz) -> Result<Vec<Row>, Failure> {
    let mut reader = csv::Reader::from_reader(GzDecoder::new(ROWS));
    let raws = reader.deserialize::<Raw>();
    raws.map(|raw| raw.map_err(Failure::internal).and_then(|raw| row(raw, tz))).collect()
}

fn row(raw: Raw, tz: Tz) -> Result<Row, Failure> {
    let created_at = instant(&raw.createddate, tz)?;
    let closed_at = if raw.closeddate.is_empty() { None } else { Some(instant(&raw.closeddate, tz)?) };
    let ending = match raw.status.as_str() {
        "Closed" => Some(Ending::Closed),
        "Cancelled" => Some(Ending::Withdrawn),
        "Referred Out" => Some(Ending::Referred),
        "Open" | "Pending" => None,
        other => return Err(Failure::internal(format!("row {}: status {other}", raw.srnumber))),
    };
    let location = location(&raw)?;
    let mut unusual = Vec::new();
    if raw.status == "Closed" && closed_at.is_none() {
        unusual.push(Unusual::ClosedWithoutDate);
    }
    if location.latitude.is_none() || location.longitude.is_none() {
        unusual.push(Unusual::MissingLocation);
    }
    if location.district.is_none() {
        unusual.push(Unusual::MissingDivision);
    }
    Ok(Row {
        channel: channel(&raw)?,
        disclosure: if raw.anonymous == "Y" { Disclosure::Anonymous } else { Disclosure::NotDisclosed },
        number: raw.srnumber,
        service_item: raw.requesttype,
        owner: raw.owner,
        created_at,
        ended: ending.zip(closed_at),
        location,
        unusual,
    })
}

fn instant(text: &str, tz: Tz) -> Result<Timestamp, Failure> {
    let local = NaiveDateTime::parse_from_str(text, "%m/%d/%y %H:%M").map_err(Failure::internal)?;
    Ok(Timestamp::new(local_to_utc(local, tz)?))
}

fn channel(raw: &Raw) -> Result<Channel, Failure> {
    Ok(match raw.requestsource.as_str() {
        "Call" => Channel::Phone,
        "Mobile App" => Channel::Mobile,
        "Driver Self Report" => Channel::FieldStaff,
        "Self Service" => Channel::Portal,
        "Email" => Channel::Email,
        "Council's Office" => Channel::Office,
        "Letter" => Channel::Letter,
        other => return Err(Failure::internal(format!("row {}: source {other}", raw.srnumber))),
    })
}

fn location(raw: &Raw) -> Result<Location, Failure> {
    let degrees = |text: &str| -> Result<Option<f64>, Failure> {
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(Failure::internal) }
    };
    let words = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Location {
        latitude: degrees(&raw.latitude)?,
        longitude: degrees(&raw.longitude)?,
        address: words(&raw.address),
        district: words(&raw.cd).map(|cd| format!("Council District {cd}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_read_and_none_is_dropped() {
        // Counted independently from the published CSV: 9,705 closed with a date, 244 cancelled, 2 referred out,
        // 16 open + 15 pending + 18 closed without a date = 49.
        let rows = read(chrono_tz::America::Los_Angeles).unwrap();
        assert_eq!(rows.len(), 10_000);
        let ended = |ending| rows.iter().filter(|r| r.ended.is_some_and(|(e, _)| e == ending)).count();
        assert_eq!(ended(Ending::Closed), 9_705);
        assert_eq!(ended(Ending::Withdrawn), 244);
        assert_eq!(ended(Ending::Referred), 2);
        assert_eq!(rows.iter().filter(|r| r.ended.is_none()).count(), 49);
    }

    #[test]
    fn local_times_follow_daylight_saving() {
        let tz = chrono_tz::America::Los_Angeles;
        // Winter: UTC−8; summer (from 8 March 2020): UTC−7.
        assert_eq!(instant("1/1/20 0:05", tz).unwrap().text(), "2020-01-01T08:05:00.000000Z");
        assert_eq!(instant("8/3/20 0:00", tz).unwrap().text(), "2020-08-03T07:00:00.000000Z");
    }

    #[test]
    fn what_is_unusual_is_counted() {
        let rows = read(chrono_tz::America::Los_Angeles).unwrap();
        let count = |unusual| rows.iter().filter(|r| r.unusual.contains(&unusual)).count();
        assert_eq!(Unusual::ALL.map(count), [18, 11, 11]);
    }
}
