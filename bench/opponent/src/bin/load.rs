//! One thread, epoll, keep-alive connections: as fast as it can, or at a fixed rate.
//!
//! ```text
//! load ADDRESS TEMPLATE QUERIES [--connections 32] [--seconds 8] [--warm 2] [--rate 0] [--pid PID,…] [--expect TEXT]
//! ```
//! TEMPLATE: the request target with `{}` where the query goes, percent-encoded (`/search?keyword={}`).
//! QUERIES: a file, one a line, asked in a seeded random order, again from the start when they run out.
//! At a fixed rate the latency counts from the scheduled moment, so a stalled server cannot hide.
//! Prints one JSON line; `server_cpu_us` is the CPU time (user and system) of the given processes per request.
use std::{
    collections::VecDeque,
    env, fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    os::fd::AsRawFd,
    time::{Duration, Instant},
};

struct Options {
    address: String,
    template: String,
    queries: String,
    connections: usize,
    seconds: f64,
    warm: f64,
    rate: f64,
    pids: Vec<u32>,
    expect: Option<Vec<u8>>,
}

impl Options {
    fn parse() -> Options {
        let mut args = env::args().skip(1);
        let mut next = |what: &str| args.next().unwrap_or_else(|| panic!("missing {what}"));
        let mut options = Options {
            address: next("ADDRESS"),
            template: next("TEMPLATE"),
            queries: next("QUERIES"),
            connections: 32,
            seconds: 8.0,
            warm: 2.0,
            rate: 0.0,
            pids: vec![],
            expect: None,
        };
        while let Some(name) = args.next() {
            let value = args.next().unwrap_or_else(|| panic!("{name} needs a value"));
            match name.as_str() {
                "--connections" => options.connections = value.parse().expect("a number"),
                "--seconds" => options.seconds = value.parse().expect("seconds"),
                "--warm" => options.warm = value.parse().expect("seconds"),
                "--rate" => options.rate = value.parse().expect("requests a second"),
                "--pid" => {
                    options.pids = value.split(',').map(|pid| pid.parse().expect("a process id")).collect()
                }
                "--expect" => options.expect = Some(value.into_bytes()),
                _ => panic!("unknown option {name}"),
            }
        }
        options
    }
}

struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
    asked: Option<Instant>,
}

/// Length and success of the whole answer at the start of `bytes`, once it is there. Content-Length only.
fn complete(bytes: &[u8]) -> Option<(usize, bool)> {
    let head_end = find(bytes, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..head_end]).expect("an ASCII head");
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().expect("a length"))
    });
    let end = head_end + 4 + length.expect("an answer with Content-Length");
    (bytes.len() >= end).then(|| (end, head.as_bytes().get(9) == Some(&b'2')))
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

/// Seconds of CPU that a process has used, user and system.
fn cpu_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let options = Options::parse();
    let requests = requests(&options);
    assert!(!requests.is_empty(), "QUERIES is empty");

    let epoll = unsafe { libc::epoll_create1(0) };
    let mut connections: Vec<Connection> = (0..options.connections)
        .map(|i| {
            let stream = TcpStream::connect(&options.address).expect("connect");
            stream.set_nodelay(true).expect("nodelay");
            stream.set_nonblocking(true).expect("nonblocking");
            let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: i as u64 };
            unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, stream.as_raw_fd(), &mut event) };
            Connection { stream, answer: Vec::with_capacity(1 << 16), asked: None }
        })
        .collect();
    let mut free: VecDeque<usize> = (0..connections.len()).collect();

    let start = Instant::now();
    let measured_from = start + Duration::from_secs_f64(options.warm);
    let end = measured_from + Duration::from_secs_f64(options.seconds);
    let step = if options.rate > 0.0 { Duration::from_secs_f64(1.0 / options.rate) } else { Duration::ZERO };
    let (mut scheduled, mut next_request) = (start, 0usize);
    let (mut latencies, mut bytes, mut failed, mut unexpected) =
        (Vec::<u32>::with_capacity(4_000_000), 0u64, 0u64, 0u64);
    let server_cpu = || options.pids.iter().map(|&pid| cpu_seconds(pid)).sum::<f64>();
    let mut at_start: Option<(f64, f64)> = None;
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; 256];
    let mut buffer = vec![0u8; 1 << 18];

    loop {
        let now = Instant::now();
        if at_start.is_none() && now >= measured_from {
            at_start = Some((server_cpu(), cpu_seconds(std::process::id())));
        }
        if now >= end {
            break;
        }
        while let Some(&i) = free.front() {
            let asked = if options.rate > 0.0 {
                if scheduled > Instant::now() {
                    break;
                }
                let asked = scheduled;
                scheduled += step;
                asked
            } else {
                Instant::now()
            };
            free.pop_front();
            let connection = &mut connections[i];
            connection.answer.clear();
            connection.asked = Some(asked);
            send(&mut connection.stream, &requests[next_request % requests.len()]);
            next_request += 1;
        }
        let wait = if options.rate > 0.0 && !free.is_empty() {
            scheduled.saturating_duration_since(Instant::now())
        } else {
            Duration::from_millis(20)
        };
        let wait = libc::timespec { tv_sec: 0, tv_nsec: wait.as_nanos().min(20_000_000) as i64 };
        let ready = unsafe {
            libc::epoll_pwait2(epoll, events.as_mut_ptr(), events.len() as i32, &wait, std::ptr::null())
        };
        for event in &events[..ready.max(0) as usize] {
            let i = event.u64 as usize;
            let connection = &mut connections[i];
            loop {
                match connection.stream.read(&mut buffer) {
                    Ok(0) => panic!("the server closed a connection"),
                    Ok(n) => {
                        connection.answer.extend_from_slice(&buffer[..n]);
                        if n < buffer.len() {
                            break;
                        }
                    }
                    Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                    Err(e) => panic!("read: {e}"),
                }
            }
            let Some(asked) = connection.asked else { continue };
            let Some((length, success)) = complete(&connection.answer) else { continue };
            connection.asked = None;
            free.push_back(i);
            if at_start.is_none() {
                continue;
            }
            latencies.push((asked.elapsed().as_nanos() / 100) as u32);
            bytes += length as u64;
            failed += u64::from(!success);
            unexpected += u64::from(
                options.expect.as_ref().is_some_and(|text| find(&connection.answer, text).is_none()),
            );
        }
    }
    let seconds = measured_from.elapsed().as_secs_f64();
    let (server_before, own_before) = at_start.expect("a measured part");
    let (server, own) = (server_cpu() - server_before, cpu_seconds(std::process::id()) - own_before);
    latencies.sort_unstable();
    let done = latencies.len().max(1);
    let quantile =
        |q: f64| latencies.get(((done - 1) as f64 * q) as usize).map_or(0.0, |&t| f64::from(t) / 10_000.0);
    println!(
        "{{\"requests_per_second\":{:.0},\"requests\":{},\"failed\":{failed},\"unexpected\":{unexpected},\"p50_ms\":{:.3},\"p99_ms\":{:.3},\"p999_ms\":{:.3},\"bytes_per_answer\":{},\"server_cpu_us\":{:.2},\"server_busy\":{:.2},\"generator_busy\":{:.2}}}",
        latencies.len() as f64 / seconds,
        latencies.len(),
        quantile(0.5),
        quantile(0.99),
        quantile(0.999),
        bytes / done as u64,
        server * 1e6 / done as f64,
        server / seconds,
        own / seconds
    );
}

fn requests(options: &Options) -> Vec<Vec<u8>> {
    let queries = fs::read_to_string(&options.queries).expect("QUERIES");
    let mut queries: Vec<&str> = queries.lines().filter(|line| !line.is_empty()).collect();
    let mut state = 0x9E37_79B9_7F4A_7C15u64; // a fixed seed: the same order in every run
    for i in (1..queries.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        queries.swap(i, (state >> 33) as usize % (i + 1));
    }
    let encode = |query: &str| {
        query
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") })
            .collect::<String>()
    };
    queries
        .iter()
        .map(|query| {
            let target = options.template.replace("{}", &encode(query));
            format!("GET {target} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\n\r\n", options.address).into_bytes()
        })
        .collect()
}

fn send(stream: &mut TcpStream, request: &[u8]) {
    let mut sent = 0;
    while sent < request.len() {
        match stream.write(&request[sent..]) {
            Ok(n) => sent += n,
            Err(e) if e.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
            Err(e) => panic!("write: {e}"),
        }
    }
}
