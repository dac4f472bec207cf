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
async fn a_notice_on_the_last_day_keeps_the_term_and_leaves_that_day_for_the_answer() {
    // What is handed in, and the last day of the intake then: on the day of the notice and the day after, on a day off
    // (Saturday 02-21), after some weeks.
    for (at, due_on) in [
        ("2026-02-12T10:00:00Z", "2026-02-12"),
        ("2026-02-13T02:00:00Z", "2026-02-13"),
        ("2026-02-21T02:00:00Z", "2026-02-24"),
        ("2026-02-26T02:00:00Z", "2026-02-26"),
    ] {
        let world = World::new().await;
        let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
        let id = filed(&world, &citizen).await;
        world.set("2026-02-12T08:00:00Z");
        world.act(&officer, &id, "correction", &json!({ "notice": "The plan is missing." })).await.expect(200);
        world.set(at);
        world.sweep().await;
        let waiting = case_of(&world, &officer, &id).await;
        let intake = clock(&waiting, "intake");
        assert_eq!((&intake["kept"], &intake["light"]), (&json!(true), &json!("yellow")), "{at}");
        assert_eq!(waiting.json["overdue"], false, "{at}");
        world.act(&citizen, &id, "supplement", &json!({ "materials": ["premises-layout"] })).await.expect(200);
        world.sweep().await;
        let case = case_of(&world, &officer, &id).await;
        let intake = clock(&case, "intake");
        assert_eq!((&intake["kept"], &intake["dueOn"]), (&json!(true), &json!(due_on)), "{at}");
        assert_eq!((case.text("/stage"), &case.json["overdue"]), ("submitted".into(), &json!(false)), "{at}");
        world.deliver().await;
    }
}

#[actix_web::test]
async fn silence_after_an_answer_to_a_notice_of_the_last_day_is_acceptance_on_the_day_of_the_answer() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = filed(&world, &citizen).await;
    world.set("2026-02-12T08:00:00Z");
    world.act(&officer, &id, "correction", &json!({ "notice": "The plan is missing." })).await.expect(200);
    world.set("2026-02-26T02:00:00Z");
    world.act(&citizen, &id, "supplement", &json!({ "materials": ["premises-layout"] })).await.expect(200);
    // The term ends with Thursday 02-26; whatever was done within it is entered by the end of Friday.
    world.set("2026-02-27T15:59:59Z");
    world.sweep().await;
    assert_eq!(case_of(&world, &officer, &id).await.text("/stage"), "submitted");
    world.set("2026-02-27T16:00:00Z");
    world.sweep().await;
    let case = case_of(&world, &officer, &id).await;
    assert_eq!(
        (case.text("/stage"), case.text("/acceptedAt")),
        ("in_progress".into(), "2026-02-26T02:00:00.000000Z".into())
    );
    world.deliver().await;
}

/// Requests of Los Angeles have no intake term; their promise runs from receipt.
#[actix_web::test]
async fn a_promise_that_runs_from_receipt_has_its_last_day_left_after_a_notice_on_it() {
    // Wednesday 02-04 in Los Angeles: five working days end with Wednesday 02-11.
    let world = World::new().await;
    let crew = world.staff("import_officer", Some(("us-la", "OCB"))).await;
    let report = json!({
        "jurisdiction": "us-la", "serviceItem": "Graffiti Removal", "disclosure": "not_disclosed", "form": {}
    });
    let id = world.file(&crew, &report).await.expect(201).text("/id");
    assert_eq!(clock(&case_of(&world, &crew, &id).await, "promise")["dueOn"], "2026-02-11");
    world.set("2026-02-11T20:00:00Z");
    world.act(&crew, &id, "correction", &json!({ "notice": "Which wall?" })).await.expect(200);
    world.set("2026-02-18T20:00:00Z");
    world.act(&crew, &id, "supplement", &json!({ "form": { "description": "The north wall" } })).await.expect(200);
    let promise = clock(&case_of(&world, &crew, &id).await, "promise");
    assert_eq!((&promise["dueOn"], &promise["kept"]), (&json!("2026-02-18"), &json!(true)));
    world.deliver().await;
}

#[actix_web::test]
async fn a_case_that_waits_for_its_correction_when_it_ends_kept_its_intake_term() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = filed(&world, &citizen).await;
    world.set("2026-02-12T08:00:00Z");
    world.act(&officer, &id, "correction", &json!({ "notice": "The plan is missing." })).await.expect(200);
    world.set("2026-02-26T02:00:00Z");
    world.act(&citizen, &id, "withdrawal", &json!({})).await.expect(200);
    assert_eq!(clock(&case_of(&world, &officer, &id).await, "intake")["kept"], true);
    world.deliver().await;
}

/// A petition counts natural days, and nothing follows from the lapse of its intake.
#[actix_web::test]
async fn a_notice_after_the_term_of_an_intake_that_only_falls_overdue_leaves_it_overdue() {
    // 15 natural days from 02-05 end on Friday 02-20, a day off, and so on Tuesday 02-24.
    for (notice_at, kept, due_on) in
        [("2026-02-24T08:00:00Z", true, "2026-03-02"), ("2026-02-25T02:00:00Z", false, "2026-02-24")]
    {
        let world = World::new().await;
        let citizen = world.citizen().await;
        let officer = world.staff("officer", Some(("cn-110101", "letters-and-calls-reception"))).await;
        let petition = json!({
            "jurisdiction": "cn-110101", "serviceItem": "petition",
            "form": { "matter": "A noisy yard", "request": "Quiet at night" }
        });
        let id = world.file(&citizen, &petition).await.expect(201).text("/id");
        world.set(notice_at);
        world.act(&officer, &id, "correction", &json!({ "notice": "Which yard?" })).await.expect(200);
        let case = case_of(&world, &officer, &id).await;
        assert_eq!((&clock(&case, "intake")["kept"], &case.json["overdue"]), (&json!(kept), &json!(!kept)));
        world.set("2026-03-02T02:00:00Z");
        world
            .act(&citizen, &id, "supplement", &json!({ "form": { "matter": "The yard in the east" } }))
            .await
            .expect(200);
        let intake = clock(&case_of(&world, &officer, &id).await, "intake");
        assert_eq!((&intake["kept"], &intake["dueOn"]), (&json!(kept), &json!(due_on)), "{notice_at}");
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
    world
        .act(&supervisor, &id, "suspension", &json!({ "reason": "expert_review", "expectedDays": 5 }))
        .await
        .expect(200);
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

#[actix_web::test]
async fn a_pause_ends_with_its_case_on_the_day_before() {
    for (ending, body) in [("withdrawal", json!({})), ("termination", json!({ "referral": "The next district." }))] {
        let world = World::new().await;
        let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
        let id = filed(&world, &citizen).await;
        world.act(&supervisor, &id, "acceptance", &json!({})).await.expect(200);
        world.set("2026-02-10T02:00:00Z");
        world
            .act(&supervisor, &id, "suspension", &json!({ "reason": "expert_review", "expectedDays": 5 }))
            .await
            .expect(200);
        world.set("2026-06-01T02:00:00Z");
        let who = if ending == "withdrawal" { &citizen } else { &supervisor };
        world.act(who, &id, ending, &body).await.expect(200);
        let case = case_of(&world, &supervisor, &id).await;
        assert_eq!(case.text("/pauses/0/lastPausedDay"), "2026-05-31", "{ending}");
        assert_eq!((&case.json["onTime"], &case.json["suspended"]), (&json!(true), &json!(false)), "{ending}");
        for kind in ["promise", "statutory"] {
            assert_eq!(clock(&case, kind)["kept"], true, "{ending}: {kind}");
        }
        world.deliver().await;
    }
}

#[actix_web::test]
async fn what_was_overdue_before_a_suspension_stays_overdue_in_it() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = filed(&world, &citizen).await;
    world.act(&supervisor, &id, "acceptance", &json!({})).await.expect(200);
    // The promise of 10 working days ended with Thursday 02-26, the law's 20 with Wednesday 03-11.
    world.set("2026-03-12T02:00:00Z");
    world
        .act(&supervisor, &id, "suspension", &json!({ "reason": "expert_review", "expectedDays": 5 }))
        .await
        .expect(200);
    let case = case_of(&world, &supervisor, &id).await;
    assert_eq!(
        (&case.json["overdue"], case.text("/dueAt"), &case.json["suspended"]),
        (&json!(true), "2026-02-26T16:00:00.000000Z".into(), &json!(true))
    );
    for kind in ["promise", "statutory"] {
        let clock = clock(&case, kind);
        assert_eq!((&clock["kept"], &clock["light"]), (&json!(false), &json!("red")), "{kind}");
    }
    assert_eq!(due_before(&world, &supervisor, "2026-03-01T00:00:00Z").await, 1);
    world.sweep().await;
    let breaches = world.db.texts("SELECT id AS value FROM journal WHERE event = 'clock.breached'");
    assert_eq!(breaches.len(), 2, "a breach before the pause is told although the sweeper comes after it");
    world.deliver().await;
}

#[actix_web::test]
async fn the_clocks_of_a_case_stand_still_at_most_a_hundred_times() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = filed(&world, &citizen).await;
    world.act(&supervisor, &id, "acceptance", &json!({})).await.expect(200);
    let testing = json!({ "reason": "testing", "expectedDays": 1 });
    let path = format!("/api/v1/cases/{id}/suspension");
    for _ in 0..100 {
        world.act(&supervisor, &id, "suspension", &testing).await.expect(200);
        world.ask(Some(&supervisor), "DELETE", &path).if_match("*").body(&json!({})).send().await.expect(200);
    }
    let offered = case_of(&world, &supervisor, &id).await.json["availableActions"].to_string();
    assert!(!offered.contains("\"suspend\"") && offered.contains("\"extend\""), "{offered}");
    let refused = world.act(&supervisor, &id, "suspension", &testing).await.expect(409);
    assert_eq!(refused.code(), "too_many_pauses");
    world.deliver().await;
}
