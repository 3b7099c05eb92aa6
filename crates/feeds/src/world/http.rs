//! HTTP over the network.

use bytes::{Bytes, BytesMut};

use super::{Http, HttpError, HttpReply, HttpRequest, Promise, tls};

/// The real HTTP client, with its pool of connections. Clones share the pool.
///
/// Redirections are not followed: no venue's data interface uses them, and a redirected answer is
/// not the venue's.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: reqwest::Client,
}

impl HttpClient {
    /// A client that calls itself `user_agent`.
    ///
    /// # Errors
    /// Where the name is no header value.
    pub fn new(user_agent: &str) -> Result<Self, HttpError> {
        let client = reqwest::Client::builder()
            .user_agent(user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .tls_backend_preconfigured(tls::client_config())
            .build()
            .map_err(unreachable)?;
        Ok(Self { client })
    }

    async fn fetch(&self, request: HttpRequest) -> Result<HttpReply, HttpError> {
        let mut call = match request.form {
            None => self.client.get(&request.url),
            Some(form) => {
                let call = self.client.post(&request.url).body(form);
                call.header("content-type", "application/x-www-form-urlencoded")
            }
        };
        for (name, value) in request.headers {
            call = call.header(name, value.as_ref());
        }
        let reply = call.send().await.map_err(unreachable)?;
        let status = reply.status().as_u16();
        let headers = readable_headers(&reply);
        let body = read_body(reply, request.body_limit).await?;
        Ok(HttpReply { status, headers, body })
    }
}

impl Http for HttpClient {
    fn send(&self, request: HttpRequest) -> Promise<'_, Result<HttpReply, HttpError>> {
        Box::pin(self.fetch(request))
    }
}

fn readable_headers(reply: &reqwest::Response) -> Vec<(String, String)> {
    reply
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

async fn read_body(mut reply: reqwest::Response, limit: usize) -> Result<Bytes, HttpError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = reply.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > limit {
            return Err(HttpError::TooLong { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The address is left out: it stands in the log beside the error where it is handled.
fn unreachable(error: reqwest::Error) -> HttpError {
    HttpError::Unreachable(Box::new(error.without_url()))
}
