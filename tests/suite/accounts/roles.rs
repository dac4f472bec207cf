//! Staff accounts and their roles.

use actix_web::http::Method;
use gcrm::accounts::{AdminKind, Another};
use gcrm::error::{Code, Failure};
use serde_json::json;

use super::rig::{PASSWORD, Rig};

async fn grant(
    rig: &Rig,
    token: &str,
    to: impl std::fmt::Display,
    role: &str,
    at: serde_json::Value,
) -> super::rig::Answered {
    rig.post(&format!("/api/v1/staff/{to}/memberships"), token, json!({"role": role, "department": at})).await
}

#[actix_web::test]
async fn a_role_is_effective_at_once_in_an_open_session_and_so_is_its_end() {
    let rig = Rig::new().await;
    let clerk = rig.staff("clerk", &[]).await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let (security, token) = (rig.token("security").await, rig.token("clerk").await);
    let may_list = async || rig.get("/api/v1/staff", &token).await.status;
    assert_eq!(may_list().await, 403);
    let granted = grant(&rig, &security, clerk, "supervisor", json!(rig.departments.department)).await;
    assert_eq!(granted.status, 201, "{}", granted.body);
    assert_eq!(may_list().await, 200);
    let path = format!("/api/v1/staff/{clerk}/memberships/{}", granted.text("id"));
    assert_eq!(rig.delete(&path, &security).await.status, 204);
    assert_eq!(may_list().await, 403);
    assert_eq!(rig.delete(&path, &security).await.status, 404);
}

#[actix_web::test]
async fn nobody_grants_a_role_to_themselves() {
    let rig = Rig::new().await;
    let security = rig.staff("security", &[("security_administrator", None)]).await;
    let token = rig.token("security").await;
    let refused = grant(&rig, &token, security, "officer", json!(rig.departments.department)).await;
    assert_eq!(refused.code(), (403, "out_of_reach"));
}

#[actix_web::test]
async fn roles_that_exclude_each_other_are_not_held_by_one_account_not_even_granted_at_once() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let token = rig.token("security").await;
    let system = rig.staff("system", &[("system_administrator", None)]).await;
    assert_eq!(grant(&rig, &token, system, "auditor", json!(null)).await.code(), (409, "conflicting_roles"));

    for round in 0..5 {
        let both = rig.staff(&format!("both{round}"), &[]).await;
        let grants = ["system_administrator", "auditor"].map(|role| {
            let (accounts, call) = (rig.accounts.clone(), rig.system());
            rig.db.store.write(move |tx| accounts.grant(tx, &call, both, role, None))
        });
        let outcomes = futures_util::future::join_all(grants).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    }
}

#[actix_web::test]
async fn a_role_is_granted_only_where_it_is_held_and_only_to_staff() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let token = rig.token("security").await;
    let clerk = rig.staff("clerk", &[]).await;
    let citizen = rig.citizen("someone").await;
    let d = rig.departments;
    let wrong = [
        (clerk, "emperor", json!(null), 400),
        (clerk, "citizen", json!(null), 400),
        (clerk, "client", json!(d.agency), 400),
        (clerk, "officer", json!(null), 400),
        (clerk, "auditor", json!(d.agency), 400),
        (clerk, "agency_administrator", json!(d.department), 400),
        (clerk, "officer", json!(gcrm::ids::DepartmentId::new()), 400),
        (citizen, "officer", json!(d.department), 404),
        (gcrm::ids::AccountId::new(), "officer", json!(d.department), 404),
    ];
    for (account, role, department, status) in wrong {
        assert_eq!(grant(&rig, &token, account, role, department.clone()).await.status, status, "{role} {department}");
    }
    assert_eq!(grant(&rig, &token, clerk, "agency_administrator", json!(d.agency)).await.status, 201);
    assert_eq!(grant(&rig, &token, clerk, "agency_administrator", json!(d.agency)).await.status, 409);
}

#[actix_web::test]
async fn a_grant_with_an_idempotency_key_happens_once() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let token = rig.token("security").await;
    let clerk = rig.staff("clerk", &[]).await;
    let path = format!("/api/v1/staff/{clerk}/memberships");
    let body = json!({"role": "officer", "department": rig.departments.department});
    let key = [("idempotency-key", "0123456789abcdef0123")];
    let first = rig.send(Method::POST, &path, &token, Some(body.clone()), &key).await;
    let again = rig.send(Method::POST, &path, &token, Some(body), &key).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!((first.body, again.header("idempotency-replayed").as_str()), (again.body, "true"));
}

#[actix_web::test]
async fn an_agency_administrator_stays_inside_the_agency() {
    let rig = Rig::new().await;
    let d = rig.departments;
    rig.staff("admin", &[("agency_administrator", Some(d.agency))]).await;
    let inside = rig.staff("inside", &[("officer", Some(d.department))]).await;
    let outside = rig.staff("outside", &[("officer", Some(d.other_agency))]).await;
    let across = rig.staff("across", &[("officer", Some(d.department)), ("officer", Some(d.other_agency))]).await;
    let auditor = rig.staff("auditor", &[("auditor", None)]).await;
    let token = rig.token("admin").await;

    let listed = rig.get("/api/v1/staff", &token).await;
    let logins: Vec<_> = listed.body["items"].as_array().unwrap().iter().map(|s| s["login"].clone()).collect();
    assert_eq!(logins, [json!("admin"), json!("inside"), json!("across")]);
    for (account, status) in [(inside, 200), (across, 200), (outside, 404), (auditor, 404)] {
        assert_eq!(rig.get(&format!("/api/v1/staff/{account}"), &token).await.status, status);
    }
    let disable = json!({"status": "disabled"});
    for (account, status) in [(inside, 200), (across, 403), (outside, 404), (auditor, 404)] {
        let path = format!("/api/v1/staff/{account}/status");
        assert_eq!(rig.put(&path, &token, disable.clone()).await.status, status);
    }
    assert_eq!(grant(&rig, &token, inside, "officer", json!(d.agency)).await.code(), (403, "forbidden"));
}

#[actix_web::test]
async fn an_account_belongs_to_the_agency_of_whoever_made_it_before_it_has_a_role() {
    let rig = Rig::new().await;
    let d = rig.departments;
    rig.staff("admin", &[("agency_administrator", Some(d.agency))]).await;
    rig.staff("other", &[("agency_administrator", Some(d.other_agency))]).await;
    let (own, other) = (rig.token("admin").await, rig.token("other").await);
    let input = json!({"login": "clerk", "password": PASSWORD, "displayName": "Clerk"});
    let created = rig.post("/api/v1/staff", &own, input).await;
    assert_eq!((created.status, created.body["agency"].clone()), (201, json!(d.agency)));
    let path = created.header("location");
    let listed = async |token: &str| rig.get("/api/v1/staff", token).await.body["items"].to_string().contains("clerk");
    assert_eq!((listed(&own).await, rig.get(&path, &own).await.status), (true, 200));
    assert_eq!((listed(&other).await, rig.get(&path, &other).await.status), (false, 404));
    let (status, disable) = (format!("{path}/status"), json!({"status": "disabled"}));
    assert_eq!(rig.put(&status, &other, disable.clone()).await.status, 404);
    assert_eq!(rig.put(&status, &own, disable).await.status, 200);
}

#[actix_web::test]
async fn an_account_is_made_for_an_agency_within_reach_and_by_name_where_there_are_several() {
    let rig = Rig::new().await;
    let d = rig.departments;
    rig.staff("admin", &[("agency_administrator", Some(d.agency))]).await;
    let both = [("agency_administrator", Some(d.agency)), ("agency_administrator", Some(d.other_agency))];
    rig.staff("both", &both).await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let tries = [
        ("admin", json!(d.other_agency), 403, json!(null)),
        ("admin", json!(d.department), 400, json!(null)),
        ("admin", json!(null), 201, json!(d.agency)),
        ("both", json!(null), 400, json!(null)),
        ("both", json!(d.other_agency), 201, json!(d.other_agency)),
        ("security", json!(d.agency), 201, json!(d.agency)),
        ("security", json!(null), 201, json!(null)),
    ];
    for (i, (caller, named, status, agency)) in tries.into_iter().enumerate() {
        let token = rig.token(caller).await;
        let body = json!({"login": format!("clerk{i}"), "password": PASSWORD, "displayName": "Clerk", "agency": named});
        let answer = rig.post("/api/v1/staff", &token, body).await;
        assert_eq!((answer.status, answer.body["agency"].clone()), (status, agency), "{i}: {}", answer.body);
    }
}

#[actix_web::test]
async fn a_disabled_account_is_out_at_once_and_back_when_enabled() {
    let rig = Rig::new().await;
    let admin = rig.staff("security", &[("security_administrator", None)]).await;
    let clerk = rig.staff("clerk", &[("officer", Some(rig.departments.department))]).await;
    let (security, token) = (rig.token("security").await, rig.token("clerk").await);
    assert_eq!(rig.get("/api/v1/accounts/me", &token).await.status, 200);
    let path = format!("/api/v1/staff/{clerk}/status");
    assert_eq!(rig.put(&path, &security, json!({"status": "disabled"})).await.text("status"), "disabled");
    assert_eq!(rig.get("/api/v1/accounts/me", &token).await.status, 401);
    assert_eq!(rig.log_in("clerk", PASSWORD).await.status, 401);
    rig.put(&path, &security, json!({"status": "active"})).await;
    assert_eq!(rig.get("/api/v1/accounts/me", &token).await.status, 401, "the old session stays over");
    assert_eq!(rig.log_in("clerk", PASSWORD).await.status, 201);
    let own = format!("/api/v1/staff/{admin}/status");
    assert_eq!(rig.put(&own, &security, json!({"status": "disabled"})).await.status, 403);
}

#[actix_web::test]
async fn whom_a_security_administrator_disabled_no_agency_enables() {
    let rig = Rig::new().await;
    let d = rig.departments;
    rig.staff("admin", &[("agency_administrator", Some(d.agency))]).await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let clerk = rig.staff("clerk", &[("officer", Some(d.department))]).await;
    let (admin, security) = (rig.token("admin").await, rig.token("security").await);
    let path = format!("/api/v1/staff/{clerk}/status");
    let set = async |token: &str, status: &str| rig.put(&path, token, json!({"status": status})).await;
    // What the agency did it undoes, until the platform does the same.
    assert_eq!(set(&admin, "disabled").await.status, 200);
    assert_eq!(set(&admin, "active").await.status, 200);
    assert_eq!(set(&admin, "disabled").await.status, 200);
    assert_eq!(set(&security, "disabled").await.status, 200);
    assert_eq!(set(&admin, "active").await.code(), (403, "disabled_by_platform"));
    assert_eq!(set(&admin, "disabled").await.status, 200, "once more by the agency changes nothing in it");
    assert_eq!(set(&admin, "active").await.code(), (403, "disabled_by_platform"));
    assert_eq!(rig.log_in("clerk", PASSWORD).await.status, 401);
    assert_eq!(set(&security, "active").await.text("status"), "active");
    assert_eq!(rig.log_in("clerk", PASSWORD).await.status, 201);
    // It is the agency's again.
    assert_eq!(set(&admin, "disabled").await.status, 200);
    assert_eq!(set(&admin, "active").await.status, 200);
}

#[actix_web::test]
async fn a_status_is_changed_only_on_the_version_that_was_seen() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let token = rig.token("security").await;
    let input = json!({"login": "clerk", "password": PASSWORD, "displayName": "Clerk"});
    let created = rig.post("/api/v1/staff", &token, input).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let path = format!("{}/status", created.header("location"));
    let disable = |etag: &str| {
        let headers = [("if-match".to_owned(), etag.to_owned())];
        let (rig, token, path) = (&rig, &token, &path);
        async move {
            let headers: Vec<_> = headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            rig.send(Method::PUT, path, token, Some(json!({"status": "disabled"})), &headers).await
        }
    };
    assert_eq!(disable("\"9.x\"").await.status, 412);
    let changed = disable(&created.header("etag")).await;
    assert_eq!(changed.status, 200);
    assert_eq!(disable(&created.header("etag")).await.status, 412);
    let now = rig.get(&created.header("location"), &token).await;
    assert_eq!(now.header("etag").split('.').next(), changed.header("etag").split('.').next());
}

#[actix_web::test]
async fn the_first_administrators_are_created_once_each() {
    let rig = Rig::new().await;
    let create = |kind, login: &str, another| {
        let (accounts, call, new) = (rig.accounts.clone(), rig.system(), rig.new_account(login));
        rig.db.store.write(move |tx| accounts.create_admin(tx, &call, kind, &new, another))
    };
    create(AdminKind::System, "system", Another::Refuse).await.unwrap();
    create(AdminKind::Security, "security", Another::Refuse).await.unwrap();
    let refused = create(AdminKind::System, "system2", Another::Refuse).await;
    assert_eq!(refused, Err(Failure::refused(Code::AlreadyExists)));
    create(AdminKind::System, "system2", Another::Create).await.unwrap();
    let token = rig.token("system").await;
    assert_eq!(rig.get("/api/v1/staff", &token).await.body["items"].as_array().unwrap().len(), 3);
    let nobody = rig.citizen("someone").await;
    assert_eq!(
        grant(&rig, &token, nobody, "officer", json!(null)).await.status,
        403,
        "one of them alone gives no rights"
    );
}

#[actix_web::test]
async fn staff_are_listed_page_by_page() {
    let rig = Rig::new().await;
    rig.staff("auditor", &[("auditor", None)]).await;
    for n in 0..4 {
        rig.staff(&format!("clerk{n}"), &[]).await;
    }
    let token = rig.token("auditor").await;
    let (mut logins, mut after) = (Vec::new(), String::new());
    loop {
        let page = rig.get(&format!("/api/v1/staff?limit=2{after}"), &token).await;
        logins.extend(page.body["items"].as_array().unwrap().iter().map(|s| s["login"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(logins, ["auditor", "clerk0", "clerk1", "clerk2", "clerk3"]);
}

#[actix_web::test]
async fn a_case_may_be_given_only_to_whoever_works_where_it_is() {
    let rig = Rig::new().await;
    let d = rig.departments;
    let clerk = rig.staff("clerk", &[("officer", Some(d.department))]).await;
    let boss = rig.staff("boss", &[("supervisor", Some(d.agency))]).await;
    let auditor = rig.staff("auditor", &[("auditor", None)]).await;
    let citizen = rig.citizen("someone").await;
    let claim = gcrm::access::Permission::CaseClaim;
    let asked = [
        (clerk, d.department, true),
        (clerk, d.agency, false),
        (boss, d.department, true),
        (boss, d.other_agency, false),
        (auditor, d.department, false),
        (citizen, d.department, false),
    ];
    for (account, department, expected) in asked {
        let accounts = rig.accounts.clone();
        let reaches = rig.db.store.read(move |db| accounts.reaches(db, account, claim, department)).await.unwrap();
        assert_eq!(reaches, expected);
    }
}

#[actix_web::test]
async fn the_roles_that_can_be_granted_are_listed_with_what_excludes_them() {
    let rig = Rig::new().await;
    rig.staff("auditor", &[("auditor", None)]).await;
    let token = rig.token("auditor").await;
    let roles = rig.get("/api/v1/roles", &token).await.body["items"].clone();
    let auditor = roles.as_array().unwrap().iter().find(|role| role["code"] == "auditor").unwrap().clone();
    assert_eq!(auditor["conflicts"], json!(["agency_administrator", "security_administrator", "system_administrator"]));
    assert!(roles.as_array().unwrap().iter().all(|role| role["code"] != "citizen" && role["code"] != "client"));
}

#[actix_web::test]
async fn a_list_that_tells_no_count_refuses_the_question() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let token = rig.token("security").await;
    for list in ["staff", "clients"] {
        assert_eq!(rig.get(&format!("/api/v1/{list}?limit=5"), &token).await.status, 200);
        let refused = rig.get(&format!("/api/v1/{list}?count=true"), &token).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["code"]), (400, &json!("unknown_parameter")), "{list}");
    }
}
