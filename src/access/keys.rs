//! The keys that sign access tokens and the journal's checkpoints: Ed25519 (RFC 8032), one current, older ones to verify.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::zeroize::Zeroizing;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::error::Failure;

/// How long a replaced key still verifies tokens: their whole life (15 minutes), and what another instance needs to notice
/// the new key, with room to spare.
pub const GRACE: TimeDelta = TimeDelta::minutes(20);

/// A key as it is stored, opened.
pub struct KeyMaterial {
    /// Its id: the JWK thumbprint (RFC 7638), so that no two keys share one.
    pub kid: String,
    /// The 32 bytes of the public key.
    pub public: Vec<u8>,
    /// PKCS #8; gone once the key is replaced.
    pub private: Option<Zeroizing<Vec<u8>>>,
    /// When it was replaced.
    pub retired_at: Option<Timestamp>,
}

impl KeyMaterial {
    /// A new key.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, Failure> {
        let pair = Ed25519KeyPair::generate().map_err(Failure::internal)?;
        let pkcs8 = pair.to_pkcs8().map_err(Failure::internal)?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self {
            kid: thumbprint(&public),
            public,
            private: Some(Zeroizing::new(pkcs8.as_ref().to_vec())),
            retired_at: None,
        })
    }
}

/// RFC 7638 over `{"crv","kty","x"}` (RFC 8037 A.3).
fn thumbprint(public: &[u8]) -> String {
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, BASE64URL_NOPAD.encode(public));
    BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, jwk.as_bytes()).as_ref())
}

/// The keys in use 签名密钥. Cheap to clone; all clones see a rotation at once.
#[derive(Clone)]
pub struct SigningKeys(Arc<RwLock<Arc<Ring>>>);

/// The keys at one moment.
pub(super) struct Ring {
    kid: String,
    pair: Ed25519KeyPair,
    pub(super) encoding: EncodingKey,
    verifying: BTreeMap<String, Verifying>,
}

struct Verifying {
    public: Vec<u8>,
    decoding: DecodingKey,
    retired_at: Option<Timestamp>,
}

impl Ring {
    fn new(keys: Vec<KeyMaterial>) -> Result<Self, Failure> {
        let mut current = None;
        let mut verifying = BTreeMap::new();
        for key in keys {
            if key.kid != thumbprint(&key.public) {
                return Err(Failure::internal("a signing key's id does not belong to its public key"));
            }
            if let (Some(private), None) = (&key.private, key.retired_at) {
                let pair = Ed25519KeyPair::from_pkcs8(private).map_err(Failure::internal)?;
                if pair.public_key().as_ref() != key.public {
                    return Err(Failure::internal("a signing key's two halves do not belong together"));
                }
                current = Some((key.kid.clone(), pair, EncodingKey::from_ed_der(private)));
            }
            let decoding = DecodingKey::from_ed_der(&key.public);
            verifying.insert(key.kid, Verifying { public: key.public, decoding, retired_at: key.retired_at });
        }
        let (kid, pair, encoding) = current.ok_or_else(|| Failure::internal("there is no key to sign with"))?;
        Ok(Self { kid, pair, encoding, verifying })
    }

    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    /// The key for tokens, unless it was replaced more than [`GRACE`] ago.
    pub(super) fn decoding(&self, kid: &str, now: Timestamp) -> Option<&DecodingKey> {
        self.verifying.get(kid).filter(|key| !key.is_over(now)).map(|key| &key.decoding)
    }
}

impl Verifying {
    fn is_over(&self, now: Timestamp) -> bool {
        self.retired_at.is_some_and(|retired| now > retired.plus(GRACE))
    }
}

impl SigningKeys {
    /// Keys in use; the one that is not replaced signs.
    ///
    /// # Errors
    /// When no key can sign, or one is damaged.
    pub fn new(keys: Vec<KeyMaterial>) -> Result<Self, Failure> {
        Ok(Self(Arc::new(RwLock::new(Arc::new(Ring::new(keys)?)))))
    }

    /// Takes other keys into use, in every clone.
    ///
    /// # Errors
    /// As [`SigningKeys::new`]; then the old ones stay.
    pub fn replace(&self, keys: Vec<KeyMaterial>) -> Result<(), Failure> {
        let ring = Arc::new(Ring::new(keys)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    pub(super) fn ring(&self) -> Arc<Ring> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The id of the key that signs.
    pub fn kid(&self) -> String {
        self.ring().kid.clone()
    }

    /// Signs bytes that are no token (the journal's checkpoint): the key's id and 64 bytes. What is signed must begin
    /// with its own name, so that it is never taken for something else.
    pub fn sign(&self, bytes: &[u8]) -> (String, Vec<u8>) {
        let ring = self.ring();
        (ring.kid.clone(), ring.pair.sign(bytes).as_ref().to_vec())
    }

    /// Whether the key `kid`, of today or replaced long ago, made this signature.
    pub fn verify(&self, kid: &str, bytes: &[u8], signature: &[u8]) -> bool {
        let ring = self.ring();
        let Some(key) = ring.verifying.get(kid) else { return false };
        ParsedPublicKey::new(&ED25519, &key.public).is_ok_and(|public| public.verify_sig(bytes, signature).is_ok())
    }

    /// What others verify tokens with: the current key and those whose tokens may still be good.
    pub fn jwks(&self, now: Timestamp) -> Jwks {
        let ring = self.ring();
        let good = ring.verifying.iter().filter(|(_, key)| !key.is_over(now));
        Jwks { keys: good.map(|(kid, key)| Jwk::new(kid.clone(), &key.public)).collect() }
    }
}

/// A JSON Web Key Set (RFC 7517 §5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Jwks {
    /// The keys that verify tokens today.
    #[schema(max_items = 16)]
    pub keys: Vec<Jwk>,
}

/// A public Ed25519 key (RFC 8037 §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Jwk {
    /// Always `OKP`.
    #[schema(value_type = String, example = "OKP", max_length = 3)]
    kty: &'static str,
    /// Always `Ed25519`.
    #[schema(value_type = String, example = "Ed25519", max_length = 7)]
    crv: &'static str,
    /// Always `EdDSA`.
    #[schema(value_type = String, example = "EdDSA", max_length = 5)]
    alg: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    #[schema(value_type = String, example = "sig", max_length = 3)]
    usage: &'static str,
    /// The key's id: its RFC 7638 thumbprint.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", max_length = 43)]
    pub kid: String,
    /// The public key, base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", max_length = 43)]
    pub x: String,
}

impl Jwk {
    fn new(kid: String, public: &[u8]) -> Self {
        Self { kty: "OKP", crv: "Ed25519", alg: "EdDSA", usage: "sig", kid, x: BASE64URL_NOPAD.encode(public) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037_appendix_a_3() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let public = BASE64URL_NOPAD.decode(x.as_bytes()).unwrap();
        assert_eq!(thumbprint(&public), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_replaced_key_still_verifies_checkpoints_for_ever_but_leaves_the_published_set_after_the_grace() {
        let old = KeyMaterial::generate().unwrap();
        let (kid, public) = (old.kid.clone(), old.public.clone());
        let keys = SigningKeys::new(vec![old]).unwrap();
        let (by, signature) = keys.sign(b"gcrm checkpoint 1");
        assert_eq!(by, kid);

        let retired_at = Some(at("2026-02-12T00:00:00Z"));
        let retired = KeyMaterial { kid: kid.clone(), public, private: None, retired_at };
        keys.replace(vec![retired, KeyMaterial::generate().unwrap()]).unwrap();
        assert_ne!(keys.kid(), kid);
        assert!(keys.verify(&kid, b"gcrm checkpoint 1", &signature));
        assert!(!keys.verify(&kid, b"gcrm checkpoint 2", &signature));
        assert!(!keys.verify(&keys.kid(), b"gcrm checkpoint 1", &signature));
        assert_eq!(keys.jwks(at("2026-02-12T00:20:00Z")).keys.len(), 2);
        assert_eq!(keys.jwks(at("2026-02-12T00:20:01Z")).keys.len(), 1);
    }

    #[test]
    fn keys_of_which_none_can_sign_are_refused_and_the_old_ones_stay() {
        let keys = SigningKeys::new(vec![KeyMaterial::generate().unwrap()]).unwrap();
        let kid = keys.kid();
        let broken = KeyMaterial { private: None, ..KeyMaterial::generate().unwrap() };
        assert!(keys.replace(vec![broken]).is_err());
        let swapped =
            KeyMaterial { private: KeyMaterial::generate().unwrap().private, ..KeyMaterial::generate().unwrap() };
        assert!(keys.replace(vec![swapped]).is_err());
        assert_eq!(keys.kid(), kid);
    }
}
