//! Feed, timeline and audit list: who sees what.

use gcrm::ids::{AccountId, CaseId, ClientId, CustomerId, DepartmentId, PauseId, ServiceItemId};
use gcrm::journal::{
    AuditFilter, Author, By, Entry, Event, FeedItem, Ledger, Reach, Subjects, TimelineRow, Viewer, audit, feed,
    timeline,
};

use super::{at, now, state};
use crate::world::db::{TestDb, fresh_database};

fn accepted() -> Event {
    Event::CaseAccepted { deemed: false }
}

fn assigned() -> Event {
    Event::CaseAssigned { assignee: Some(AccountId::new()) }
}

fn looked() -> Event {
    Event::RecordRead { purpose: "case.detail".into(), reason: None }
}

fn published() -> Event {
    Event::ItemPublished { item: ServiceItemId::new(), code: "X".into(), version: 1 }
}

struct Facts<'d> {
    db: &'d TestDb,
    subjects: Subjects,
}

impl Facts<'_> {
    async fn by(&self, actor: impl ToString, event: &Event) {
        let author = Author { actor: actor.to_string(), on_behalf_of: None, request_id: Some("req".into()) };
        state(&self.db.store, Entry::new(event, &author, self.subjects.clone(), now(), now()).unwrap()).await;
    }
}

async fn follow(db: &TestDb, reach: Reach) -> Vec<FeedItem> {
    db.store.read(move |db| feed(db, &reach, 0, 100)).await.unwrap().items
}

fn names(items: &[FeedItem]) -> Vec<&str> {
    items.iter().map(|item| item.event.as_str()).collect()
}

#[actix_web::test]
async fn a_system_follows_its_agencies_and_public_facts_and_nothing_among_staff_or_of_no_agency() {
    let db = fresh_database();
    let (mine, other) = (DepartmentId::new(), DepartmentId::new());
    for agency in [mine, other] {
        let subjects = Subjects { agency: Some(agency), case: Some(CaseId::new()), ..Subjects::default() };
        let facts = Facts { db: &db, subjects };
        facts.by(AccountId::new(), &accepted()).await;
        facts.by(AccountId::new(), &assigned()).await;
    }
    let nobodys = Facts { db: &db, subjects: Subjects::default() };
    nobodys.by("system", &published()).await;
    nobodys.by("system", &super::note("x")).await;
    nobodys.by(AccountId::new(), &Event::CaseDrafted { item: "X".into() }).await;
    Ledger::silent().drain(&db.store).await.unwrap();

    let followed = follow(&db, Reach::Agencies(vec![mine])).await;
    assert_eq!(names(&followed), ["case.accepted", "service_item.published"]);
    assert_eq!(followed[0].subjects.agency_id, Some(mine));
    assert_eq!((followed[0].by, followed[1].by), (By::Person, By::System));
    assert_eq!(names(&follow(&db, Reach::Agencies(vec![])).await), ["service_item.published"]);
    let all = follow(&db, Reach::AllAgencies).await;
    assert_eq!(names(&all), ["case.accepted", "case.accepted", "service_item.published"]);
    assert_eq!(follow(&db, Reach::Journal).await.len(), 7);
    let shown = serde_json::to_string(&followed).unwrap();
    assert!(!shown.contains("acct_"), "no system learns who of the staff: {shown}");
}

#[actix_web::test]
async fn the_feed_shows_no_row_before_it_has_a_position() {
    let db = fresh_database();
    Facts { db: &db, subjects: Subjects::default() }.by("system", &published()).await;
    assert_eq!(follow(&db, Reach::Journal).await, []);
    Ledger::silent().drain(&db.store).await.unwrap();
    assert_eq!(follow(&db, Reach::Journal).await.len(), 1);
}

#[actix_web::test]
async fn a_follower_of_little_is_led_past_what_is_not_for_it() {
    let db = fresh_database();
    super::placed(&db, 30).await;
    let none = Reach::Agencies(vec![DepartmentId::new()]);
    let stretch = db.store.read(move |db| feed(db, &none, 0, 10)).await.unwrap();
    assert_eq!((stretch.items.len(), stretch.next), (0, 30));
    let full = db.store.read(|db| feed(db, &Reach::Journal, 0, 10)).await.unwrap();
    assert_eq!((full.items.len(), full.next), (10, 10));
    let beyond = db.store.read(|db| feed(db, &Reach::Journal, 99, 10)).await.unwrap();
    assert_eq!((beyond.items.len(), beyond.next), (0, 99));
}

async fn seen(db: &TestDb, case: CaseId, viewer: Viewer) -> Vec<TimelineRow> {
    db.store.read(move |db| timeline(db, case, &viewer, None, 100)).await.unwrap()
}

fn told(rows: &[TimelineRow]) -> Vec<(&str, By)> {
    rows.iter().map(|row| (row.event.as_str(), row.by)).collect()
}

#[actix_web::test]
async fn each_viewer_of_a_case_sees_what_is_theirs() {
    let db = fresh_database();
    let (case, you, officer) = (CaseId::new(), AccountId::new(), AccountId::new());
    let subjects = Subjects { case: Some(case), customer: Some(CustomerId::new()), ..Subjects::default() };
    let facts = Facts { db: &db, subjects };
    facts.by(you, &Event::CaseDrafted { item: "X".into() }).await;
    facts.by(officer, &looked()).await;
    facts.by(officer, &assigned()).await;
    facts.by(ClientId::new(), &accepted()).await;
    facts.by("system", &Event::CaseWithdrawn { deemed: true }).await;
    let pause = Event::CaseSuspended {
        pause: PauseId::new(),
        reason: "hearing".into(),
        first_day: chrono::NaiveDate::MIN,
        expected_days: None,
    };
    facts.by(officer, &pause).await;
    let elsewhere = Subjects { case: Some(CaseId::new()), ..Subjects::default() };
    Facts { db: &db, subjects: elsewhere }.by(you, &accepted()).await;

    let applicant = seen(&db, case, Viewer::Applicant { you: you.to_string() }).await;
    let expected = [
        ("case.drafted", By::You),
        ("case.accepted", By::System),
        ("case.withdrawn", By::System),
        ("case.suspended", By::Department),
    ];
    assert_eq!(told(&applicant), expected);
    let shown = serde_json::to_string(&applicant).unwrap();
    assert!(!shown.contains("acct_") && !shown.contains("client_"), "{shown}");

    let outsider = seen(&db, case, Viewer::Outsider).await;
    let expected = [
        ("case.drafted", By::Person),
        ("case.accepted", By::Client),
        ("case.withdrawn", By::System),
        ("case.suspended", By::Person),
    ];
    assert_eq!(told(&outsider), expected);
    let shown = serde_json::to_string(&outsider).unwrap();
    assert!(!shown.contains("acct_") && !shown.contains("client_"), "{shown}");

    let staff = seen(&db, case, Viewer::Staff).await;
    let expected = [
        ("case.drafted", By::Person),
        ("case.assigned", By::Person),
        ("case.accepted", By::Client),
        ("case.withdrawn", By::System),
        ("case.suspended", By::Person),
    ];
    assert_eq!(told(&staff), expected);
    assert_eq!(staff[1].actor, Some(officer.to_string()));

    let auditor = seen(&db, case, Viewer::Auditor).await;
    assert_eq!(auditor.len(), 6);
    assert_eq!((auditor[1].event.as_str(), auditor[1].actor.clone()), ("record.read", Some(officer.to_string())));
}

#[actix_web::test]
async fn a_timeline_is_paged_in_the_same_order_before_and_after_the_ledger() {
    let db = fresh_database();
    let case = CaseId::new();
    let facts = Facts { db: &db, subjects: Subjects { case: Some(case), ..Subjects::default() } };
    for _ in 0..7 {
        facts.by("system", &accepted()).await;
    }
    let mut paged = Vec::new();
    while let Some(row) = {
        let after = paged.last().map(|row: &TimelineRow| row.sequence);
        db.store.read(move |db| timeline(db, case, &Viewer::Staff, after, 1)).await.unwrap().pop()
    } {
        paged.push(row);
        // Rows get their positions between two pages.
        Ledger::silent().step(&db.store, 2).await.unwrap();
    }
    let whole = seen(&db, case, Viewer::Staff).await;
    let ids = |rows: &[TimelineRow]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(&paged), ids(&whole));
    assert_eq!(whole.iter().map(|row| row.position).collect::<Vec<_>>(), (1..=7).map(Some).collect::<Vec<_>>());
}

fn filter(json: serde_json::Value) -> AuditFilter {
    serde_json::from_value(json).unwrap()
}

async fn found(db: &TestDb, json: serde_json::Value) -> Vec<i64> {
    let filter = filter(json);
    let mut positions = Vec::new();
    let mut before = None;
    loop {
        let filter = AuditFilter { before, ..filter.clone() };
        let page = db.store.read(move |db| audit(db, &filter)).await.unwrap();
        positions.extend(page.items.iter().map(|row| row.position));
        before = page.next;
        if before.is_none() {
            return positions;
        }
    }
}

#[actix_web::test]
async fn an_auditor_finds_by_every_filter_newest_first_in_pages_of_any_size() {
    let db = fresh_database();
    let (case, officer) = (CaseId::new(), AccountId::new());
    let day = |n: i64| at("2026-02-01T12:00:00Z").plus(chrono::TimeDelta::days(n));
    for n in 1..=12 {
        let even = n % 2 == 0;
        let actor = if even { officer.to_string() } else { "system".to_owned() };
        let author = Author { actor, on_behalf_of: None, request_id: None };
        let subjects = Subjects { case: (n % 3 == 0).then_some(case), ..Subjects::default() };
        let event = if even { looked() } else { accepted() };
        state(&db.store, Entry::new(&event, &author, subjects, day(0), day(n)).unwrap()).await;
    }
    Ledger::silent().drain(&db.store).await.unwrap();
    use serde_json::json;
    for limit in [1, 2, 5, 200] {
        let all = found(&db, json!({ "limit": limit })).await;
        assert_eq!(all, (1..=12).rev().collect::<Vec<_>>());
        assert_eq!(found(&db, json!({ "limit": limit, "event": "record.read" })).await, [12, 10, 8, 6, 4, 2]);
        assert_eq!(found(&db, json!({ "limit": limit, "actor": officer })).await, [12, 10, 8, 6, 4, 2]);
        assert_eq!(found(&db, json!({ "limit": limit, "caseId": case })).await, [12, 9, 6, 3]);
        assert_eq!(found(&db, json!({ "limit": limit, "actor": "system", "caseId": case })).await, [9, 3]);
        // From is inclusive, to is not.
        let range = json!({ "limit": limit, "from": day(4), "to": day(8) });
        assert_eq!(found(&db, range).await, [7, 6, 5, 4]);
        assert_eq!(found(&db, json!({ "limit": limit, "from": day(13) })).await, Vec::<i64>::new());
        assert_eq!(found(&db, json!({ "limit": limit, "to": day(1) })).await, Vec::<i64>::new());
    }
}

#[test]
fn wrong_audit_parameters_are_all_named() {
    use serde_json::json;
    let wrong = filter(json!({ "limit": 0, "before": 0, "event": "case.accpted" })).check();
    let Err(gcrm::error::Failure::Invalid(errors)) = wrong else { panic!("expected field errors") };
    assert_eq!(errors.iter().map(|e| e.pointer.as_str()).collect::<Vec<_>>(), ["limit", "before", "event"]);
    assert!(filter(json!({ "event": "case.accepted" })).check().is_ok());
}

#[test]
fn the_routes_are_documented_without_defects() {
    let about = gcrm::http::About {
        title: "t".into(),
        description: "d".into(),
        contact: gcrm::http::Contact {
            name: "c".into(),
            url: "https://example.org".into(),
            email: "a@example.org".into(),
        },
        tags: vec![("journal".into(), "d".into()), ("service".into(), "d".into())],
    };
    let document = gcrm::http::document(&about, gcrm::journal::routes);
    assert_eq!(gcrm::http::defects(&document), Vec::<String>::new());
    let operations: Vec<_> = gcrm::http::operations(&document);
    assert!(operations.len() >= 3);
}
