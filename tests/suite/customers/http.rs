//! Customers over HTTP.

use actix_web::test::TestRequest;
use actix_web::web;
use gcrm::clock::Clock;
use gcrm::http;
use utoipa_actix_web::service_config::ServiceConfig;

use super::*;
use crate::world::door::{Callers, Got, door, send};

struct Http {
    world: World,
    callers: Callers,
}

impl Http {
    fn new() -> Self {
        Self { world: world(), callers: Callers::default() }
    }

    async fn send(&self, token: &str, request: TestRequest) -> Got {
        let door = door(&self.world.db.store, &self.callers, Clock::fixed(now()));
        let request = request.insert_header(("authorization", format!("Bearer {token}")));
        send(&door, routes(self.world.customers.clone()), request).await
    }

    async fn get(&self, token: &str, path: &str) -> Got {
        self.send(token, TestRequest::get().uri(path)).await
    }

    /// Staff read with a reason.
    async fn get_for(&self, reason: &str, token: &str, path: &str) -> Got {
        self.send(token, TestRequest::get().uri(path).insert_header(("x-reason", reason))).await
    }

    fn citizen(&self, account: AccountId, customer: Option<CustomerId>) -> String {
        self.callers.token(&Bearer::Citizen { account, session: SessionId::new(), customer }, &Tree::default())
    }

    fn staff(&self, role: &str) -> String {
        let department = (role != "auditor").then(DepartmentId::new);
        let posts = vec![Post { role: role.to_owned(), department }];
        let bearer = Bearer::Staff { account: AccountId::new(), session: SessionId::new(), posts };
        self.callers.token(&bearer, &Tree::default())
    }

    /// A registered citizen: their token, their customer.
    async fn registered(&self) -> (String, CustomerView) {
        let view = self.world.register(&super::citizen(None), person(NUMBER)).await.unwrap();
        (self.citizen(AccountId::new(), Some(view.id)), view)
    }

    fn reads(&self) -> Vec<String> {
        self.world.db.texts("SELECT facts AS value FROM journal WHERE event = 'record.read'")
    }
}

fn routes(customers: Customers) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.app_data(web::Data::new(customers));
        http::api(config, |api| {
            api.configure(gcrm::customers::routes::routes);
        });
    }
}

#[actix_web::test]
async fn a_registration_is_answered_with_its_place_and_repeated_without_a_second_effect() {
    let http = Http::new();
    let account = AccountId::new();
    let token = http.citizen(account, None);
    let post = || {
        let key = ("idempotency-key", "7d5f1a90-3c7e-4e0b-9a55-0f2b1f0e6c11");
        TestRequest::post().uri("/api/v1/customers").insert_header(key).set_json(person(NUMBER))
    };
    let created = http.send(&token, post()).await;
    assert_eq!(created.status.as_u16(), 201, "{created:?}");
    let id: CustomerId = created.body["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(created.header("location"), format!("/api/v1/customers/{id}"));
    // The account is linked now; its next call knows the customer.
    let linked = http.citizen(account, Some(id));
    let again = http.send(&linked, post()).await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(again.body, created.body);
    assert_eq!(http.get(&linked, "/api/v1/customers/me").await.body, created.body);
    let nobody = http.citizen(AccountId::new(), None);
    assert_eq!(http.get(&nobody, "/api/v1/customers/me").await.problem(), (409, "no_customer"));
}

#[actix_web::test]
async fn every_wrong_field_of_a_registration_is_told_at_once() {
    let http = Http::new();
    let mut new = person("110101190001010015");
    new["contactPoints"][0]["contact"]["value"] = json!("sample");
    let post = TestRequest::post().uri("/api/v1/customers").set_json(new);
    let refused = http.send(&http.citizen(AccountId::new(), None), post).await;
    assert_eq!(refused.problem(), (400, "invalid"));
    let errors = refused.body["errors"].as_array().unwrap();
    let named: Vec<_> = errors.iter().map(|e| (e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap())).collect();
    assert_eq!(
        named,
        [("/identifiers/0/value", "resident_id_check_digit"), ("/contactPoints/0/contact/value", "email_format"),]
    );
    assert!(!refused.body.to_string().contains("110101190001010015"));
}

#[actix_web::test]
async fn what_nobody_asked_for_is_refused() {
    let http = Http::new();
    let token = http.citizen(AccountId::new(), None);
    for (pointer, name) in
        [("/verified", "verified"), ("/id", "id"), ("/version", "version"), ("/createdAt", "createdAt")]
    {
        let mut new = person(NUMBER);
        new[name] = json!(1);
        let refused = http.send(&token, TestRequest::post().uri("/api/v1/customers").set_json(new)).await;
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{refused:?}");
    }
    let mut new = person(NUMBER);
    new["details"]["legalForm"] = json!("company");
    let refused = http.send(&token, TestRequest::post().uri("/api/v1/customers").set_json(new)).await;
    assert_eq!(
        (refused.problem(), &refused.body["errors"][0]["code"]),
        ((400, "invalid"), &json!("unknown_field")),
        "{refused:?}"
    );
    let mut new = person(NUMBER);
    new["identifiers"][0]["verified"] = json!(true);
    let refused = http.send(&token, TestRequest::post().uri("/api/v1/customers").set_json(new)).await;
    assert_eq!(refused.body["errors"][0]["pointer"], "/identifiers/0/verified", "{refused:?}");
}

#[actix_web::test]
async fn a_read_by_staff_leaves_a_trace_and_ones_own_does_not() {
    let http = Http::new();
    let (me, view) = http.registered().await;
    let path = format!("/api/v1/customers/{}", view.id);
    assert_eq!(http.get(&me, &path).await.status.as_u16(), 200);
    assert_eq!(http.reads(), Vec::<String>::new());
    let officer = http.staff("officer");
    assert_eq!(http.get(&officer, &path).await.problem(), (400, "reason_required"));
    let seen = http.get_for("counter visit", &officer, &path).await;
    assert_eq!(seen.body["name"], "样**");
    assert_eq!(http.reads().len(), 1);
    let stranger = http.citizen(AccountId::new(), Some(CustomerId::new()));
    assert_eq!(http.get(&stranger, &path).await.problem(), (404, "not_found"));
    assert_eq!(http.reads().len(), 1);
}

#[actix_web::test]
async fn an_auditor_says_why() {
    let http = Http::new();
    let (_, view) = http.registered().await;
    let path = format!("/api/v1/customers/{}", view.id);
    let auditor = http.staff("auditor");
    assert_eq!(http.get(&auditor, &path).await.problem(), (400, "reason_required"));
    let reasoned = TestRequest::get().uri(&path).insert_header(("x-reason", "yearly audit"));
    assert_eq!(http.send(&auditor, reasoned).await.status.as_u16(), 200);
    assert!(http.reads().iter().all(|facts| !facts.contains("yearly")));
}

#[actix_web::test]
async fn a_search_stands_in_the_journal_without_the_number() {
    let http = Http::new();
    let (_, view) = http.registered().await;
    let search = || {
        TestRequest::post()
            .uri("/api/v1/customers/search")
            .set_json(json!({ "scheme": "resident_id", "value": NUMBER }))
    };
    let officer = http.staff("officer");
    assert_eq!(http.send(&officer, search()).await.problem(), (400, "reason_required"));
    let found = http.send(&officer, search().insert_header(("x-reason", "counter visit"))).await;
    assert_eq!(
        (&found.body["items"][0]["id"], &found.body["items"][0]["identifier"]["masked"]),
        (&json!(view.id), &json!(MASK))
    );
    let about = http.world.db.texts("SELECT customer_id AS value FROM journal WHERE event = 'record.read'");
    assert_eq!(about, [view.id.to_string()]);
    assert!(!http.world.everything().contains(NUMBER));
}

#[actix_web::test]
async fn a_search_shows_no_more_of_a_name_than_the_record_and_leaves_a_row_for_each_match() {
    let http = Http::new();
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(http.registered().await.1.id.to_string());
    }
    let number = json!({ "scheme": "resident_id", "value": NUMBER });
    let search = TestRequest::post().uri("/api/v1/customers/search").set_json(number);
    let search = search.insert_header(("x-reason", "counter visit"));
    let answer = http.send(&http.staff("officer"), search).await;
    let names: Vec<_> = answer.body["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, [&json!("样**"); 3]);
    let mut about = http.world.db.texts("SELECT customer_id AS value FROM journal WHERE event = 'record.read'");
    about.sort();
    found.sort();
    assert_eq!(about, found);
}

#[actix_web::test]
async fn a_patch_needs_the_version_and_tells_absent_from_null() {
    let http = Http::new();
    let (me, view) = http.registered().await;
    let path = format!("/api/v1/customers/{}", view.id);
    let patch = |body: Value| TestRequest::patch().uri(&path).set_json(body);
    let sms = json!({ "preferredChannel": "sms" });
    assert_eq!(http.send(&me, patch(sms.clone())).await.problem(), (428, "precondition_required"));
    let etag = http.get(&me, &path).await.header("etag").to_owned();
    let changed = http.send(&me, patch(sms.clone()).insert_header(("if-match", etag.clone()))).await;
    assert_eq!(
        (&changed.body["preferredChannel"], &changed.body["name"]),
        (&json!("sms"), &json!("样例甲")),
        "{changed:?}"
    );
    assert_eq!(http.send(&me, patch(sms).insert_header(("if-match", etag))).await.problem(), (412, "stale"));
    let removed = json!({ "details": { "kind": "individual", "birthDate": null } });
    let removed = http.send(&me, patch(removed).insert_header(("if-match", "*"))).await;
    assert_eq!(removed.body["details"], json!({ "kind": "individual" }), "{removed:?}");
    let null = http.send(&me, patch(json!({ "name": null })).insert_header(("if-match", "*"))).await;
    assert_eq!(
        (&null.body["errors"][0]["pointer"], &null.body["errors"][0]["code"]),
        (&json!("/name"), &json!("required"))
    );
}

#[actix_web::test]
async fn an_identifier_is_added_verified_read_and_removed_by_the_customers_version() {
    let http = Http::new();
    let (me, view) = http.registered().await;
    let path = format!("/api/v1/customers/{}/identifiers", view.id);
    let passport = json!({ "scheme": "passport", "value": "E12345678" });
    let added = http.send(&me, TestRequest::post().uri(&path).set_json(passport)).await;
    assert_eq!((added.status.as_u16(), &added.body["masked"]), (201, &json!("E******78")), "{added:?}");
    let place = added.header("location").to_owned();
    let verify =
        || TestRequest::post().uri(&format!("{place}/verification")).insert_header(("if-match", added.header("etag")));
    assert_eq!(http.send(&me, verify()).await.problem(), (403, "forbidden"));
    let verified = http.send(&http.staff("officer"), verify()).await;
    assert_eq!((verified.status.as_u16(), &verified.body["verified"]), (200, &json!(true)), "{verified:?}");
    let read = http.get(&me, &place).await;
    assert_eq!(read.body, verified.body);
    let remove = |etag: &str| TestRequest::delete().uri(&place).insert_header(("if-match", etag));
    assert_eq!(http.send(&me, remove(added.header("etag"))).await.problem(), (412, "stale"));
    assert_eq!(http.send(&me, remove(read.header("etag"))).await.status.as_u16(), 204);
    assert_eq!(http.get(&me, &place).await.problem(), (404, "not_found"));
}

#[actix_web::test]
async fn a_contact_point_is_added_read_and_removed() {
    let http = Http::new();
    let (me, view) = http.registered().await;
    let path = format!("/api/v1/customers/{}/contact-points", view.id);
    let phone = json!({ "contact": { "kind": "phone", "value": "010-12345678" }, "preferred": true });
    let added = http.send(&me, TestRequest::post().uri(&path).set_json(phone)).await;
    assert_eq!((added.status.as_u16(), &added.body["masked"]), (201, &json!("010*****678")), "{added:?}");
    let place = added.header("location").to_owned();
    assert_eq!(http.get(&me, &place).await.body, added.body);
    let masked = http.get_for("counter visit", &http.staff("officer"), &place).await;
    assert_eq!((&masked.body["masked"], &masked.body["contact"]), (&added.body["masked"], &Value::Null));
    let remove = TestRequest::delete().uri(&place).insert_header(("if-match", added.header("etag")));
    assert_eq!(http.send(&me, remove).await.status.as_u16(), 204);
    let wrong = json!({ "contact": { "kind": "fax", "value": "1" } });
    let wrong = http.send(&me, TestRequest::post().uri(&path).set_json(wrong)).await;
    assert_eq!(wrong.problem(), (400, "invalid"));
}

#[actix_web::test]
async fn the_published_schema_takes_the_published_example_and_names_fields_as_they_are_sent() {
    use utoipa::PartialSchema;
    let about =
        |schema: utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>| serde_json::to_string(&schema).unwrap();
    for schema in [about(CustomerDetails::schema()), about(DetailsPatch::schema()), about(ContactText::schema())] {
        assert!(
            !schema.contains("birth_date") && !schema.contains("legal_form") && !schema.contains("postal_code"),
            "{schema}"
        );
    }
    let http = Http::new();
    let example = serde_json::to_value(NewCustomer::schema()).unwrap()["example"].clone();
    let post = TestRequest::post().uri("/api/v1/customers").set_json(example);
    let created = http.send(&http.citizen(AccountId::new(), None), post).await;
    assert_eq!(created.status.as_u16(), 201, "{created:?}");
}
