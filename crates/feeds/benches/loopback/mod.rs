//! What the measurements of whole feeds share: a venue on the loopback, a world around it, and a thread's time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bellwether_feeds::world::{Http, SystemClock, WebSocketDialer};
use bellwether_feeds::{Jitter, World};
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

/// Accepts one connection and its subscription, sends everything, and waits until the client leaves.
pub(crate) fn serve(frames: Vec<u8>) -> (SocketAddr, std::thread::JoinHandle<()>) {
    let (bound, address) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            let _subscription = socket.next().await.unwrap().unwrap();
            socket.send(Message::text(r#"{"result":null,"id":1}"#)).await.unwrap();
            socket.get_mut().write_all(&frames).await.unwrap();
            while let Some(Ok(_)) = socket.next().await {}
        });
    });
    (address.recv().unwrap(), server)
}

/// The network of this machine, but for its requests.
pub(crate) fn world(http: impl Http + 'static) -> World {
    World {
        clock: Arc::new(SystemClock::start()),
        jitter: Arc::new(Jitter::seeded(0)),
        dialer: Arc::new(WebSocketDialer::default()),
        http: Arc::new(http),
    }
}

/// Since when, by the wall and by this thread's time.
#[derive(Clone, Copy)]
pub(crate) struct Watch {
    wall: Instant,
    cpu: Duration,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self { wall: Instant::now(), cpu: thread_cpu() }
    }

    /// So many in the time since then: per second of this thread's time, and of the wall's.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub(crate) fn rates(self, count: u64) -> (f64, f64) {
        let (wall, cpu) = (self.wall.elapsed(), thread_cpu() - self.cpu);
        (count as f64 / cpu.as_secs_f64(), count as f64 / wall.as_secs_f64())
    }
}

/// User and system time of this thread, to a hundredth of a second.
fn thread_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}
