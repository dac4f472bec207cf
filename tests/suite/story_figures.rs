//! What the figures of a service item tell the public: nothing of few cases, and no more often than now and then.

use gcrm::cases::statistics::of_item;
use serde_json::{Value, json};

use crate::world::{Who, World};

const GRAFFITI: (&str, &str) = ("us-la", "Graffiti Removal");
const BUREAU: (&str, &str) = ("us-la", "OCB");

async fn report(world: &World, clerk: &Who, intent: &str) -> String {
    let body = json!({
        "jurisdiction": GRAFFITI.0, "serviceItem": GRAFFITI.1, "disclosure": "not_disclosed", "form": {}, "intent": intent
    });
    world.file(clerk, &body).await.expect(201).text("/id")
}

/// Reports that were taken on.
async fn accepted<const N: usize>(world: &World, clerk: &Who) -> [String; N] {
    let mut ids = [const { String::new() }; N];
    for id in &mut ids {
        *id = report(world, clerk, "submit").await;
        world.act(clerk, id, "acceptance", &json!({})).await.expect(200);
    }
    ids
}

/// Jurisdiction, code, cases, open, closed, rejected, withdrawn, terminated, median, share.
async fn told(world: &World) -> Value {
    let item = world.app.items.in_use(GRAFFITI.0, GRAFFITI.1).unwrap().id;
    let answer = world.ask(None, "GET", &format!("/api/v1/service-items/{item}/statistics")).send().await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    answer.json
}

#[actix_web::test]
async fn the_figures_count_every_ending_and_tell_the_public_nothing_that_rests_on_few_cases() {
    let world = World::new().await;
    let clerk = world.staff("import_officer", Some(BUREAU)).await;
    let closing = accepted::<6>(&world, &clerk).await;
    let [withdrawn, terminated] = accepted::<2>(&world, &clerk).await;
    world.act(&clerk, &withdrawn, "withdrawal", &json!({})).await.expect(200);
    world.act(&clerk, &terminated, "termination", &json!({ "referral": "The county." })).await.expect(200);
    let refused = report(&world, &clerk, "submit").await;
    let refusal = json!({ "kind": "not_needed", "reasons": "It is gone already." });
    world.act(&clerk, &refused, "rejection", &refusal).await.expect(200);
    report(&world, &clerk, "draft").await;
    for _ in 0..5 {
        report(&world, &clerk, "submit").await;
    }
    // Received on Wednesday 4 February, 17:30 in Los Angeles; the fifth working day is Wednesday the 11th.
    for (id, at) in closing.iter().zip(["05T02:30", "05T03:30", "05T04:30", "05T05:30", "05T06:30", "14T01:30"]) {
        world.set(&format!("2026-02-{at}:00Z"));
        world.act(&clerk, id, "closure", &json!({})).await.expect(200);
    }
    let whole = world.db.store.read(|db| of_item(db, GRAFFITI.0, GRAFFITI.1, None)).await.unwrap();
    assert_eq!((whole.cases, whole.open, whole.closed), (14, 5, 6));
    assert_eq!((whole.rejected, whole.withdrawn, whole.terminated, whole.with_term), (1, 1, 1, 6));
    // 1, 2, 3, 4, 5 and 216 hours; five of six in time.
    assert_eq!((whole.median_hours_to_close, whole.on_time_share), (Some(3.5), Some(0.8333)));
    let expected = json!({
        "jurisdiction": GRAFFITI.0, "code": GRAFFITI.1, "cases": 14, "open": null, "closed": 6, "rejected": null,
        "withdrawn": null, "terminated": null, "medianHoursToClose": 3.5, "onTimeShare": 0.8333
    });
    assert_eq!(told(&world).await, expected);
    world.deliver().await;
}

#[actix_web::test]
async fn the_figures_are_counted_anew_after_five_minutes_and_not_before() {
    let world = World::new().await;
    let clerk = world.staff("import_officer", Some(BUREAU)).await;
    for _ in 0..4 {
        report(&world, &clerk, "submit").await;
    }
    let few = told(&world).await;
    let figures =
        few.as_object().unwrap().iter().filter(|(name, _)| !["jurisdiction", "code"].contains(&name.as_str()));
    assert!(figures.clone().count() == 8 && figures.clone().all(|(_, figure)| figure.is_null()), "{few}");
    report(&world, &clerk, "submit").await;
    world.set("2026-02-05T01:34:59Z");
    assert_eq!(told(&world).await, few, "nobody makes the database count as often as they ask");
    world.set("2026-02-05T01:35:00Z");
    let now = told(&world).await;
    assert_eq!((&now["cases"], &now["open"], &now["closed"]), (&json!(5), &json!(5), &json!(0)));
    world.deliver().await;
}
