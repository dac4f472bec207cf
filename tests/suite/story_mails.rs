//! What the applicant is told: what was so when it happened, however late the message leaves.

use serde_json::{Value, json};

use crate::world::{World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
const LAYOUT: &str = "Main equipment, layout of the premises and work flow";

fn application() -> Value {
    forms::licence(forms::INCOMPLETE)
}

/// The text of the mail with this subject.
fn text(world: &World, subject: &str) -> String {
    let sent = world.mailbox.sent();
    let mail = sent.iter().find(|mail| mail.rendered.subject.contains(subject));
    mail.unwrap_or_else(|| panic!("no mail {subject}")).rendered.text.clone()
}

#[actix_web::test]
async fn receipt_and_correction_notice_name_what_was_missing_when_they_happened() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = world.post(&citizen, "/api/v1/cases", &application()).await.expect(201).text("/id");
    world.act(&officer, &id, "correction", &json!({ "notice": "The plan is missing." })).await.expect(200);
    world.act(&citizen, &id, "supplement", &json!({ "materials": ["premises-layout"] })).await.expect(200);
    // Nothing is missing by now, and the mails only leave now.
    world.deliver().await;
    let received = text(&world, "We received your case");
    assert!(received.contains(LAYOUT), "{received}");
    let notice = text(&world, "Please complete or correct");
    // 30 natural days from 02-05 end on Saturday 03-07, and so on Monday 03-09.
    assert!(notice.contains(LAYOUT) && notice.contains("9 March 2026"), "{notice}");
}

#[actix_web::test]
async fn what_is_asked_for_later_was_not_missing_at_the_receipt() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let mut complete = application();
    complete["materials"] = json!(["application", "food-safety-rules", "premises-layout"]);
    let id = world.post(&citizen, "/api/v1/cases", &complete).await.expect(201).text("/id");
    let notice = json!({ "materials": ["premises-layout"], "notice": "The plan is unreadable." });
    world.act(&officer, &id, "correction", &notice).await.expect(200);
    world.deliver().await;
    assert!(!text(&world, "We received your case").contains(LAYOUT));
    assert!(text(&world, "Please complete or correct").contains(LAYOUT));
}
