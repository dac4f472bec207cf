//! The catalogue over HTTP.

use gcrm::catalogue::{Audience, ItemVersion, ServiceItem, Starter};
use serde_json::json;

use crate::world::World;

/// The starter catalogues with the food business licence changed.
fn changed(change: impl FnOnce(&mut ServiceItem)) -> Starter {
    let mut starter = Starter::embedded().unwrap();
    let mut items = starter.catalogues.iter_mut().flat_map(|catalogue| &mut catalogue.items);
    let licence = items.find(|item| item.code.as_str() == "food-business-licence").unwrap();
    change(licence);
    starter
}

fn version(number: u32) -> ItemVersion {
    ItemVersion::try_from(number).unwrap()
}

#[actix_web::test]
async fn an_older_version_never_takes_the_place_of_a_newer_one() {
    let world = World::new().await;
    let licence = ("cn-110101", "food-business-licence");
    world.publish(licence, |item| item.version = version(3)).await;
    let in_use = || world.app.items.in_use(licence.0, licence.1).unwrap().item.version.get();
    let older = world.app.load_catalogues(&changed(|item| item.version = version(2))).await.unwrap_err();
    assert!(older.to_string().contains("food-business-licence: version 3 is published, and 2 is older"), "{older}");
    let other = changed(|item| item.audience = [Audience::Individual].into_iter().collect());
    let other = world.app.load_catalogues(&other).await.unwrap_err();
    assert!(other.to_string().contains("version 1 is published with another definition"), "{other}");
    // What was published long ago and is unchanged does no harm.
    world.app.load_catalogues(&Starter::embedded().unwrap()).await.unwrap();
    assert_eq!(in_use(), 3);
    world.app.load_catalogues(&changed(|item| item.version = version(4))).await.unwrap();
    assert_eq!(in_use(), 4);
    world.deliver().await;
}

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
