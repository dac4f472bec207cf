//! The directory over HTTP.

use actix_web::test::TestRequest;
use actix_web::web;
use gcrm::clock::Clock;
use gcrm::http;
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use super::*;
use crate::world::door::{Callers, Got, door, send};

async fn get(world: &World, path: &str) -> Got {
    call(world, &Callers::default(), TestRequest::get().uri(path)).await
}

async fn call(world: &World, callers: &Callers, request: TestRequest) -> Got {
    let agencies = world.agencies.clone();
    let door = door(&world.db.store, callers, Clock::fixed(now()));
    send(&door, routes(agencies), request).await
}

fn routes(agencies: Agencies) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.app_data(web::Data::new(agencies));
        http::api(config, |api| {
            api.configure(gcrm::agencies::routes::routes);
        });
    }
}

fn administrator(world: &World, callers: &Callers) -> (&'static str, String) {
    let posts = vec![Post { role: "system_administrator".to_owned(), department: None }];
    let bearer = Bearer::Staff { account: AccountId::new(), session: SessionId::new(), posts };
    ("authorization", format!("Bearer {}", callers.token(&bearer, &world.agencies.tree)))
}

#[actix_web::test]
async fn the_directory_is_public() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let jurisdiction = get(&world, "/api/v1/jurisdictions/cn-110101").await;
    assert_eq!((jurisdiction.status.as_u16(), &jurisdiction.body["timeZone"]), (200, &json!("Asia/Shanghai")));
    assert_eq!(get(&world, "/api/v1/jurisdictions").await.body["items"][0], jurisdiction.body);
    for nowhere in ["/api/v1/jurisdictions/cn-999999", "/api/v1/jurisdictions/CN", "/api/v1/departments/dept_1"] {
        assert_eq!(get(&world, nowhere).await.problem(), (404, "not_found"), "{nowhere}");
    }
}

#[actix_web::test]
async fn departments_are_listed_page_by_page_under_every_filter() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let all = district().departments.len();
    let (mut path, mut codes) = ("/api/v1/departments?limit=4&count=true".to_owned(), Vec::new());
    loop {
        let page = get(&world, &path).await;
        assert_eq!(page.body["count"], json!(all), "{path}");
        codes.extend(page.body["items"].as_array().unwrap().iter().map(|d| d["code"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("/api/v1/departments?limit=4&count=true&after={next}");
    }
    assert_eq!(codes.len(), all);
    assert!(codes.is_sorted());
    let market = world.department("market-supervision");
    let of = get(&world, &format!("/api/v1/departments?agency={}", market.id)).await;
    let below = get(&world, &format!("/api/v1/departments?parent={}&jurisdiction=cn-110101", market.id)).await;
    let count = |got: &Got| got.body["items"].as_array().unwrap().len();
    assert_eq!(count(&of), count(&below) + 1);
    assert_eq!(get(&world, "/api/v1/departments?nonsense=1").await.problem(), (400, "invalid"));
}

#[actix_web::test]
async fn a_created_department_is_known_at_once_and_moves_by_its_version() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let callers = Callers::default();
    let administrator = administrator(&world, &callers);
    let (market, police) = (world.department("market-supervision"), world.department("traffic-police"));
    let names = json!({ "zh-CN": "样例科", "en": "Sample Section" });
    let new = json!({ "jurisdiction": "cn-110101", "code": "sample", "parent": market.id, "names": names, "division": "110101001" });
    let post = || TestRequest::post().uri("/api/v1/departments").insert_header(administrator.clone());
    let created = call(&world, &callers, post().set_json(&new)).await;
    assert_eq!(created.status.as_u16(), 201, "{created:?}");
    let path = created.header("location").to_owned();
    let seen = get(&world, &path).await;
    assert_eq!((&seen.body, seen.body["agency"].as_str()), (&created.body, Some(market.id.to_string().as_str())));
    let put = |version: &str| {
        TestRequest::put().uri(&path).insert_header(administrator.clone()).insert_header(("if-match", version))
    };
    let elsewhere = json!({ "parent": police.id, "names": names });
    let refused = call(&world, &callers, put("*").set_json(&elsewhere)).await;
    assert_eq!(refused.body["errors"][0]["code"], "other_agency", "{refused:?}");
    let etag = seen.header("etag").to_owned();
    let changed = call(&world, &callers, put(&etag).set_json(json!({ "parent": market.id, "names": names }))).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.body["version"], &changed.body["division"]),
        (200, &json!(2), &json!(null))
    );
    let again = call(&world, &callers, put(&etag).set_json(json!({ "parent": market.id, "names": names }))).await;
    assert_eq!(again.problem(), (412, "stale"));
}

#[actix_web::test]
async fn a_division_code_has_six_or_nine_digits() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let callers = Callers::default();
    let names = json!({ "zh-CN": "样例局", "en": "Sample Bureau" });
    let new = json!({ "jurisdiction": "cn-110101", "code": "sample", "names": names, "division": "1101" });
    let post = TestRequest::post().uri("/api/v1/departments").insert_header(administrator(&world, &callers));
    let refused = call(&world, &callers, post.set_json(new)).await;
    assert_eq!((refused.problem(), &refused.body["errors"][0]["pointer"]), ((400, "invalid"), &json!("/division")));
}
