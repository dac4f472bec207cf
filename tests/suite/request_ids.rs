//! What callers write as `X-Request-Id`: told back to them, and kept nowhere that cannot be emptied.

use crate::world::{World, forms};

#[actix_web::test]
async fn no_callers_request_id_stands_in_the_journal() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let id = "110101190001010014";
    let filed = world.ask(Some(&citizen), "POST", "/api/v1/cases").header("x-request-id", id);
    let filed = filed.body(&forms::licence(forms::WHOLE)).send().await.expect(201);
    assert_eq!(filed.header("x-request-id"), Some(id));
    world.post(&citizen, "/api/v1/cases", &forms::licence(forms::WHOLE)).await.expect(201);
    let known = world.db.texts("SELECT request_id AS value FROM journal WHERE event = 'case.submitted'");
    assert_eq!(known.len(), 2);
    assert!(known.iter().all(|known| !known.contains(id) && known.len() <= 100), "{known:?}");
    assert_eq!(known.iter().filter(|known| known.starts_with("req_")).count(), 1, "one was made here");
    let problem = world.ask(None, "GET", "/api/v1/cases").header("x-request-id", id).send().await;
    assert_eq!(problem.json["traceId"], id);
    world.deliver().await;
}
