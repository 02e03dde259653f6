//! The attacker's DNS server: it says where names lead, and may say something else each time.

use super::{DOMAIN, OUTSIDE};
use hickory_proto::{
    op::{Message, OpCode, Query},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, AAAA, CNAME},
    },
};
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{net::UdpSocket, task::JoinHandle};

/// Answers are not to be remembered.
const TTL: u32 = 0;
/// The longest question over UDP.
const LONGEST: usize = 4096;

/// Where a name leads.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The addresses of each lookup in turn; the last stay.
    pub lookups: Vec<Vec<IpAddr>>,
    /// A chain of further names in between, below the catcher's domain.
    pub chain: Vec<String>,
    /// Whether it begins again after the last one.
    pub again: bool,
}

impl Script {
    /// Always to these.
    #[must_use]
    pub fn always<const N: usize>(addresses: [IpAddr; N]) -> Self {
        Self { lookups: vec![addresses.into()], ..Self::default() }
    }

    /// To one and the other in turn.
    #[must_use]
    pub fn in_turn(one: impl Into<IpAddr>, other: impl Into<IpAddr>) -> Self {
        Self { lookups: vec![vec![one.into()], vec![other.into()]], again: true, ..Self::default() }
    }

    fn at(&self, number: usize) -> &[IpAddr] {
        let count = self.lookups.len().max(1);
        let index = if self.again { number % count } else { number.min(count.saturating_sub(1)) };
        self.lookups.get(index).map_or(&[], Vec::as_slice)
    }
}

#[derive(Default)]
struct Known {
    script: Script,
    /// How often it was asked for, by the kind of question.
    asked: HashMap<RecordType, usize>,
}

/// The names that lead somewhere else than outside.
#[derive(Default)]
pub(super) struct Names(Mutex<HashMap<String, Known>>);

impl Names {
    pub(super) fn lead(&self, name: &str, script: Script) {
        let known = Known { script, asked: HashMap::new() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_lowercase(), known);
    }

    fn records(&self, query: &Query) -> Vec<Record> {
        let asked = query.name().to_ascii().to_lowercase();
        let name = asked.trim_end_matches('.');
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (addresses, chain) = match names.get_mut(name) {
            Some(known) => {
                let times = known.asked.entry(query.query_type()).or_default();
                let addresses = known.script.at(*times).to_vec();
                *times = times.saturating_add(1);
                (addresses, known.script.chain.clone())
            }
            None if name.ends_with(DOMAIN) => (vec![OUTSIDE.into()], Vec::new()),
            None => return Vec::new(),
        };
        let mut records = Vec::new();
        let mut owner = query.name().clone();
        for next in chain {
            let Ok(next) = Name::from_str(&format!("{next}.{DOMAIN}.")) else { continue };
            records.push(Record::from_rdata(owner, TTL, RData::CNAME(CNAME(next.clone()))));
            owner = next;
        }
        for address in addresses {
            let data = match (address, query.query_type()) {
                (IpAddr::V4(address), RecordType::A) => RData::A(A(address)),
                (IpAddr::V6(address), RecordType::AAAA) => RData::AAAA(AAAA(address)),
                _ => continue,
            };
            records.push(Record::from_rdata(owner.clone(), TTL, data));
        }
        records
    }

    fn answer(&self, question: &[u8]) -> Option<Vec<u8>> {
        let question = Message::from_vec(question).ok()?;
        let query = question.queries.first()?;
        let mut answer = Message::response(question.metadata.id, OpCode::Query);
        answer.metadata.recursion_desired = question.metadata.recursion_desired;
        answer.metadata.recursion_available = true;
        answer.add_query(query.clone());
        answer.add_answers(self.records(query));
        answer.to_vec().ok()
    }
}

pub(super) async fn serve(names: Arc<Names>) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let socket = UdpSocket::bind((OUTSIDE, 0)).await?;
    let address = socket.local_addr()?;
    let task = tokio::spawn(async move {
        let mut buffer = vec![0; LONGEST];
        loop {
            let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
            if let Some(answer) = buffer.get(..length).and_then(|question| names.answer(question)) {
                let _ = socket.send_to(&answer, from).await;
            }
        }
    });
    Ok((address, task))
}
