#!/usr/bin/env python3
"""Tries to buy more calls than a caller may make: many clients, and a server that is killed while they call.

A cycle makes an account and a token (or an application), lets clients call until every one of them is refused, kills
the server in between with calls in flight, starts it again, and compares what the clients saw with what the ledger says.
Prints one JSON document.
"""
import argparse, asyncio, collections, hashlib, json, os, random, signal, sqlite3, subprocess, sys, time, urllib.error, urllib.parse, urllib.request

PRICE = "0.0010"
# The end of a caller's money or quota, in either dialect.
OVER = {303, 601, 602, 10008, 10009, 10011}
# Starting, stopping, or the store is busy: try again.
AGAIN = {503, 10010, 301}
HEAD_BYTES, SLOT_BYTES = 64, 16


class Server:
    def __init__(self, binary, data, port, settings):
        self.binary, self.data, self.port, self.process = binary, data, port, None
        self.environment = dict(os.environ, **settings)

    def start(self):
        command = [self.binary, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]
        with open(os.path.join(self.data, "serve.log"), "ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def wait(self):
        address, end = f"http://127.0.0.1:{self.port}/readyz", time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if urllib.request.urlopen(address, timeout=5).status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise SystemExit("the server does not become ready; see serve.log")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            raise SystemExit("the server did not stop well")

    def command(self, *arguments):
        done = subprocess.run([self.binary, *arguments, "--data", self.data, "--json"], env=self.environment,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"qiusuo {' '.join(arguments)}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return json.load(refused)


class Tally:
    """What the clients saw."""
    def __init__(self):
        self.seen = self.cut = self.over = 0
        self.codes = collections.Counter()


def signed(secure_key, partner, **others):
    """The query of a signed call; only a uuid is signed besides."""
    moment, nonce = str(int(time.time())), "123456"
    parts = sorted([secure_key, moment, nonce] + ([others["uuid"]] if "uuid" in others else []))
    signature = hashlib.sha1("".join(parts).encode()).hexdigest()
    return urllib.parse.urlencode(dict(others, partner=partner, timestamp=moment, nonce=nonce, signature=signature))


def caller(server, api, name, quota, money):
    """An account with a caller; gives the account and the target of its calls."""
    account = server.command("account", "create", "--name", name, "--balance", money)[0]["account"]
    limits = ["--account", account, "--price", PRICE, "--quota", str(quota)]
    if api == "suggest":
        token = server.command("token", "create", "--name", name, *limits)[0]["token"]
        return account, "/api/xiaohongshu/search-recommend/v1?" + urllib.parse.urlencode({"token": token, "keyword": "美食"})
    key = server.command("app", "create", "--partner", name, *limits)[0]["secure_key"]
    end = time.monotonic() + 5
    while True:
        answer = server.get("/access_token/register/wap/v4/?" + signed(key, name, uuid="user-1"))
        if answer["ret"] == 0:
            break
        if time.monotonic() > end:
            raise SystemExit(f"cannot register: {answer}")
        time.sleep(0.05)
    access = answer["data"]["access_token"]
    return account, "/data/stream/search/v4/?" + signed(key, name, access_token=access, keyword="美食")


async def client(port, target, tally, fault=None):
    """Calls until it is refused for good."""
    plain = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    while True:
        in_flight = False
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        try:
            while True:
                in_flight = True
                writer.write(plain if fault is None else fault())
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                in_flight = False
                code = int(body[body.index(b":") + 1:body.index(b",")])
                tally.codes[code] += 1
                if code == 0:
                    tally.seen += 1
                elif code in OVER:
                    tally.over += 1
                    return
                elif code in AGAIN or code == 100 or code == 10002:
                    # A caller that was just made is known within a second.
                    await asyncio.sleep(0.02)
                else:
                    raise SystemExit(f"an answer nobody expected: {body[:300]}")
        except (OSError, asyncio.IncompleteReadError):
            tally.cut += in_flight
        finally:
            writer.close()


def leases(data):
    """What the open leases hold, as the store has it: the lease, its slot, the calls."""
    connection = sqlite3.connect(f"file:{data}/qiusuo.db?mode=ro", uri=True)
    try:
        return connection.execute("SELECT id, slot, granted - settled FROM leases").fetchall()
    finally:
        connection.close()


def damage(data, how, chance):
    path = os.path.join(data, "leases")
    if how == "lost":
        os.remove(path)
    elif how == "flip":
        slots = [slot for _, slot, _ in leases(data)] or [0]
        # The lower eight bytes of a slot are the counter; the head holds for all.
        at = HEAD_BYTES + chance.choice(slots) * SLOT_BYTES + chance.randrange(8) if chance.random() < 0.7 else chance.randrange(32)
        with open(path, "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1 << chance.randrange(8)]))


async def cycle(server, arguments, chance, name, quota, money):
    limit = min(quota, round(float(money) / float(PRICE)))
    account, target = caller(server, arguments.api, name, quota, money)
    tally, held = Tally(), 0
    clients = [asyncio.create_task(client(server.port, target, tally)) for _ in range(arguments.clients)]
    for at in sorted(chance.sample(range(limit // 10, limit * 9 // 10), arguments.kills)):
        while tally.seen < at and not all(task.done() for task in clients):
            await asyncio.sleep(0.002)
        server.kill()
        held += sum(calls for _, _, calls in leases(server.data))
        damage(server.data, arguments.damage, chance)
        server.start()
    await asyncio.gather(*clients)
    entries = server.command("account", "statement", account)
    calls = collections.Counter()
    for entry in entries:
        calls[entry["kind"]] += entry["calls"]
    shown = server.command("account", "show", account)[0]
    spent = calls["settlement"] + calls["loss"]
    money_left = round(float(money) / float(PRICE)) - spent
    problems = []
    def want(holds, text):
        if not holds:
            problems.append(text)
    want(tally.seen <= limit, "oversold")
    want(spent == limit, f"the ledger says {spent}, the limit is {limit}")
    want(shown["balance"] == f"{money_left / 1000:.4f}" and shown["held"] == "0.0000", f"the balance is {shown}")
    if arguments.damage == "none":
        want(calls["loss"] == 0, f"{calls['loss']} calls are lost")
        want(limit - tally.seen <= tally.cut, f"{limit - tally.seen} calls are missing, {tally.cut} connections broke")
    else:
        want(calls["loss"] <= held, f"{calls['loss']} calls are lost, leases held {held}")
        want(limit - tally.seen <= tally.cut + calls["loss"], "calls are missing beside those in the ledger")
    return dict(limit=limit, seen=tally.seen, cut=tally.cut, loss=calls["loss"], held=held, problems=problems,
                entries=len(entries))


async def refund(server, arguments, chance):
    """Calls of which a seeded third fail inside; the ledger must equal the successes."""
    account, target = caller(server, arguments.api, "refund", 1_000_000, "1000.0000")
    faults = ["301", "500"] if arguments.api == "suggest" else ["10010", "10000"]
    left, tally = [arguments.calls], Tally()

    def next_call():
        if left[0] == 0:
            raise asyncio.CancelledError
        left[0] -= 1
        fault = f"&qiusuo_fault={chance.choice(faults)}" if chance.randrange(3) == 0 else ""
        return f"GET {target}{fault} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

    # An error inside is an answer here, not a reason to call again.
    global AGAIN, OVER
    AGAIN = AGAIN | {500, 10000}
    while server.get(target)[("code" if arguments.api == "suggest" else "ret")] != 0:
        time.sleep(0.05)
    tally.seen += 1
    clients = [client(server.port, target, tally, next_call) for _ in range(arguments.clients)]
    await asyncio.gather(*clients, return_exceptions=True)
    shown = server.command("account", "show", account)[0]
    calls = sum(entry["calls"] for entry in server.command("account", "statement", account) if entry["kind"] == "settlement")
    problems = [] if calls == tally.seen else [f"{tally.seen} successes, the ledger has {calls}"]
    if shown["balance"] != f"{1000 - tally.seen / 1000:.4f}":
        problems.append(f"the balance is {shown['balance']}")
    failed = sum(count for code, count in tally.codes.items() if code != 0)
    return dict(calls=tally.seen + failed, succeeded=tally.seen, failed=failed, ledger=calls, problems=problems)


def resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon"))


def written(data):
    """What tells that the store was written to: the sizes and times of its files."""
    files = [os.path.join(data, name) for name in ("qiusuo.db", "qiusuo.db-wal")]
    return [(os.stat(file).st_size, os.stat(file).st_mtime_ns) for file in files if os.path.exists(file)]


async def guess(server, arguments, chance):
    """Wrong tokens and wrong signatures; they must leave no trace in the store and in memory."""
    left = [arguments.guesses]
    key = server.command("app", "create", "--partner", "guessed")[0]["secure_key"]
    partner = signed(key, "guessed", access_token="A" * 46, keyword="x").split("signature=")[0]
    tally = Tally()

    def next_call():
        if left[0] <= 0:
            raise asyncio.CancelledError
        left[0] -= 1
        wrong = chance.randbytes(32).hex()
        if left[0] % 2:
            target = f"/api/xiaohongshu/search-recommend/v1?token=qs{wrong}&keyword=x"
        else:
            target = f"/data/stream/search/v4/?{partner}signature={wrong[:40]}"
        return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

    async def guesser():
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        while left[0] > 0:
            writer.write(next_call())
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
            tally.codes[int(body[body.index(b":") + 1:body.index(b",")])] += 1
        writer.close()

    async def all_guess(calls):
        left[0] = calls
        await asyncio.gather(*[guesser() for _ in range(arguments.clients)])

    # The first calls fill buffers; what a server writes by itself after its start is written.
    await all_guess(20_000)
    await asyncio.sleep(15)
    tally.codes.clear()
    memory, store = resident(server.process), written(server.data)
    await all_guess(arguments.guesses)
    await asyncio.sleep(7)
    grown, changed = resident(server.process) - memory, written(server.data) != store
    problems = [] if set(tally.codes) <= {100, 10003} else [f"answers: {dict(tally.codes)}"]
    return dict(calls=sum(tally.codes.values()), codes=dict(tally.codes), grown_bytes=max(0, grown),
                store_bytes=int(changed), problems=problems)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("data")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api", choices=["suggest", "search"], default="suggest")
    parser.add_argument("--cycles", type=int, default=1, help="cycles of each kind")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--damage", choices=["none", "lost", "flip"], default="none")
    parser.add_argument("--calls", type=int, default=0, help="refund: that many calls, no kill")
    parser.add_argument("--guesses", type=int, default=0, help="wrong tokens and signatures, no kill")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    server = Server(arguments.binary, arguments.data, arguments.port, {"QIUSUO_SERVER_FAULTS": "true"})
    server.start()
    server.wait()
    result = dict(api=arguments.api, damage=arguments.damage, seed=arguments.seed)
    if arguments.calls:
        result["refund"] = asyncio.run(refund(server, arguments, chance))
        problems = result["refund"]["problems"]
    elif arguments.guesses:
        result["guesses"] = asyncio.run(guess(server, arguments, chance))
        problems = result["guesses"]["problems"]
    else:
        result["cycles"] = []
        for number in range(arguments.cycles):
            for quota, money in ((7_777, "10.0000"), (10_000, "7.7770")):
                name = f"{arguments.api}-{arguments.damage}-{quota}-{number}-{arguments.seed}"
                done = asyncio.run(cycle(server, arguments, chance, name, quota, money))
                result["cycles"].append(done)
                print(f"{name}: {done}", file=sys.stderr)
        problems = [problem for done in result["cycles"] for problem in done["problems"]]
    sound = server.command("doctor")
    problems += [check for check in sound if not check["ok"]]
    server.stop()
    result["problems"] = problems
    print(json.dumps(result, ensure_ascii=False))
    raise SystemExit(1 if problems else 0)


main()
