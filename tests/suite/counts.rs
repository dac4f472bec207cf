//! Lists that tell how many there are, and those that do not.

use serde_json::Value;

use crate::world::World;

/// Whoever asks how many there are is told, in every list whose document says so.
#[actix_web::test]
async fn every_list_that_documents_a_count_tells_it() {
    let world = World::new().await;
    let auditor = world.staff("auditor", None).await;
    let document = gcrm::http::document(&gcrm::app::about(), gcrm::app::document_routes);
    let mut lists = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        if !parameters.iter().any(|p| p["name"] == "count") {
            continue;
        }
        let who = item["get"].get("x-permission").map(|_| &auditor);
        let ask = world.ask(who, "GET", &format!("/api/v1{path}?count=true")).header("x-reason", "audit 17");
        let answer = ask.send().await.expect(200);
        assert!(answer.json["count"].is_u64(), "{path}: {}", answer.json);
        lists += 1;
    }
    assert!(lists >= 5, "{lists}");
    assert_eq!(world.get(&auditor, "/api/v1/staff?count=true").await.json.get("count"), None::<&Value>);
    world.deliver().await;
}
