//! The load: connections that submit one case after the other, all on one thread.

use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::cpu::{self, Reading, Watched};
use crate::figures::Figures;
use crate::http::{Answer, Connection, Post};
use crate::options::Window;
use crate::people::{CASES, application};
use crate::{Failure, Outcome};

/// How long the last answers may take after the end.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of a load.
pub struct Load {
    /// The figures.
    pub figures: Figures,
    /// Answers that say a case is kept, also those before and after the counted time.
    pub accepted: u64,
}

/// The counted time.
#[derive(Clone, Copy)]
struct Counted {
    from: Instant,
    to: Instant,
}

/// What one connection saw.
#[derive(Default)]
struct Tally {
    /// Submissions that were answered within the counted time: how long each took.
    took: Vec<Duration>,
    accepted: u64,
    refused: u64,
    sample: Option<String>,
}

/// Submits over so many connections; each has one of the tokens.
pub fn drive(
    runtime: &Runtime,
    port: u16,
    tokens: &[String],
    connections: usize,
    window: Window,
    watched: Watched,
) -> Outcome<Load> {
    let body = application();
    let posts = tokens.iter().cycle().take(connections).map(|token| Post::new(CASES, Some(token), &body));
    let posts: Vec<Post> = posts.collect();
    let from = Instant::now() + window.warm_up;
    let counted = Counted { from, to: from + window.measured };
    let watcher = std::thread::spawn(move || watch(counted, watched));
    let tally = runtime.block_on(async {
        tokio::time::timeout(window.warm_up + window.measured + PATIENCE, all(port, posts, counted)).await
    });
    let (before, after) = watcher.join().map_err(|_| "the watcher of the processors panicked")??;
    let tally = tally.map_err(|_| "the service does not answer any more")??;
    let figures = Figures::of(tally.took, 1, window.measured, &before, &after)?;
    Ok(Load { figures: Figures { refused: tally.refused, sample: tally.sample, ..figures }, accepted: tally.accepted })
}

/// Reads the clocks of the processors at both ends of the counted time; on a thread of its own, so that no request waits.
fn watch(counted: Counted, watched: Watched) -> Outcome<(Reading, Reading)> {
    std::thread::sleep(counted.from.saturating_duration_since(Instant::now()));
    let before = cpu::read(watched)?;
    std::thread::sleep(counted.to.saturating_duration_since(Instant::now()));
    Ok((before, cpu::read(watched)?))
}

async fn all(port: u16, posts: Vec<Post>, counted: Counted) -> Outcome<Tally> {
    let step = posts.len() as u64;
    let tasks: Vec<_> =
        (0..).zip(posts).map(|(first, post)| tokio::spawn(one(port, post, first, step, counted))).collect();
    let mut whole = Tally::default();
    for task in tasks {
        whole.add(task.await??);
    }
    Ok(whole)
}

/// One connection; `first`, `first + step`… number its submissions.
async fn one(port: u16, mut post: Post, first: u64, step: u64, counted: Counted) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let mut connection = Connection::open(port).await?;
    let mut number = first;
    loop {
        let begun = Instant::now();
        if begun >= counted.to {
            return Ok(tally);
        }
        match connection.exchange(post.keyed(number)).await {
            Ok(answer) => tally.count(begun, &answer, counted),
            Err(why) => {
                tally.refuse(why.to_string());
                connection = Connection::open(port).await?;
            }
        }
        number = number.wrapping_add(step);
    }
}

impl Tally {
    fn count(&mut self, begun: Instant, answer: &Answer<'_>, counted: Counted) {
        if !answer.is_success() {
            return self.refuse(answer.sample());
        }
        self.accepted += 1;
        let now = Instant::now();
        if now >= counted.from && now < counted.to {
            self.took.push(now - begun);
        }
    }

    fn refuse(&mut self, sample: String) {
        self.refused += 1;
        self.sample.get_or_insert(sample);
    }

    fn add(&mut self, other: Self) {
        self.took.extend(other.took);
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.sample = self.sample.take().or(other.sample);
    }
}
