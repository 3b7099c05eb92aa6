"""Python's own SMTP client against the inbox: STARTTLS under its authority, and what the page then tells."""

import json
import smtplib
import ssl
import urllib.request
from email.message import EmailMessage

import world
from world import check


def fetch(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


with world.running() as found:
    base = found["inbox_http"]
    host, port = found["inbox_smtp"].split(":")
    trust = ssl.create_default_context(cadata=fetch(base + "/ca.pem"))
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@bellwether.test", "b@example.org", "Größe ≥ 33,000"
    mail.set_content("text\n.\nafter a dot")
    mail.add_alternative("<p>html</p>", subtype="html")
    with smtplib.SMTP(host, int(port), timeout=20) as client:
        client.starttls(context=trust)
        check("sent over verified TLS", client.send_message(mail) == {})
    listed = json.loads(fetch(base + "/api/wait?count=1"))["items"][0]
    check("subject", listed["subject"] == "Größe ≥ 33,000" and listed["encrypted"], listed)
    shown = json.loads(fetch(f"{base}/api/mails/{listed['id']}"))
    check("text", shown["text"].split() == ["text", ".", "after", "a", "dot"], shown["text"])
    check("html", shown["html"].strip() == "<p>html</p>")
