//! The client that messages leave by: what it refuses to connect to, and what it makes of every kind of
//! server.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bellwether_notify::http::{
    Addresses, HttpClient, HttpFailure, HttpPatience, HttpReply, HttpSettings, REPLY_BYTES, Resolve, Special,
};
use bellwether_notify::{AllowedNetworks, Endpoint};

use super::certificates::vouched_for;
use super::http_server::{HttpServer, Manner};

/// Short enough for tests of silence, long enough for a busy machine.
pub(super) const PATIENCE: HttpPatience = HttpPatience {
    connect: Duration::from_secs(5),
    whole: Duration::from_secs(10),
    idle: Duration::from_secs(10),
};
/// Where silence is what is tested.
pub(super) const LITTLE: HttpPatience =
    HttpPatience { connect: Duration::from_millis(800), whole: Duration::from_millis(1_200), ..PATIENCE };

/// Answers each look-up with the next of its lists, and with the last one ever after.
#[derive(Debug)]
struct Script(Mutex<(VecDeque<Vec<IpAddr>>, usize)>);

impl Script {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers.iter().map(|answer| answer.iter().map(|text| text.parse().unwrap()).collect());
        Arc::new(Self(Mutex::new((answers.collect(), 0))))
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

impl Resolve for Script {
    fn resolve<'a>(&'a self, _: &'a str) -> Addresses<'a> {
        let mut script = self.0.lock().unwrap();
        script.1 += 1;
        let answer = if script.0.len() > 1 { script.0.pop_front().unwrap() } else { script.0[0].clone() };
        Box::pin(async move { Ok(answer) })
    }
}

fn settings(allow: &[&str], patience: HttpPatience) -> HttpSettings {
    let allow = AllowedNetworks::parse(allow.iter().copied()).unwrap();
    HttpSettings { allow, patience, ca_file: None }
}

pub(super) fn client(allow: &[&str], patience: HttpPatience) -> HttpClient {
    HttpClient::new(&settings(allow, patience)).unwrap()
}

fn endpoint(text: &str) -> Endpoint {
    text.parse().unwrap()
}

async fn post(client: &HttpClient, to: &str) -> Result<HttpReply, HttpFailure> {
    client.post(&endpoint(to), [], "body".into()).await
}

/// What a client that may call the server makes of it.
async fn answered(manner: Manner, patience: HttpPatience) -> (Result<HttpReply, HttpFailure>, Vec<String>) {
    let mut server = HttpServer::start(manner).await;
    let client = client(&["127.0.0.1"], patience);
    let answer = post(&client, &format!("http://{}/hook?a=b", server.address)).await;
    (answer, server.seen_so_far())
}

#[tokio::test]
async fn a_post_is_answered_over_one_connection() {
    let mut server = HttpServer::start(Manner::status(200, "Retry-After: 7\r\n", "thanks")).await;
    let client = client(&["127.0.0.1"], PATIENCE);
    let to = format!("http://{}/hook?a=b", server.address);
    for _ in 0..3 {
        let reply = post(&client, &to).await.unwrap();
        assert_eq!((reply.status, reply.retry_after.as_deref()), (200, Some("7")));
        assert_eq!(reply.body, "thanks");
    }
    let seen = server.seen_so_far();
    assert_eq!(seen.iter().filter(|line| *line == "connected").count(), 1);
    let request = &seen[1];
    assert!(request.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("\r\nhost: {}\r\n", server.address)), "{request}");
    assert!(request.contains("\r\nuser-agent: Bellwether/"), "{request}");
    assert!(request.ends_with("\r\n\r\nbody"), "{request}");
}

#[tokio::test]
async fn private_addresses_are_refused_however_they_are_written() {
    let mut server = HttpServer::start(Manner::status(200, "", "")).await;
    let client = client(&[], PATIENCE);
    let port = server.address.port();
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "LocalHost"] {
        let failure = post(&client, &format!("http://{host}:{port}/")).await.unwrap_err();
        assert!(matches!(failure, HttpFailure::Refused(_)), "{host}: {failure:?}");
        assert!(!failure.is_ambiguous());
    }
    for host in ["10.0.0.1", "169.254.169.254", "[fd00:ec2::254]", "[::1]", "[64:ff9b::a00:1]", "0.0.0.0"] {
        let failure = post(&client, &format!("https://{host}/")).await.unwrap_err();
        assert!(matches!(failure, HttpFailure::Refused(_)), "{host}: {failure:?}");
    }
    assert!(server.seen_so_far().is_empty());
}

#[tokio::test]
async fn an_allowed_network_is_called_and_the_next_one_is_not() {
    let server = HttpServer::start(Manner::status(204, "", "")).await;
    let allowed = client(&["10.0.0.0/8", "127.0.0.1/32"], PATIENCE);
    assert_eq!(post(&allowed, &format!("http://{}/", server.address)).await.unwrap().status, 204);
    let refused = post(&allowed, &format!("http://127.0.0.2:{}/", server.address.port())).await;
    assert_eq!(refused.unwrap_err(), HttpFailure::Refused(Special::Loopback));
}

/// 127.0.0.1 is allowed here and stands for a public address, which a test may not call; 127.0.0.2 stays
/// refused, though a server listens there too.
#[tokio::test]
async fn a_name_that_turns_private_is_refused_at_its_next_connection() {
    let closes = Manner::status(200, "Connection: close\r\n", "");
    let server = HttpServer::start(closes.clone()).await;
    let port = server.address.port();
    let mut inside = HttpServer::start_at(&format!("127.0.0.2:{port}"), closes, None).await;
    let script = Script::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let client = HttpClient::with_resolver(&settings(&["127.0.0.1"], PATIENCE), script.clone()).unwrap();
    let to = format!("http://rebinding.example:{port}/");

    assert_eq!(post(&client, &to).await.unwrap().status, 200);
    assert_eq!(script.asked(), 1, "the address that is judged is the one that is called");
    assert_eq!(post(&client, &to).await.unwrap_err(), HttpFailure::Refused(Special::Loopback));
    assert_eq!(script.asked(), 2);
    assert!(inside.seen_so_far().is_empty());
}

#[tokio::test]
async fn of_several_addresses_only_those_that_may_be_called_are() {
    let mut server = HttpServer::start(Manner::status(200, "", "")).await;
    let port = server.address.port();
    let mut inside =
        HttpServer::start_at(&format!("127.0.0.2:{port}"), Manner::status(200, "", ""), None).await;
    let script = Script::new(&[&["127.0.0.2", "::ffff:127.0.0.1", "127.0.0.1"]]);
    let client = HttpClient::with_resolver(&settings(&["127.0.0.1"], PATIENCE), script).unwrap();
    assert_eq!(post(&client, &format!("http://mixed.example:{port}/")).await.unwrap().status, 200);
    assert_eq!(server.seen_so_far().len(), 2);
    assert!(inside.seen_so_far().is_empty());
}

#[tokio::test]
async fn an_address_that_does_not_answer_leaves_time_for_the_next() {
    let server = HttpServer::start(Manner::status(200, "", "")).await;
    let port = server.address.port();
    // Nobody listens at 127.0.0.3.
    let script = Script::new(&[&["127.0.0.3", "127.0.0.1"]]);
    let client = HttpClient::with_resolver(&settings(&["127.0.0.0/8"], PATIENCE), script).unwrap();
    assert_eq!(post(&client, &format!("http://two.example:{port}/")).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let mut inside = HttpServer::start(Manner::status(200, "", "")).await;
    let location = format!("Location: http://{}/\r\n", inside.address);
    for status in [301, 302, 303, 307, 308] {
        let (answer, _) = answered(Manner::status(status, &location, ""), PATIENCE).await;
        assert_eq!(answer.unwrap().status, status);
    }
    assert!(inside.seen_so_far().is_empty());
}

#[tokio::test]
async fn a_body_is_read_up_to_its_bound() {
    let (answer, _) = answered(Manner::status(200, "", &"x".repeat(REPLY_BYTES * 50)), PATIENCE).await;
    assert_eq!(answer.unwrap().body.len(), REPLY_BYTES);
    // It says that it goes on for ever, and does not.
    let endless = b"HTTP/1.1 202 Accepted\r\nContent-Length: 99999999999\r\n\r\nbegun".to_vec();
    let (answer, _) = answered(Manner::Answers(endless.clone()), LITTLE).await;
    let reply = answer.unwrap();
    assert_eq!((reply.status, reply.body.as_ref()), (202, b"begun".as_ref()));
    let (answer, _) = answered(Manner::AnswersAndCloses(endless), PATIENCE).await;
    assert_eq!(answer.unwrap().status, 202, "the status counts, though the body broke off");
}

#[tokio::test]
async fn after_the_request_went_out_nothing_is_certain() {
    for manner in [
        Manner::AnswersAndCloses(Vec::new()),
        Manner::AnswersAndCloses(b"HTTP/1.1 200".to_vec()),
        Manner::AnswersAndCloses(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()),
        Manner::Answers(format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(100_000)).into_bytes()),
    ] {
        let (answer, seen) = answered(manner, PATIENCE).await;
        let failure = answer.unwrap_err();
        assert!(matches!(failure, HttpFailure::Lost(_)) && failure.is_ambiguous(), "{failure:?}");
        assert_eq!(seen.len(), 2, "sent once: {seen:?}");
    }
    let (answer, _) = answered(Manner::IsSilent, LITTLE).await;
    let failure = answer.unwrap_err();
    assert_eq!(failure, HttpFailure::TimedOut(LITTLE.whole));
    assert!(failure.is_ambiguous());
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = client(&["127.0.0.1"], PATIENCE);
    let failure = post(&client, &format!("http://{address}/")).await.unwrap_err();
    assert_eq!(failure, HttpFailure::NoConnection("cannot connect: connection refused".into()));
    assert!(!failure.is_ambiguous());

    // The connection stands, and no handshake is answered.
    let server = HttpServer::start(Manner::IsSilent).await;
    let impatient = self::client(&["127.0.0.1"], LITTLE);
    let failure = post(&impatient, &format!("https://{}/", server.address)).await.unwrap_err();
    assert!(matches!(failure, HttpFailure::NoConnection(_)), "{failure:?}");

    let nobody = HttpClient::with_resolver(&settings(&[], PATIENCE), Script::new(&[&[]])).unwrap();
    let failure = post(&nobody, "https://nobody.example/").await.unwrap_err();
    assert_eq!(failure, HttpFailure::NoConnection("the target's name cannot be resolved".into()));
}

#[tokio::test]
async fn a_certificate_is_verified() {
    let vouched = vouched_for("localhost");
    let answer = Manner::status(200, "", "");
    let mut server = HttpServer::start_at("127.0.0.1:0", answer, Some(vouched.acceptor)).await;
    let to = format!("https://localhost:{}/", server.address.port());
    let mut settings = settings(&["127.0.0.0/8"], PATIENCE);
    let local = Script::new(&[&["127.0.0.1"]]);

    let stranger = HttpClient::with_resolver(&settings, local.clone()).unwrap();
    let failure = post(&stranger, &to).await.unwrap_err();
    let HttpFailure::NoConnection(reason) = failure else { panic!("{failure:?}") };
    assert!(reason.contains("UnknownIssuer"), "{reason}");
    assert_eq!(server.seen_so_far(), ["connected"]);

    settings.ca_file = Some(vouched.ca_file.path().to_owned());
    let friend = HttpClient::with_resolver(&settings, local).unwrap();
    assert_eq!(post(&friend, &to).await.unwrap().status, 200);
    let by_address = to.replace("localhost", "127.0.0.1");
    let failure = post(&friend, &by_address).await.unwrap_err();
    assert!(failure.to_string().contains("not valid for name"), "{failure}");
}

#[tokio::test]
async fn what_is_fetched_is_read_up_to_its_limit_and_under_the_same_guard() {
    let mut server = HttpServer::start(Manner::status(200, "", "a picture")).await;
    let address = endpoint(&format!("http://{}/p.png", server.address));
    let accepts = [(hyper::header::ACCEPT, hyper::header::HeaderValue::from_static("image/*"))];
    let allowed = client(&["127.0.0.1"], PATIENCE);
    let whole = allowed.get(&address, accepts.clone(), 100).await.unwrap();
    assert_eq!((&whole.body[..], whole.whole), (&b"a picture"[..], true));
    let cut = allowed.get(&address, accepts.clone(), 4).await.unwrap();
    assert_eq!((&cut.body[..], cut.whole), (&b"a pi"[..], false));
    let request = server.seen_so_far().into_iter().find(|line| line.starts_with("GET")).unwrap();
    assert!(
        request.starts_with("GET /p.png HTTP/1.1\r\n") && request.contains("accept: image/*"),
        "{request}"
    );
    let refused = client(&[], PATIENCE).get(&address, accepts, 100).await.unwrap_err();
    assert_eq!(refused, HttpFailure::Refused(Special::Loopback));
}
