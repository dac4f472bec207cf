//! Passwords: what a new one must be (NIST SP 800-63B-4 §3.1.1.2), and how they are hashed (Argon2id, RFC 9106).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::rand;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Semaphore, oneshot};
use unicode_normalization::UnicodeNormalization;

use super::guessable::is_guessable;
use super::model::Login;
use crate::error::{Failure, FieldError};

/// Least characters (code points after NFKC) of a password that is the only factor.
pub const MIN: usize = 15;
/// Most characters.
pub const MAX: usize = 256;
/// How many passwords are hashed at a time: so many cores at most are busy with logins.
const PLACES: usize = 2;
/// How long a login waits for its turn before it is told 503.
const WAIT: Duration = Duration::from_secs(5);

/// What somebody says their password is: normalised, not judged.
#[derive(Clone, Debug)]
pub struct Attempt(SecretString);

impl Attempt {
    /// Normalises (NFKC). Anything longer than [`MAX`] characters is nobody's password and is cut there, so that it costs
    /// no more than a real one.
    pub fn new(text: &SecretString) -> Self {
        let normal: String = text.expose_secret().nfkc().take(MAX.saturating_add(1)).collect();
        Self(normal.into())
    }
}

/// A password that may be set 密码: 15–256 characters, not guessable, no other rule.
#[derive(Clone, Debug)]
pub struct NewPassword(Attempt);

impl NewPassword {
    /// Judges a password for an account; `pointer` is the field it came in.
    ///
    /// # Errors
    /// `password_too_short`, `password_too_long`, or `password_guessable`, with the reason.
    pub fn parse(text: &SecretString, login: &Login, pointer: &str) -> Result<Self, FieldError> {
        let attempt = Attempt::new(text);
        let length = attempt.0.expose_secret().chars().count();
        let wrong = |code: &str, detail: &str| Err(FieldError::new(pointer, code, detail));
        if length < MIN {
            return wrong(
                "password_too_short",
                "use at least 15 characters; a sentence of four or more words is easy to keep in mind",
            );
        }
        if length > MAX {
            return wrong("password_too_long", "use at most 256 characters");
        }
        if is_guessable(attempt.0.expose_secret(), login.as_str()) {
            let detail = "this is made of at most three well-known words, runs, repetitions or your login, \
                which programs that guess passwords try first; put four or more unrelated words together";
            return wrong("password_guessable", detail);
        }
        Ok(Self(attempt))
    }
}

impl NewPassword {
    /// As [`NewPassword::parse`], for one that takes the place of `current`, which it must differ from.
    ///
    /// # Errors
    /// As there; `password_unchanged`.
    pub fn replacing(
        text: &SecretString,
        current: &SecretString,
        login: &Login,
        pointer: &str,
    ) -> Result<Self, FieldError> {
        let new = Self::parse(text, login, pointer)?;
        if new.0.0.expose_secret() == Attempt::new(current).0.expose_secret() {
            return Err(FieldError::new(pointer, "password_unchanged", "choose another password than the one of now"));
        }
        Ok(new)
    }
}

/// A password as it is stored: a PHC string with its own salt and parameters. Not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// As the database holds it.
    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }

    /// For the database.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Cost of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength {
    /// Memory, KiB.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Strength {
    /// OWASP's first choice: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// What came of checking an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the password, or there is no such account.
    Wrong,
    /// It is.
    Right,
    /// It is, but its hash is weaker than new ones: store this one instead.
    Outdated(PasswordHash),
}

/// Hashes passwords away from the threads that answer requests, two at a time. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    engine: Engine,
    places: Arc<Semaphore>,
    threads: Sender<Job>,
    /// What an attempt is compared with where there is no account: as slow as the real thing.
    nobody: Arc<PasswordHash>,
}

#[derive(Clone)]
struct Engine(Argon2<'static>);

type Job = Box<dyn FnOnce(&Engine, &mut Memory) + Send>;

/// What a hash is worked out in: 19 MiB, kept for the next one. Given back, the allocator could not use it again: the pieces
/// that are left are a little too small for the next alignment.
type Memory = Vec<Block>;

impl Hasher {
    /// A hasher of this strength.
    ///
    /// # Errors
    /// Parameters that Argon2 does not know; no randomness.
    pub fn new(strength: Strength) -> Result<Self, Failure> {
        let params = Params::new(strength.memory, strength.passes, strength.lanes, None).map_err(Failure::internal)?;
        let engine = Engine(Argon2::new(Algorithm::Argon2id, Version::V0x13, params));
        let mut nobody = [0; 32];
        rand::fill(&mut nobody).map_err(Failure::internal)?;
        let nobody = Arc::new(engine.hash(&nobody, &mut Memory::new())?);
        let threads = threads(&engine)?;
        Ok(Self { engine, places: Arc::new(Semaphore::new(PLACES)), threads, nobody })
    }

    /// Hashes a new password on this thread, for command lines and demonstrations.
    ///
    /// # Errors
    /// No randomness, no memory.
    pub fn hash_here(&self, password: &NewPassword) -> Result<PasswordHash, Failure> {
        self.engine.hash(password.0.0.expose_secret().as_bytes(), &mut Memory::new())
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// 503 when too many wait for their turn.
    pub async fn hash(&self, password: NewPassword) -> Result<PasswordHash, Failure> {
        self.in_turn(move |engine, memory| engine.hash(password.0.0.expose_secret().as_bytes(), memory)).await
    }

    /// Compares an attempt with a stored hash, or with nobody's, which takes as long.
    ///
    /// # Errors
    /// 503 when too many wait for their turn.
    pub async fn verify(&self, attempt: Attempt, stored: Option<PasswordHash>) -> Result<Verdict, Failure> {
        let nobody = self.nobody.clone();
        self.in_turn(move |engine, memory| match stored {
            Some(stored) => engine.verify(&attempt, &stored, memory),
            None => engine.verify(&attempt, &nobody, memory).map(|_| Verdict::Wrong),
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine, &mut Memory) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let place = tokio::time::timeout(WAIT, self.places.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(Failure::Unavailable("too many passwords wait to be hashed".into()));
        };
        let (tell, told) = oneshot::channel();
        let run = move |engine: &Engine, memory: &mut Memory| {
            let outcome = work(engine, memory);
            drop(place);
            // A caller that has gone away is no error.
            let _ = tell.send(outcome);
        };
        self.threads.send(Box::new(run)).map_err(|_| Failure::internal("no thread hashes passwords"))?;
        told.await.map_err(Failure::internal)?
    }
}

/// One thread a place, as long as a hasher lives, each with memory of its own.
fn threads(engine: &Engine) -> Result<Sender<Job>, Failure> {
    let (threads, jobs) = channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..PLACES {
        let (engine, jobs) = (engine.clone(), jobs.clone());
        let next = move || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let run = move || {
            let mut memory = Memory::new();
            while let Ok(job) = next() {
                // Whoever asked hears of a panic by the answer that never comes.
                let _ = catch_unwind(AssertUnwindSafe(|| job(&engine, &mut memory)));
            }
        };
        std::thread::Builder::new().name("password".into()).spawn(run).map_err(Failure::internal)?;
    }
    Ok(threads)
}

impl Engine {
    fn hash(&self, password: &[u8], memory: &mut Memory) -> Result<PasswordHash, Failure> {
        let mut salt = [0; 16];
        rand::fill(&mut salt).map_err(Failure::internal)?;
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        derive(&self.0, password, &salt, &mut out, memory)?;
        let hash = phc::PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: self.0.params().try_into().map_err(Failure::internal)?,
            salt: Some(phc::Salt::new(&salt).map_err(Failure::internal)?),
            hash: Some(phc::Output::new(&out).map_err(Failure::internal)?),
        };
        Ok(PasswordHash(hash.to_string()))
    }

    fn verify(&self, attempt: &Attempt, stored: &PasswordHash, memory: &mut Memory) -> Result<Verdict, Failure> {
        let password = attempt.0.expose_secret().as_bytes();
        let hash = phc::PasswordHash::new(&stored.0).map_err(Failure::internal)?;
        let (Some(salt), Some(wanted)) = (&hash.salt, &hash.hash) else {
            return Err(Failure::internal("a stored password hash without salt or hash"));
        };
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(Failure::internal)?;
        let version = hash.version.map_or(Ok(Version::V0x13), Version::try_from).map_err(Failure::internal)?;
        let argon = Argon2::new(algorithm, version, Params::try_from(&hash).map_err(Failure::internal)?);
        let mut out = vec![0; wanted.len()];
        derive(&argon, password, salt, &mut out, memory)?;
        // Compared in constant time.
        if phc::Output::new(&out).map_err(Failure::internal)? != *wanted {
            return Ok(Verdict::Wrong);
        }
        if self.is_current(&hash) { Ok(Verdict::Right) } else { Ok(Verdict::Outdated(self.hash(password, memory)?)) }
    }

    /// Whether a hash is as strong as new ones.
    fn is_current(&self, hash: &phc::PasswordHash) -> bool {
        let ours = self.0.params();
        let same = |params: Params| {
            (params.m_cost(), params.t_cost(), params.p_cost()) == (ours.m_cost(), ours.t_cost(), ours.p_cost())
        };
        hash.algorithm.as_str() == "argon2id" && Params::try_from(hash).is_ok_and(same)
    }
}

/// Works out a hash, and leaves nothing of it in the memory.
fn derive(
    argon: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
    out: &mut [u8],
    memory: &mut Memory,
) -> Result<(), Failure> {
    memory.resize(memory.len().max(argon.params().block_count()), Block::new());
    let derived = argon.hash_password_into_with_memory(password, salt, out, memory.as_mut_slice());
    memory.fill(Block::new());
    derived.map_err(Failure::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEAK: Strength = Strength { memory: 64, passes: 1, lanes: 1 };

    fn new_password(text: &str) -> Result<NewPassword, FieldError> {
        NewPassword::parse(&SecretString::from(text), &Login::parse("clerk").unwrap(), "/password")
    }

    fn attempt(text: &str) -> Attempt {
        Attempt::new(&SecretString::from(text))
    }

    fn code(text: &str) -> String {
        new_password(text).unwrap_err().code
    }

    #[test]
    fn a_new_password_has_15_to_256_characters_counted_as_code_points() {
        assert_eq!(code("kX9#mQ2$vL7pRt"), "password_too_short");
        assert!(new_password("kX9#mQ2$vL7pRtZ").is_ok());
        // 15 characters of 3 bytes each.
        assert!(new_password("春眠不觉晓处处闻啼鸟夜来风雨声").is_ok());
        let long: String = "lamp oven river glass ".chars().cycle().take(85).chain("k9".repeat(85).chars()).collect();
        assert!(new_password(&format!("{long}x")).is_ok(), "256 characters");
        assert_eq!(code(&format!("{long}xy")), "password_too_long");
        assert_eq!(code("Password12345678"), "password_guessable");
    }

    #[test]
    fn length_is_counted_after_normalisation() {
        // The ligature ﬃ (U+FB03) is three letters; fourteen characters typed are sixteen.
        assert!(new_password("ruby \u{fb03} lantern").is_ok());
        // Decomposed: 15 code points typed, 14 after composition.
        assert_eq!(code("kX9#mQ2$vL7pRo\u{308}"), "password_too_short");
    }

    #[test]
    fn a_hash_is_argon2id_of_19_mib_2_passes_1_lane_with_its_own_salt() {
        let hasher = Hasher::new(Strength::default()).unwrap();
        let password = new_password("lamp oven river glass").unwrap();
        let (a, b) = (hasher.hash_here(&password).unwrap(), hasher.hash_here(&password).unwrap());
        assert!(a.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", a.as_str());
        assert_ne!(a, b);
        assert_eq!(format!("{a:?}{password:?}").matches("lamp").count(), 0);
    }

    #[actix_web::test]
    async fn only_the_password_is_right_however_it_is_composed() {
        let hasher = Hasher::new(WEAK).unwrap();
        let hash = hasher.hash(new_password("löwe oven river glass").unwrap()).await.unwrap();
        let verdict = async |text: &str| hasher.verify(attempt(text), Some(hash.clone())).await.unwrap();
        assert_eq!(verdict("lo\u{308}we oven river glass").await, Verdict::Right);
        assert_eq!(verdict("Löwe oven river glass").await, Verdict::Wrong);
        assert_eq!(verdict("").await, Verdict::Wrong);
        assert_eq!(verdict(&"x".repeat(100_000)).await, Verdict::Wrong);
        assert_eq!(hasher.verify(attempt("löwe oven river glass"), None).await.unwrap(), Verdict::Wrong);
    }

    #[actix_web::test]
    async fn a_weaker_hash_is_replaced_when_its_password_is_known() {
        let password = "lamp oven river glass";
        let old = Hasher::new(WEAK).unwrap().hash_here(&new_password(password).unwrap()).unwrap();
        let hasher = Hasher::new(Strength { memory: 128, ..WEAK }).unwrap();
        let Verdict::Outdated(new) = hasher.verify(attempt(password), Some(old.clone())).await.unwrap() else {
            panic!("the hash is outdated")
        };
        assert_eq!(hasher.verify(attempt(password), Some(new)).await.unwrap(), Verdict::Right);
        assert_eq!(hasher.verify(attempt("wrong"), Some(old)).await.unwrap(), Verdict::Wrong);
    }
}
