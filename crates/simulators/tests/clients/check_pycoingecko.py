"""pycoingecko against the simulated CoinGecko, with nothing changed but the address."""

import time

import requests
from pycoingecko import CoinGeckoAPI

import world
from world import check


def refusal(call):
    """What the client says of a refused request."""
    try:
        call()
    except ValueError as error:
        return error.args[0]
    return None


def main(addresses):
    client = CoinGeckoAPI()
    client.api_base_url = addresses["coingecko_rest"] + "/api/v3/"
    check("ping", client.ping() == {"gecko_says": "(V3) To the Moon!"})
    currencies = client.get_supported_vs_currencies()
    check("currencies", "usd" in currencies and currencies == sorted(set(currencies)), currencies)

    markets = client.get_coins_markets("usd")
    ids = [coin["id"] for coin in markets]
    check("markets", "bitcoin" in ids and len(ids) == len(set(ids)), ids)
    check("a market's fields", {"id", "symbol", "name", "current_price", "last_updated"} <= set(markets[0]), markets[0])
    prices = {coin["id"]: coin["current_price"] for coin in markets}
    check("prices, and none where a coin has none", prices["bitcoin"] > 0 and all(p is None or p > 0 for p in prices.values()), prices)
    check("the newest price is of now", time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - 3600)) <= markets[0]["last_updated"], markets[0])
    pages = [client.get_coins_markets("usd", per_page=2, page=page) for page in (1, 2)]
    check("pages follow each other", [coin["id"] for page in pages for coin in page] == ids[:4], pages)
    some = client.get_coins_markets("usd", ids="bitcoin,nonsense")
    check("one that is asked for by its id", [coin["id"] for coin in some] == ["bitcoin"], some)
    listed = {coin["id"]: coin["symbol"] for coin in client.get_coins_list()}
    check("the list has every coin of the markets", set(ids) <= set(listed) and listed["bitcoin"] == "btc", listed)

    # A price that stands still, so that two requests can be compared.
    control = addresses["coingecko_rest"] + "/control/prices"
    requests.post(control, json={"symbol": "bitcoin-usd", "price": "64123.25"}, timeout=10).raise_for_status()
    prices = client.get_price(ids=["bitcoin", "ethereum", "nonsense"], vs_currencies=["usd"])
    check("simple prices", prices["bitcoin"] == {"usd": 64123.25} and prices["ethereum"]["usd"] > 0, prices)
    check("a coin that there is not has no price", "nonsense" not in prices, prices)
    coin = client.get_coins_markets("usd", ids="bitcoin")[0]
    check("both say the same", coin["current_price"] == 64123.25, coin)

    said = refusal(lambda: client.get_coins_markets("doubloons"))
    check("an unknown currency is an error", said == {"error": "invalid vs_currency"}, said)
    said = None
    for _ in range(100):
        said = refusal(client.ping)
        if said:
            break
    check("who asks too often is told so", said is not None and said["status"]["error_code"] == 429, said)


with world.running() as found:
    main(found)
