"""python-binance against the simulated Binance, with nothing changed but the addresses."""

import asyncio
import time

from binance import AsyncClient, BinanceSocketManager
from binance.exceptions import BinanceAPIException

import world
from world import check, consecutive

DAY_MS = 86_400_000


async def check_rest(client):
    info = await client.get_symbol_info("BTCUSDT")
    check("exchangeInfo", info["baseAsset"] == "BTC" and info["filters"][0]["tickSize"] == "0.01000000", info)

    now = int(time.time() * 1000)
    klines = await client.get_klines(symbol="ETHUSDT", interval="1h", limit=24)
    check("klines", len(klines) == 24 and klines[-1][0] <= now <= klines[-1][6], klines[-1])
    year = await client.get_historical_klines("BTCUSDT", "1d", now - 365 * DAY_MS, now)
    check("a year of klines", len(year) == 365 and all(float(k[3]) <= float(k[4]) <= float(k[2]) for k in year))

    newest = (await client.get_aggregate_trades(symbol="BTCUSDT", limit=1))[0]["a"]
    ids = []
    while len(ids) < 2_500:
        page = await client.get_aggregate_trades(symbol="BTCUSDT", fromId=newest - 2_500 + len(ids), limit=1000)
        ids += [trade["a"] for trade in page]
    check("aggTrades by id, page after page", consecutive(ids) and ids[0] == newest - 2_500)
    since = now - 90 * DAY_MS
    trades = []
    async for trade in client.aggregate_trade_iter("ETHBTC", start_str=since):
        trades.append(trade)
        if len(trades) == 1_500:
            break
    check("aggTrades by time", trades[0]["T"] >= since and trades[0]["T"] < since + 60_000, trades[0], since)
    check("aggTrades by time, page after page", consecutive([trade["a"] for trade in trades]))

    ticker = await client.get_ticker(symbol="BTCUSDT")
    check("24 hours", float(ticker["lowPrice"]) <= float(ticker["lastPrice"]) <= float(ticker["highPrice"]), ticker)
    depth = await client.get_order_book(symbol="BTCUSDT", limit=50)
    check("depth", len(depth["bids"]) == 50 and float(depth["bids"][0][0]) < float(depth["asks"][0][0]))
    check("recent trades", consecutive([trade["id"] for trade in await client.get_recent_trades(symbol="BTCUSDT")]))
    check("prices", len(await client.get_all_tickers()) == 13)
    try:
        await client.get_klines(symbol="NOPE", interval="1h")
        check("an unknown symbol is an error", False)
    except BinanceAPIException as error:
        check("an unknown symbol is an error", error.code == -1121 and error.status_code == 400, error)


async def check_streams(client):
    sockets = BinanceSocketManager(client)
    async with sockets.aggtrade_socket("BTCUSDT") as socket:
        events = [await socket.recv() for _ in range(5)]
    check("aggTrade stream", consecutive([event["a"] for event in events]), events)
    check("aggTrade fields", events[0]["e"] == "aggTrade" and set("eEsapqflTmM") == set(events[0]), events[0])
    page = await client.get_aggregate_trades(symbol="BTCUSDT", fromId=events[0]["a"], limit=5)
    check("stream and REST agree", [row["p"] for row in page] == [event["p"] for event in events], page, events)

    async with sockets.multiplex_socket(["btcusdt@miniTicker", "ethusdt@aggTrade", "!miniTicker@arr"]) as socket:
        seen = {}
        while len(seen) < 3:
            event = await socket.recv()
            seen[event["stream"]] = event["data"]
    check("combined streams", seen["btcusdt@miniTicker"]["e"] == "24hrMiniTicker", seen)
    async with sockets.kline_socket("ETHUSDT", interval="1m") as socket:
        kline = (await socket.recv())["k"]
    check("kline stream", kline["i"] == "1m" and kline["x"] is False, kline)
    async with sockets.symbol_book_ticker_socket("BTCUSDT") as socket:
        quote = await socket.recv()
    check("bookTicker stream", float(quote["b"]) < float(quote["a"]), quote)
    async with sockets.symbol_ticker_socket("BTCUSDT") as socket:
        ticker = await socket.recv()
    check("ticker stream", ticker["e"] == "24hrTicker" and ticker["n"] > 0, ticker)


async def main(addresses):
    AsyncClient.API_URL = addresses["binance_rest"] + "/api"
    BinanceSocketManager.STREAM_URL = addresses["binance_ws"] + "/"
    client = await AsyncClient.create()
    try:
        await check_rest(client)
        await asyncio.wait_for(check_streams(client), timeout=60)
    finally:
        await client.close_connection()


with world.running() as found:
    asyncio.run(main(found))
