//! A draft is its author's alone, and stays so when it is withdrawn: it was never handed in.

use serde_json::{Value, json};

use crate::world::World;

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");

fn draft() -> Value {
    json!({
        "jurisdiction": "cn-110101", "serviceItem": "food-business-licence", "intent": "draft",
        "form": { "premisesAddress": "Synthetic Street 1" }
    })
}

#[actix_web::test]
async fn a_withdrawn_draft_is_shown_to_nobody_else_counted_nowhere_and_never_evaluated() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let id = world.post(&citizen, "/api/v1/cases", &draft()).await.expect(201).text("/id");
    world.act(&citizen, &id, "withdrawal", &json!({})).await.expect(200);
    let path = format!("/api/v1/cases/{id}");
    for (role, place) in [("officer", Some(FOOD)), ("auditor", None), ("hotline_agent", None)] {
        let other = world.staff(role, place).await;
        let read = world.ask(Some(&other), "GET", &path).header("x-reason", "to look").send().await;
        assert_eq!(read.status, 404, "{role}");
    }
    let officer = world.staff("officer", Some(FOOD)).await;
    let list = world.get(&officer, "/api/v1/cases?count=true").await.expect(200);
    assert_eq!((&list.json["count"], &list.json["items"]), (&json!(0), &json!([])));
    let items = world.get(&citizen, "/api/v1/service-items?search=food&jurisdiction=cn-110101").await.expect(200);
    let items = items.json["items"].as_array().unwrap().clone();
    let item = items.iter().find(|i| i["code"] == "food-business-licence").unwrap()["id"].as_str().unwrap().to_owned();
    let figures = world.get(&citizen, &format!("/api/v1/service-items/{item}/statistics")).await.expect(200);
    assert_eq!((&figures.json["cases"], &figures.json["withdrawn"]), (&json!(0), &json!(0)));
    let own = world.get(&citizen, &path).await.expect(200);
    assert_eq!((own.text("/stage"), &own.json["availableActions"]), ("withdrawn".into(), &json!([])));
    let refused = world.act(&citizen, &id, "evaluation", &json!({ "level": 5 })).await.expect(409);
    assert_eq!(refused.code(), "wrong_stage");
    world.deliver().await;
}
