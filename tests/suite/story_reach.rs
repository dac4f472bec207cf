//! Whoever files for others files where their right to file reaches; a case is the agency's whose department handles it;
//! and who works on what is for staff to ask.

use serde_json::{Value, json};

use crate::world::{Who, World, forms};
use gcrm::access::Permission;

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
const SUPERVISION: (&str, &str) = ("cn-110101", "market-supervision");
const INFORMATION: (&str, &str) = ("cn-110101", "government-office-information");
const STREETS: (&str, &str) = ("us-la", "OCB");

/// A licence for a customer, filed by somebody else.
fn licence_for(customer: &Value) -> Value {
    let mut body = forms::licence(forms::WHOLE);
    body["customer"] = customer.clone();
    body
}

async fn customer_of(world: &World, who: &Who) -> Value {
    world.get(who, "/api/v1/customers/me").await.expect(200).json["id"].clone()
}

#[actix_web::test]
async fn whoever_files_for_others_does_so_only_where_their_right_to_file_reaches() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let body = licence_for(&customer_of(&world, &citizen).await);
    let foreign = world.system(STREETS, &[Permission::CaseCreate]).await;
    let elsewhere = world.staff("officer", Some(INFORMATION)).await;
    for who in [&foreign, &elsewhere] {
        let mut draft = body.clone();
        draft["intent"] = json!("draft");
        // Whether there is such a customer is not told on the way.
        let nobody = licence_for(&json!(gcrm::ids::CustomerId::new()));
        for body in [&body, &draft, &nobody] {
            assert_eq!(world.file(who, body).await.expect(403).code(), "out_of_reach");
        }
        let report = json!({ "jurisdiction": "us-la", "serviceItem": "Other", "form": {} });
        let ask = world.ask(Some(who), "POST", "/api/v1/anonymous-cases").header("x-reason", "came to the counter");
        assert_eq!(ask.body(&report).send().await.expect(403).code(), "out_of_reach");
    }
    assert!(world.db.texts("SELECT id AS value FROM cases").is_empty());
    let own = [
        world.system(SUPERVISION, &[Permission::CaseCreate]).await,
        world.staff("officer", Some(FOOD)).await,
        world.staff("import_officer", Some(SUPERVISION)).await,
        world.staff("hotline_agent", None).await,
    ];
    for who in &own {
        world.file(who, &body).await.expect(201);
    }
    world.deliver().await;
}

#[actix_web::test]
async fn a_case_is_the_agencys_whose_department_handles_it() {
    let world = World::new().await;
    // The catalogue names another bureau for bulky items.
    let (here, catalogued) = (("us-la", "LASAN"), ("us-la", "BOS"));
    let clerk = world.staff("import_officer", Some(here)).await;
    let body = json!({
        "jurisdiction": "us-la", "serviceItem": "Bulky Items", "disclosure": "not_disclosed", "form": {},
        "department": world.department(here.0, here.1), "effectiveAt": "2026-02-04T18:00:00Z",
        "source": "la311", "externalRef": "1-1"
    });
    let id = world.file(&clerk, &body).await.expect(201).text("/id");
    world.deliver().await;
    for (agency, told) in [(here, true), (catalogued, false)] {
        let follower = world.system(agency, &[Permission::EventRead, Permission::CaseRead]).await;
        let feed = world.get(&follower, "/api/v1/events?limit=500").await.expect(200);
        assert_eq!(feed.json.to_string().contains(&id), told, "{agency:?}");
        let read = world.get(&follower, &format!("/api/v1/cases/{id}")).await;
        assert_eq!(read.status, if told { 200 } else { 404 }, "{agency:?}");
    }
    world.deliver().await;
}

#[actix_web::test]
async fn the_numbers_of_a_source_are_each_agencys_own() {
    let world = World::new().await;
    let report = |item: &str| {
        json!({
            "jurisdiction": "us-la", "serviceItem": item, "disclosure": "not_disclosed", "form": {},
            "source": "paper", "externalRef": "1-1"
        })
    };
    for (agency, item) in [(STREETS, "Graffiti Removal"), (("us-la", "ITA"), "Other")] {
        let system = world.system(agency, &[Permission::CaseCreate]).await;
        // What another agency took over stands in nobody's way, nor is it told.
        world.file(&system, &report(item)).await.expect(201);
        assert_eq!(world.file(&system, &report(item)).await.expect(409).code(), "already_exists");
    }
    world.deliver().await;
}

#[actix_web::test]
async fn no_department_handles_a_case_of_another_jurisdiction() {
    let world = World::new().await;
    let system = world.system(STREETS, &[Permission::CaseCreate, Permission::CaseBackdate]).await;
    let mut body = forms::licence(forms::WHOLE);
    body["disclosure"] = json!("not_disclosed");
    body["department"] = json!(world.department(STREETS.0, STREETS.1));
    let refused = world.file(&system, &body).await.expect(400);
    assert_eq!(
        (refused.text("/errors/0/pointer"), refused.text("/errors/0/code")),
        ("/department".into(), "department_elsewhere".into())
    );
    world.deliver().await;
}

#[actix_web::test]
async fn who_works_on_what_is_for_staff_to_ask() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = world.file(&citizen, &forms::licence(forms::WHOLE)).await.expect(201).text("/id");
    world.act(&officer, &id, "claim", &json!({})).await.expect(200);
    let assignee = world.get(&officer, &format!("/api/v1/cases/{id}")).await.expect(200).text("/assignee");
    let list = |query: String| format!("/api/v1/cases?count=true&{query}");
    let asked = [
        ("unassigned=true".to_owned(), vec!["unassigned"]),
        (format!("assignee={assignee}"), vec!["assignee"]),
        (format!("assignee={assignee}&unassigned=true"), vec!["assignee", "unassigned"]),
    ];
    for (query, pointers) in &asked {
        let refused = world.get(&citizen, &list(query.clone())).await.expect(400);
        let told: Vec<_> = refused.json["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
        assert_eq!(
            (&told, refused.text("/errors/0/code")),
            (&pointers.iter().map(|p| json!(p)).collect(), "staff_only".into())
        );
    }
    // What nobody has is work; one's own draft is none yet.
    let other = world.file(&citizen, &forms::licence(forms::WHOLE)).await.expect(201).text("/id");
    let mut draft = licence_for(&customer_of(&world, &citizen).await);
    draft["intent"] = json!("draft");
    world.file(&officer, &draft).await.expect(201);
    for (query, found) in [(asked[0].0.clone(), &other), (asked[1].0.clone(), &id)] {
        let page = world.get(&officer, &list(query)).await.expect(200);
        assert_eq!((page.text("/items/0/id"), &page.json["count"]), (found.clone(), &json!(1)));
    }
    world.deliver().await;
}
