//! Deliveries as staff see them.

use std::sync::{Arc, LazyLock};

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use futures_util::future::LocalBoxFuture;
use gcrm::access::{Authenticate, Bearer, DepartmentTree, Post, Roles};
use gcrm::http::{About, Contact, Door, Lag, Limits, Setup, api, app};
use gcrm::ids::{AccountId, DeliveryId, SessionId};
use gcrm::seal::{KeyFile, Keyring};
use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

use super::*;

/// A bearer token here is a role and, after `@`, the department it is held at.
struct Staff(Roles);

/// One ring of keys for all doors of these tests: a repeated request is known by a keyed digest.
static KEYS: LazyLock<Arc<Keyring>> = LazyLock::new(|| Arc::new(KeyFile::generate().unwrap().keyring().unwrap()));
/// Whoever calls is the same person, whatever the role.
static PERSON: LazyLock<(AccountId, SessionId)> = LazyLock::new(|| (AccountId::new(), SessionId::new()));

/// Every department stands alone.
struct Flat;

impl DepartmentTree for Flat {
    fn subtree(&self, department: DepartmentId) -> Vec<DepartmentId> {
        vec![department]
    }
    fn agency_of(&self, department: DepartmentId) -> Option<DepartmentId> {
        Some(department)
    }
}

impl Authenticate for Staff {
    fn authenticate<'a>(&'a self, bearer: &'a str) -> LocalBoxFuture<'a, Result<Arc<Actor>, Failure>> {
        let (role, department) = bearer.split_once('@').unwrap_or((bearer, ""));
        let post = Post { role: role.into(), department: department.parse().ok() };
        let (account, session) = *PERSON;
        let staff = Bearer::Staff { account, session, posts: vec![post] };
        let actor = Arc::new(self.0.actor(&staff, &Flat));
        Box::pin(async { Ok(actor) })
    }
}

fn door(world: &World) -> Door {
    let setup = Setup {
        store: world.store().clone(),
        clock: world.clock.clone(),
        authenticate: Arc::new(Staff(Roles::embedded().unwrap())),
        keys: KEYS.clone(),
        lag: Arc::new(|_| Ok(Lag::default())),
        limits: Limits::default(),
        lang: Lang::En,
        about: About {
            title: "Test".into(),
            description: "Test".into(),
            contact: Contact { name: "Test".into(), email: "test@gov.test".into(), url: "https://gov.test".into() },
            tags: Vec::new(),
        },
    };
    Door::new(setup).unwrap()
}

/// One answer of the API; the key makes a POST repeatable.
async fn call(world: &World, method: &str, path: &str, token: &str, key: Option<&str>) -> (StatusCode, Value) {
    let rooms = |config: &mut ServiceConfig| {
        api(config, |rooms| {
            rooms.configure(gcrm::outbox::routes);
        });
    };
    let service = init_service(app(&door(world), rooms)).await;
    let mut request = TestRequest::with_uri(&format!("/api/v1{path}")).method(method.parse().unwrap());
    if !token.is_empty() {
        request = request.insert_header(("authorization", format!("Bearer {token}")));
    }
    if let Some(key) = key {
        request = request.insert_header(("idempotency-key", key));
    }
    let response = call_service(&service, request.to_request()).await;
    (response.status(), read_body_json(response).await)
}

async fn get(world: &World, path: &str, token: &str) -> (StatusCode, Value) {
    call(world, "GET", path, token, None).await
}

fn ids(page: &Value) -> Vec<DeliveryId> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().parse().unwrap()).collect()
}

/// Two agencies with one delivery each; the first's is dead.
async fn two_agencies(world: &World) -> [(String, DeliveryId); 2] {
    let [first, second] = [DepartmentId::new(), DepartmentId::new()];
    world.place_for(Some(first), "case.decided", 1).await;
    let outbox = world.outbox(world.mailer(MailBackend::Memory), |delivery| mail(delivery, Lang::En));
    let held = outbox.lease().await.unwrap();
    outbox.settle(&held[0], Outcome::Dead(Trouble::Smtp(550))).await.unwrap();
    world.place_for(Some(second), "case.submitted", 1).await;
    let all = world.all().await;
    let of = |agency| all.iter().find(|delivery| delivery.agency_id == Some(agency)).unwrap().id;
    [first, second].map(|agency| (format!("agency_administrator@{agency}"), of(agency)))
}

#[actix_web::test]
async fn each_agency_sees_its_own_deliveries_and_the_system_administrator_all() {
    let world = World::new();
    let [(first, dead), (second, waiting)] = two_agencies(&world).await;
    assert_eq!(ids(&get(&world, "/deliveries", &first).await.1), [dead]);
    assert_eq!(ids(&get(&world, "/deliveries", &second).await.1), [waiting]);
    // Newest first.
    assert_eq!(ids(&get(&world, "/deliveries", "system_administrator").await.1), [waiting, dead]);
    assert_eq!(ids(&get(&world, "/deliveries?state=dead", "system_administrator").await.1), [dead]);
    let (_, page) = get(&world, "/deliveries?limit=1&count=true", "system_administrator").await;
    assert_eq!((ids(&page), &page["count"]), (vec![waiting], &json!(2)));
    let next = format!("/deliveries?limit=1&after={}", page["next"].as_str().unwrap());
    assert_eq!(ids(&get(&world, &next, "system_administrator").await.1), [dead]);
}

#[actix_web::test]
async fn a_delivery_shows_why_it_failed_and_nothing_of_the_person() {
    let world = World::new();
    let [(first, dead), _] = two_agencies(&world).await;
    let (status, page) = get(&world, "/deliveries", &first).await;
    assert_eq!(status, StatusCode::OK);
    let item = &page["items"][0];
    assert_eq!(item["id"], json!(dead));
    assert_eq!(
        (&item["state"], &item["attempts"], &item["lastError"]),
        (&json!("dead"), &json!(1), &json!("smtp_550"))
    );
    let names: BTreeSet<_> = item.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "agencyId",
        "attempts",
        "caseId",
        "channel",
        "createdAt",
        "doneAt",
        "eventId",
        "id",
        "lastError",
        "nextAt",
        "recipient",
        "state",
        "template",
    ];
    assert_eq!(names, expected.into_iter().collect());
}

#[actix_web::test]
async fn a_dead_delivery_is_sent_again_once_however_often_the_request_comes() {
    let world = World::new();
    let [(first, dead), _] = two_agencies(&world).await;
    let path = format!("/deliveries/{dead}/replay");
    for _ in 0..2 {
        let (status, body) = call(&world, "POST", &path, &first, Some("0123456789abcdef")).await;
        assert_eq!((status, &body["state"], &body["attempts"]), (StatusCode::OK, &json!("pending"), &json!(0)));
    }
    assert_eq!(world.events().await, ["delivery.dead", "delivery.replayed"]);
    let (status, body) = call(&world, "POST", &path, &first, None).await;
    assert_eq!((status, &body["code"]), (StatusCode::CONFLICT, &json!("wrong_stage")));
}

#[actix_web::test]
async fn another_agencys_delivery_does_not_exist() {
    let world = World::new();
    let [(_, dead), (second, _)] = two_agencies(&world).await;
    let (status, body) = call(&world, "POST", &format!("/deliveries/{dead}/replay"), &second, None).await;
    assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    assert_eq!(world.events().await, ["delivery.dead"]);
}

#[actix_web::test]
async fn whoever_lacks_the_permission_is_refused_before_anything_else() {
    let world = World::new();
    let [(_, dead), _] = two_agencies(&world).await;
    let replay = format!("/deliveries/{dead}/replay");
    for (method, path) in [("GET", "/deliveries"), ("POST", replay.as_str())] {
        assert_eq!(call(&world, method, path, "", None).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(call(&world, method, path, "security_administrator", None).await.0, StatusCode::FORBIDDEN);
    }
    // Who reads the evidence changes nothing.
    assert_eq!(get(&world, "/deliveries", "auditor").await.0, StatusCode::OK);
    assert_eq!(call(&world, "POST", &replay, "auditor", None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(get(&world, "/deliveries?address=x", "auditor").await.0, StatusCode::BAD_REQUEST);
}
