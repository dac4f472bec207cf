//! The citizens who apply: synthetic people, registered and logged in as anybody would be.

use std::hash::{BuildHasher, Hasher};

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::http::{Connection, Post};
use crate::service::Service;
use crate::{Outcome, keys};

/// How many there are: a pool that 64 connections share.
const CITIZENS: usize = 16;

/// The API.
const API: &str = "/api/v1";

/// Where cases are submitted.
pub const CASES: &str = "/api/v1/cases";

/// Somebody with an account and a customer record.
pub struct Citizen {
    login: String,
    password: String,
}

/// Registers everybody; each gives their name and an address, and hands in one application. Returns their cases, too.
pub fn register(runtime: &Runtime, service: &Service) -> Outcome<(Vec<Citizen>, Vec<String>)> {
    runtime.block_on(async {
        let mut connection = Connection::open(service.port).await?;
        let (mut citizens, mut cases) = (Vec::new(), Vec::new());
        for number in 0..CITIZENS {
            let citizen = Citizen { login: format!("citizen{number}@example.org"), password: password() };
            let Citizen { login, password } = &citizen;
            let account = json!({"login": login, "password": password, "displayName": "Sample", "locale": "zh-CN"});
            post(&mut connection, "/accounts", None, &account).await?;
            let token = log_in_one(&mut connection, &citizen).await?;
            post(&mut connection, "/customers", Some(&token), &card(login)).await?;
            let case = post(&mut connection, "/cases", Some(&token), &application()).await?;
            cases.push(case.get("id").and_then(Value::as_str).ok_or("a case without an id")?.to_owned());
            citizens.push(citizen);
        }
        Ok((citizens, cases))
    })
}

/// Logs everybody in; returns their access tokens, good for ten minutes.
pub fn log_in(runtime: &Runtime, service: &Service, citizens: &[Citizen]) -> Outcome<Vec<String>> {
    runtime.block_on(async {
        let mut connection = Connection::open(service.port).await?;
        let mut tokens = Vec::new();
        for citizen in citizens {
            tokens.push(log_in_one(&mut connection, citizen).await?);
        }
        Ok(tokens)
    })
}

/// What is submitted: a complete application for a food-business licence.
pub fn application() -> Value {
    json!({
        "jurisdiction": "cn-110101",
        "serviceItem": "food-business-licence",
        "intent": "submit",
        "materials": ["application", "premises-layout", "food-safety-rules"],
        "form": {
            "premisesAddress": "样例区样例街道样例胡同1号一层",
            "businessForm": "catering",
            "operations": ["hot_food", "cold_food", "beverages"],
            "floorArea": 86.5,
            "sellsOnline": true,
            "plannedOpening": "2027-03-01",
            "remarks": "厨房与用餐区分设，后门为进货通道。"
        }
    })
}

/// A customer with the design's synthetic resident ID.
fn card(mail: &str) -> Value {
    json!({
        "name": "样例甲",
        "details": {"kind": "individual", "birthDate": "1900-01-01"},
        "preferredLanguage": "zh-CN",
        "preferredChannel": "email",
        "identifiers": [{"scheme": "resident_id", "value": "110101190001010014"}],
        "contactPoints": [{"contact": {"kind": "email", "value": mail}, "preferred": true}]
    })
}

async fn log_in_one(connection: &mut Connection, citizen: &Citizen) -> Outcome<String> {
    let login = json!({"login": citizen.login, "password": citizen.password});
    let session = post(connection, "/sessions", None, &login).await?;
    Ok(session.get("accessToken").and_then(Value::as_str).ok_or("a session without a token")?.to_owned())
}

async fn post(connection: &mut Connection, path: &str, token: Option<&str>, body: &Value) -> Outcome<Value> {
    let mut request = Post::new(&format!("{API}{path}"), token, body);
    let answer = connection.exchange(request.keyed(random())).await?;
    if !answer.is_success() {
        return Err(format!("POST {API}{path}: {}", answer.sample()).into());
    }
    Ok(serde_json::from_slice(answer.body)?)
}

fn password() -> String {
    format!("lamp oven {}", keys::key(random()))
}

fn random() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}
