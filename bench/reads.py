"""Catalogue reads: from the cache, past it, and at a million products."""
from catalogues import words
from programs import (Row, alternate, cpu_us_per, http_floor, load, process_cpu_parts_s, process_cpu_s, say, shop,
                      whole_answer)

PAGE = "/api/v1/products/"
UNCACHED = {"CARTWRIGHT_CACHE": "off"}


def against_floor(open_shop, name, paths, target, given):
    """Server CPU per request against a bare server that answers the same bytes."""
    server = open_shop.server
    answer = whole_answer(open_shop.address, paths[0], open_shop.tokens[0])
    open_shop.read_load(paths, given.seconds / 2)
    own_s, kernel_s = process_cpu_parts_s(server.process.pid)
    with http_floor(answer) as (pid, port):
        floor_paths, tokens = open_shop.paths(*paths), open_shop.token_file
        found = alternate(
            given.rounds,
            server=lambda: cpu_us_per(server.process.pid, lambda: open_shop.read_load(paths, given.seconds)),
            floor=lambda: cpu_us_per(pid, lambda: load(port, connections=64, seconds=given.seconds, tokens=tokens,
                                                       paths=floor_paths)))
    own_s, kernel_s = (now - before for now, before in zip(process_cpu_parts_s(server.process.pid), (own_s, kernel_s)))
    in_kernel = found["server"] * kernel_s / (own_s + kernel_s)
    ratio = found["server"] / found["floor"]
    say(f"  {name}: {found['server']:.1f} us, {in_kernel:.1f} of them in the kernel, bare {found['floor']:.1f} us, {ratio:.2f}")
    return Row(f"{name} ({len(answer):,} bytes)", f"{found['server']:.1f} µs CPU, {in_kernel:.1f} of it the kernel's", f"{found['floor']:.1f} µs",
               f"{ratio:.2f}", f"≤ {target}", ratio <= target)


def floor_rows(given):
    rows = []
    for label, settings, page_max, detail_max in (("from the cache", {}, 2.5, 2), ("every request a miss", UNCACHED, 8, 3.5)):
        with shop(1000, settings=settings) as open_shop:
            first, last = open_shop.product_ids()
            rows.append(against_floor(open_shop, f"product page of 20, {label}", [PAGE], page_max, given))
            details = [f"{PAGE}{number}/" for number in range(first, last + 1)]
            rows.append(against_floor(open_shop, f"product detail, {label}", details, detail_max, given))
    return rows


def million_rows(given):
    """The same pages with many products and with 1,000, all missing the cache."""
    rows, few, many = [], 1000, given.many_products
    with shop(few, settings=UNCACHED) as small, shop(many, settings=UNCACHED) as large:
        category = 3
        for name, few_path, many_path in (
                ("the first page", PAGE, PAGE),
                ("the last page", f"{PAGE}?page={few // 20}", f"{PAGE}?page={many // 20}"),
                ("a page of one category", f"{PAGE}?category={category}", f"{PAGE}?category={category}")):
            small.get(few_path)
            large.get(many_path)
            found = alternate(
                given.rounds,
                few=lambda: cpu_us_per(small.server.process.pid, lambda: small.read_load([few_path], given.seconds)),
                many=lambda: cpu_us_per(large.server.process.pid, lambda: large.read_load([many_path], given.seconds)))
            ratio = found["many"] / found["few"]
            say(f"  {name}: {found['many']:.0f} us of {many:,}, {found['few']:.0f} us of {few:,}, {ratio:.2f}")
            rows.append(Row(f"{name}, {many:,} products (floor: {few:,})", f"{found['many']:.1f} µs CPU",
                            f"{found['few']:.1f} µs", f"{ratio:.2f}", "≤ 1.5", ratio <= 1.5))
        rows += search_rows(large, given)
    return rows


def search_rows(large, given):
    """Words asked for the first time, whose matches have to be found and counted, and one asked again and again."""
    pid, asked = large.server.process.pid, words(300)
    before = process_cpu_s(pid)
    for word in asked:
        large.get(f"{PAGE}?search={word}")
    first = (process_cpu_s(pid) - before) * 1000 / len(asked)
    again = cpu_us_per(pid, lambda: large.read_load([f"{PAGE}?search={word}" for word in asked[:50]], given.seconds)) / 1000
    say(f"  search: {first:.2f} ms the first time, {again:.2f} ms again")
    what = f"search at {large.products:,} products"
    return [Row(f"{what}, {len(asked)} words asked for the first time, mean", f"{first:.2f} ms CPU", "", "", "< 5 ms",
                first < 5),
            Row(f"{what}, words that were asked for before", f"{again:.2f} ms CPU", "", "", "< 5 ms", again < 5)]
