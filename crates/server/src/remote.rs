//! The API of a running service, for commands that work on one account of it with a key.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use reqwest::{Client, Method, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::config::Secret;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which service, and whose account.
#[derive(Debug, Args)]
pub(crate) struct ServiceArgs {
    /// The address of the service
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "BELLWETHER_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    url: String,
    /// A file that holds a key of the account with the scopes read and write; else the variable BELLWETHER_KEY
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// The way to a service.
pub(crate) struct Remote {
    client: Client,
    url: String,
    key: Secret,
}

/// The service does not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("the service refuses: {detail}")]
pub(crate) struct Refused {
    status: u16,
    detail: String,
}

/// What the API says where it refuses.
#[derive(Deserialize)]
struct Problem {
    detail: String,
}

impl ServiceArgs {
    /// The way to it.
    ///
    /// # Errors
    /// Where the address is none, or there is no key.
    pub(crate) fn remote(&self) -> anyhow::Result<Remote> {
        Remote::new(&self.url, self.key()?)
    }

    fn key(&self) -> anyhow::Result<Secret> {
        let text = match &self.key_file {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("the key cannot be read from {}", path.display()))?,
            None => std::env::var("BELLWETHER_KEY").unwrap_or_default(),
        };
        match text.trim() {
            "" => bail!(
                "a key of the account is needed: make one with the scopes read and write (POST /api/keys), and \
                 name its file with --key-file or put it into BELLWETHER_KEY"
            ),
            key => Ok(Secret::new(key)),
        }
    }
}

impl Remote {
    fn new(url: &str, key: Secret) -> anyhow::Result<Self> {
        let url = url.trim_end_matches('/').to_owned();
        if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
            bail!("the address of the service must begin with http:// or https://");
        }
        // The key goes where it was told to go, and nowhere else.
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .tls_backend_preconfigured(crate::tls::client_config())
            .build()
            .context("no requests can be made")?;
        Ok(Self { client, url, key })
    }

    /// What the service says to a request, where it does what was asked; `body` with its type.
    ///
    /// # Errors
    /// [`Refused`] where it says why it does not; another error where it cannot be understood or reached.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<(&'static str, String)>,
    ) -> anyhow::Result<Vec<u8>> {
        let mut request =
            self.client.request(method, format!("{}{path}", self.url)).bearer_auth(self.key.reveal());
        if let Some((kind, text)) = body {
            request = request.header("content-type", kind).body(text);
        }
        let answer = request.send().await.map_err(reqwest::Error::without_url);
        let answer = answer.with_context(|| format!("{} cannot be reached", self.url))?;
        let status = answer.status();
        let text = answer.bytes().await.map_err(reqwest::Error::without_url)?.to_vec();
        if status.is_success() {
            return Ok(text);
        }
        match serde_json::from_slice::<Problem>(&text) {
            Ok(problem) => Err(Refused { status: status.as_u16(), detail: problem.detail }.into()),
            Err(_) => bail!("{} answers with status {}", self.url, status.as_u16()),
        }
    }

    /// The same, of an answer in JSON.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<(&'static str, String)>,
    ) -> anyhow::Result<T> {
        let text = self.call(method, path, body).await?;
        serde_json::from_slice(&text).context("the service answers something else; is it of this version?")
    }
}

impl Refused {
    /// Whether it would refuse the same again, until somebody corrects something.
    pub(crate) fn is_final(&self) -> bool {
        (400..500).contains(&self.status) && ![408, 425, 429].contains(&self.status)
    }
}
