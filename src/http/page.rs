//! Lists: `limit`, `after`, and the opaque cursor.

use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::future::{Ready, ready};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Code, Failure};

use super::query;

/// The largest count that is told; more is `countCapped`.
pub const COUNT_CAP: i64 = 10_000;

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    limit: i64,
    after: Option<String>,
    count: bool,
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: 20, after: None, count: false }
    }
}

/// Where a page ended: the last row's sort key and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<K, I> {
    /// The sort key of the last row.
    pub key: K,
    /// Its id.
    pub id: I,
}

/// The query parameters as they come.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Raw {
    /// How many items at most.
    #[serde(default = "twenty")]
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: i64,
    /// Where the last page ended: its `next`.
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]*$")]
    after: Option<String>,
    /// Whether to count all items, up to 10,000.
    #[serde(default)]
    count: bool,
}

/// The query parameters of a list that tells no count.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RawUncounted {
    /// How many items at most.
    #[serde(default = "twenty")]
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: i64,
    /// Where the last page ended: its `next`.
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]*$")]
    after: Option<String>,
}

fn twenty() -> i64 {
    20
}

impl IntoParams for Page {
    fn into_params(provider: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Raw::into_params(provider)
    }
}

/// As [`Page`], for `params(…)` of a list that tells no count: `?count=` is unknown there.
pub struct UncountedPage;

impl IntoParams for UncountedPage {
    fn into_params(provider: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        RawUncounted::into_params(provider)
    }
}

impl Page {
    /// How many items at most, 1 to 200.
    pub fn limit(&self) -> i64 {
        self.limit
    }

    /// How many rows to ask the database for: one more than wanted, which tells whether there is a next page.
    pub fn fetch(&self) -> i64 {
        self.limit.saturating_add(1)
    }

    /// Whether the caller asked for the number of all items (`?count=true`).
    pub fn count_wanted(&self) -> bool {
        self.count
    }

    /// Where to go on, in the list called `list` (a name of the list and its sort order, such as `cases.submitted`).
    ///
    /// # Errors
    /// 400 `bad_cursor` for whatever that list did not issue.
    pub fn after<K: FromStr, I: FromStr>(&self, list: &str) -> Result<Option<Cursor<K, I>>, Failure> {
        let bad = || Failure::refused(Code::BadCursor);
        let Some(text) = &self.after else { return Ok(None) };
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| bad())?;
        let [name, key, id]: [String; 3] = serde_json::from_slice(&bytes).map_err(|_| bad())?;
        if name != list || key.chars().chain(id.chars()).any(char::is_control) {
            return Err(bad());
        }
        Ok(Some(Cursor { key: key.parse().map_err(|_| bad())?, id: id.parse().map_err(|_| bad())? }))
    }

    /// Cuts what [`Page::fetch`] rows brought to one page, with the cursor of the next; `place` tells the sort key and the
    /// id of a row.
    pub fn cut<R>(&self, list: &str, mut rows: Vec<R>, place: impl Fn(&R) -> (String, String)) -> Slice<R> {
        let limit = usize::try_from(self.limit).unwrap_or(1);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| {
            let (key, id) = place(last);
            encode(list, &key, &id)
        });
        Slice { items: rows, next, count: None }
    }
}

fn encode(list: &str, key: &str, id: &str) -> String {
    let text = serde_json::Value::from(vec![list, key, id]).to_string();
    BASE64URL_NOPAD.encode(text.as_bytes())
}

/// One page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<R> {
    /// The rows.
    pub items: Vec<R>,
    next: Option<String>,
    count: Option<i64>,
}

impl<R> Slice<R> {
    /// Shows every row.
    pub fn map<V>(self, show: impl FnMut(R) -> V) -> Slice<V> {
        Slice { items: self.items.into_iter().map(show).collect(), next: self.next, count: self.count }
    }

    /// Shows every row, or fails with the first that cannot be shown.
    ///
    /// # Errors
    /// What `show` fails with.
    pub fn try_map<V>(self, show: impl FnMut(R) -> Result<V, Failure>) -> Result<Slice<V>, Failure> {
        let items = self.items.into_iter().map(show).collect::<Result<_, _>>()?;
        Ok(Slice { items, next: self.next, count: self.count })
    }

    /// With the number of all items (count at most [`COUNT_CAP`] + 1 rows for it).
    #[must_use]
    pub fn counted(self, found: i64) -> Self {
        Self { count: Some(found), ..self }
    }

    /// All there is, on one page: for lists that are short by nature.
    pub fn whole(items: Vec<R>) -> Self {
        Self { items, next: None, count: None }
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageOf<V> {
    /// The items, in the list's order.
    #[schema(max_items = 200)]
    items: Vec<V>,
    /// The cursor of the next page (`after`); null on the last.
    #[schema(required, max_length = 1000)]
    pub(super) next: Option<String>,
    /// The number of all items, with `?count=true`; at most 10,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    count: Option<i64>,
    /// Whether there are more than `count`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    count_capped: Option<bool>,
}

impl<V> From<Slice<V>> for PageOf<V> {
    fn from(slice: Slice<V>) -> Self {
        Self {
            items: slice.items,
            next: slice.next,
            count: slice.count.map(|n| n.min(COUNT_CAP)),
            count_capped: slice.count.map(|n| n > COUNT_CAP),
        }
    }
}

/// The query of a list: its filters and the page. Document it with `params(Page, Filter)`.
pub struct Listing<F> {
    /// The filters.
    pub filter: F,
    /// The page.
    pub page: Page,
}

/// The query of a list without filters that tells no count. Document it with `params(UncountedPage)`.
pub struct Uncounted(pub Page);

impl FromRequest for Uncounted {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(uncounted(request.query_string()).map(Self))
    }
}

fn uncounted(text: &str) -> Result<Page, Failure> {
    let RawUncounted { limit, after } = query::parse(&query::pairs(text)?)?;
    page_of(Raw { limit, after, count: false })
}

/// A list without filters.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct NoFilter {}

impl IntoParams for NoFilter {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Vec::new()
    }
}

impl<F: DeserializeOwned + IntoParams> FromRequest for Listing<F> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(listing(request.query_string()))
    }
}

fn listing<F: DeserializeOwned + IntoParams>(text: &str) -> Result<Listing<F>, Failure> {
    let pairs = query::pairs(text)?;
    let (page, filter): (Vec<_>, Vec<_>) =
        pairs.into_iter().partition(|(name, _)| matches!(name.as_str(), "limit" | "after" | "count"));
    let page = query::parse::<Raw>(&page).and_then(page_of);
    match (page, query::parse::<F>(&filter)) {
        (Ok(page), Ok(filter)) => Ok(Listing { filter, page }),
        (Err(Failure::Invalid(mut a)), Err(Failure::Invalid(b))) => {
            a.extend(b);
            Err(Failure::Invalid(a))
        }
        (Err(failure), _) | (_, Err(failure)) => Err(failure),
    }
}

fn page_of(raw: Raw) -> Result<Page, Failure> {
    if !(1..=200).contains(&raw.limit) {
        return Err(Failure::field("limit", "out_of_range", "give a number from 1 to 200"));
    }
    if raw.after.as_ref().is_some_and(|after| after.len() > 1000) {
        return Err(Failure::refused(Code::BadCursor));
    }
    Ok(Page { limit: raw.limit, after: raw.after, count: raw.count })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::CaseId;

    fn page(query: &str) -> Result<Page, Failure> {
        listing::<NoFilter>(query).map(|l| l.page)
    }

    #[test]
    fn a_page_has_twenty_items_unless_asked_and_never_more_than_two_hundred() {
        assert_eq!(page("").unwrap().limit(), 20);
        assert_eq!(page("limit=200").unwrap().limit(), 200);
        for bad in
            ["limit=201", "limit=0", "limit=-1", "limit=x", "limit=", "limit=5&limit=6", "offset=3", "count=maybe"]
        {
            assert!(matches!(page(bad), Err(Failure::Invalid(_))), "{bad}");
        }
    }

    #[test]
    fn a_list_that_tells_no_count_does_not_take_the_question() {
        assert_eq!(uncounted("limit=5").unwrap().limit(), 5);
        for bad in ["count=true", "count=false", "limit=201", "limit=1&limit=2"] {
            assert!(matches!(uncounted(bad), Err(Failure::Invalid(_))), "{bad}");
        }
    }

    #[test]
    fn a_cursor_leads_on_in_its_own_list_only() {
        let rows: Vec<_> = (0..3).map(|n| (Timestamp::from_micros(n).unwrap(), CaseId::new())).collect();
        let place = |r: &(Timestamp, CaseId)| (r.0.text(), r.1.to_string());
        let two = page("limit=2").unwrap();
        let slice = two.cut("cases", rows.clone(), place);
        assert_eq!(slice.items.len(), 2);
        let next = page(&format!("after={}", slice.next.unwrap())).unwrap();
        let cursor = next.after::<Timestamp, CaseId>("cases").unwrap().unwrap();
        assert_eq!((cursor.key, cursor.id), rows[1]);
        assert_eq!(next.after::<Timestamp, CaseId>("customers"), Err(Failure::refused(Code::BadCursor)));
        assert_eq!(next.after::<i64, CaseId>("cases"), Err(Failure::refused(Code::BadCursor)));
        assert_eq!(two.cut("cases", rows[..2].to_vec(), place).next, None);
        for bad in ["after=x", "after=W10", "after=%00"] {
            assert!(page(bad).and_then(|p| p.after::<Timestamp, CaseId>("cases")).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_count_is_capped_and_says_so() {
        let capped = PageOf::from(Slice::<i64>::whole(vec![]).counted(10_001));
        assert_eq!((capped.count, capped.count_capped), (Some(10_000), Some(true)));
        let exact = PageOf::from(Slice::<i64>::whole(vec![]).counted(10_000));
        assert_eq!((exact.count, exact.count_capped), (Some(10_000), Some(false)));
    }
}
