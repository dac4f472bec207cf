//! How cases are filed, over HTTP: by whom, for whom, once.

use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};
use gcrm::access::Permission;
use gcrm::catalogue::Audience;

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
const KEY: &str = "0c6e0f4e-2f0f-4b3e-8f5f-3d8e0a5d7b21";

fn graffiti() -> Value {
    json!({
        "jurisdiction": "us-la", "serviceItem": "Graffiti Removal",
        "form": { "description": "Paint on a wall" }, "location": { "latitude": 34.05, "longitude": -118.24 }
    })
}

fn licence() -> Value {
    forms::licence(&["application"])
}

/// The body with one member more.
fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

async fn posted(world: &World, who: &Who, path: &str, body: &Value) -> Answer {
    world.ask(Some(who), "POST", path).header("idempotency-key", KEY).body(body).send().await.expect(201)
}

#[actix_web::test]
async fn whoever_may_file_but_not_read_is_told_the_same_answer_again() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let filer = world.system(("us-la", "OCB"), &[Permission::CaseCreate]).await;
    for who in [&citizen, &filer] {
        let body = with(graffiti(), "disclosure", json!("anonymous"));
        let first = posted(&world, who, "/api/v1/cases", &body).await;
        let again = posted(&world, who, "/api/v1/cases", &body).await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.json, first.json);
        let read = world.get(who, &format!("/api/v1/cases/{}", first.text("/id"))).await;
        assert!([403, 404].contains(&read.status), "to read is another right: {}", read.status);
    }
    world.deliver().await;
}

#[actix_web::test]
async fn whoever_may_register_but_not_read_customers_is_told_the_same_answer_again() {
    let world = World::new().await;
    let system = world.system(("us-la", "OCB"), &[Permission::CustomerRegister]).await;
    let card = json!({ "name": "Synthetic Company", "details": { "kind": "enterprise" } });
    let first = posted(&world, &system, "/api/v1/customers", &card).await;
    let again = posted(&world, &system, "/api/v1/customers", &card).await;
    assert_eq!((again.header("idempotency-replayed"), &again.json), (Some("true"), &first.json));
    world.deliver().await;
}

#[actix_web::test]
async fn whoever_applied_on_paper_brings_what_is_missing_to_the_counter() {
    let world = World::new().await;
    let officer = world.staff("import_officer", Some(FOOD)).await;
    let card = json!({ "name": "样例乙", "details": { "kind": "individual" } });
    let customer = world.post(&officer, "/api/v1/customers", &card).await.expect(201).json["id"].clone();
    let filed = with(with(licence(), "customer", customer), "channel", json!("counter"));
    let id = world.file(&officer, &filed).await.expect(201).text("/id");
    let notice = json!({ "notice": "The layout and the rules are missing." });
    world.act(&officer, &id, "correction", &notice).await.expect(200);
    let case = world.get(&officer, &format!("/api/v1/cases/{id}")).await.expect(200);
    assert!(case.json["availableActions"].as_array().unwrap().iter().any(|a| a["action"] == "supplement"));

    let brought = json!({ "materials": ["food-safety-rules", "premises-layout"], "channel": "counter" });
    let elsewhere = world.staff("import_officer", Some(("cn-110101", "government-office-information"))).await;
    world.act(&elsewhere, &id, "supplement", &brought).await.expect(404);
    world.act(&officer, &id, "supplement", &brought).await.expect(200);
    let case = world.get(&officer, &format!("/api/v1/cases/{id}")).await.expect(200);
    assert_eq!(case.text("/stage"), "submitted");
    assert!(case.json["materials"].as_array().unwrap().iter().all(|m| m["state"] == "received"));
    let row = |column: &str| {
        world.db.texts(&format!("SELECT {column} AS value FROM journal WHERE event = 'case.supplemented'")).concat()
    };
    let accepted = "SELECT actor AS value FROM journal WHERE event = 'case.submitted'";
    assert_eq!(row("actor"), world.db.text(accepted), "the officer is named");
    assert!(row("CAST(facts AS TEXT)").contains("counter"), "{}", row("CAST(facts AS TEXT)"));
    world.deliver().await;
}

/// Pointers and codes of what is wrong.
fn errors(answer: &Answer) -> Vec<(&str, &str)> {
    let errors = answer.json["errors"].as_array().unwrap().iter();
    errors.map(|e| (e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap())).collect()
}

#[actix_web::test]
async fn an_item_is_filed_only_for_a_customer_of_a_kind_that_it_is_for() {
    let world = World::new().await;
    let (company, hotline) = (world.stranger().await, world.staff("hotline_agent", None).await);
    let card = json!({ "name": "Synthetic Company", "details": { "kind": "enterprise" } });
    let customer = world.post(&company, "/api/v1/customers", &card).await.expect(201).json["id"].clone();
    let drive = json!({ "jurisdiction": "cn-110101", "serviceItem": "driving-licence-replacement" });
    let draft = with(drive.clone(), "intent", json!("draft"));
    for body in [&drive, &draft] {
        let refused = world.file(&company, body).await.expect(400);
        assert!(errors(&refused).contains(&("/serviceItem", "not_for_this_audience")), "{}", refused.json);
    }
    let refused = world.file(&hotline, &with(draft, "customer", customer)).await.expect(400);
    assert_eq!(errors(&refused), [("/customer", "not_for_this_audience")]);
    // A draft of an item that is no longer for its applicant.
    let draft = with(licence(), "intent", json!("draft"));
    let id = world.file(&company, &draft).await.expect(201).text("/id");
    let item = ("cn-110101", "food-business-licence");
    world.publish(item, |item| item.audience = [Audience::Individual].into_iter().collect()).await;
    let refused = world.act(&company, &id, "submission", &json!({})).await.expect(400);
    assert_eq!(errors(&refused), [("/serviceItem", "not_for_this_audience")]);
    world.deliver().await;
}

#[actix_web::test]
async fn a_request_without_a_name_is_refused_what_only_a_named_one_has() {
    let world = World::new().await;
    let (citizen, hotline) = (world.citizen().await, world.staff("hotline_agent", None).await);
    let me = world.get(&citizen, "/api/v1/customers/me").await.expect(200).json["id"].clone();
    let named = with(graffiti(), "customer", me);
    for disclosure in ["not_disclosed", "anonymous"] {
        let body = with(named.clone(), "disclosure", json!(disclosure));
        let refused = world.file(&hotline, &body).await.expect(400);
        assert_eq!(errors(&refused), [("/customer", "contradictory")], "{disclosure}");
    }
    world.file(&hotline, &with(graffiti(), "disclosure", json!("not_disclosed"))).await.expect(201);
    world.file(&hotline, &named).await.expect(201);

    let post = |body: Value| world.ask(None, "POST", "/api/v1/anonymous-cases").body(&body).send();
    let all = with(with(named, "intent", json!("draft")), "disclosure", json!("named"));
    let refused = post(all).await.expect(400);
    assert_eq!(
        errors(&refused),
        [("/disclosure", "not_here"), ("/customer", "contradictory"), ("/intent", "contradictory")]
    );
    post(graffiti()).await.expect(201);

    let draft = with(with(graffiti(), "disclosure", json!("anonymous")), "intent", json!("draft"));
    let refused = world.file(&citizen, &draft).await.expect(400);
    assert_eq!(errors(&refused), [("/intent", "contradictory")]);
    world.deliver().await;
}

#[actix_web::test]
async fn a_duplicate_is_refused_by_the_number_of_another_case_that_the_officer_can_see() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let first = world.file(&citizen, &licence()).await.expect(201).text("/number");
    let unseen = world.file(&citizen, &graffiti()).await.expect(201).text("/number");
    let second = world.file(&citizen, &licence()).await.expect(201);
    let id = second.text("/id");
    let typo = first.replace("-0001-", "-0010-");
    let wrong = [
        ("see above", "case_number_malformed"),
        (&typo, "case_number_check_character"),
        (&unseen, "unknown_case"),
        (&second.text("/number"), "same_case"),
    ];
    for (referral, code) in wrong {
        let body = json!({ "kind": "duplicate", "referral": referral, "reasons": " " });
        let refused = world.act(&officer, &id, "rejection", &body).await.expect(400);
        assert_eq!(errors(&refused), [("/reasons", "required"), ("/referral", code)]);
    }
    // As an officer types it; kept as it is written.
    let body = json!({ "kind": "duplicate", "referral": first.to_lowercase(), "reasons": "The same shop." });
    world.act(&officer, &id, "rejection", &body).await.expect(200);
    let case = world.get(&citizen, &format!("/api/v1/cases/{id}")).await.expect(200);
    let told = case.json["texts"].as_array().unwrap().iter().find(|t| t["kind"] == "referral").unwrap();
    assert_eq!(told["text"].as_str(), Some(first.as_str()));
    world.deliver().await;
}

#[actix_web::test]
async fn a_verb_tells_every_mistake_at_once() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let supervisor = world.staff("supervisor", Some(FOOD)).await;
    let id = world.file(&citizen, &licence()).await.expect(201).text("/id");
    let notice = json!({ "notice": " ", "materials": ["nonsense"] });
    let refused = world.act(&officer, &id, "correction", &notice).await.expect(400);
    assert_eq!(errors(&refused), [("/notice", "required"), ("/materials/0", "unknown_material")]);
    world.act(&officer, &id, "correction", &json!({ "notice": "The layout is missing." })).await.expect(200);
    let wrong = json!({ "materials": ["nonsense"], "form": { "floorArea": "large" } });
    let refused = world.act(&citizen, &id, "supplement", &wrong).await.expect(400);
    let told: Vec<_> = errors(&refused).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(told, ["/materials/0", "/form/floorArea"]);
    world.act(&citizen, &id, "supplement", &json!({ "materials": ["premises-layout"] })).await.expect(200);
    world.act(&officer, &id, "acceptance", &json!({})).await.expect(200);
    let blank = json!({ "outcome": "refused", "reasons": " ", "appealRoute": " " });
    let refused = world.act(&supervisor, &id, "decision", &blank).await.expect(400);
    assert_eq!(errors(&refused), [("/reasons", "required"), ("/appealRoute", "required")]);
    world.deliver().await;
}

#[actix_web::test]
async fn what_the_schema_and_what_the_item_finds_wrong_is_told_at_once() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let mut body = licence();
    body["location"] = json!({ "latitude": 95, "longitude": -118 });
    body["form"]["businessForm"] = json!("spaceship");
    body["materials"] = json!(["nonsense"]);
    body["more"] = json!(1);
    let refused = world.file(&citizen, &body).await.expect(400);
    let mut told: Vec<_> = errors(&refused).into_iter().map(|(pointer, _)| pointer).collect();
    told.sort_unstable();
    assert_eq!(told, ["/form/businessForm", "/location/latitude", "/materials/0", "/more"]);
    world.deliver().await;
}
