//! A clock that stands still makes no case overdue: while the applicant corrects, and while a special procedure lasts.

use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");

fn licence() -> Value {
    forms::licence(forms::INCOMPLETE)
}

async fn filed(world: &World, who: &Who) -> String {
    world.file(who, &licence()).await.expect(201).text("/id")
}

async fn case_of(world: &World, who: &Who, id: &str) -> Answer {
    world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200)
}

fn clock(case: &Answer, kind: &str) -> Value {
    let clocks = case.json["clocks"].as_array().unwrap();
    clocks.iter().rfind(|c| c["kind"] == kind).unwrap_or_else(|| panic!("no {kind} clock")).clone()
}

/// How many cases the list shows as due before an instant.
async fn due_before(world: &World, who: &Who, instant: &str) -> usize {
    let list = world.get(who, &format!("/api/v1/cases?dueBefore={instant}")).await.expect(200);
    list.json["items"].as_array().unwrap().len()
}

#[actix_web::test]
async fn a_case_that_waits_for_its_correction_is_due_when_the_applicants_term_is() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = filed(&world, &citizen).await;
    // Intake: five working days from Thursday 02-05, to 02-12. The notice of Friday 02-06 gives until Monday 03-09.
    world.set("2026-02-06T02:00:00Z");
    world.act(&officer, &id, "correction", &json!({ "notice": "The plan is missing." })).await.expect(200);
    world.set("2026-02-20T02:00:00Z");
    world.sweep().await;
    let case = case_of(&world, &officer, &id).await;
    assert_eq!((&case.json["overdue"], case.text("/dueAt")), (&json!(false), "2026-03-09T16:00:00.000000Z".into()));
    let intake = clock(&case, "intake");
    // Of the five days one was used: 02-06.
    assert_eq!(
        (&intake["kept"], &intake["light"], &intake["left"]["value"]),
        (&json!(true), &json!("green"), &json!(4))
    );
    assert_eq!(due_before(&world, &officer, "2026-03-01T00:00:00Z").await, 0);
    // Handed in on Tuesday 02-24: the four days left are 02-25…02-28 (Saturday 02-28 is worked).
    world.set("2026-02-24T02:00:00Z");
    world.act(&citizen, &id, "supplement", &json!({ "materials": ["premises-layout"] })).await.expect(200);
    let case = case_of(&world, &officer, &id).await;
    assert_eq!(case.text("/dueAt"), clock(&case, "intake")["dueAt"].as_str().unwrap());
    assert_eq!(due_before(&world, &officer, "2026-03-01T00:00:00Z").await, 1);
    world.deliver().await;
}

#[actix_web::test]
async fn a_notice_on_the_last_day_keeps_the_intake_term_and_one_after_it_does_not() {
    for (notice_at, kept) in [("2026-02-12T08:00:00Z", true), ("2026-02-13T02:00:00Z", false)] {
        let world = World::new().await;
        let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
        let id = filed(&world, &citizen).await;
        world.set(notice_at);
        world.act(&officer, &id, "correction", &json!({ "notice": "The plan is missing." })).await.expect(200);
        world.set("2026-02-26T02:00:00Z");
        let case = case_of(&world, &officer, &id).await;
        assert_eq!(clock(&case, "intake")["kept"], json!(kept), "{notice_at}");
        assert_eq!(clock(&case, "intake")["light"], json!(if kept { "yellow" } else { "red" }), "{notice_at}");
        assert_eq!(case.json["overdue"], false, "{notice_at}");
        world.act(&citizen, &id, "withdrawal", &json!({})).await.expect(200);
        let case = case_of(&world, &officer, &id).await;
        assert_eq!(clock(&case, "intake")["kept"], json!(kept), "{notice_at}, withdrawn");
        world.deliver().await;
    }
}

#[actix_web::test]
async fn a_suspended_case_is_due_at_no_time_and_breaks_no_term() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let supervisor = world.staff("supervisor", Some(FOOD)).await;
    let id = filed(&world, &citizen).await;
    world.act(&officer, &id, "acceptance", &json!({})).await.expect(200);
    world.set("2026-02-10T02:00:00Z");
    world.act(&supervisor, &id, "suspension", &json!({ "reason": "expert_review" })).await.expect(200);
    world.set("2026-06-01T02:00:00Z");
    let case = case_of(&world, &officer, &id).await;
    assert_eq!((&case.json["overdue"], &case.json["dueAt"]), (&json!(false), &Value::Null));
    for kind in ["promise", "statutory"] {
        let clock = clock(&case, kind);
        assert_eq!((&clock["kept"], &clock["light"]), (&json!(true), &json!("green")), "{kind}");
    }
    assert_eq!(due_before(&world, &officer, "2027-01-01T00:00:00Z").await, 0);
    world.act(&citizen, &id, "withdrawal", &json!({})).await.expect(200);
    assert_eq!(case_of(&world, &officer, &id).await.json["onTime"], true);
    world.deliver().await;
}
