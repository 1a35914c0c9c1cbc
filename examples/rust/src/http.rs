//! The part of HTTP/1.1 that two routes need: one request, one response, then the connection is closed.

use std::io::{self, BufRead, BufReader, Read, Write};

const MOST_BYTES: u64 = 16 * 1024;

pub struct Request {
    pub method: String,
    pub target: String,
}

pub struct Answer {
    code: u16,
    kind: &'static str,
    body: String,
}

/// Reads the request line, and skips the headers. Returns None if it is not a valid request.
pub fn read_request(stream: impl Read) -> io::Result<Option<Request>> {
    let mut lines = BufReader::new(stream.take(MOST_BYTES)).lines();
    let Some(first) = lines.next().transpose()? else {
        return Ok(None);
    };
    for line in lines {
        if line?.is_empty() {
            return Ok(parse(&first));
        }
    }
    Ok(None)
}

fn parse(line: &str) -> Option<Request> {
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    (version.starts_with("HTTP/1.") && target.starts_with('/') && words.next().is_none()).then(
        || Request {
            method: method.into(),
            target: target.into(),
        },
    )
}

pub fn route(request: &Request) -> Answer {
    let path = request.target.split('?').next().unwrap_or_default();
    match (request.method.as_str(), path) {
        ("GET", "/") => Answer::text(200, "Hello from Rust!\n"),
        ("GET", "/health") => Answer {
            code: 200,
            kind: "application/json",
            body: format!(
                "{{\"status\":\"ok\",\"version\":\"{}\"}}\n",
                env!("CARGO_PKG_VERSION")
            ),
        },
        (_, "/" | "/health") => Answer::text(405, "method not allowed\n"),
        _ => Answer::text(404, "not found\n"),
    }
}

impl Answer {
    pub fn text(code: u16, body: &str) -> Self {
        Answer {
            code,
            kind: "text/plain; charset=utf-8",
            body: body.into(),
        }
    }

    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        let reason = match self.code {
            200 => "OK",
            400 => "Bad Request",
            404 => "Not Found",
            _ => "Method Not Allowed",
        };
        write!(
            to,
            "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
            self.code,
            self.kind,
            self.body.len(),
            self.body
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(text: &str) -> u16 {
        match read_request(text.as_bytes()).unwrap() {
            Some(request) => route(&request).code,
            None => 400,
        }
    }

    #[test]
    fn routes() {
        assert_eq!(ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
        assert_eq!(ask("GET /health?full HTTP/1.1\r\n\r\n"), 200);
        assert_eq!(ask("POST / HTTP/1.1\r\n\r\n"), 405);
        assert_eq!(ask("GET /nothing HTTP/1.0\r\n\r\n"), 404);
        assert_eq!(ask("GET /\r\n\r\n"), 400);
        assert_eq!(ask("GET / HTTP/1.1\r\nHost: cut off"), 400);
        assert_eq!(ask(""), 400);
    }

    #[test]
    fn length_counts_bytes() {
        let mut out = Vec::new();
        Answer::text(200, "é").write(&mut out).unwrap();
        assert!(String::from_utf8(out)
            .unwrap()
            .contains("Content-Length: 2\r\n"));
    }
}
