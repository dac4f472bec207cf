//! A food-business licence from the application to the evaluation, over HTTP, with every due date of `law.md`'s worked
//! example: accepted on Thursday 2026-02-12, 20 working days end on 03-18; five paused days (03-02…03-06) make it 03-25.

use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};
use gcrm::access::Permission;

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
const AGENCY: (&str, &str) = ("cn-110101", "market-supervision");

fn application() -> Value {
    forms::licence(forms::INCOMPLETE)
}

/// The due day of a running or stopped clock.
fn due_on(case: &Answer, kind: &str) -> String {
    let clocks = case.json["clocks"].as_array().unwrap();
    let clock = clocks.iter().rfind(|c| c["kind"] == kind).unwrap_or_else(|| panic!("no {kind} clock"));
    clock["dueOn"].as_str().unwrap().to_owned()
}

async fn case_of(world: &World, who: &Who, id: &str) -> Answer {
    world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200)
}

fn actions(case: &Answer) -> Vec<String> {
    let actions = case.json["availableActions"].as_array().unwrap();
    actions.iter().map(|a| a["action"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn a_licence_from_application_to_evaluation_keeps_the_days_of_the_law() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let officer = world.staff("officer", Some(FOOD)).await;
    let supervisor = world.staff("supervisor", Some(FOOD)).await;
    let follower = world.system(AGENCY, &[Permission::EventRead]).await;

    // Thursday 02-05: handed in with a material missing. Intake: 5 working days → 02-12.
    let filed = world.post(&citizen, "/api/v1/cases", &application()).await.expect(201);
    let (id, number) = (filed.text("/id"), filed.text("/number"));
    assert_eq!(number, "2026-110101-0000-0001-E");
    let case = case_of(&world, &citizen, &id).await;
    assert_eq!(due_on(&case, "intake"), "2026-02-12");
    assert_eq!(actions(&case), ["withdraw"]);
    let missing: Vec<_> =
        case.json["materials"].as_array().unwrap().iter().filter(|m| m["state"] == "missing").collect();
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0]["code"], "premises-layout");

    // Friday 02-06: one notice of everything missing. The applicant has 30 natural days: 03-08 is a Sunday, so 03-09.
    world.set("2026-02-06T02:00:00Z");
    let notice = json!({ "notice": "The layout of the premises is missing." });
    world.act(&officer, &id, "correction", &notice).await.expect(200);
    let case = case_of(&world, &citizen, &id).await;
    assert_eq!(case.text("/stage"), "correction");
    assert_eq!(due_on(&case, "correction"), "2026-03-09");
    assert_eq!(actions(&case), ["supplement", "withdraw"]);
    assert_eq!(world.act(&officer, &id, "correction", &notice).await.expect(409).code(), "wrong_stage");

    // Wednesday 02-11: handed in. Paused 02-07…02-10, that is two working days (02-09, 02-10): intake 02-12 → 02-14,
    // a Saturday that is worked.
    world.set("2026-02-11T03:00:00Z");
    world.act(&citizen, &id, "supplement", &json!({ "materials": ["premises-layout"] })).await.expect(200);
    let case = case_of(&world, &citizen, &id).await;
    assert_eq!(case.text("/stage"), "submitted");
    assert_eq!(due_on(&case, "intake"), "2026-02-14");

    // Thursday 02-12: accepted. Statutory 20 working days → 03-18; promise 10 → 03-04.
    world.set("2026-02-12T06:00:00Z");
    world.act(&officer, &id, "acceptance", &json!({})).await.expect(200);
    let case = case_of(&world, &citizen, &id).await;
    assert_eq!(due_on(&case, "statutory"), "2026-03-18");
    assert_eq!(due_on(&case, "promise"), "2026-03-04");

    // Monday 03-02: expert review; resumed on Monday 03-09: 03-02…03-06 and the weekend do not count.
    world.set("2026-03-02T01:00:00Z");
    world
        .act(&supervisor, &id, "suspension", &json!({ "reason": "expert_review", "expectedDays": 5 }))
        .await
        .expect(200);
    let decision = json!({ "outcome": "granted" });
    assert_eq!(world.act(&supervisor, &id, "decision", &decision).await.expect(409).code(), "suspended");
    world.set("2026-03-09T01:00:00Z");
    let resume = world.ask(Some(&supervisor), "DELETE", &format!("/api/v1/cases/{id}/suspension"));
    resume.if_match("*").body(&json!({ "lastPausedDay": "2026-03-06" })).send().await.expect(200);
    let case = case_of(&world, &citizen, &id).await;
    assert_eq!(due_on(&case, "statutory"), "2026-03-25");

    // An officer does not decide where a supervisor does; a refusal needs reasons and the way of appeal.
    assert_eq!(world.act(&officer, &id, "decision", &decision).await.expect(403).code(), "forbidden");
    let refusal = world.act(&supervisor, &id, "decision", &json!({ "outcome": "refused" })).await.expect(400);
    let pointers: Vec<_> = refusal.json["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert_eq!(pointers, ["/reasons", "/appealRoute"]);
    world.act(&supervisor, &id, "decision", &decision).await.expect(200);

    // Delivery within 10 working days of the decision: 03-09 → 03-23. Then closed.
    let case = case_of(&world, &citizen, &id).await;
    assert_eq!(due_on(&case, "delivery"), "2026-03-23");
    assert_eq!(world.act(&officer, &id, "closure", &json!({})).await.expect(409).code(), "step_missing");
    world.act(&officer, &id, "delivery", &json!({ "method": "electronic" })).await.expect(200);
    world.act(&officer, &id, "closure", &json!({})).await.expect(200);

    // One evaluation, by the applicant.
    let good = json!({ "level": 1, "comment": "Quick." });
    world.act(&citizen, &id, "evaluation", &good).await.expect(201);
    assert_eq!(world.act(&citizen, &id, "evaluation", &good).await.expect(409).code(), "already_evaluated");
    let case = case_of(&world, &citizen, &id).await;
    assert_eq!(case.text("/stage"), "closed");
    assert_eq!(case.json["onTime"], true);
    assert_eq!(actions(&case), Vec::<String>::new());

    mails(&world).await;
    timelines(&world, &citizen, &id).await;
    feed(&world, &follower, &id).await;
}

/// Receipt, correction notice, acceptance, suspension, decision, closure: each one mail, in the applicant's language.
async fn mails(world: &World) {
    world.deliver().await;
    let sent = world.mailbox.sent();
    assert_eq!(sent.len(), 6);
    for mail in &sent {
        let text = format!("{} {}", mail.rendered.subject, mail.rendered.text);
        assert!(text.contains("2026-110101-0000-0001-E"), "{text}");
    }
}

/// The applicant sees what concerns them, without who of the staff; the auditor sees who looked, too.
async fn timelines(world: &World, citizen: &Who, id: &str) {
    let path = format!("/api/v1/cases/{id}/timeline?limit=100");
    let own = world.get(citizen, &path).await.expect(200);
    let events = |answer: &Answer| -> Vec<String> {
        let items = answer.json["items"].as_array().unwrap();
        items.iter().map(|i| i["event"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        events(&own),
        [
            "case.submitted",
            "case.correction_requested",
            "case.supplemented",
            "case.accepted",
            "case.suspended",
            "case.resumed",
            "case.decided",
            "case.delivered",
            "case.closed",
            "case.evaluated"
        ]
    );
    assert!(!own.json.to_string().contains("acct_"), "the applicant does not learn who of the staff acted");
    let auditor = world.staff("auditor", None).await;
    let refused = world.get(&auditor, &path).await;
    assert_eq!(refused.expect(400).code(), "reason_required");
    let seen = world.ask(Some(&auditor), "GET", &path).header("x-reason", "yearly audit").send().await.expect(200);
    assert!(seen.json.to_string().contains("acct_"));
    let again = world.ask(Some(&auditor), "GET", &path).header("x-reason", "yearly audit").send().await.expect(200);
    assert_eq!(events(&again).iter().filter(|e| *e == "record.read").count(), 1, "the auditor's first look left a row");
    world.deliver().await;
}

/// A system follows the feed of its agency without gaps, and sees nothing internal.
async fn feed(world: &World, follower: &Who, id: &str) {
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let page = world.get(follower, &format!("/api/v1/events?after={after}&limit=3")).await.expect(200);
        let items = page.json["items"].as_array().unwrap().clone();
        if items.is_empty() {
            break;
        }
        after = page.json["next"].as_i64().unwrap();
        seen.extend(items);
    }
    let mine: Vec<_> = seen.iter().filter(|e| e.to_string().contains(id)).map(|e| e["event"].clone()).collect();
    assert!(mine.contains(&json!("case.submitted")) && mine.contains(&json!("case.closed")));
    assert!(!mine.contains(&json!("record.read")));
    world.deliver().await;
}
