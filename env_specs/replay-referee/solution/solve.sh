#!/bin/bash
ls -R /app
cat rules.md
cat bulletin.txt
cat sheets/r1-b1.txt sheets/r1-b3.txt
for game in $(ls sheets | cut -c1-5 | sort | uniq -d); do tail -n +1 sheets/$game.*; done
grep -l 'resign' sheets/*; grep -h -o '[a-f][1-6][-x][a-f][1-6]=\|--{[0-9]*}\| ={[0-9]*}' sheets/* | sort | uniq -c
grep -h '^White:\|^Black:' sheets/r?-b?.txt | sort | uniq -c
cat > /tmp/referee.py <<'PY'
import csv, pathlib, re
OTHER = {"W": "B", "B": "W"}
def read(path):
    head, _, body = path.read_text().partition("\n\n")
    body = re.sub(r";.*", "", body)
    body = re.sub(r"\([^)]*\)", " ", body)
    words = re.sub(r"\b\d+\.\s", " ", body).split()
    turns = [re.fullmatch(r"(.*)\{(\d+)\}", w).groups() for w in words]
    return dict(line.split(": ") for line in head.splitlines()), [(t, int(s)) for t, s in turns]
def judge(turns, seconds, timed):
    board = {c + r: side for c in "abcdef" for side, rows in (("W", "12"), ("B", "56")) for r in rows}
    clock, slips, rest, offer = {"W": seconds, "B": seconds}, {"W": 0, "B": 0}, {"W": None, "B": None}, False
    def moves(side):
        step = 1 if side == "W" else -1
        for s, owner in board.items():
            if owner == side and s != rest[side]:
                for c in range(ord(s[0]) - 1, ord(s[0]) + 2):
                    to = chr(c) + str(int(s[1]) + step)
                    if to[0] in "abcdef" and to[1:] in "123456" and (
                        to not in board or chr(c) != s[0] and board[to] == OTHER[side]):
                        yield s, to
    def end(winner, reason, n, rule=0):
        left = [sum(v == s for v in board.values()) for s in "WB"]
        result = {"W": "1-0", "B": "0-1", "D": "1/2-1/2", "0": "0-0"}[winner]
        return result, reason, n, left, slips, rule
    for n, (turn, used) in enumerate(turns, 1):
        side = "W" if n % 2 else "B"
        foe = OTHER[side]
        if timed and used > clock[side]:
            return end(foe, "time", n)
        clock[side] += 5 - used
        standing, offer = offer, False
        if turn == "resign":
            return end(foe, "resign", n)
        if turn == "=":
            if not standing:
                return end(foe, "illegal", n, 6)
            return end("D", "draw", n) if (n - 1) // 2 >= 10 else end("0", "short", n)
        if turn == "--":
            if list(moves(side)):
                return end(foe, "illegal", n, 4)
            rest[side] = None
            continue
        s, sign, to, offering = re.fullmatch(r"([a-f][1-6])([-x])([a-f][1-6])(=?)", turn).groups()
        if (s, to) not in list(moves(side)):
            resting, rest[side] = rest[side], None
            rule = 3 if s == resting and (s, to) in list(moves(side)) else 2
            return end(foe, "illegal", n, rule)
        hit = to in board
        del board[s]
        board[to] = side
        rest[side] = to if hit else None
        if hit != (sign == "x"):
            slips[side] += 1
            if slips[side] == 2:
                return end(foe, "slips", n)
        if to[1] == ("6" if side == "W" else "1"):
            return end(side, "reach", n)
        if foe not in board.values():
            return end(side, "bare", n)
        offer = bool(offering)
    white, black = (sum(v == s for v in board.values()) for s in "WB")
    return end("W" if white > black else "B" if black > white else "D", "count", len(turns))
VOID = {"r2-b4.white.txt"}
UNTIMED = {"r3-b2"}
LEFT = "Hedda"
verdicts, illegal, misjudged, table, played = [], [], [], {}, []
for path in sorted(pathlib.Path("/app/sheets").iterdir()):
    if path.name in VOID:
        continue
    game = path.name[:5]
    head, turns = read(path)
    result, reason, n, left, slips, rule = judge(turns, 300 if game < "r4" else 250, game not in UNTIMED)
    verdicts.append([game, result, reason, n, *left])
    if rule:
        illegal.append([game, n, head["White"] if n % 2 else head["Black"], turns[n - 1][0], rule])
    if head["Result"] != result:
        misjudged.append(game)
    played.append((head["White"], head["Black"], result))
    for player, diff, slip in ((head["White"], left[0] - left[1], slips["W"]), (head["Black"], left[1] - left[0], slips["B"])):
        row = table.setdefault(player, [0, 0, 0])
        row[1] += diff
        row[2] += slip
(lost,) = {f"r{r}-b{b}" for r in range(1, 8) for b in range(1, 5)} - {v[0] for v in verdicts}
met = {LEFT: {w if b == LEFT else b for w, b, _ in played if LEFT in (w, b)}}
(opponent,) = set(table) - met[LEFT] - {LEFT}
print("not played:", lost, LEFT, "against", opponent)
open("/tmp/forfeit", "w").write(f"{lost} {opponent}")
played.append((opponent, LEFT, "1-0"))
POINTS = {"1-0": (2, 0), "0-1": (0, 2), "1/2-1/2": (1, 1), "0-0": (0, 0)}
def points(player, among):
    return sum(POINTS[r][who == b] for w, b, r in played for who in (w, b) if who == player and {w, b} <= among)
everyone = set(table)
total = {p: points(p, everyone) for p in everyone}
def key(p):
    level = {q for q in everyone if total[q] == total[p]}
    return -total[p], -points(p, level), -table[p][1], table[p][2], p
def put(name, rows):
    with open(f"/tmp/{name}", "w", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)
put("verdicts.csv", verdicts)
put("illegal.csv", [["game", "halfmove", "player", "turn", "rule"], *illegal])
put("misjudged.txt", [[g] for g in misjudged])
order = sorted(everyone, key=key)
put("standings.csv", [["rank", "player", "points", "difference", "slips"]] + [[n, p, total[p], *table[p][1:]] for n, p in enumerate(order, 1)])
for p in order:
    print(p, key(p))
PY
python3 /tmp/referee.py
cat /tmp/verdicts.csv /tmp/illegal.csv
cat /tmp/misjudged.txt; grep -n Result sheets/r7-*.txt
ls sheets | grep r7; grep -h 'White\|Black' sheets/r6-b?.txt
read -r game winner < /tmp/forfeit; echo "$game $winner"
grep -l Hedda sheets/* | xargs grep -h '^White: Hedda' | wc -l
{ echo game,result,reason,halfmove,white_stones,black_stones; { cat /tmp/verdicts.csv; echo "$game,1-0,forfeit,0,0,0"; } | sort; } > verdicts.csv
cp /tmp/illegal.csv /tmp/misjudged.txt /app/
cp /tmp/standings.csv /app/ && cat standings.csv
