//! Whole messages and whole conversations with mail servers, in one test program.

#[cfg(test)]
mod suite {
    mod certificates;
    mod connections;
    mod conversations;
    mod encryption;
    mod letters;
    mod mail_server;
    mod rendering;
    mod samples;
}
