"""Binance's own connector against the simulated Binance: subscriptions that come and go at run time."""

import json
import queue

from binance.error import ClientError
from binance.spot import Spot
from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient

import world
from world import check, consecutive


def check_rest(addresses):
    client = Spot(base_url=addresses["binance_rest"])
    check("ping and time", client.ping() == {} and client.time()["serverTime"] > 1_700_000_000_000)
    symbols = client.exchange_info(symbols=["BTCUSDT", "ETHBTC"])["symbols"]
    check("exchangeInfo", [symbol["symbol"] for symbol in symbols] == ["BTCUSDT", "ETHBTC"])
    check("exchangeInfo by permissions", len(client.exchange_info(permissions=["SPOT"])["symbols"]) == 13)
    newest = client.agg_trades("BTCUSDT", limit=1)[0]["a"]
    page = client.agg_trades("BTCUSDT", fromId=newest - 1_500, limit=1000)
    page += client.agg_trades("BTCUSDT", fromId=page[-1]["a"] + 1, limit=1000)
    check("aggTrades, page after page", consecutive([trade["a"] for trade in page]) and len(page) >= 1_500)
    weekly = client.klines("BTCUSDT", "1w", limit=20)
    monday = 1_795_392_000_000  # 2026-11-23
    check("weeks begin on Mondays", all((kline[0] - monday) % (7 * 86_400_000) == 0 for kline in weekly))
    check("average price", float(client.avg_price("BTCUSDT")["price"]) > 0)
    check("prices", len(client.ticker_price(symbols=["BTCUSDT", "SOLUSDT"])) == 2)
    check("small 24 hours", "askPrice" not in client.ticker_24hr("BTCUSDT", type="MINI"))
    try:
        client.klines("BTCUSDT", "7m")
        check("an unknown interval is an error", False)
    except ClientError as error:
        check("an unknown interval is an error", (error.status_code, error.error_code) == (400, -1120), error)


def check_streams(addresses):
    inbox = queue.Queue()
    client = SpotWebsocketStreamClient(
        stream_url=addresses["binance_ws"], on_message=lambda _, text: inbox.put(json.loads(text))
    )
    hear = lambda: inbox.get(timeout=30)
    client.agg_trade("btcusdt", id=1)
    check("subscribed at run time", hear() == {"result": None, "id": 1})
    trades = [hear() for _ in range(3)]
    check("events of the one", {trade["s"] for trade in trades} == {"BTCUSDT"}, trades)
    check("ids without holes", consecutive([trade["a"] for trade in trades]), trades)
    client.agg_trade("ethusdt", id=2)
    both, answered, undisturbed, last = set(), False, True, trades[-1]["a"]
    while both != {"BTCUSDT", "ETHUSDT"} or not answered:
        event = hear()
        if "id" in event:
            answered = event == {"result": None, "id": 2}
            continue
        both.add(event["s"])
        if event["s"] == "BTCUSDT":
            undisturbed &= event["a"] == last + 1
            last = event["a"]
    check("events of both, the first one undisturbed", undisturbed)
    client.unsubscribe("btcusdt@aggTrade", id=3)
    while "id" not in (event := hear()):
        pass
    check("unsubscribed", event == {"result": None, "id": 3}, event)
    check("events of the other alone", {hear()["s"] for _ in range(3)} == {"ETHUSDT"})
    client.list_subscribe(id=4)
    while "id" not in (event := hear()):
        pass
    check("listed", event == {"result": ["ethusdt@aggTrade"], "id": 4}, event)
    client.stop()


with world.running() as found:
    check_rest(found)
    check_streams(found)
