"""ccxt against the simulated Binance, with nothing changed but the addresses."""

import asyncio

import ccxt.pro

import world
from world import check, consecutive


async def main(addresses):
    exchange = ccxt.pro.binance({"options": {"fetchMarkets": {"types": ["spot"]}}})
    exchange.urls["api"]["public"] = addresses["binance_rest"] + "/api/v3"
    exchange.urls["api"]["ws"]["spot"] = addresses["binance_ws"] + "/ws"
    try:
        markets = await exchange.load_markets()
        check("markets", markets["BTC/USDT"]["precision"]["price"] == 0.01, markets.keys())
        check("a halted market is not active", markets["WAVES/USDT"]["active"] is False)
        candles = await exchange.fetch_ohlcv("BTC/USDT", "1h", limit=48)
        check("candles", len(candles) == 48 and consecutive([candle[0] // 3_600_000 for candle in candles]))
        trades = await exchange.fetch_trades("BTC/USDT", limit=100)
        check("trades", consecutive([int(trade["id"]) for trade in trades]))
        ticker = await exchange.fetch_ticker("ETH/USDT")
        check("ticker", ticker["low"] <= ticker["last"] <= ticker["high"], ticker)
        book = await exchange.fetch_order_book("BTC/USDT", 20)
        check("order book", book["bids"][0][0] < book["asks"][0][0])
        watched = []
        while len(watched) < 5:
            watched += await asyncio.wait_for(exchange.watch_trades("BTC/USDT"), timeout=30)
        check("watched trades", all(trade["symbol"] == "BTC/USDT" and trade["price"] > 0 for trade in watched))
        candle = await asyncio.wait_for(exchange.watch_ohlcv("ETH/USDT", "1m"), timeout=30)
        check("watched candles", candle[-1][3] <= candle[-1][4] <= candle[-1][2], candle)
        ticker = await asyncio.wait_for(exchange.watch_ticker("SOL/USDT"), timeout=30)
        check("watched ticker", ticker["symbol"] == "SOL/USDT" and ticker["last"] > 0, ticker)
    finally:
        await exchange.close()


with world.running() as found:
    asyncio.run(main(found))
