//! A small HTTP service on the standard library: `GET /` returns a greeting, `GET /health` is for monitoring.

mod http;

use std::env;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);
const MOST_CONNECTIONS: usize = 64;

fn main() -> ExitCode {
    let port = env::var("PORT").unwrap_or_else(|_| "8080".into());
    match listen(&port) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rust-service: port {port}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn listen(port: &str) -> io::Result<()> {
    let port: u16 = port
        .parse()
        .map_err(|_| io::Error::other("not a port number"))?;
    let listener = TcpListener::bind(("0.0.0.0", port))?;
    println!("listening on port {}", listener.local_addr()?.port());
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        if open.fetch_add(1, Ordering::SeqCst) >= MOST_CONNECTIONS {
            open.fetch_sub(1, Ordering::SeqCst);
            continue; // dropping the stream closes it
        }
        let open = Arc::clone(&open);
        thread::spawn(move || {
            // the client closed the connection
            let _ = serve(stream);
            open.fetch_sub(1, Ordering::SeqCst);
        });
    }
    Ok(())
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let answer = match http::read_request(&mut stream)? {
        Some(request) => http::route(&request),
        None => http::Answer::text(400, "bad request\n"),
    };
    answer.write(&mut stream)
}
