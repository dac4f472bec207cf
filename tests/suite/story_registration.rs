//! Customers are registered with numbers that can be theirs, over HTTP.

use gcrm::checkdigits::mod_11_2;
use serde_json::json;

use crate::world::World;

fn number(region: &str, born: &str) -> String {
    let body = format!("{region}{born}001");
    format!("{body}{}", mod_11_2(&body).unwrap())
}

#[actix_web::test]
async fn an_identity_number_of_tomorrow_or_of_no_province_is_refused_wherever_it_comes_in() {
    let world = World::new().await;
    let (citizen, new) = (world.citizen().await, world.stranger().await);
    let me = world.get(&citizen, "/api/v1/customers/me").await.expect(200).text("/id");
    let cases =
        [(number("110101", "20270101"), "resident_id_future"), (number("999999", "19900101"), "resident_id_region")];
    for (value, code) in &cases {
        let identifier = json!({ "scheme": "resident_id", "value": value });
        let card = json!({ "name": "样例丙", "details": { "kind": "individual" }, "identifiers": [identifier] });
        let refused = world.post(&new, "/api/v1/customers", &card).await.expect(400);
        assert_eq!(
            (refused.text("/errors/0/pointer"), refused.text("/errors/0/code")),
            ("/identifiers/0/value".to_owned(), (*code).to_owned())
        );
        let path = format!("/api/v1/customers/{me}/identifiers");
        let refused = world.post(&citizen, &path, &identifier).await.expect(400);
        assert_eq!(refused.text("/errors/0/code"), *code);
    }
    // The clock decides, not the calendar on the wall.
    world.set("2027-02-05T01:30:00Z");
    let identifier = json!({ "scheme": "resident_id", "value": cases[0].0 });
    let card = json!({ "name": "样例丙", "details": { "kind": "individual" }, "identifiers": [identifier] });
    world.post(&new, "/api/v1/customers", &card).await.expect(201);
    world.deliver().await;
}

#[actix_web::test]
async fn a_credit_code_of_another_kind_of_organisation_is_taken_with_a_warning() {
    let world = World::new().await;
    let officer = world.staff("officer", Some(("cn-110101", "market-supervision-food"))).await;
    let register = |kind: &str| {
        let code = json!({ "scheme": "credit_code", "value": "91110101MA0000007T" });
        json!({ "name": "Synthetic Company", "details": { "kind": kind }, "identifiers": [code] })
    };
    let enterprise = world.post(&officer, "/api/v1/customers", &register("enterprise")).await.expect(201);
    assert_eq!(enterprise.json["identifiers"][0]["warnings"], json!([]));
    for kind in ["agency", "non_profit"] {
        let other = world.post(&officer, "/api/v1/customers", &register(kind)).await.expect(201);
        assert_eq!(other.json["identifiers"][0]["warnings"], json!(["organisation_kind_mismatch"]));
    }
    world.deliver().await;
}

#[actix_web::test]
async fn every_mistake_of_a_registration_is_told_at_once() {
    let world = World::new().await;
    let new = world.stranger().await;
    let card = json!({
        "name": "样例丙", "more": 1, "details": { "kind": "individual", "birthDate": "1900-02-30" },
        "identifiers": [
            { "scheme": "resident_id", "value": "110101190001010015" }, { "scheme": "passport", "value": "?" }
        ]
    });
    let refused = world.post(&new, "/api/v1/customers", &card).await.expect(400);
    let mut told: Vec<_> =
        refused.json["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    told.sort_unstable();
    assert_eq!(told, ["/details/birthDate", "/identifiers/0/value", "/identifiers/1/value", "/more"]);
    world.deliver().await;
}
