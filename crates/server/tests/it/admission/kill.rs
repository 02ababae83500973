//! Servers that are killed with calls in flight: nothing is sold twice, and what was sold is in the ledger.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use super::{KEYWORD, SUGGEST, account, calls_of, check_sound, money, statement, suggested, token};
use crate::support::{DEADLINE, Directory, Server, target, wait_for};

const CLIENTS: usize = 8;
/// Calls that the quota has room for; the money is enough for more.
const QUOTA: i64 = 300;
/// How long a client rests when nobody listens.
const RETRY: Duration = Duration::from_millis(5);

/// What clients saw.
#[derive(Default)]
struct Seen {
    /// Answers with code 0 that were read whole.
    succeeded: AtomicI64,
    /// Calls whose connection broke before that.
    cut: AtomicI64,
    /// The test is over, whatever became of it.
    over: AtomicBool,
}

/// A client that calls on one connection after the other until it is refused for good. There is no address while the
/// server is down.
fn call_until_over(address: &Mutex<Option<String>>, target: &str, seen: &Seen) {
    while !seen.over.load(Ordering::SeqCst) {
        let at = address.lock().unwrap().clone();
        let Some(stream) = at.and_then(|at| TcpStream::connect(at).ok()) else {
            std::thread::sleep(RETRY);
            continue;
        };
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut stream = BufReader::new(stream);
        while let Some(code) = one_call(&mut stream, target) {
            match code {
                0 => seen.succeeded.fetch_add(1, Ordering::SeqCst),
                303 => return,
                // The server is not ready, or waited for the store too long.
                503 => 0,
                code => panic!("code {code}"),
            };
        }
        seen.cut.fetch_add(1, Ordering::SeqCst);
    }
}

/// One call on an open connection; `None` where that breaks before the whole answer is there.
fn one_call(stream: &mut BufReader<TcpStream>, target: &str) -> Option<i64> {
    let request = format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes()).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        let read = stream.read_line(&mut line).ok()?;
        if read == 0 || !line.ends_with('\n') {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap();
    body["code"].as_i64()
}

/// Lets the clients go home however the test ends, so that a failed assertion is not waited for.
struct Ending<'a>(&'a Seen);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
    }
}

/// Lets clients call until the quota is used up; `kills` times the server is killed in between, and `damage` done before
/// the next one is started.
fn oversell(directory: &Directory, token: &str, kills: i64, damage: impl Fn()) -> (Server, Seen) {
    let first = directory.serve();
    let (address, seen) = (Mutex::new(Some(first.address.clone())), Seen::default());
    let target = target(SUGGEST, &[("token", token), ("keyword", KEYWORD)]);
    let last = std::thread::scope(|scope| {
        let mut server = first;
        let ending = Ending(&seen);
        let clients: Vec<_> =
            (0..CLIENTS).map(|_| scope.spawn(|| call_until_over(&address, &target, &seen))).collect();
        for kill in 1..=kills {
            let enough = QUOTA * kill / (kills + 2);
            wait_for("enough calls", || (seen.succeeded.load(Ordering::SeqCst) >= enough).then_some(()));
            *address.lock().unwrap() = None;
            server.kill();
            damage();
            server = directory.serve();
            *address.lock().unwrap() = Some(server.address.clone());
        }
        for client in clients {
            wait_for("the client's end", || client.is_finished().then_some(()));
            client.join().unwrap();
        }
        drop(ending);
        server
    });
    (last, seen)
}

/// An account with money for 1000 calls, and a token with the quota.
fn payer(directory: &Directory) -> String {
    account(directory, "payer", "1");
    token(directory, "t", &["--account", "payer", "--price", "0.0010", "--quota", &QUOTA.to_string()])
}

#[test]
fn three_kills_with_calls_in_flight_sell_nothing_twice() {
    let directory = Directory::new();
    let token = payer(&directory);
    let (server, seen) = oversell(&directory, &token, 3, || {});
    let entries = statement(&directory, "payer");
    let (succeeded, cut) = (seen.succeeded.into_inner(), seen.cut.into_inner());
    assert!(succeeded <= QUOTA, "{succeeded} answers for {QUOTA}");
    assert_eq!((calls_of(&entries, "settlement"), calls_of(&entries, "loss")), (QUOTA, 0), "{entries:#?}");
    assert!(cut > 0, "no call was in flight");
    assert!(QUOTA - succeeded <= cut, "{succeeded} answers, {cut} broken calls");
    assert_eq!(money(&directory, "payer"), ("0.7000".to_owned(), "0.0000".to_owned()));
    assert_eq!(suggested(&server, &token, &[]), 303);
    check_sound(&directory);
    server.stop().succeeded();
    assert_eq!(
        calls_of(&statement(&directory, "payer"), "settlement"),
        QUOTA,
        "nothing was left to write down"
    );
    check_sound(&directory);
}

#[test]
fn a_lost_lease_file_costs_a_lease_that_can_be_taken_back() {
    let directory = Directory::new();
    let token = payer(&directory);
    let lost = || std::fs::remove_file(directory.data().join("leases")).unwrap();
    let (server, seen) = oversell(&directory, &token, 1, lost);
    let entries = statement(&directory, "payer");
    let (succeeded, cut) = (seen.succeeded.into_inner(), seen.cut.into_inner());
    let (settled, loss) = (calls_of(&entries, "settlement"), calls_of(&entries, "loss"));
    assert!(succeeded <= QUOTA, "{succeeded} answers for {QUOTA}");
    assert!(loss > 0, "{entries:#?}");
    assert_eq!(settled + loss, QUOTA, "what cannot be known counts as spent");
    assert!(QUOTA - succeeded <= cut + loss, "{succeeded} answers, {cut} broken calls, {loss} lost");
    assert_eq!(money(&directory, "payer"), ("0.7000".to_owned(), "0.0000".to_owned()));
    check_sound(&directory);

    let entry = entries.iter().find(|entry| entry["kind"] == "loss").unwrap();
    assert_eq!(
        (&entry["calls"], &entry["caller"], &entry["api"]),
        (&json!(loss), &json!("token t"), &json!("suggest"))
    );
    assert!(entry["note"].as_str().unwrap().contains("lease file is lost"), "{entry}");
    let number = entry["entry"].to_string();
    directory.run(&["account", "reverse", &number, "--note", "the disk was full"]).succeeded();
    directory.run(&["account", "reverse", &number]).exited(1);
    let back = money(&directory, "payer").0;
    assert_eq!(back, format!("0.{:04}", 7_000 + 10 * loss));
    // Money and quota are there again, for exactly those calls.
    wait_for("the calls", || (suggested(&server, &token, &[]) == 0).then_some(()));
    let again = (1..).take_while(|_| suggested(&server, &token, &[]) == 0).count() as i64;
    assert_eq!(1 + again, loss);
    assert_eq!(money(&directory, "payer"), ("0.7000".to_owned(), "0.0000".to_owned()));
    check_sound(&directory);
    server.stop().succeeded();
}
