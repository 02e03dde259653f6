//! A mail server that takes the mails to some people at once, and keeps whoever brings one to others waiting.

use crate::patience::Patience;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The server. It ends with this value.
pub struct MailServer {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl MailServer {
    /// Starts one that takes no mail to anybody of this domain, and never says so.
    ///
    /// # Errors
    /// When it can't listen.
    pub async fn slow_for(domain: &'static str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, taken) = (listener.local_addr()?, Arc::<Mutex<Vec<String>>>::default());
        let book = Arc::clone(&taken);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let book = Arc::clone(&book);
                tokio::spawn(async move { converse(stream, domain, &book).await });
            }
        });
        Ok(Self { address, taken, task })
    }

    /// Its port, on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many mails to an address it took so far.
    #[must_use]
    pub fn taken(&self, address: &str) -> usize {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.iter().filter(|to| *to == address).count()
    }

    /// How many it took once there are so many; fewer when they don't come.
    pub async fn wait_for(&self, address: &str, count: usize) -> usize {
        let mut patience = Patience::new();
        while self.taken(address) < count && patience.lasts().await {}
        self.taken(address)
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// RFC 5321, as much as a client that sends one mail needs.
async fn converse(stream: TcpStream, slow: &str, book: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.test\r\n").await?;
    let (mut line, mut to, mut in_text) = (String::new(), String::new(), false);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let said = line.trim_end();
        let answer: &[u8] = match said.split_whitespace().next().unwrap_or_default() {
            "." if in_text => {
                in_text = false;
                book.lock().unwrap_or_else(PoisonError::into_inner).push(to.clone());
                b"250 taken\r\n"
            }
            _ if in_text => continue,
            "RCPT" => {
                to = said.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                if to.ends_with(slow) {
                    continue;
                }
                b"250 who else\r\n"
            }
            "DATA" => {
                in_text = true;
                b"354 go on\r\n"
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n").await,
            _ => b"250 yes\r\n",
        };
        stream.write_all(answer).await?;
    }
}
