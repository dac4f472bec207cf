//! The law does not wait for the sweeper: who comes between a lapse and its sweep finds the case as the law has it.

use serde_json::json;

use crate::world::{Answer, Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
/// Ten seconds after the five working days of the intake from Thursday 02-05 ended.
const AFTER_INTAKE: &str = "2026-02-12T16:00:10Z";
/// A working day later, when nothing can be entered any more that was done within them.
const AFTER_ENTRY: &str = "2026-02-13T16:00:10Z";

async fn filed(world: &World, who: &Who) -> String {
    world.file(who, &forms::licence(forms::INCOMPLETE)).await.expect(201).text("/id")
}

async fn case_of(world: &World, who: &Who, id: &str) -> Answer {
    world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200)
}

fn offered(case: &Answer) -> Vec<String> {
    let actions = case.json["availableActions"].as_array().unwrap();
    actions.iter().map(|a| a["action"].as_str().unwrap().to_owned()).collect()
}

/// The facts of cases and clocks, in order, with who stated each.
fn facts(world: &World) -> Vec<String> {
    let sql = "SELECT event || ' by ' || CASE actor WHEN 'system' THEN 'system' ELSE 'somebody' END AS value FROM journal \
               WHERE event LIKE 'case.%' OR event LIKE 'clock.%' ORDER BY seq, ordinal";
    world.db.texts(sql)
}

#[actix_web::test]
async fn nobody_answers_an_application_that_is_deemed_accepted() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = filed(&world, &citizen).await;
    world.set(AFTER_INTAKE);
    let refusal = json!({ "kind": "not_needed", "reasons": "No licence is needed." });
    let notice = json!({ "notice": "The plan is missing." });
    for (verb, body) in [("acceptance", json!({})), ("rejection", refusal), ("correction", notice)] {
        let late = world.act(&supervisor, &id, verb, &body).await.expect(409);
        assert_eq!(late.code(), "wrong_stage", "{verb}");
        assert!(late.text("/detail").contains("in_progress"), "{}", late.json);
    }
    world.set(AFTER_ENTRY);
    world.sweep().await;
    let case = case_of(&world, &supervisor, &id).await;
    assert_eq!(
        (case.text("/stage"), case.text("/acceptedAt")),
        ("in_progress".into(), "2026-02-05T01:30:00.000000Z".into())
    );
    // Of the ten days of the promise, which runs from the receipt, three are left when the acceptance is drawn.
    assert_eq!(
        facts(&world),
        ["case.submitted by somebody", "clock.breached by system", "case.accepted by system", "clock.warned by system"]
    );
    world.deliver().await;
}

#[actix_web::test]
async fn what_the_case_allows_after_the_lapse_is_offered_and_done_before_the_sweep() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = filed(&world, &citizen).await;
    world.set(AFTER_INTAKE);
    let case = case_of(&world, &supervisor, &id).await;
    let offers = offered(&case);
    assert!(offers.contains(&"decide".into()) && !offers.contains(&"request_correction".into()), "{offers:?}");
    let path = format!("/api/v1/cases/{id}/decision");
    let etag = case.header("etag").unwrap().to_owned();
    let decision = json!({ "outcome": "granted" });
    world.ask(Some(&supervisor), "POST", &path).if_match(&etag).body(&decision).send().await.expect(200);
    world.sweep().await;
    assert_eq!(
        facts(&world),
        [
            "case.submitted by somebody",
            "clock.breached by system",
            "case.accepted by system",
            "case.decided by somebody"
        ]
    );
    let case = case_of(&world, &supervisor, &id).await;
    let intake = case.json["clocks"].as_array().unwrap().iter().find(|c| c["kind"] == "intake").unwrap().clone();
    assert_eq!((&intake["kept"], &case.json["onTime"]), (&json!(false), &json!(true)));
    world.deliver().await;
}

#[actix_web::test]
async fn a_supplement_after_the_term_finds_the_application_withdrawn() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = filed(&world, &citizen).await;
    world.set("2026-02-06T02:00:00Z");
    world.act(&officer, &id, "correction", &json!({ "notice": "The plan is missing." })).await.expect(200);
    // 30 natural days end with Monday 03-09.
    world.set("2026-03-09T16:00:05Z");
    assert_eq!(offered(&case_of(&world, &citizen, &id).await), ["evaluate"]);
    let plan = json!({ "materials": ["premises-layout"] });
    let late = world.act(&citizen, &id, "supplement", &plan).await.expect(409);
    assert!(late.code() == "wrong_stage" && late.text("/detail").contains("withdrawn"), "{}", late.json);
    world.act(&citizen, &id, "evaluation", &json!({ "level": 4 })).await.expect(201);
    world.sweep().await;
    let case = case_of(&world, &citizen, &id).await;
    assert_eq!(
        (case.text("/stage"), case.text("/endedAt")),
        ("withdrawn".into(), "2026-03-09T16:00:00.000000Z".into())
    );
    assert_eq!(
        facts(&world)[2..],
        ["clock.breached by system", "case.withdrawn by system", "case.evaluated by somebody"]
    );
    world.deliver().await;
}
