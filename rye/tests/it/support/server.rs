//! An HTTP server on the loopback interface that answers from memory, keeps a log, and fails when told to.
//!
//! It knows nothing of packages. One connection carries one request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What a client asked for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Arc<[u8]>,
}

impl Request {
    /// Returns the value of a header, whose name is given in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut lines = reader.by_ref().lines().map_while(Result::ok);
        let start = lines.next()?;
        let mut words = start.split(' ');
        let method = words.next()?.to_owned();
        let path = words.next()?.split('?').next()?.to_owned();
        let headers: Vec<(String, String)> = lines
            .take_while(|line| !line.is_empty())
            .filter_map(|line| {
                let (key, value) = line.split_once(':')?;
                Some((key.to_owned(), value.trim().to_owned()))
            })
            .collect();
        let mut request = Self { method, path, headers, body: Arc::default() };
        let length = request.header("Content-Length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        request.body = body.into();
        Some(request)
    }
}

/// What the server answers.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Arc<[u8]>,
}

impl Response {
    pub(crate) fn ok(content_type: &str, body: impl Into<Arc<[u8]>>) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type", content_type.to_owned())],
            body: body.into(),
        }
    }

    /// Returns an answer that says in words what is wrong.
    pub(crate) fn refusal(status: u16, words: &str) -> Self {
        Self { status, ..Self::ok("text/plain", words.as_bytes()) }
    }

    /// Returns an answer without content, such as 404.
    pub(crate) fn status(status: u16) -> Self {
        let body = format!("{status}\n").into_bytes();
        Self { status, ..Self::ok("text/plain", body) }
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Turns the answer into the part of it that the request asks for (one range, RFC 9110), or into
    /// "not modified" for a client that has it already (`tag`, without quotes, tells one body from another).
    #[must_use]
    pub(crate) fn conditional(mut self, request: &Request, tag: &str) -> Self {
        let tag = format!("\"{tag}\"");
        if request.header("If-None-Match") == Some(tag.as_str()) {
            self.status = 304;
            self.body = Arc::default();
            return self.header("ETag", tag);
        }
        let current = request.header("If-Range").is_none_or(|known| known == tag);
        let range = request
            .header("Range")
            .filter(|_| current)
            .and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
        self = self.header("ETag", tag).header("Accept-Ranges", "bytes");
        let Some((first, last)) = range else {
            return self;
        };
        let length = self.body.len();
        let (first, end) = match (first.parse::<usize>(), last.parse::<usize>()) {
            (Ok(first), Ok(last)) => (first, length.min(last + 1)),
            (Ok(first), Err(_)) => (first, length),
            (Err(_), Ok(last)) => (length.saturating_sub(last), length),
            (Err(_), Err(_)) => return Self::status(400),
        };
        if first >= end {
            return Self::status(416).header("Content-Range", format!("bytes */{length}"));
        }
        self.status = 206;
        self.body = self.body[first..end].into();
        self.header("Content-Range", format!("bytes {first}-{}/{length}", end - 1))
    }

    /// Sends the answer; a client that has gone away meanwhile is not a reason to complain.
    fn send(&self, stream: &mut TcpStream, request: &Request, length: usize, sent: usize) {
        let reason = match self.status {
            200 => "OK",
            206 => "Partial Content",
            302 => "Found",
            304 => "Not Modified",
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            500..=599 => "Server Error",
            _ => "Other",
        };
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        for (name, value) in &self.headers {
            head = format!("{head}{name}: {value}\r\n");
        }
        head = format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        if request.method != "HEAD" {
            bytes.extend_from_slice(&self.body[..sent]);
        }
        drop(stream.write_all(&bytes));
    }
}

/// How an answer goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Another status, without the content.
    Status(u16),
    /// The connection ends after half of the body.
    Cut,
    /// The connection ends after this many bytes of the body.
    CutAt(usize),
    /// Half of the body, announced as if it were the whole.
    Short,
    /// The whole body, announced as one byte longer than it is.
    Overlong,
    /// One byte in the middle is wrong.
    Corrupt,
    /// The right answer, this much later.
    Stall(Duration),
    /// The right answer, but after this many bytes of the body nothing comes for this long.
    StallAt(usize, Duration),
    /// The right answer in so many parts, with this long between them.
    Trickle(usize, Duration),
}

impl Fault {
    fn send(
        self,
        response: Response,
        stream: &mut TcpStream,
        request: &Request,
        ended: &AtomicBool,
    ) {
        let whole = response.body.len();
        match self {
            Self::Status(status) => {
                let response = Response::status(status);
                let length = response.body.len();
                response.send(stream, request, length, length);
            }
            Self::Cut => response.send(stream, request, whole, whole / 2),
            Self::CutAt(end) => response.send(stream, request, whole, whole.min(end)),
            Self::Short => response.send(stream, request, whole / 2, whole / 2),
            Self::Overlong => response.send(stream, request, whole + 1, whole),
            Self::Corrupt => {
                let mut body = response.body.to_vec();
                if let Some(byte) = body.get_mut(whole / 2) {
                    *byte = !*byte;
                }
                let body = body.into();
                Response { body, ..response }.send(stream, request, whole, whole);
            }
            Self::Stall(time) => {
                wait(time, ended);
                response.send(stream, request, whole, whole);
            }
            Self::StallAt(at, time) => {
                let at = whole.min(at);
                response.send(stream, request, whole, at);
                wait(time, ended);
                if request.method != "HEAD" {
                    drop(stream.write_all(&response.body[at..]));
                }
            }
            Self::Trickle(parts, time) => {
                response.send(stream, request, whole, 0);
                for part in response.body.chunks(whole.div_ceil(parts).max(1)) {
                    wait(time, ended);
                    if request.method != "HEAD" && stream.write_all(part).is_err() {
                        break;
                    }
                }
            }
        }
    }
}

/// Waits for this long, or until the server ends.
fn wait(time: Duration, ended: &AtomicBool) {
    let slice = Duration::from_millis(10);
    let mut left = time;
    while !left.is_zero() && !ended.load(Ordering::Relaxed) {
        thread::sleep(slice.min(left));
        left = left.saturating_sub(slice);
    }
}

#[derive(Debug)]
struct Rule {
    path: String,
    fault: Fault,
    /// How often it still applies; without a number always.
    left: Option<usize>,
}

impl Rule {
    fn applies(&self, path: &str) -> bool {
        let matches = match self.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => self.path == path,
        };
        matches && self.left != Some(0)
    }
}

#[derive(Debug, Default)]
struct Shared {
    ended: AtomicBool,
    requests: Mutex<Vec<Request>>,
    rules: Mutex<Vec<Rule>>,
}

impl Shared {
    /// Returns how this request is to fail, and counts it.
    fn fault(&self, path: &str) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|rule| rule.applies(path))?;
        rule.left = rule.left.map(|left| left - 1);
        Some(rule.fault)
    }
}

/// A running server; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server on a free port.
    pub(crate) fn start(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            let answer = Arc::new(answer);
            move || {
                for stream in listener.incoming() {
                    if shared.ended.load(Ordering::Relaxed) {
                        break;
                    }
                    let Ok(stream) = stream else { continue };
                    let (shared, answer) = (Arc::clone(&shared), Arc::clone(&answer));
                    thread::spawn(move || serve(stream, &shared, answer.as_ref()));
                }
            }
        });
        Self { address, shared, acceptor: Some(acceptor) }
    }

    /// Returns the host and the port.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Returns all requests so far, in the order of their arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Forgets the requests so far.
    pub(crate) fn clear_requests(&self) {
        self.shared.requests.lock().unwrap().clear();
    }

    /// Makes the answers for a path fail from now on; a path that ends in `*` stands for all that begin so.
    pub(crate) fn fail(&self, path: &str, fault: Fault) {
        self.rule(path, fault, None);
    }

    /// Makes only the next `times` answers for a path fail.
    pub(crate) fn fail_times(&self, times: usize, path: &str, fault: Fault) {
        self.rule(path, fault, Some(times));
    }

    /// Ends all failures.
    pub(crate) fn heal(&self) {
        self.shared.rules.lock().unwrap().clear();
    }

    fn rule(&self, path: &str, fault: Fault, left: Option<usize>) {
        let path = path.to_owned();
        let rule = Rule { path, fault, left };
        self.shared.rules.lock().unwrap().push(rule);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        // The acceptor sees the flag when the next connection comes: this one.
        drop(TcpStream::connect(self.address));
        if let Some(acceptor) = self.acceptor.take() {
            drop(acceptor.join());
        }
    }
}

fn serve(mut stream: TcpStream, shared: &Shared, answer: &dyn Fn(&Request) -> Response) {
    // A client that connects and says nothing must not keep a thread for ever.
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let Some(request) = Request::read(&stream) else {
        return;
    };
    shared.requests.lock().unwrap().push(request.clone());
    let response = match request.method.as_str() {
        "GET" | "HEAD" | "POST" => answer(&request),
        _ => Response::status(405),
    };
    if let Some(fault) = shared.fault(&request.path) {
        fault.send(response, &mut stream, &request, &shared.ended);
    } else {
        let length = response.body.len();
        response.send(&mut stream, &request, length, length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &Server, request: &str) -> String {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn server() -> Server {
        Server::start(|request| match request.path.as_str() {
            "/digits" => Response::ok("text/plain", *b"0123456789").conditional(request, "tag"),
            _ => Response::status(404),
        })
    }

    #[test]
    fn answers_and_logs() {
        let server = server();
        let answer = ask(&server, "GET /digits?x=1 HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"));
        assert!(answer.ends_with("\r\n\r\n0123456789"));
        assert!(ask(&server, "GET /no HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].path, "/digits");
        assert_eq!(requests[0].header("host"), Some("x"));
    }

    #[test]
    fn answers_ranges_and_conditions() {
        #[track_caller]
        fn check(server: &Server, header: &str, status: &str, body: &str) {
            let answer = ask(server, &format!("GET /digits HTTP/1.1\r\n{header}\r\n\r\n"));
            assert!(answer.contains(status), "{answer}");
            assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
        }
        let server = server();
        check(&server, "Range: bytes=2-4", "206", "234");
        check(&server, "Range: bytes=7-", "bytes 7-9/10", "789");
        check(&server, "Range: bytes=-3", "206", "789");
        check(&server, "Range: bytes=10-", "416", "416\n");
        check(&server, "Range: bytes=7-\r\nIf-Range: \"old\"", "200", "0123456789");
        check(&server, "If-None-Match: \"tag\"", "304", "");
    }

    #[test]
    fn fails_when_told_to() {
        #[track_caller]
        fn check(server: &Server, fault: Fault, length: &str, body: &str) {
            server.fail_times(1, "/dig*", fault);
            let answer = ask(server, "GET /digits HTTP/1.1\r\n\r\n");
            assert!(answer.contains(&format!("Content-Length: {length}\r\n")), "{answer}");
            assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
        }
        let server = Server::start(|_| Response::ok("text/plain", *b"0123456789"));
        check(&server, Fault::Status(503), "4", "503\n");
        check(&server, Fault::Cut, "10", "01234");
        check(&server, Fault::CutAt(3), "10", "012");
        check(&server, Fault::CutAt(30), "10", "0123456789");
        check(&server, Fault::Short, "5", "01234");
        check(&server, Fault::Overlong, "11", "0123456789");
        check(&server, Fault::Stall(Duration::from_millis(1)), "10", "0123456789");
        check(&server, Fault::StallAt(3, Duration::from_millis(1)), "10", "0123456789");
        check(&server, Fault::Trickle(3, Duration::from_millis(1)), "10", "0123456789");
        server.fail("/digits", Fault::Status(403));
        server.heal();
        assert!(ask(&server, "GET /digits HTTP/1.1\r\n\r\n").contains("200 OK"));
    }
}
