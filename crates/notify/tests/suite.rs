//! Whole messages, and whole conversations with mail servers and web servers, in one test program.

#[cfg(test)]
mod suite {
    mod certificates;
    mod channel_kit;
    mod channels;
    mod connections;
    mod conversations;
    mod dkim;
    mod encryption;
    mod http_server;
    mod letters;
    mod mail_server;
    mod outgoing;
    mod own_words;
    mod rendering;
    mod reports;
    mod samples;
    mod sending;
    mod webhooks;
}
