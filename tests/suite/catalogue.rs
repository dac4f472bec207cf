//! The catalogue over HTTP.

use serde_json::json;

use crate::world::World;

#[actix_web::test]
async fn every_page_counts_all_items_that_match_and_none_that_do_not() {
    let world = World::new().await;
    let (mut codes, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/service-items?jurisdiction=us-la&limit=5&count=true{after}");
        let page = world.ask(None, "GET", &path).send().await.expect(200);
        // The City of Los Angeles has 12 request types.
        assert_eq!(page.json["count"], 12, "{path}");
        codes.extend(page.json["items"].as_array().unwrap().iter().map(|item| item["code"].clone()));
        match page.json["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(codes.len(), 12);
    let none = world.ask(None, "GET", "/api/v1/service-items?search=nonsense&count=true").send().await.expect(200);
    assert_eq!((&none.json["count"], &none.json["items"]), (&json!(0), &json!([])));
    world.deliver().await;
}
