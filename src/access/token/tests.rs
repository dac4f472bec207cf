#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use aws_lc_rs::hmac;
use aws_lc_rs::signature::Ed25519KeyPair;
use serde_json::{Value, json};

use super::*;
use crate::access::keys::KeyMaterial;

const ISSUER: &str = "https://service.example";
const AUDIENCE: &str = "https://service.example/api/v1";

fn now() -> Timestamp {
    "2026-02-12T01:30:00Z".parse().unwrap()
}

/// A forger who holds our very key: whatever is refused is refused for its shape or claims.
struct Forge {
    tokens: Tokens,
    kid: String,
    public: Vec<u8>,
    pair: Ed25519KeyPair,
    account: AccountId,
    session: SessionId,
}

impl Forge {
    fn new() -> Self {
        let key = KeyMaterial::generate().unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(key.private.as_ref().unwrap()).unwrap();
        let (kid, public) = (key.kid.clone(), key.public.clone());
        let tokens = Tokens::new(SigningKeys::new(vec![key]).unwrap(), ISSUER, AUDIENCE);
        Self { tokens, kid, public, pair, account: AccountId::new(), session: SessionId::new() }
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid})
    }

    fn claims(&self) -> Value {
        let iat = now().utc().timestamp();
        json!({"iss": ISSUER, "aud": AUDIENCE, "sub": self.account, "sid": self.session, "jti": "x",
            "iat": iat, "nbf": iat, "exp": iat + 900})
    }

    fn signed(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", b64(header.as_bytes()), b64(claims.as_bytes()));
        let signature = self.pair.sign(message.as_bytes());
        format!("{message}.{}", b64(signature.as_ref()))
    }

    fn good(&self) -> String {
        self.signed(&self.header().to_string(), &self.claims().to_string())
    }

    fn with_header(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut header = self.header();
        change(&mut header);
        self.signed(&header.to_string(), &self.claims().to_string())
    }

    fn with_claims(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = self.claims();
        change(&mut claims);
        self.signed(&self.header().to_string(), &claims.to_string())
    }

    fn without(&self, claim: &str) -> String {
        self.with_claims(|c| drop(c.as_object_mut().unwrap().remove(claim)))
    }

    fn mac(&self, secret: &[u8]) -> String {
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": self.kid}).to_string();
        let message = format!("{}.{}", b64(header.as_bytes()), b64(self.claims().to_string().as_bytes()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        format!("{message}.{}", b64(tag.as_ref()))
    }

    fn pem(&self) -> String {
        // SubjectPublicKeyInfo of Ed25519: RFC 8410 §4.
        let mut der = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        der.extend_from_slice(&self.public);
        let body = data_encoding::BASE64.encode(&der);
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    }
}

fn b64(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

type Corpus = Vec<(&'static str, String, BadToken)>;

fn shapes(f: &Forge) -> Corpus {
    let good = f.good();
    let [header, claims, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    // The last character of 64 bytes in base64 carries 2 bits; the next letter differs in an ignored bit.
    let (rest, last) = signature.split_at(85);
    let odd = char::from(last.as_bytes()[0] + 1);
    let std = data_encoding::BASE64.encode(format!("{{\"a\":\"{}\"}}", "\u{7ff}?>").as_bytes());
    vec![
        ("empty", String::new(), BadToken::Shape),
        ("one part", header.into(), BadToken::Shape),
        ("two parts", format!("{header}.{claims}"), BadToken::Shape),
        ("four parts", format!("{good}.{signature}"), BadToken::Shape),
        ("JWE: five parts", format!("{good}.{claims}.{signature}"), BadToken::Shape),
        ("padding", format!("{good}=="), BadToken::Shape),
        ("padding in the header", format!("{header}=.{claims}.{signature}"), BadToken::Shape),
        ("non-canonical last character", format!("{header}.{claims}.{rest}{odd}"), BadToken::Shape),
        ("standard alphabet", format!("{header}.{std}.{signature}"), BadToken::Shape),
        ("space before", format!(" {good}"), BadToken::Shape),
        ("newline after", format!("{good}\n"), BadToken::Shape),
        ("NUL inside", format!("{header}.\0{claims}.{signature}"), BadToken::Shape),
        ("JSON serialisation", json!({"payload": claims, "signature": signature}).to_string(), BadToken::Shape),
        ("empty signature", format!("{header}.{claims}."), BadToken::Signature),
        ("empty claims", format!("{header}..{signature}"), BadToken::Signature),
        ("short signature", format!("{header}.{claims}.{}", b64(&[0; 63])), BadToken::Signature),
        ("zero signature", format!("{header}.{claims}.{}", b64(&[0; 64])), BadToken::Signature),
        ("64 KB", f.with_claims(|c| c["jti"] = json!("x".repeat(65_536))), BadToken::Shape),
        ("kid of 10 KB", f.with_header(|h| h["kid"] = json!("k".repeat(10_240))), BadToken::Shape),
    ]
}

fn headers(f: &Forge) -> Corpus {
    let none = |alg: &str| {
        let header = json!({"alg": alg, "typ": "at+jwt", "kid": f.kid}).to_string();
        format!("{}.{}.", b64(header.as_bytes()), b64(f.claims().to_string().as_bytes()))
    };
    let set = |name: &'static str, value: Value| f.with_header(move |h| h[name] = value);
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": b64(&f.public)});
    let twice = format!(r#"{{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"{}"}}"#, f.kid);
    vec![
        ("alg none", none("none"), BadToken::Header),
        ("alg None", none("None"), BadToken::Header),
        ("alg NONE", none("NONE"), BadToken::Header),
        ("alg none, signed", set("alg", json!("none")), BadToken::Header),
        ("alg missing", f.with_header(|h| drop(h.as_object_mut().unwrap().remove("alg"))), BadToken::Header),
        ("alg twice", f.signed(&twice, &f.claims().to_string()), BadToken::Header),
        ("alg in small letters", set("alg", json!("eddsa")), BadToken::Header),
        ("alg Ed25519", set("alg", json!("Ed25519")), BadToken::Header),
        ("alg RS256", set("alg", json!("RS256")), BadToken::Header),
        ("alg ES256", set("alg", json!("ES256")), BadToken::Header),
        ("HS256 with the public key", f.mac(&f.public), BadToken::Header),
        ("HS256 with the public PEM", f.mac(f.pem().as_bytes()), BadToken::Header),
        ("HS256 with the public JWK", f.mac(jwk.to_string().as_bytes()), BadToken::Header),
        ("HS256 with an empty key", f.mac(b""), BadToken::Header),
        ("typ JWT", set("typ", json!("JWT")), BadToken::Header),
        ("typ of a logout token", set("typ", json!("logout+jwt")), BadToken::Header),
        ("typ in capitals", set("typ", json!("AT+JWT")), BadToken::Header),
        ("typ missing", f.with_header(|h| drop(h.as_object_mut().unwrap().remove("typ"))), BadToken::Header),
        ("kid missing", f.with_header(|h| drop(h.as_object_mut().unwrap().remove("kid"))), BadToken::Header),
        ("kid a number", set("kid", json!(1)), BadToken::Header),
        ("kid null", set("kid", Value::Null), BadToken::Header),
        ("kid unknown", set("kid", json!(b64(&[7; 32]))), BadToken::UnknownKey),
        ("kid a path", set("kid", json!("../../dev/null")), BadToken::UnknownKey),
        ("kid SQL", set("kid", json!("' OR 1=1 --")), BadToken::UnknownKey),
        ("crit", set("crit", json!(["exp"])), BadToken::Header),
        ("b64 false", set("b64", json!(false)), BadToken::Header),
        ("zip", set("zip", json!("DEF")), BadToken::Header),
        ("jwk embedded", set("jwk", jwk), BadToken::Header),
        ("jku", set("jku", json!("https://evil.example/jwks")), BadToken::Header),
        ("x5u", set("x5u", json!("https://evil.example/x")), BadToken::Header),
        ("x5c", set("x5c", json!(["AA=="])), BadToken::Header),
        ("cty of a nested token", set("cty", json!("JWT")), BadToken::Header),
        ("header an array", f.signed("[]", &f.claims().to_string()), BadToken::Header),
    ]
}

fn claims(f: &Forge) -> Corpus {
    let iat = now().utc().timestamp();
    let set = |name: &'static str, value: Value| f.with_claims(move |c| c[name] = value);
    let twice = f.claims().to_string().replacen('{', r#"{"sub":"acct_00000000000000000000000000","#, 1);
    let mut corpus: Corpus = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"]
        .map(|claim| (claim, f.without(claim), BadToken::Claims))
        .into();
    corpus.extend([
        ("iss with a slash", set("iss", json!("https://service.example/")), BadToken::Claims),
        ("iss in capitals", set("iss", json!("https://SERVICE.example")), BadToken::Claims),
        ("iss without TLS", set("iss", json!("http://service.example")), BadToken::Claims),
        ("iss an array", set("iss", json!([ISSUER])), BadToken::Claims),
        ("aud an array", set("aud", json!([AUDIENCE])), BadToken::Claims),
        ("aud an array of two", set("aud", json!([AUDIENCE, "x"])), BadToken::Claims),
        ("aud a part", set("aud", json!("https://service.example/api")), BadToken::Claims),
        ("aud empty", set("aud", json!("")), BadToken::Claims),
        ("sub a client in a session", set("sub", json!(ClientId::new())), BadToken::Claims),
        ("sub no id", set("sub", json!("admin")), BadToken::Claims),
        ("sub empty", set("sub", json!("")), BadToken::Claims),
        ("sub twice", f.signed(&f.header().to_string(), &twice), BadToken::Claims),
        ("sid of another kind", set("sid", json!(AccountId::new())), BadToken::Claims),
        ("session and scope", set("scope", json!("case:read")), BadToken::Claims),
        ("jti empty", set("jti", json!("")), BadToken::Claims),
        ("an unknown claim", set("role", json!("admin")), BadToken::Claims),
        ("exp a text", set("exp", json!((iat + 900).to_string())), BadToken::Claims),
        ("exp a fraction", set("exp", json!(9e9)), BadToken::Claims),
        ("exp 1e30", set("exp", json!(1e30)), BadToken::Claims),
        ("exp null", set("exp", Value::Null), BadToken::Claims),
        ("exp negative", set("exp", json!(-1)), BadToken::Claims),
        ("expired 6 seconds ago", set("exp", json!(iat - 6)), BadToken::Time),
        ("expired 5 seconds ago", set("exp", json!(iat - 5)), BadToken::Time),
        ("good for longer than we issue", set("exp", json!(iat + 901)), BadToken::Time),
        ("exp at the end of time", set("exp", json!(i64::MAX)), BadToken::Time),
        ("nbf in 6 seconds", set("nbf", json!(iat + 6)), BadToken::Time),
        ("nbf in an hour", set("nbf", json!(iat + 3600)), BadToken::Time),
        ("iat in 6 seconds", set("iat", json!(iat + 6)), BadToken::Time),
        ("claims an array", f.signed(&f.header().to_string(), "[]"), BadToken::Claims),
        ("claims no JSON", f.signed(&f.header().to_string(), "sub"), BadToken::Claims),
    ]);
    corpus
}

fn clients(f: &Forge) -> Corpus {
    let client = |scope: Value| {
        f.with_claims(|c| {
            drop(c.as_object_mut().unwrap().remove("sid"));
            c["sub"] = json!(ClientId::new());
            c["scope"] = scope;
        })
    };
    vec![
        ("scope in capitals", client(json!("Case:Read")), BadToken::Claims),
        ("scope with a tail", client(json!("case:readall")), BadToken::Claims),
        ("two spaces", client(json!("case:read  case:list")), BadToken::Claims),
        ("scope a list", client(json!(["case:read"])), BadToken::Claims),
    ]
}

fn strangers(f: &Forge) -> Corpus {
    let mut other = Forge::new();
    let other_kid = other.with_header(|_| ());
    other.kid.clone_from(&f.kid);
    let [header, _, signature]: [String; 3] =
        f.good().split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
    let swapped = f.with_claims(|c| c["sub"] = json!(AccountId::new()));
    let other_claims = swapped.split('.').nth(1).unwrap();
    vec![
        ("another service's key", other_kid, BadToken::UnknownKey),
        ("our kid, another key", other.good(), BadToken::Signature),
        (
            "another's claims under a good signature",
            format!("{header}.{other_claims}.{signature}"),
            BadToken::Signature,
        ),
    ]
}

#[test]
fn every_forged_token_is_refused_for_its_own_reason() {
    let f = Forge::new();
    assert!(f.tokens.verify(&f.good(), now()).is_ok(), "the forge must be able to make a good one");
    let corpus: Corpus = [shapes(&f), headers(&f), claims(&f), clients(&f), strangers(&f)].concat();
    assert!(corpus.len() >= 80, "{}", corpus.len());
    for (name, token, why) in corpus {
        assert_eq!(f.tokens.verify(&token, now()), Err(why), "{name}");
    }
}

#[test]
fn an_issued_token_names_its_holder_and_is_good_for_15_minutes() {
    let f = Forge::new();
    let account = Holder::Account { account: f.account, session: f.session };
    let client = Holder::Client { client: ClientId::new(), scopes: vec![Permission::CaseCreate, Permission::CaseRead] };
    for holder in [account, client] {
        let issued = f.tokens.issue(&holder, now()).unwrap();
        assert_eq!(issued.expires_at, "2026-02-12T01:45:00Z".parse().unwrap());
        assert_eq!(f.tokens.verify(&issued.token, now()), Ok(holder.clone()));
        let last = "2026-02-12T01:45:04.999999Z".parse().unwrap();
        assert_eq!(f.tokens.verify(&issued.token, last), Ok(holder), "5 seconds for clocks that differ");
        let over = "2026-02-12T01:45:05Z".parse().unwrap();
        assert_eq!(f.tokens.verify(&issued.token, over), Err(BadToken::Time));
        let early = "2026-02-12T01:29:54Z".parse().unwrap();
        assert_eq!(f.tokens.verify(&issued.token, early), Err(BadToken::Time));
    }
}

#[test]
fn two_tokens_are_never_the_same() {
    let f = Forge::new();
    let holder = Holder::Account { account: f.account, session: f.session };
    assert_ne!(f.tokens.issue(&holder, now()).unwrap().token, f.tokens.issue(&holder, now()).unwrap().token);
}

#[test]
fn a_token_of_a_replaced_key_is_good_until_the_grace_is_over() {
    let f = Forge::new();
    let holder = Holder::Account { account: f.account, session: f.session };
    let token = f.tokens.issue(&holder, now()).unwrap().token;
    let retired = |at: Timestamp| KeyMaterial {
        kid: f.kid.clone(),
        public: f.public.clone(),
        private: None,
        retired_at: Some(at),
    };
    f.tokens.keys().replace(vec![retired(now()), KeyMaterial::generate().unwrap()]).unwrap();
    assert_eq!(f.tokens.verify(&token, now()), Ok(holder));
    // Replaced 20 minutes and a second ago.
    let long_ago = "2026-02-12T01:09:59Z".parse().unwrap();
    f.tokens.keys().replace(vec![retired(long_ago), KeyMaterial::generate().unwrap()]).unwrap();
    assert_eq!(f.tokens.verify(&token, now()), Err(BadToken::UnknownKey));
}
