"""The clients of ebay_rest, generated from eBay's own descriptions, against the simulated eBay: a token by Authlib,
searches with filters and pages, items, what is left of the day's calls, errors; and an event whose signature the
cryptography package verifies."""

import base64
import hashlib
import http.server
import json
import os
import queue
import threading
import urllib.parse

# Authlib asks for this where an address is plain HTTP, as those on this machine are.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.integrations.base_client.errors import OAuthError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from ebay_rest.api import buy_browse, commerce_notification, developer_analytics

import world
from world import check

SCOPE = "https://api.ebay.com/oauth/api_scope"


def token(base, secret):
    session = OAuth2Session("Bellwether-simulator", secret, scope=SCOPE)
    return session.fetch_token(f"{base}/identity/v1/oauth2/token", grant_type="client_credentials")


def client(package, host, access_token):
    configuration = package.Configuration()
    configuration.host, configuration.access_token = host, access_token
    return package.ApiClient(configuration)


def refusal(package, call):
    """Status and number of the error that a call ends with."""
    try:
        call()
    except package.rest.ApiException as error:
        return error.status, json.loads(error.body)["errors"][0]["errorId"]
    return None


def check_search(browse):
    search = buy_browse.ItemSummaryApi(browse).search
    page = search(q="(leica, nikon, canon) lens", sort="price", limit=50)
    prices = [float(item.price.value) for item in page.item_summaries]
    check("by ascending price", len(prices) == 50 and prices == sorted(prices), prices)
    check("in the site's money", {item.price.currency for item in page.item_summaries} == {"USD"})
    check("a total and a next page", page.total > 50 and "offset=50" in page.next, page.next)
    later = search(q="(leica, nikon, canon) lens", sort="price", limit=50, offset=50)
    check("pages do not overlap", not {item.item_id for item in page.item_summaries} & {item.item_id for item in later.item_summaries})
    item = page.item_summaries[0]
    check("what an item is", item.title and item.condition and item.seller.username and item.image.image_url)
    german = search(q="leica", x_ebay_c_marketplace_id="EBAY_DE", limit=10)
    check("another site, another money", {item.price.currency for item in german.item_summaries} == {"EUR"})
    cheap = search(q="leica", filter="price:[10..500],priceCurrency:USD,conditions:{USED}", limit=200)
    fits = all(10 <= float(item.price.value) <= 500 and int(item.condition_id) >= 2000 for item in cheap.item_summaries)
    check("price and condition", fits and cheap.total > 0)
    auctions = search(q="(leica, seiko, bike)", filter="buyingOptions:{AUCTION}", limit=5)
    check("auctions have bids", all(item.current_bid_price and item.bid_count is not None for item in auctions.item_summaries))
    warned = search(q="leica", filter="price:[1..2]", sort="cheapest")
    check("warnings", [warning.error_id for warning in warned.warnings] == [12012, 12008], warned.warnings)
    check("no words", refusal(buy_browse, lambda: search()) == (400, 12001))
    check("too many at once", refusal(buy_browse, lambda: search(q="a", limit=201)) == (400, 12006))
    return item


def check_item(browse, base, found):
    get_item = buy_browse.ItemApi(browse).get_item
    item = get_item(found.item_id)
    check("an item", (item.item_id, item.title) == (found.item_id, found.title))
    availability = item.estimated_availabilities[0].estimated_availability_status
    check("its availability", availability in ("IN_STOCK", "LIMITED_STOCK"), availability)
    requests.patch(f"{base}/control/items/{found.item_id.replace('|', '%7C')}", json={"price": "1.23"}).raise_for_status()
    changed = get_item(found.item_id, fieldgroups="COMPACT")
    check("its new price", changed.price.value == "1.23" and changed.title is None, changed)
    check("and its revision", int(changed.seller_item_revision) > int(item.seller_item_revision))
    check("an unknown one", refusal(buy_browse, lambda: get_item("v1|1|0")) == (404, 11001))


def check_event(base, access_token, found):
    token, posts = "a-verification-token-of-40-letters-00001", queue.Queue()

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            code = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)["challenge_code"][0]
            body = {"challengeResponse": hashlib.sha256((code + token + endpoint).encode()).hexdigest()}
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def do_POST(self):
            posts.put((self.headers["X-EBAY-SIGNATURE"], self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    endpoint = f"http://127.0.0.1:{server.server_port}/events"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver = {"endpoint": endpoint, "verification_token": token, "topics": ["ITEM_PRICE_REVISION"]}
    requests.put(f"{base}/control/receiver", json=receiver).raise_for_status()
    item = f"{base}/control/items/{found.item_id.replace('|', '%7C')}"
    requests.patch(item, json={"percent": 50}).raise_for_status()
    signature, body = posts.get(timeout=20)
    header = json.loads(base64.b64decode(signature))
    host = f"{base}/commerce/notification/v1"
    keys = commerce_notification.PublicKeyApi(client(commerce_notification, host, access_token))
    told = keys.get_public_key(header["kid"])
    text = told.key.replace("KEY-----", "KEY-----\n", 1).replace("-----END", "\n-----END")
    key = serialization.load_pem_public_key(text.encode())
    # Raises where the signature is another one.
    key.verify(base64.b64decode(header["signature"]), body, ec.ECDSA(hashes.SHA1()))
    event = json.loads(body)
    check("a signed event", event["notification"]["data"]["itemId"] == found.item_id, event)
    compact = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
    check("the same when written anew", compact == body)


def check_limits(base, access_token):
    host = f"{base}/developer/analytics/v1_beta"
    limits = developer_analytics.RateLimitApi(client(developer_analytics, host, access_token))
    resource = limits.get_rate_limits(api_name="browse", api_context="buy").rate_limits[0].resources[0]
    rate = resource.rates[0]
    check("what is left", resource.name == "buy.browse" and rate.limit == 5000 and 0 < rate.remaining < 5000, rate)
    requests.post(f"{base}/control/quota", json={"limit": 0}).raise_for_status()
    search = buy_browse.ItemSummaryApi(client(buy_browse, f"{base}/buy/browse/v1", access_token)).search
    check("nothing is", refusal(buy_browse, lambda: search(q="a")) == (429, 2001))


with world.running() as found:
    base = found["ebay"]
    requests.post(f"{base}/control/pause").raise_for_status()
    try:
        token(base, "wrong")
        check("a wrong secret", False)
    except OAuthError as error:
        check("a wrong secret", error.error == "invalid_client", error)
    sold = token(base, "SBX-simulated-secret")
    check("a token", sold["token_type"] == "Application Access Token" and sold["expires_in"] == 7200)
    browse = client(buy_browse, f"{base}/buy/browse/v1", sold["access_token"])
    item = check_search(browse)
    check_item(browse, base, item)
    check_event(base, sold["access_token"], item)
    stranger = buy_browse.ItemSummaryApi(client(buy_browse, f"{base}/buy/browse/v1", "v^1.1#no"))
    check("no such token", refusal(buy_browse, lambda: stranger.search(q="a")) == (401, 1001))
    check_limits(base, sold["access_token"])
