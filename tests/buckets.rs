//! Locks and journals in an object store, against a real S3 service: of several at once one wins, a
//! lost answer is settled, and a store that takes no heed of conditions is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use dnsure::apply::entry::{Closed, Entry};
use dnsure::state::bucket::Bucket;
use dnsure::state::lock::{CLOCKS_DIFFER, Holder, LOCK_FOR};
use dnsure::state::{Journal, Lock, LockError, Place, State, StateError, TargetId};
use dnsure_kit::{Conditions, Loss, Lossy, S3};
use jiff::{SignedDuration, Timestamp};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, OnceLock};
use std::thread;
use std::time::Instant;

fn target() -> TargetId {
    TargetId::of(&"example.".parse().unwrap(), "bind")
}

/// State below `prefix` in the kit's bucket, over `endpoint`.
fn state(endpoint: SocketAddr, prefix: &str) -> State {
    let Place::Bucket(url) = format!("s3://state/{prefix}").parse().unwrap() else { panic!("no bucket") };
    let variables = S3::variables(endpoint).map(|(name, value)| (name.to_owned(), value)).to_vec();
    State::Bucket(Bucket::with_variables(url, variables))
}

/// A corner of the one service that most tests share.
struct Corner {
    s3: &'static S3,
    prefix: String,
    state: State,
}

impl Corner {
    fn new() -> Self {
        static S3_SERVICE: OnceLock<S3> = OnceLock::new();
        static CORNERS: AtomicUsize = AtomicUsize::new(0);
        let s3 = S3_SERVICE.get_or_init(|| S3::start(Conditions::Atomic));
        let prefix = format!("corner-{}", CORNERS.fetch_add(1, Ordering::SeqCst));
        let state = state(s3.addr(), &prefix);
        Self { s3, prefix, state }
    }

    /// The same corner through a proxy.
    fn through_a_proxy(self) -> (Self, Lossy) {
        let proxy = Lossy::before(self.s3.addr());
        (Self { state: state(proxy.addr(), &self.prefix), ..self }, proxy)
    }

    /// The same corner for another client, as a process of its own has.
    fn again(&self) -> State {
        state(self.s3.addr(), &self.prefix)
    }

    fn key(&self, relative: &str) -> String {
        format!("{}/{relative}", self.prefix)
    }

    fn lock_key(&self) -> String {
        self.key("locks/example.@bind.json")
    }
}

fn lock(state: &State, run: &str) -> Lock {
    Lock::new(state, &target(), run, Some("https://ci.example/7".into()))
}

fn held_by(taken: Result<(), LockError>) -> String {
    match taken {
        Err(LockError::Held { holder, .. }) => holder.run.clone(),
        other => panic!("not held: {other:?}"),
    }
}

fn begin() -> Entry {
    Entry::Creating
}

#[tokio::test]
async fn a_second_run_is_told_who_holds_the_lock_and_gets_it_afterwards() {
    let corner = Corner::new();
    let (one, two) = (lock(&corner.state, "one"), lock(&corner.state, "two"));
    one.take(Timestamp::now()).await.unwrap();
    let told = two.take(Timestamp::now()).await.unwrap_err().to_string();
    for part in ["run one", "https://ci.example/7", "until", "dnsure unlock"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    one.release().await.unwrap();
    assert!(corner.s3.get(&corner.lock_key()).unwrap().contains("released_at"), "a lock is never deleted");
    assert!(one.holder().await.unwrap().is_none());
    two.take(Timestamp::now()).await.unwrap();
    assert_eq!(held_by(one.take(Timestamp::now()).await), "two");
}

#[tokio::test]
async fn after_the_expiry_another_takes_over_and_the_late_owner_neither_renews_nor_releases() {
    let corner = Corner::new();
    let (one, two) = (lock(&corner.state, "one"), lock(&corner.state, "two"));
    let now = Timestamp::now();
    one.take(now).await.unwrap();
    assert_eq!(held_by(two.take(now + LOCK_FOR - SignedDuration::from_secs(1)).await), "one");
    let later = now + LOCK_FOR;
    two.take(later).await.unwrap();
    assert_eq!(held_by(one.renew(later).await), "two");
    one.release().await.unwrap();
    assert_eq!(two.holder().await.unwrap().unwrap().run, "two");
    two.renew(later).await.unwrap();
}

#[tokio::test]
async fn a_container_with_our_name_and_number_is_another_machine() {
    let corner = Corner::new();
    let now = Timestamp::now();
    let one = lock(&corner.state, "one");
    one.take(now).await.unwrap();
    let ours = one.holder().await.unwrap().unwrap();
    let theirs = Holder {
        machine: Some("another boot".into()),
        nonce: Some("another process".into()),
        process_began: ours.process_began.map(|began| began + 1),
        ..ours
    };
    corner.s3.put(&corner.lock_key(), &serde_json::to_string(&theirs).unwrap());
    // Here a process of that number began at another time; there it may well run.
    assert_eq!(held_by(one.take(now).await), "one");
    one.release().await.unwrap();
    assert!(one.holder().await.unwrap().is_some());
    let second = SignedDuration::from_secs(1);
    assert_eq!(held_by(one.take(theirs.expires_at + CLOCKS_DIFFER - second).await), "one");
    one.take(theirs.expires_at + CLOCKS_DIFFER).await.unwrap();
}

#[tokio::test]
async fn a_process_of_this_machine_that_is_gone_holds_no_lock() {
    let corner = Corner::new();
    let one = lock(&corner.state, "one");
    one.take(Timestamp::now()).await.unwrap();
    let gone = Holder { pid: u32::MAX - 1, ..one.holder().await.unwrap().unwrap() };
    corner.s3.put(&corner.lock_key(), &serde_json::to_string(&gone).unwrap());
    lock(&corner.state, "two").take(Timestamp::now()).await.unwrap();
}

#[tokio::test]
async fn a_lock_is_broken_as_the_one_that_was_meant_and_then_free() {
    let corner = Corner::new();
    let one = lock(&corner.state, "one");
    one.take(Timestamp::now()).await.unwrap();
    assert!(!lock(&corner.state, "").break_it("another").await.unwrap());
    assert!(lock(&corner.state, "").break_it("one").await.unwrap());
    lock(&corner.state, "two").take(Timestamp::now()).await.unwrap();
    assert_eq!(held_by(one.renew(Timestamp::now()).await), "two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_many_that_race_for_a_lock_one_takes_it_whatever_it_held() {
    const TAKERS: usize = 8;
    const ROUNDS: usize = 12;
    let corner = Corner::new();
    let states: Vec<State> = (0..TAKERS).map(|_| corner.again()).collect();
    for state in &states {
        lock(state, "warm up").take(Timestamp::now()).await.unwrap();
    }
    lock(&corner.state, "warm up").release().await.unwrap();
    for round in 0..ROUNDS {
        // In turn free, and held by a run that has expired.
        let mut at = Timestamp::now();
        if round % 2 == 1 {
            lock(&corner.state, "late").take(at).await.unwrap();
            at += LOCK_FOR;
        }
        let taking: Vec<_> = states
            .iter()
            .enumerate()
            .map(|(number, state)| {
                let lock = lock(state, &format!("{round} {number}"));
                tokio::spawn(async move { lock.take(at).await.is_ok().then_some(lock) })
            })
            .collect();
        let mut winners = Vec::new();
        for taken in taking {
            winners.extend(taken.await.unwrap());
        }
        assert_eq!(winners.len(), 1, "round {round}");
        winners[0].release().await.unwrap();
    }
}

/// How many of `writers` at once create the same object, for each round.
fn race(s3: &S3, writers: usize, rounds: usize) -> Vec<usize> {
    let round = |number: usize| {
        let (barrier, key) = (Barrier::new(writers), format!("race/{number}"));
        thread::scope(|scope| {
            let write = |writer: usize| {
                let (barrier, key) = (&barrier, &key);
                scope.spawn(move || {
                    barrier.wait();
                    usize::from(s3.create(key, &format!("writer {writer}")))
                })
            };
            let writing: Vec<_> = (0..writers).map(write).collect();
            writing.into_iter().map(|one| one.join().unwrap()).sum()
        })
    };
    (0..rounds).map(round).collect()
}

#[test]
fn of_many_that_create_one_object_exactly_one_passes_where_the_store_is_atomic() {
    let rounds = race(Corner::new().s3, 8, 100);
    assert!(rounds.iter().all(|won| *won == 1), "{rounds:?}");
    // Plain moto is no such store; how often it errs is luck.
    let rounds = race(&S3::start(Conditions::Racing), 8, 100);
    let torn = rounds.iter().filter(|won| **won > 1).count();
    println!(
        "8 creators of one object, 100 rounds: under one lock 1 passed in each; in plain moto more than one \
         in {torn}, up to {}",
        rounds.iter().max().unwrap()
    );
}

#[tokio::test]
async fn two_that_write_one_journal_are_told_apart_by_its_numbers() {
    let corner = Corner::new();
    let mut first = Journal::new(&corner.state, &target(), "run", begin());
    first.append(Entry::Intent { step: 0 }, Timestamp::now()).await.unwrap();
    let mut second = Journal::read(&corner.state, &target(), "run").await.unwrap();
    let now = Timestamp::now();
    first.append(Entry::Served { step: 0, at: None }, now).await.unwrap();
    // The same words at the same time from somebody else are not ours.
    let fenced = second.append(Entry::Served { step: 0, at: None }, now).await;
    assert!(matches!(fenced, Err(StateError::Fenced { .. })), "{fenced:?}");
    let keys = corner.s3.keys(&corner.key("journals/"));
    let names: Vec<&str> = keys.iter().filter_map(|key| key.rsplit('/').next()).collect();
    assert_eq!(names, ["000001.json", "000002.json", "000003.json"]);
}

#[tokio::test]
async fn old_journals_cost_no_requests() {
    let (corner, proxy) = Corner::new().through_a_proxy();
    for run in 0..20 {
        let mut journal = Journal::new(&corner.state, &target(), &format!("run-{run:02}"), begin());
        journal.append(Entry::Intent { step: 0 }, Timestamp::now()).await.unwrap();
        journal.append(Entry::Close { closed: Closed::Applied }, Timestamp::now()).await.unwrap();
    }
    let before = proxy.requests().len();
    assert!(Journal::all_open_of(&corner.state, &target()).await.unwrap().is_empty());
    assert_eq!(proxy.requests().len() - before, 2, "two listings");
    // Without its mark a journal is read, and marked again.
    let one = "closed/example.@bind/run-07";
    corner.state.remove(one).await.unwrap();
    assert!(Journal::all_open_of(&corner.state, &target()).await.unwrap().is_empty());
    assert!(corner.s3.get(&corner.key(one)).is_some());
}

#[tokio::test]
async fn many_entries_are_read_back_in_their_order() {
    let corner = Corner::new();
    let mut journal = Journal::new(&corner.state, &target(), "run", begin());
    for step in 0..40 {
        journal.append(Entry::Served { step, at: None }, Timestamp::now()).await.unwrap();
    }
    let read = Journal::all_open_of(&corner.state, &target()).await.unwrap().remove(0);
    let texts = |journal: &Journal| -> Vec<String> {
        journal.entries().iter().map(|entry| serde_json::to_string(entry).unwrap()).collect()
    };
    assert_eq!(texts(&read), texts(&journal));
    assert_eq!(read.entries().len(), 41);
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_looking() {
    for loss in [Loss::Cut, Loss::Garbage, Loss::ServerError] {
        let (corner, proxy) = Corner::new().through_a_proxy();
        let lock = lock(&corner.state, "one");
        proxy.lose("PUT", "/locks/", loss.clone(), 1);
        lock.take(Timestamp::now()).await.unwrap_or_else(|error| panic!("{loss:?}: {error}"));
        proxy.lose("PUT", "/locks/", loss.clone(), 1);
        lock.renew(Timestamp::now()).await.unwrap_or_else(|error| panic!("{loss:?}: {error}"));
        let mut journal = Journal::new(&corner.state, &target(), "run", begin());
        proxy.lose("PUT", "000001.json", loss.clone(), 1);
        proxy.lose("PUT", "000002.json", loss.clone(), 2);
        let appended = journal.append(Entry::Intent { step: 0 }, Timestamp::now()).await;
        appended.unwrap_or_else(|error| panic!("{loss:?}: {error}"));
        proxy.lose("PUT", "/locks/", loss.clone(), 1);
        lock.release().await.unwrap_or_else(|error| panic!("{loss:?}: {error}"));
        assert!(lock.holder().await.unwrap().is_none());
        assert_eq!(corner.s3.keys(&corner.key("journals/")).len(), 2);
        println!("{loss:?}: {} requests, {} answers not lost", proxy.requests().len(), proxy.left());
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_write_that_lost_the_race_is_no_success() {
    for loss in [Loss::Cut, Loss::Garbage] {
        let (corner, proxy) = Corner::new().through_a_proxy();
        corner.state.create("journals/a/1.json", b"mine").await.unwrap();
        corner.state.create("journals/a/2.json", b"mine").await.unwrap();
        corner.s3.put(&corner.key("journals/a/3.json"), "mine");
        proxy.lose("PUT", "3.json", loss, 1);
        let created = corner.state.create("journals/a/3.json", b"mine").await;
        assert!(matches!(created, Err(StateError::Fenced { .. })), "{created:?}");
    }
}

#[tokio::test]
async fn a_store_that_never_answers_ends_the_write_in_bounded_time() {
    // Its own, because it is stopped.
    let s3 = S3::start(Conditions::Atomic);
    let proxy = Lossy::before(s3.addr());
    let lock = lock(&state(proxy.addr(), "dns"), "one");
    lock.take(Timestamp::now()).await.unwrap();
    // The write is done and its answer never comes: reading back settles it.
    proxy.lose("PUT", "/locks/", Loss::Silence, 1);
    let started = Instant::now();
    lock.renew(Timestamp::now()).await.unwrap();
    println!("settled after {:?} of silence", started.elapsed());
    assert_eq!(proxy.left(), 0);
    s3.pause();
    let error = lock.renew(Timestamp::now()).await.unwrap_err().to_string();
    println!("given up after {:?}: {error}", started.elapsed());
    assert!(error.contains("s3://state/dns/locks/example.@bind.json"), "{error}");
}

#[tokio::test]
async fn a_store_that_takes_no_heed_of_conditions_is_refused() {
    let refusals = [
        (Conditions::None, "it created one object twice"),
        (Conditions::CreateOnly, "it replaced a version that never was"),
    ];
    for (conditions, reason) in refusals {
        let s3 = S3::start(conditions);
        let state = state(s3.addr(), "dns");
        let error = lock(&state, "one").take(Timestamp::now()).await.unwrap_err().to_string();
        for part in [reason, "If-None-Match", "or in a directory", "s3://state/dns"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert!(s3.get("dns/locks/example.@bind.json").is_none(), "{conditions:?}");
    }
}

#[tokio::test]
async fn the_store_is_tried_once_in_a_process_with_three_requests_and_then_with_two() {
    let (corner, proxy) = Corner::new().through_a_proxy();
    let tries = || proxy.requests().iter().filter(|line| line.contains("conditions.json")).count();
    for expected in [3, 5] {
        let state = state(proxy.addr(), &corner.prefix);
        for _ in 0..3 {
            lock(&state, "one").take(Timestamp::now()).await.unwrap();
        }
        assert_eq!(tries(), expected);
    }
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_no_empty_one() {
    let s3 = Corner::new().s3;
    let Place::Bucket(url) = "s3://nowhere/dns".parse().unwrap() else { panic!("no bucket") };
    let variables = S3::variables(s3.addr()).map(|(name, value)| (name.to_owned(), value)).to_vec();
    let state = State::Bucket(Bucket::with_variables(url, variables));
    for error in [
        state.read("inventory/x.json").await.unwrap_err(),
        state.list("journals/x").await.unwrap_err(),
        state.create("journals/x/1", b"").await.unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(error.contains("NoSuchBucket") && error.contains("s3://nowhere/dns"), "{error}");
    }
}

#[tokio::test]
async fn names_with_unusual_characters_are_kept_as_they_are() {
    let corner = Corner::new();
    let zone = "0/25.2.0.192.in-addr.arpa.".parse().unwrap();
    let target = TargetId::of(&zone, "bind");
    let mut journal = Journal::new(&corner.state, &target, "run", begin());
    journal.append(Entry::Intent { step: 0 }, Timestamp::now()).await.unwrap();
    assert!(Journal::all_open_of(&corner.state, &target).await.unwrap().len() == 1);
    assert_eq!(corner.state.list("journals").await.unwrap(), [target.file_name()]);
    assert_eq!(corner.s3.keys(&corner.key("")).len(), 3);
}
