//! A web server that does what a test says, byte by byte, and writes down what it was asked.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What it does after it has read a request.
#[derive(Clone, Debug)]
pub enum Say {
    /// These bytes, then the end of the connection.
    This(Vec<u8>),
    /// These bytes, then nothing, for ever.
    ThenSilence(Vec<u8>),
    /// These bytes, then these again and again, as fast as they are taken.
    ForEver(Vec<u8>, Vec<u8>),
}

/// A whole answer with this status, these header lines and this body.
pub fn answer(status: u16, headers: &str, body: &str) -> Say {
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    Say::This((head + body).into_bytes())
}

type Script = Arc<Mutex<Box<dyn FnMut(&str) -> Say + Send>>>;

/// See the module.
pub struct WebServer {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl WebServer {
    /// Answers each request, given as its head, by what `says` says.
    pub async fn start(says: impl FnMut(&str) -> Say + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let says: Script = Arc::new(Mutex::new(Box::new(says)));
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let notes = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&says), Arc::clone(&notes)));
            }
        });
        Self { address, asked, serving }
    }

    /// A link to a path on it.
    pub fn link(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far, with their bodies.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(mut stream: TcpStream, says: Script, asked: Arc<Mutex<Vec<String>>>) {
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if stream.read_exact(&mut body).await.is_err() {
        return;
    }
    asked.lock().unwrap().push(head.clone() + std::str::from_utf8(&body).unwrap());
    let say = (says.lock().unwrap())(&head);
    match say {
        Say::This(bytes) => drop(stream.write_all(&bytes).await),
        Say::ThenSilence(bytes) => {
            let _ = stream.write_all(&bytes).await;
            // Until the other side has had enough.
            let _ = stream.read_u8().await;
        }
        Say::ForEver(first, again) => {
            let mut more = stream.write_all(&first).await;
            while more.is_ok() {
                more = stream.write_all(&again).await;
            }
        }
    }
}
