//! Every operation that changes something states a fact: each is fired once, successfully, and the journal grows. On the way
//! each is held to what its document declares: without `If-Match` it answers 428 and does nothing, and with the same
//! `Idempotency-Key` once more it has no second effect.

use std::collections::{BTreeMap, BTreeSet};

use gcrm::access::Permission;
use gcrm::accounts::AdminKind;
use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");

struct Coverage<'w> {
    world: &'w World,
    /// Operations with what they declare: `If-Match`, `Idempotency-Key`.
    declared: BTreeMap<String, (bool, bool)>,
    fired: BTreeSet<String>,
}

impl Coverage<'_> {
    fn rows(&self) -> usize {
        self.world.db.texts("SELECT id AS value FROM journal").len()
    }

    /// Fires an operation and demands a success and a journal row.
    async fn fire(&mut self, id: &str, who: Option<&Who>, method: &str, path: &str, body: Value) -> Answer {
        if let Some(who) = who {
            // A login states a fact of its own.
            self.world.token(who).await;
        }
        let (takes_version, takes_key) = self.declared[id];
        let before = self.rows();
        let key = gcrm::ids::CaseId::new().to_string();
        let send = async |version: bool| {
            let mut ask = self.world.ask(who, method, &format!("/api/v1{path}")).header("x-reason", "coverage");
            if version {
                ask = ask.if_match("*");
            }
            if takes_key {
                ask = ask.header("idempotency-key", &key);
            }
            if body.is_null() { ask.send().await } else { ask.body(&body).send().await }
        };
        if takes_version {
            let refused = send(false).await;
            assert_eq!((refused.status, self.rows()), (428, before), "{id} without If-Match: {}", refused.json);
        }
        let answer = send(takes_version).await;
        assert!((200..300).contains(&answer.status), "{id}: {} {}", answer.status, answer.json);
        let after = self.rows();
        assert!(after > before, "{id} left no journal row");
        if takes_key {
            let again = send(takes_version).await;
            assert_eq!((again.status, self.rows()), (answer.status, after), "{id} once more: {}", again.json);
            assert_eq!(again.header("idempotency-replayed"), Some("true"), "{id}");
        }
        self.fired.insert(id.to_owned());
        answer
    }

    /// A verb on a case.
    async fn verb(&mut self, id: &str, who: &Who, case: &str, verb: &str, body: Value) -> Answer {
        self.fire(id, Some(who), "POST", &format!("/cases/{case}/{verb}"), body).await
    }
}

fn licence() -> Value {
    forms::licence(forms::INCOMPLETE)
}

/// What every operation declares.
fn declared() -> BTreeMap<String, (bool, bool)> {
    let document = gcrm::http::document(&gcrm::app::about(), gcrm::app::document_routes);
    let mut declared = BTreeMap::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values().filter(|o| o["operationId"].is_string()) {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let has = |name: &str| parameters.iter().any(|p| p["name"] == name);
            let id = operation["operationId"].as_str().unwrap().to_owned();
            declared.insert(id, (has("If-Match"), has("Idempotency-Key")));
        }
    }
    declared
}

fn mutating() -> BTreeSet<String> {
    let document = gcrm::http::document(&gcrm::app::about(), gcrm::app::document_routes);
    let operations = gcrm::http::operations(&document);
    operations.into_iter().filter(|o| o.method != "GET").map(|o| o.id).collect()
}

#[actix_web::test]
async fn every_operation_that_changes_something_leaves_a_journal_row() {
    let world = World::new().await;
    let mut coverage = Coverage { world: &world, declared: declared(), fired: BTreeSet::new() };
    accounts(&mut coverage).await;
    administration(&mut coverage).await;
    customers(&mut coverage).await;
    cases(&mut coverage).await;
    world.deliver().await;
    let expected = mutating();
    let missing: Vec<_> = expected.difference(&coverage.fired).collect();
    assert!(missing.is_empty(), "never fired: {missing:?}");
    let unknown: Vec<_> = coverage.fired.difference(&expected).collect();
    assert!(unknown.is_empty(), "no such operations: {unknown:?}");
}

async fn accounts(c: &mut Coverage<'_>) {
    let password = crate::world::app::PASSWORD;
    let new = json!({ "login": "fresh@example.org", "password": password, "displayName": "Synthetic" });
    c.fire("registerAccount", None, "POST", "/accounts", new).await;
    let login = json!({ "login": "fresh@example.org", "password": password });
    let opened = c.fire("logIn", None, "POST", "/sessions", login).await;
    let refresh = json!({ "refreshToken": opened.text("/refreshToken") });
    c.fire("refreshSession", None, "POST", "/sessions/refresh", refresh).await;
    let who = c.world.stranger().await;
    let change = json!({ "currentPassword": password, "newPassword": "meadow lantern copper violin" });
    c.fire("changeOwnPassword", Some(&who), "PUT", "/accounts/me/password", change).await;
    let who = c.world.stranger().await;
    c.fire("logOut", Some(&who), "DELETE", "/sessions/current", Value::Null).await;
}

async fn administration(c: &mut Coverage<'_>) {
    let world = c.world;
    let (system, security) = (world.admin(AdminKind::System).await, world.admin(AdminKind::Security).await);
    let password = crate::world::app::PASSWORD;
    let new = json!({ "login": "new.officer", "password": password, "displayName": "Synthetic" });
    let staff = c.fire("createStaff", Some(&security), "POST", "/staff", new).await.text("/id");
    let food = world.department(FOOD.0, FOOD.1);
    let post = json!({ "role": "officer", "department": food });
    let granted = c.fire("grantRole", Some(&security), "POST", &format!("/staff/{staff}/memberships"), post).await;
    let membership = granted.text("/id");
    let path = format!("/staff/{staff}/memberships/{membership}");
    c.fire("revokeRole", Some(&security), "DELETE", &path, Value::Null).await;
    let off = json!({ "status": "disabled" });
    c.fire("setStaffStatus", Some(&security), "PUT", &format!("/staff/{staff}/status"), off).await;
    let agency = world.department("cn-110101", "market-supervision");
    let admin = world.staff("agency_administrator", Some(("cn-110101", "market-supervision"))).await;
    let client = json!({ "name": "Synthetic", "agency": agency, "scopes": ["event:read"] });
    let client = c.fire("registerClient", Some(&admin), "POST", "/clients", client).await.text("/client/id");
    let path = format!("/clients/{client}");
    let approval = json!({ "status": "active" });
    c.fire("approveClient", Some(&security), "PUT", &format!("{path}/status"), approval).await;
    c.fire("rotateClientSecret", Some(&admin), "POST", &format!("{path}/secret"), Value::Null).await;
    c.fire("disableClient", Some(&security), "DELETE", &path, Value::Null).await;
    c.fire("rotateSigningKey", Some(&security), "POST", "/signing-keys", Value::Null).await;
    let before = c.rows();
    let reader = world.system(("cn-110101", "market-supervision"), &[Permission::EventRead]).await;
    world.token(&reader).await;
    assert!(c.rows() > before + 1, "registering and the token, each its fact");
    c.fired.insert("getClientToken".into());
    let department = json!({
        "jurisdiction": "cn-110101", "code": "market-supervision-archive", "parent": agency,
        "names": { "zh-CN": "档案室", "en": "Archive" }
    });
    let created = c.fire("createDepartment", Some(&system), "POST", "/departments", department).await.text("/id");
    world.app.refresh_tree().await.unwrap();
    let renamed = json!({ "parent": agency, "names": { "zh-CN": "档案科", "en": "Archives" } });
    c.fire("replaceDepartment", Some(&system), "PUT", &format!("/departments/{created}"), renamed).await;
}

async fn customers(c: &mut Coverage<'_>) {
    let world = c.world;
    let (who, officer) = (world.stranger().await, world.staff("officer", Some(FOOD)).await);
    let card = json!({
        "name": "样例乙", "details": { "kind": "individual" },
        "contactPoints": [{ "contact": { "kind": "email", "value": "sample@example.org" }, "preferred": true }]
    });
    let id = c.fire("registerCustomer", Some(&who), "POST", "/customers", card).await.text("/id");
    let path = format!("/customers/{id}");
    c.fire("changeCustomer", Some(&who), "PATCH", &path, json!({ "name": "样例丙" })).await;
    let contact = json!({ "contact": { "kind": "mobile", "value": "13800000000" } });
    let contacts = format!("{path}/contact-points");
    let contact = c.fire("addContactPoint", Some(&who), "POST", &contacts, contact).await.text("/id");
    c.fire("removeContactPoint", Some(&who), "DELETE", &format!("{contacts}/{contact}"), Value::Null).await;
    let number = json!({ "scheme": "resident_id", "value": "110101190001010022" });
    let identifiers = format!("{path}/identifiers");
    let identifier = c.fire("addIdentifier", Some(&who), "POST", &identifiers, number.clone()).await.text("/id");
    let own = format!("{identifiers}/{identifier}");
    c.fire("verifyIdentifier", Some(&officer), "POST", &format!("{own}/verification"), Value::Null).await;
    c.fire("searchCustomers", Some(&officer), "POST", "/customers/search", number).await;
    c.fire("removeIdentifier", Some(&who), "DELETE", &own, Value::Null).await;
}

async fn cases(c: &mut Coverage<'_>) {
    let world = c.world;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let supervisor = world.staff("supervisor", Some(FOOD)).await;
    let draft = json!({ "jurisdiction": "cn-110101", "serviceItem": "food-business-licence", "intent": "draft" });
    let id = c.fire("createCase", Some(&citizen), "POST", "/cases", draft).await.text("/id");
    let patch = json!({ "form": licence()["form"], "materials": licence()["materials"] });
    c.fire("changeDraft", Some(&citizen), "PATCH", &format!("/cases/{id}"), patch).await;
    c.verb("submitCase", &citizen, &id, "submission", json!({})).await;
    c.verb("claimCase", &officer, &id, "claim", json!({})).await;
    let nobody = json!({ "assignee": null });
    c.fire("assignCase", Some(&supervisor), "PUT", &format!("/cases/{id}/assignment"), nobody).await;
    c.verb("requestCorrection", &officer, &id, "correction", json!({ "notice": "Something is missing." })).await;
    c.verb("supplementCase", &citizen, &id, "supplement", json!({ "materials": ["premises-layout"] })).await;
    c.verb("acceptCase", &officer, &id, "acceptance", json!({})).await;
    c.verb("suspendCase", &supervisor, &id, "suspension", json!({ "reason": "inspection", "expectedDays": 3 })).await;
    c.fire("resumeCase", Some(&supervisor), "DELETE", &format!("/cases/{id}/suspension"), json!({})).await;
    c.verb("extendCase", &supervisor, &id, "extension", json!({ "reasons": "Much to read." })).await;
    let note = json!({ "audience": "participants", "text": "We are on it." });
    c.verb("addNote", &officer, &id, "notes", note).await;
    c.verb("decideCase", &supervisor, &id, "decision", json!({ "outcome": "granted" })).await;
    c.verb("deliverCase", &officer, &id, "delivery", json!({ "method": "counter" })).await;
    c.verb("closeCase", &officer, &id, "closure", json!({})).await;
    c.verb("evaluateCase", &citizen, &id, "evaluation", json!({ "level": 2 })).await;
    let id = world.post(&citizen, "/api/v1/cases", &licence()).await.expect(201).text("/id");
    c.verb("withdrawCase", &citizen, &id, "withdrawal", json!({})).await;
    let id = world.post(&citizen, "/api/v1/cases", &licence()).await.expect(201).text("/id");
    let refusal = json!({ "kind": "not_needed", "reasons": "No licence is needed for this." });
    c.verb("rejectCase", &officer, &id, "rejection", refusal).await;
    let id = world.post(&citizen, "/api/v1/cases", &licence()).await.expect(201).text("/id");
    c.verb("terminateCase", &supervisor, &id, "termination", json!({ "referral": "The next district." })).await;
    let report = json!({ "jurisdiction": "us-la", "serviceItem": "Other", "form": {} });
    c.fire("createAnonymousCase", None, "POST", "/anonymous-cases", report).await;
    dead_delivery(c).await;
}

/// A dead message is sent again.
async fn dead_delivery(c: &mut Coverage<'_>) {
    let world = c.world;
    world.deliver().await;
    world.db.execute(
        "UPDATE deliveries SET state = 'dead' WHERE id = (SELECT MIN(id) FROM deliveries WHERE state = 'done')",
    );
    let id = world.db.text("SELECT id AS value FROM deliveries WHERE state = 'dead'");
    let system = world.admin(AdminKind::System).await;
    c.fire("replayDelivery", Some(&system), "POST", &format!("/deliveries/{id}/replay"), Value::Null).await;
}
